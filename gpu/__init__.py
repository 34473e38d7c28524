"""The service that makes clips."""

VERSION = "0.1.0"
"""Of the whole product; pyproject.toml repeats it."""
