"""Starts other programs, waits for them, and ends them together with their children."""
