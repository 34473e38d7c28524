"""Instruments for a card: memory, speed and errors at real size, with random weights."""
