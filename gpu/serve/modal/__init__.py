"""The GPU service at Modal: the app, its containers, and how jobs reach them."""
