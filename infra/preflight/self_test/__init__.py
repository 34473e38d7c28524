"""Tests preflight itself: plants known faults in a copy of this repository and checks that preflight finds them."""
