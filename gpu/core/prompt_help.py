"""Prompt help: LTX's own enhancement of a prompt, by the Gemma that reads prompts. How much it writes, and how
long that takes.

Knows no model, price or request.
"""

from typing import Literal

from gpu.core.geometry import Scale

PROMPT_HELP: Literal["prompt_help"] = "prompt_help"
"""Its name among the presets of tickets and of a card's models. No preset: it makes no clip."""

MOST_TOKENS = 512
"""Tokens of an answer at most; longer ones are cut off there. Source: ltx-core 1.0.0, default of `enhance_t2v`."""
TINY_MOST_TOKENS = 48
"""The same of a tiny set, whose Gemma is random and ends almost no answer by itself."""

PICTURE_SIDE = 896
"""Longest side in which the picture is handed over. Source: ltx-pipelines 1.0.0, `generate_enhanced_prompt`."""


LIBRARY_SECONDS = 6.0
"""Importing transformers, at a container's first answer, and building LTX's encoder around Gemma's layers. Basis:
assumed, 2026-11-27: the import takes 4 to 8 s of a container's start."""
PREFILL_SECONDS = 0.5
"""Reading system prompt, picture and words on a card. Basis: assumed, 2026-11-27."""
HOST_SECONDS_PER_TOKEN = 0.025
"""What transformers adds to each token on the host: 48 layers, launched one by one. Basis: assumed, 2026-11-27."""


def writing_seconds(gemma_bytes: int, bytes_per_second: float, tokens: int) -> float:
    """Seconds of an answer of so many tokens on a card, whose memory is read through once a token. Basis: derived."""
    return LIBRARY_SECONDS + PREFILL_SECONDS + tokens * (gemma_bytes / bytes_per_second + HOST_SECONDS_PER_TOKEN)


def most_tokens(scale: Scale) -> int:
    """Tokens of an answer at most, by the scale of the models."""
    return TINY_MOST_TOKENS if scale == "tiny" else MOST_TOKENS
