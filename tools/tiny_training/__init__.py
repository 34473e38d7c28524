"""Training and evaluation of the tiny set whose weights are in gpu/tiny/weights."""
