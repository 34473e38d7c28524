"""What would go wrong with a release: the checks, how they run, and a test of the checks themselves."""
