"""Clips of the same pictures by several presets, side by side on a page on which a person votes without their names."""
