"""Generates files: the site, the contract for TypeScript, the cost tables, the locks."""
