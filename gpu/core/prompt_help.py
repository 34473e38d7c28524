"""Prompt help: LTX's own enhancement of a prompt, by the Gemma that reads prompts. How much it writes.

Knows no model, price or request.
"""

from typing import Literal

PROMPT_HELP = "prompt_help"
"""Its name among the presets of tickets and of a card's models. No preset: it makes no clip."""

MOST_TOKENS = 512
"""Tokens of an answer at most; longer ones are cut off there. Source: ltx-core 1.0.0, default of `enhance_t2v`."""
TINY_MOST_TOKENS = 48
"""The same of a tiny set, whose Gemma is random and ends almost no answer by itself."""

PICTURE_SIDE = 896
"""Longest side in which the picture is handed over. Source: ltx-pipelines 1.0.0, `generate_enhanced_prompt`."""


def most_tokens(scale: Literal["real", "tiny"]) -> int:
    """Tokens of an answer at most, by the scale of the models."""
    return TINY_MOST_TOKENS if scale == "tiny" else MOST_TOKENS
