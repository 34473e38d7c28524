"""Whether preflight finds what it is there to find: faults, planted one by one in copies of this repository."""
