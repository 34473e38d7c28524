"""What a card showed, as rows to hold the formulas of `vram.py` and `quote.py` against. Facts only, nothing computed.

Each row says what ran, how, and on which day. Figures that nobody measured are not here; `python run.py measure` prints
new rows in this form.
"""

from dataclasses import dataclass
from typing import Literal

from gpu.contract import PresetName
from gpu.geometry import Tier
from gpu.hardware import Provenance
from gpu.residency import Phase

MEASURED_CELLS = Provenance("python run.py measure --plan resident --plan resident_8_bit", "2026-11-23", "measured")
MEASURED_SPEED = Provenance("python run.py measure --speed", "2026-11-23", "measured")


@dataclass(frozen=True, slots=True)
class Peak:
    """`max_memory_allocated` of one phase, in GiB, and what lay there between clips. Eight seconds, 193 frames, 9:16.

    `connect_text` stands for both phases of the text: the peak over them was measured.
    """

    gpu: str
    plan: str
    preset: PresetName
    tier: Tier
    phase: Phase
    rest_gib: float
    peak_gib: float
    source: Provenance = MEASURED_CELLS


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Seconds of one transformer evaluation over so many tokens of picture, 201 of sound: the median of two or three.

    `stock` is ltx-core's own code in bf16; `bf16` and `8-bit` are ours, compiled. At 22,000 and 51,000 tokens the LoRA
    is worn: stock had it merged beforehand.
    """

    gpu: str
    how: Literal["stock", "bf16", "8-bit"]
    picture_tokens: int
    seconds: float
    source: Provenance = MEASURED_SPEED


_REST_GIB = {"resident": 67.03, "resident_8_bit": 71.45}


def _rows(plan: str, preset: PresetName, tier: Tier, phases: dict[Phase, float]) -> tuple[Peak, ...]:
    return tuple(Peak("H200", plan, preset, tier, phase, _REST_GIB[plan], peak) for phase, peak in phases.items())


PEAKS: tuple[Peak, ...] = (
    *_rows("resident", "aggressive_quality", "704p", {
        "connect_text": 70.13, "encode_image": 67.32, "stage_1": 69.74, "upsample": 69.69,
        "stage_2": 70.53, "decode": 82.98,
    }),
    *_rows("resident", "aggressive_quality", "1088p", {
        "connect_text": 70.13, "encode_image": 67.34, "stage_1": 70.25, "upsample": 70.06,
        "stage_2": 72.52, "decode": 102.38,
    }),
    *_rows("resident", "keyframes", "704p", {
        "connect_text": 70.13, "encode_image": 67.32, "stage_1": 69.78, "upsample": 69.7,
        "stage_2": 70.67, "decode": 83.01,
    }),
    *_rows("resident", "keyframes", "1088p", {
        "connect_text": 70.13, "encode_image": 67.34, "stage_1": 70.35, "upsample": 70.08,
        "stage_2": 72.95, "decode": 102.45,
    }),
    *_rows("resident", "draft", "352p", {
        "connect_text": 70.13, "encode_image": 67.32, "stage_1": 69.74, "decode": 74.67,
    }),
    *_rows("resident", "fast", "704p", {
        "connect_text": 69.76, "encode_image": 67.31, "stage_1": 68.6, "upsample": 68.55,
        "stage_2": 69.75, "decode": 82.96,
    }),
    *_rows("resident", "fast", "1088p", {
        "connect_text": 69.76, "encode_image": 67.32, "stage_1": 69.1, "upsample": 68.92,
        "stage_2": 71.78, "decode": 102.37,
    }),
    *_rows("resident_8_bit", "aggressive_quality", "704p", {
        "connect_text": 74.51, "encode_image": 71.7, "stage_1": 74.14, "upsample": 74.07,
        "stage_2": 74.23, "decode": 87.36,
    }),
    *_rows("resident_8_bit", "aggressive_quality", "1088p", {
        "connect_text": 74.51, "encode_image": 71.72, "stage_1": 74.68, "upsample": 74.44,
        "stage_2": 76.37, "decode": 106.76,
    }),
    *_rows("resident_8_bit", "keyframes", "704p", {
        "connect_text": 74.51, "encode_image": 71.7, "stage_1": 74.19, "upsample": 74.08,
        "stage_2": 74.43, "decode": 87.39,
    }),
    *_rows("resident_8_bit", "keyframes", "1088p", {
        "connect_text": 74.51, "encode_image": 71.72, "stage_1": 74.79, "upsample": 74.46,
        "stage_2": 76.82, "decode": 106.84,
    }),
    *_rows("resident_8_bit", "draft", "352p", {
        "connect_text": 74.51, "encode_image": 71.7, "stage_1": 74.14, "decode": 79.05,
    }),
    *_rows("resident_8_bit", "fast", "704p", {
        "connect_text": 74.14, "encode_image": 71.69, "stage_1": 73.0, "upsample": 72.93,
        "stage_2": 74.22, "decode": 87.35,
    }),
    *_rows("resident_8_bit", "fast", "1088p", {
        "connect_text": 74.14, "encode_image": 71.7, "stage_1": 73.53, "upsample": 73.3,
        "stage_2": 76.36, "decode": 106.75,
    }),
)  # fmt: skip
"""Random weights at the real sizes of LTX-2 19B and Gemma 3 12B, two steps of stage 1, torch 2.11, cuDNN 9.19. The LoRA
of rank 175 lay there in bf16, 3.4 GB; the released file has 8 bits, so a row's weights are 1.5 GiB above the plan's."""

EVALUATIONS: tuple[Evaluation, ...] = (
    Evaluation("H200", "stock", 5_500, 0.383), Evaluation("H200", "stock", 12_750, 0.956),
    Evaluation("H200", "stock", 22_000, 1.973), Evaluation("H200", "stock", 51_000, 6.423),
    Evaluation("H200", "bf16", 5_500, 0.306), Evaluation("H200", "bf16", 12_750, 0.801),
    Evaluation("H200", "bf16", 22_000, 1.771), Evaluation("H200", "bf16", 51_000, 5.888),
    Evaluation("H200", "8-bit", 5_500, 0.214), Evaluation("H200", "8-bit", 12_750, 0.530),
    Evaluation("H200", "8-bit", 22_000, 1.052), Evaluation("H200", "8-bit", 51_000, 3.869),
)  # fmt: skip
"""One run, side by side, random weights at real size, one NVIDIA H200, torch 2.11, cuDNN 9.19."""

NOT_MEASURED: tuple[str, ...] = (
    "restyle, whose conditioning doubles the tokens of stage 1",
    "plans that load models for a phase, and a card held to the memory of an H100 or L40S, since text models load once",
    "Gemma's own peak apart from what follows it",
    "any card but the H200",
    "a whole clip in 8 bits",
    "encoding on the four cores of a container",
)
