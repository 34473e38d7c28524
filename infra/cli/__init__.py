"""The verbs of `python run.py`: their options and their output."""
