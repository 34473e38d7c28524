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
MEASURED_CAPS = Provenance("python run.py measure --caps", "2026-11-23", "measured")
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
    """Seconds of one transformer evaluation over so many tokens of picture, 201 of sound: the median of a clip's stage,
    40 evaluations in stage 1 and 3 in stage 2.

    `stock` is ltx-core's own code in bf16; `bf16` and `8-bit` are ours, compiled. At 22,000 and 51,000 tokens the LoRA
    is worn: stock had it merged beforehand.
    """

    gpu: str
    how: Literal["stock", "bf16", "8-bit"]
    picture_tokens: int
    seconds: float
    source: Provenance = MEASURED_SPEED


@dataclass(frozen=True, slots=True)
class WholeClip:
    """Seconds of a clip's phases, eight seconds of 9:16, all steps, compiled before. `decode` is the median of three
    decodings with nobody beside them: in a clip it runs beside the encoder. `how` as in `Evaluation`."""

    gpu: str
    how: Literal["stock", "bf16", "8-bit"]
    preset: PresetName
    tier: Tier
    stage_1: float
    upsample: float
    stage_2: float
    decode: float
    source: Provenance = MEASURED_SPEED

    @property
    def seconds(self) -> float:
        """Denoised and decoded."""
        return self.stage_1 + self.upsample + self.stage_2 + self.decode


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a clip ended well on this card's memory, under a plan."""

    gpu: str
    plan: str
    fitted: bool
    source: Provenance = MEASURED_CAPS


_REST_GIB = {"resident": 67.03, "resident_8_bit": 71.45}


def _rows(plan: str, preset: PresetName, tier: Tier, phases: dict[Phase, float]) -> tuple[Peak, ...]:
    return tuple(Peak("H200", plan, preset, tier, phase, _REST_GIB[plan], peak) for phase, peak in phases.items())


PEAKS: tuple[Peak, ...] = (
    *_rows("resident", "aggressive_quality", "704p", {
        "connect_text": 70.13, "encode_image": 67.32, "stage_1": 69.72, "upsample": 69.69,
        "stage_2": 70.4, "decode": 81.46,
    }),
    *_rows("resident", "aggressive_quality", "1088p", {
        "connect_text": 70.13, "encode_image": 67.34, "stage_1": 70.2, "upsample": 70.06,
        "stage_2": 72.32, "decode": 98.85,
    }),
    *_rows("resident", "keyframes", "704p", {
        "connect_text": 70.13, "encode_image": 67.32, "stage_1": 69.76, "upsample": 69.7,
        "stage_2": 70.58, "decode": 81.49,
    }),
    *_rows("resident", "keyframes", "1088p", {
        "connect_text": 70.13, "encode_image": 67.34, "stage_1": 70.3, "upsample": 70.08,
        "stage_2": 72.73, "decode": 98.92,
    }),
    *_rows("resident", "draft", "352p", {
        "connect_text": 70.13, "encode_image": 67.32, "stage_1": 69.72, "decode": 74.04,
    }),
    *_rows("resident", "fast", "704p", {
        "connect_text": 69.76, "encode_image": 67.31, "stage_1": 68.58, "upsample": 68.55,
        "stage_2": 69.67, "decode": 81.45,
    }),
    *_rows("resident", "fast", "1088p", {
        "connect_text": 69.76, "encode_image": 67.32, "stage_1": 69.05, "upsample": 68.92,
        "stage_2": 71.59, "decode": 98.84,
    }),
    *_rows("resident", "restyle", "704p", {
        "connect_text": 69.76, "encode_image": 71.88, "stage_1": 69.67, "upsample": 68.62,
        "stage_2": 69.67, "decode": 81.45,
    }),
    *_rows("resident", "restyle", "1088p", {
        "connect_text": 69.76, "encode_image": 78.21, "stage_1": 70.62, "upsample": 69.07,
        "stage_2": 71.59, "decode": 98.84,
    }),
    *_rows("resident_8_bit", "aggressive_quality", "704p", {
        "connect_text": 74.51, "encode_image": 71.7, "stage_1": 74.14, "upsample": 74.07,
        "stage_2": 74.23, "decode": 85.85,
    }),
    *_rows("resident_8_bit", "aggressive_quality", "1088p", {
        "connect_text": 74.51, "encode_image": 71.72, "stage_1": 74.68, "upsample": 74.44,
        "stage_2": 76.37, "decode": 103.23,
    }),
    *_rows("resident_8_bit", "keyframes", "704p", {
        "connect_text": 74.51, "encode_image": 71.7, "stage_1": 74.19, "upsample": 74.08,
        "stage_2": 74.43, "decode": 85.88,
    }),
    *_rows("resident_8_bit", "keyframes", "1088p", {
        "connect_text": 74.51, "encode_image": 71.72, "stage_1": 74.79, "upsample": 74.46,
        "stage_2": 76.82, "decode": 103.3,
    }),
    *_rows("resident_8_bit", "draft", "352p", {
        "connect_text": 74.51, "encode_image": 71.7, "stage_1": 74.14, "decode": 78.42,
    }),
    *_rows("resident_8_bit", "fast", "704p", {
        "connect_text": 74.14, "encode_image": 71.69, "stage_1": 73.0, "upsample": 72.93,
        "stage_2": 74.22, "decode": 85.83,
    }),
    *_rows("resident_8_bit", "fast", "1088p", {
        "connect_text": 74.14, "encode_image": 71.7, "stage_1": 73.53, "upsample": 73.3,
        "stage_2": 76.36, "decode": 103.22,
    }),
)  # fmt: skip
"""Random weights at the real sizes of LTX-2 19B and Gemma 3 12B, two steps of stage 1, torch 2.11, cuDNN 9.19. The LoRA
of rank 175 lay there in bf16, 3.4 GB; the released file has 8 bits, so a row's weights are 1.5 GiB above the plan's."""

