"""Prompt help: LTX's own enhancement of a prompt, by the Gemma that reads prompts. How much it writes, and how
long that takes.

Knows no model, price or request.
"""

from typing import Literal

from gpu.core.geometry import Scale

PROMPT_HELP: Literal["prompt_help"] = "prompt_help"
"""Its name among the presets of tickets and of a card's models. No preset: it makes no clip."""

MOST_TOKENS = 256
"""Tokens of an answer at most; it is cut off there. ltx-core 1.0.0 allows 512, and its system prompts ask for a single
paragraph: the one that they show has 147 words, some 200 tokens, and describes more than ten seconds hold."""
TINY_MOST_TOKENS = 48
"""The same of a tiny set, whose Gemma is random and ends almost no answer by itself."""

PICTURE_SIDE = 896
"""Longest side in which the picture is handed over. Source: ltx-pipelines 1.0.0, `generate_enhanced_prompt`."""


LIBRARY_SECONDS = 6.0
"""Importing transformers, at a container's first answer, and building LTX's encoder around Gemma's layers. Basis:
measured, 2026-11-27, one H100's host: 5 s for the import, 19 before its bytecode was there; the building is assumed."""
FIRST_TOKEN_SECONDS = 1.3
"""Reading system prompt, picture and words, and capturing the step. Basis: measured, 2026-11-27, one H100: 0.17 s for
600 tokens, 0.18 with a picture, 1.1 for the very first picture; the capture, under a second, is assumed."""
SECONDS_PER_TOKEN = 0.02
"""Basis: derived, 2026-11-27: a step of our own layers as a replayed graph takes 0.0167 s on an H100 (measured), and
attention over the keys is added. transformers' own loop takes 0.16 there, for which the card waits."""


def writing_seconds(tokens: int) -> float:
    """Seconds of an answer of so many tokens, at a container's first one."""
    return LIBRARY_SECONDS + FIRST_TOKEN_SECONDS + tokens * SECONDS_PER_TOKEN


def most_tokens(scale: Scale) -> int:
    """Tokens of an answer at most, by the scale of the models."""
    return TINY_MOST_TOKENS if scale == "tiny" else MOST_TOKENS
