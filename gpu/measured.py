"""Peaks that a card showed, as rows to hold the formulas of `vram.py` against. Facts only: nothing is computed here.

Each row says what ran, how, and on which day. Figures that nobody measured are not here; `python run.py measure` prints
new rows in this form.
"""

from dataclasses import dataclass

from gpu.hardware import MEASURED_H200, Provenance
from gpu.residency import Phase, Quantization


@dataclass(frozen=True, slots=True)
class Peak:
    """`max_memory_allocated` of one phase on `gpu`, in GiB: what was there before, and the most there was."""

    gpu: str
    phase: Phase
    pipeline: str
    quantization: Quantization
    width: int
    height: int
    num_frames: int
    before_gib: float
    peak_gib: float
    source: Provenance = MEASURED_H200


_TWO_STAGES = "TI2VidTwoStagesPipeline"


def _rows(width: int, height: int, num_frames: int, phases: dict[Phase, tuple[float, float]]) -> tuple[Peak, ...]:
    return tuple(
        Peak("H200", phase, _TWO_STAGES, "bf16", width, height, num_frames, before, peak)
        for phase, (before, peak) in phases.items()
    )


PEAKS: tuple[Peak, ...] = (
    *_rows(1920, 1088, 193, {
        "encode_image": (38.39, 38.86), "stage_1": (38.42, 40.76), "upsample": (38.43, 38.99),
        "stage_2": (38.44, 47.66), "decode": (38.46, 43.58),
    }),
    *_rows(1280, 704, 193, {
        "encode_image": (38.42, 38.69), "stage_1": (38.42, 39.44), "upsample": (38.43, 38.71),
        "stage_2": (38.43, 42.42), "decode": (38.44, 41.27),
    }),
    *_rows(1280, 704, 121, {
        "encode_image": (38.42, 38.69), "stage_1": (38.42, 39.08), "upsample": (38.43, 38.63),
        "stage_2": (38.43, 40.99), "decode": (38.44, 40.78),
    }),
)  # fmt: skip
"""Stock 1.0.0 code in eager bf16, random weights at the real 19B size, without Gemma and the text connectors."""

NOT_MEASURED: tuple[str, ...] = (
    "text encoding in bf16",
    "fp8_cast in any phase",
    "keyframes and restyle, whose conditioning adds tokens",
    "the distilled LoRA beside the transformer",
    "plans other than resident",
    "any card capped to the memory of an A10G, L40S or H100",
)