EVALUATIONS: tuple[Evaluation, ...] = (
    Evaluation("H200", "stock", 5_500, 0.3805), Evaluation("H200", "stock", 12_750, 0.96),
    Evaluation("H200", "stock", 22_000, 1.9333), Evaluation("H200", "stock", 51_000, 6.3801),
    Evaluation("H200", "bf16", 5_500, 0.2963), Evaluation("H200", "bf16", 12_750, 0.7814),
    Evaluation("H200", "bf16", 22_000, 1.8041), Evaluation("H200", "bf16", 51_000, 5.927),
    Evaluation("H200", "8-bit", 5_500, 0.1882), Evaluation("H200", "8-bit", 12_750, 0.4997),
    Evaluation("H200", "8-bit", 22_000, 1.0679), Evaluation("H200", "8-bit", 51_000, 3.8753),
)  # fmt: skip
"""One run, side by side, whole clips, random weights at real size, one NVIDIA H200, torch 2.11, cuDNN 9.19."""

CLIPS: tuple[WholeClip, ...] = (
    WholeClip("H200", "stock", "aggressive_quality", "1088p", 38.65, 0.138, 19.231, 5.304),
    WholeClip("H200", "stock", "aggressive_quality", "704p", 15.469, 0.073, 5.89, 2.077),
    WholeClip("H200", "stock", "fast", "1088p", 7.685, 0.175, 19.077, 5.304),
    WholeClip("H200", "bf16", "aggressive_quality", "1088p", 31.396, 0.208, 17.68, 1.012),
    WholeClip("H200", "bf16", "aggressive_quality", "704p", 12.003, 0.179, 5.328, 0.433),
    WholeClip("H200", "8-bit", "aggressive_quality", "1088p", 20.043, 0.15, 11.622, 1.006),
    WholeClip("H200", "8-bit", "quality_light", "1088p", 15.1, 0.165, 11.599, 1.006),
    WholeClip("H200", "8-bit", "aggressive_quality", "704p", 7.684, 0.097, 3.204, 0.424),
    WholeClip("H200", "8-bit", "fast", "1088p", 4.087, 0.216, 11.62, 1.006),
)
"""The same run."""

VERDICTS: tuple[Verdict, ...] = (
    Verdict("A10G", "resident", fitted=False),
    Verdict("A10G", "one_at_a_time_fp8", fitted=False),
    Verdict("L40S", "resident", fitted=False),
    Verdict("L40S", "in_turns_fp8", fitted=True),
    Verdict("H100", "text_apart", fitted=True),
)
"""The default clip at 1088p on an H200 held to the memory of another card, the LoRA of rank 175 among the weights."""

NOT_MEASURED: tuple[str, ...] = (
    "prices with both evaluations of a guided step in one forward: the clips' seconds here are those before it",
    "stage 1's peaks with both evaluations in one forward, in this table (docs/speed.md has them)",
    "Gemma's own peak apart from what follows it",
    "any card but the H200",
    "restyling in 8 bits",
    "the streamed plan, which this version cannot run",
    "encoding on the four cores of a container",
)
