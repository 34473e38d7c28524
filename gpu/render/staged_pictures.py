"""Conditioning pictures that the second stage sees otherwise than the first: another strength, another H.264 quality.

A two-stage pipeline of ltx-pipelines 1.0.0 hands the same list of pictures to the encoder in both stages. Here the list
knows the height of the first stage. Does not know presets.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import functools
from collections.abc import Sequence
from typing import Any

from ltx_pipelines import ti2vid_two_stages, ti2vid_two_stages_hq
from ltx_pipelines.utils.args import ImageConditioningInput

PIPELINES = ("TI2VidTwoStagesPipeline", "TI2VidTwoStagesHQPipeline")
"""Those that take such a list."""


class StagedPictures(list[ImageConditioningInput]):
    """The first stage's pictures, and beside them the second stage's."""

    def __init__(
        self, first: Sequence[ImageConditioningInput], second: Sequence[ImageConditioningInput], first_height: int
    ) -> None:
        """`first_height`: of the first stage, in pixels."""
        super().__init__(first)
        self._second = list(second)
        self._first_height = first_height

    def at(self, height: int) -> list[ImageConditioningInput]:
        """The pictures of the stage of this height."""
        return self if height == self._first_height else self._second


def give_each_stage_its_pictures() -> None:
    """Lets the two-stage pipelines take a `StagedPictures`; with a plain list nothing changes. Idempotent."""
    replaced = "combined_image_conditionings"
    for pipeline in (ti2vid_two_stages, ti2vid_two_stages_hq):
        assert hasattr(pipeline, replaced), f"{pipeline.__name__} no longer encodes its pictures there"
        stock = getattr(pipeline, replaced)
        if not hasattr(stock, "__wrapped__"):
            setattr(pipeline, replaced, _by_stage(stock))


def _by_stage(stock: Any) -> Any:
    @functools.wraps(stock)
    def encode(images: Any, height: int, *others: Any, **named: Any) -> Any:
        shown = images.at(height) if isinstance(images, StagedPictures) else images
        return stock(shown, height, *others, **named)

    return encode
