"""How many evaluations of the transformer one guided denoising takes. Knows no preset by name."""

from typing import Protocol


class Guided(Protocol):
    """What decides how many evaluations a guided denoising takes: a preset's settings, or a clip's."""

    @property
    def guidance(self) -> float: ...
    @property
    def sound_guidance(self) -> float | None: ...
    @property
    def stg_scale(self) -> float: ...
    @property
    def modality_scale(self) -> float: ...


def guided_evaluations(settings: Guided) -> int:
    """Transformer evaluations of one guided denoising: of the prompt, of the negative prompt, with self-attention
    skipped, with picture and sound apart."""
    by_words = settings.guidance != 1.0 or settings.sound_guidance not in (None, 1.0)
    return 1 + by_words + (settings.stg_scale != 0.0) + (settings.modality_scale != 1.0)
