"""The verbs of `python run.py`: their options and what they print."""
