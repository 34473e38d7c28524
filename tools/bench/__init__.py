"""Benchmarks of this machine. They measure and assert nothing."""
