"""A release step by step, its journal, its smoke clip, and the way back."""
