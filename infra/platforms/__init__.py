"""Questions to git, wrangler, Modal, Cloudflare and the deployed services. They judge nothing."""
