"""Whether preflight finds what it is there to find: faults, planted in a copy of this repository."""
