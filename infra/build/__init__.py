"""What is generated: the site, the contract for TypeScript, the locks."""
