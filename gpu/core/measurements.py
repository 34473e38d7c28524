"""Measurements on cards, as rows that check the formulas of `memory.py` and `pricing.py`.

Each row says what ran, how, and on which day. Every figure here was measured, none is computed. `python run.py measure`
prints new rows in this form.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gpu.core.contract import PresetName
from gpu.core.geometry import Tier
from gpu.core.hardware import Provenance
from gpu.core.placement import Phase

MEASURED_WITH_TORCH = "2.11.0"
"""Behind every row, with cuDNN 9.19 and CUDA 13.0; preflight says where `container_images.TORCH` is another."""

MEASURED_CELLS = Provenance("python run.py measure --plan resident --plan resident_8_bit", "2026-11-23", "measured")
MEASURED_CAPS = Provenance("python run.py measure --caps", "2026-11-23", "measured")
MEASURED_SPEED = Provenance("python run.py measure --speed", "2026-11-23", "measured")
MEASURED_PLANS = Provenance("python run.py measure --speed, with the plans of production", "2026-11-26", "measured")
MEASURED_2_3 = Provenance("python run.py measure --speed --checkpoint ltx-2.3-22b", "2026-11-27", "measured")
MEASURED_BLOCKS = Provenance("the transformer alone, eight blocks six times over", "2026-11-27", "measured")
MEASURED_WAYS = Provenance("python run.py measure --speed --plan resident --preset hq", "2026-11-27", "measured")
MEASURED_TICKETS = Provenance("python run.py measure --clip --cores 4", "2026-11-26", "measured")


@dataclass(frozen=True, slots=True)
class Peak:
    """`max_memory_allocated` of one phase, in GiB, and the weights between clips. Eight seconds, 193 frames, 9:16.

    `connect_text` stands for both phases of the text: the peak over them was measured.
    """

    gpu: str
    plan: str
    preset: PresetName
    tier: Tier
    phase: Phase
    rest_gib: float
    peak_gib: float
    apart: bool = False
    """Whether every evaluation was a separate forward; production now makes both of a guided step in one."""
    source: Provenance = MEASURED_CELLS
    checkpoint: str = "ltx-2-19b"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Seconds of one transformer evaluation over so many tokens of picture, 201 of sound: the median of a stage's, in
    three clips: 120 evaluations in stage 1 and 9 in stage 2.

    `stock` is ltx-core's own code in bf16; `bf16` and `8-bit` are ours, compiled; `without flash` is bf16 with torch's
    own attention. At 22,000 and 51,000 tokens the LoRA is applied; stock had it merged beforehand. `together`: made in
    one forward, of which this is one's share.
    """

    gpu: str
    how: Literal["stock", "without flash", "bf16", "8-bit"]
    picture_tokens: int
    seconds: float
    together: int = 1
    source: Provenance = MEASURED_SPEED
    checkpoint: str = "ltx-2-19b"
    worn: bool | None = None
    """Whether a LoRA was applied, where its tokens do not say it."""


@dataclass(frozen=True, slots=True)
class WholeClip:
    """Seconds of a clip's phases, eight seconds of 9:16, all steps, already compiled: medians of three clips. `decode`
    is the median of three decodings that ran alone; in a clip the encoder runs at the same time. `how` as in
    `Evaluation`."""

    gpu: str
    how: Literal["stock", "without flash", "bf16", "8-bit"]
    preset: PresetName
    tier: Tier
    stage_1: float
    upsample: float
    stage_2: float
    decode: float
    source: Provenance = MEASURED_SPEED
    plan: str = ""
    """Where it is not the one of `how`: `resident`, `resident_8_bit`."""
    checkpoint: str = "ltx-2-19b"

    @property
    def seconds(self) -> float:
        """Denoised and decoded."""
        return self.stage_1 + self.upsample + self.stage_2 + self.decode


@dataclass(frozen=True, slots=True)
class TicketRun:
    """Seconds from a ticket to the marker in the bucket, eight seconds of 9:16, warm, on a container's four cores. The
    bucket was a folder, so sending is left out. Decoding and encoding run beside each other: `finishing` is both, with
    poster and measures. `how` as in `Evaluation`."""

    gpu: str
    how: Literal["without flash"]
    plan: str
    preset: PresetName
    tier: Tier
    seconds: float
    prompts: float
    """The part that encoded prompts; 0 where they were known from the clip before."""
    stage_1: float
    stage_2: float
    finishing: float
    source: Provenance = MEASURED_TICKETS


@dataclass(frozen=True, slots=True)
class MemoryRun:
    """Whether a clip succeeded with this card's memory, under a plan."""

    gpu: str
    plan: str
    fitted: bool
    source: Provenance = MEASURED_CAPS


_REST_GIB = {"resident": 67.03, "resident_8_bit": 71.45, "resident_twice": 108.53, "resident_on_80_gib": 67.28}


def _rows(
    plan: str,
    preset: PresetName,
    tier: Tier,
    phases: dict[Phase, float],
    *,
    apart: bool = False,
    rest_gib: float | None = None,
    gpu: str = "H200",
    source: Provenance = MEASURED_CELLS,
    checkpoint: str = "ltx-2-19b",
) -> tuple[Peak, ...]:
    rest = _REST_GIB[plan] if rest_gib is None else rest_gib
    return tuple(
        Peak(gpu, plan, preset, tier, phase, rest, peak, apart, source, checkpoint) for phase, peak in phases.items()
    )


def _rows_2_3(
    preset: PresetName, tier: Tier, phases: dict[Phase, float], *, eight_bits: bool = False
) -> tuple[Peak, ...]:
    plan, rest = ("resident_fp8", 73.77) if eight_bits else ("resident", 73.13)
    return _rows(plan, preset, tier, phases, rest_gib=rest, source=MEASURED_2_3, checkpoint="ltx-2.3-22b")


def _evaluation_2_3(tokens: int, seconds: float, together: int = 1, *, worn: bool = False) -> Evaluation:
    how = "without flash"
    return Evaluation("H200", how, tokens, seconds, together, MEASURED_2_3, "ltx-2.3-22b", worn)


def _alone(models: str, how: Literal["without flash", "bf16"], *rows: tuple[int, float, int]) -> Iterator[Evaluation]:
    """The transformer, without a pipeline; stage 2's wear a LoRA."""
    for tokens, seconds, count in rows:
        yield Evaluation("H100", how, tokens, seconds, count, MEASURED_BLOCKS, models, tokens > 20_000)


def _clip_2_3(preset: PresetName, tier: Tier, seconds: tuple[float, float, float, float]) -> WholeClip:
    return WholeClip(
        "H200", "without flash", preset, tier, *seconds, MEASURED_2_3, "resident", checkpoint="ltx-2.3-22b"
    )


def _clip_of_way(preset: PresetName, tier: Tier, seconds: tuple[float, float, float, float]) -> WholeClip:
    return WholeClip("H200", "without flash", preset, tier, *seconds, MEASURED_WAYS, "resident")


def _clip_of_plan(plan: str, preset: PresetName, tier: Tier, seconds: tuple[float, float, float, float]) -> WholeClip:
    """A clip under a plan of production, in bf16: stage 1, upsampling, stage 2, decoding."""
    gpu = "H200" if plan == "resident_twice" else "H100"
    return WholeClip(gpu, "bf16", preset, tier, *seconds, MEASURED_PLANS, plan)


PEAKS: tuple[Peak, ...] = (
    *_rows("resident", "aggressive_quality", "704p", {
        "connect_text": 70.15, "encode_image": 67.34, "stage_1": 70.1, "upsample": 69.77,
        "stage_2": 70.42, "decode": 81.48,
    }, rest_gib=67.08),
    *_rows("resident", "aggressive_quality", "1088p", {
        "connect_text": 70.15, "encode_image": 67.35, "stage_1": 71.05, "upsample": 70.22,
        "stage_2": 72.34, "decode": 98.87,
    }, rest_gib=67.08),
    *_rows("resident", "keyframes", "704p", {
        "connect_text": 70.15, "encode_image": 67.34, "stage_1": 70.23, "upsample": 69.79,
        "stage_2": 70.6, "decode": 81.51,
    }, rest_gib=67.05),
    *_rows("resident", "keyframes", "1088p", {
        "connect_text": 70.15, "encode_image": 67.35, "stage_1": 71.25, "upsample": 70.26,
        "stage_2": 72.75, "decode": 98.94,
    }, rest_gib=67.08),
    *_rows("resident", "draft", "352p", {
        "connect_text": 70.15, "encode_image": 67.34, "stage_1": 70.1, "decode": 74.12,
    }, rest_gib=67.08),
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
        "connect_text": 74.51, "encode_image": 71.7, "stage_1": 74.54, "upsample": 74.14,
        "stage_2": 74.23, "decode": 85.85,
    }),
    *_rows("resident_8_bit", "aggressive_quality", "1088p", {
        "connect_text": 74.51, "encode_image": 71.72, "stage_1": 75.6, "upsample": 74.59,
        "stage_2": 76.37, "decode": 103.23,
    }),
    *_rows("resident_8_bit", "keyframes", "704p", {
        "connect_text": 74.51, "encode_image": 71.7, "stage_1": 74.64, "upsample": 74.15,
        "stage_2": 74.43, "decode": 85.88,
    }),
    *_rows("resident_8_bit", "keyframes", "1088p", {
        "connect_text": 74.51, "encode_image": 71.72, "stage_1": 74.79, "upsample": 74.46,
        "stage_2": 76.82, "decode": 103.3,
    }, apart=True),
    *_rows("resident_8_bit", "draft", "352p", {
        "connect_text": 74.51, "encode_image": 71.7, "stage_1": 74.54, "decode": 78.49,
    }),
    *_rows("resident_8_bit", "fast", "704p", {
        "connect_text": 74.14, "encode_image": 71.69, "stage_1": 73.0, "upsample": 72.93,
        "stage_2": 74.22, "decode": 85.83,
    }),
    *_rows("resident_8_bit", "fast", "1088p", {
        "connect_text": 74.14, "encode_image": 71.7, "stage_1": 73.53, "upsample": 73.3,
        "stage_2": 76.36, "decode": 103.22,
    }),
    *_rows("resident_on_80_gib", "aggressive_quality", "704p", {
        "connect_text": 70.35, "encode_image": 67.54, "stage_1": 70.3, "upsample": 69.97,
        "stage_2": 70.62, "decode": 73.74,
    }, gpu="H100", source=MEASURED_PLANS),
    *_rows("resident_on_80_gib", "aggressive_quality", "1088p", {
        "connect_text": 70.35, "encode_image": 67.55, "stage_1": 71.25, "upsample": 70.42,
        "stage_2": 72.54, "decode": 74.17,
    }, gpu="H100", source=MEASURED_PLANS),
    *_rows("resident_on_80_gib", "fast", "1088p", {
        "connect_text": 69.98, "encode_image": 67.54, "stage_1": 69.27, "upsample": 69.14,
        "stage_2": 71.81, "decode": 74.15,
    }, gpu="H100", source=MEASURED_PLANS),
    *_rows("resident_twice", "aggressive_quality", "704p", {
        "connect_text": 111.6, "encode_image": 108.79, "stage_1": 111.55, "upsample": 111.22,
        "stage_2": 111.87, "decode": 117.93,
    }, source=MEASURED_PLANS),
    *_rows("resident_twice", "aggressive_quality", "1088p", {
        "connect_text": 111.6, "encode_image": 108.8, "stage_1": 112.5, "upsample": 111.67,
        "stage_2": 113.79, "decode": 128.74,
    }, source=MEASURED_PLANS),
    *_rows("resident_twice", "fast", "1088p", {
        "connect_text": 111.23, "encode_image": 108.79, "stage_1": 110.52, "upsample": 110.39,
        "stage_2": 113.06, "decode": 128.73,
    }, source=MEASURED_PLANS),
    *_rows("resident", "expressive_strong", "704p", {
        "connect_text": 69.36, "encode_image": 66.55, "stage_1": 72.46, "upsample": 71.37, "stage_2": 71.11,
    }, rest_gib=66.3, source=MEASURED_WAYS),
    *_rows("resident", "hq", "704p", {
        "connect_text": 69.36, "encode_image": 66.55, "stage_1": 71.55, "upsample": 70.18, "stage_2": 69.94,
    }, rest_gib=66.3, source=MEASURED_WAYS),
    *_rows("resident", "expressive_strong", "1088p", {
        "connect_text": 69.36, "encode_image": 66.57, "stage_1": 72.52, "upsample": 71.69, "stage_2": 71.56,
    }, rest_gib=66.3, source=MEASURED_WAYS),
    *_rows("resident", "hq", "1088p", {
        "connect_text": 69.36, "encode_image": 66.57, "stage_1": 72.32, "upsample": 70.71, "stage_2": 71.83,
    }, rest_gib=66.3, source=MEASURED_WAYS),
    *_rows_2_3("aggressive_quality", "704p", {
        "connect_text": 75.29, "encode_image": 73.23, "stage_1": 73.99, "upsample": 73.59, "stage_2": 76.31,
    }),
    *_rows_2_3("aggressive_quality", "1088p", {
        "connect_text": 75.29, "encode_image": 73.28, "stage_1": 75.05, "upsample": 74.04, "stage_2": 78.45,
    }),
    *_rows_2_3("fast", "704p", {
        "connect_text": 74.92, "encode_image": 73.22, "stage_1": 73.56, "upsample": 73.5, "stage_2": 74.78,
    }),
    *_rows_2_3("fast", "1088p", {
        "connect_text": 74.92, "encode_image": 73.26, "stage_1": 74.09, "upsample": 73.86, "stage_2": 76.92,
    }),
    *_rows_2_3("draft", "352p", {"connect_text": 75.29, "encode_image": 73.23, "stage_1": 73.99}),
    *_rows_2_3("aggressive_quality", "704p", {
        "connect_text": 75.93, "encode_image": 73.86, "stage_1": 74.62, "upsample": 74.22, "stage_2": 76.22,
        "decode": 87.04,
    }, eight_bits=True),
    *_rows_2_3("aggressive_quality", "1088p", {
        "connect_text": 75.93, "encode_image": 73.91, "stage_1": 75.68, "upsample": 74.67, "stage_2": 78.36,
        "decode": 104.43,
    }, eight_bits=True),
    *_rows_2_3("draft", "352p", {
        "connect_text": 75.93, "encode_image": 73.86, "stage_1": 74.62, "decode": 78.57,
    }, eight_bits=True),
    *_rows_2_3("keyframes", "704p", {
        "connect_text": 75.29, "encode_image": 73.23, "stage_1": 74.09, "upsample": 73.6, "stage_2": 76.5,
    }),
    *_rows_2_3("keyframes", "1088p", {
        "connect_text": 75.29, "encode_image": 73.28, "stage_1": 75.27, "upsample": 74.07, "stage_2": 78.9,
    }),
)  # fmt: skip
"""Random weights at the real sizes of LTX-2 19B and Gemma 3 12B, two steps of stage 1, torch 2.11, cuDNN 9.19. The LoRA
of rank 175 was loaded in bf16, 3.4 GB; the released file has 8 bits, so a row is 1.5 GiB above its plan. Those of
2026-11-23 hold Gemma's picture tower, 0.78 GiB, which is not read any more. Those of 2026-11-26 hold about 1 GiB more
for each checkpoint, which is taken to be the block that the decoder was read into: freed since, not measured anew.
LTX-2.3 decodes in as much memory in bf16 as beside 8-bit layers, so its plain rows leave it out."""

EVALUATIONS: tuple[Evaluation, ...] = (
    Evaluation("H200", "stock", 5_500, 0.3764), Evaluation("H200", "stock", 12_750, 0.9459),
    Evaluation("H200", "stock", 22_000, 1.8881), Evaluation("H200", "stock", 51_000, 6.2988),
    Evaluation("H200", "without flash", 5_500, 0.2871), Evaluation("H200", "without flash", 5_500, 0.2769, together=2),
    Evaluation("H200", "without flash", 12_750, 0.763), Evaluation("H200", "without flash", 22_000, 1.6393),
    Evaluation("H200", "without flash", 51_000, 5.7138), Evaluation("H200", "bf16", 5_500, 0.2722, together=2),
    Evaluation("H200", "bf16", 12_750, 0.7348, together=2), Evaluation("H200", "bf16", 22_000, 1.5535),
    Evaluation("H200", "bf16", 51_000, 5.1828), Evaluation("H200", "8-bit", 5_500, 0.1743, together=2),
    Evaluation("H200", "8-bit", 12_750, 0.4897), Evaluation("H200", "8-bit", 12_750, 0.48, together=2),
    Evaluation("H200", "8-bit", 22_000, 1.0219), Evaluation("H200", "8-bit", 51_000, 3.8084),
    _evaluation_2_3(5_500, 0.2984, 2), _evaluation_2_3(6_160, 0.3442, 2), _evaluation_2_3(12_750, 0.813, 2),
    _evaluation_2_3(12_750, 0.8116), _evaluation_2_3(14_280, 0.9342, 2), _evaluation_2_3(22_000, 1.6732),
    _evaluation_2_3(51_000, 5.8879), _evaluation_2_3(51_000, 5.9005, worn=True),
    _evaluation_2_3(57_120, 7.1947, worn=True),
    *_alone("ltx-2-19b", "bf16", (5_500, 0.2816, 2), (5_500, 0.2835, 3), (5_500, 0.2812, 4), (12_750, 0.7474, 2),
            (22_000, 1.6019, 1), (51_000, 5.2968, 1)),
    *_alone("ltx-2.3-22b", "bf16", (5_500, 0.3011, 2), (5_500, 0.301, 3), (5_500, 0.3, 4), (12_750, 0.7754, 2),
            (22_000, 1.652, 1), (51_000, 5.4098, 1)),
    *_alone("ltx-2.3-22b", "without flash", (5_500, 0.3092, 2), (12_750, 0.8147, 2), (22_000, 1.7788, 1),
            (51_000, 6.0092, 1)),
    Evaluation("H100", "bf16", 5_500, 0.2997, 3, MEASURED_BLOCKS, worn=True),
    Evaluation("H100", "bf16", 5_500, 0.3231, 3, MEASURED_BLOCKS, "ltx-2.3-22b", worn=True),
)  # fmt: skip
"""Whole clips, random weights at real size, torch 2.11, cuDNN 9.19. `bf16` and `8-bit` come from one NVIDIA H200, one
after the other; the other rows from machines a day earlier, without FlashAttention. The H100's are of one card."""

CLIPS: tuple[WholeClip, ...] = (
    WholeClip("H200", "stock", "aggressive_quality", "1088p", 37.883, 0.138, 18.924, 5.653),
    WholeClip("H200", "stock", "aggressive_quality", "704p", 15.087, 0.073, 5.668, 2.1),
    WholeClip("H200", "stock", "fast", "1088p", 7.55, 0.192, 18.909, 5.653),
    WholeClip("H200", "bf16", "aggressive_quality", "1088p", 29.456, 0.127, 15.567, 0.993),
    WholeClip("H200", "bf16", "aggressive_quality", "704p", 10.903, 0.066, 4.67, 0.425),
    WholeClip("H200", "8-bit", "aggressive_quality", "1088p", 19.272, 0.129, 11.44, 0.99),
    WholeClip("H200", "8-bit", "quality_light", "1088p", 14.582, 0.126, 11.42, 0.99),
    WholeClip("H200", "8-bit", "aggressive_quality", "704p", 7.034, 0.08, 3.081, 0.428),
    WholeClip("H200", "8-bit", "fast", "1088p", 3.93, 0.185, 11.376, 0.99),
    _clip_of_plan("resident_on_80_gib", "aggressive_quality", "704p", (11.279, 0.077, 4.91, 0.925)),
    _clip_of_plan("resident_on_80_gib", "aggressive_quality", "1088p", (29.685, 0.182, 15.891, 2.462)),
    _clip_of_plan("resident_on_80_gib", "fast", "1088p", (6.113, 0.212, 15.534, 2.462)),
    _clip_of_plan("resident_twice", "aggressive_quality", "704p", (11.188, 0.092, 4.875, 0.588)),
    _clip_of_plan("resident_twice", "aggressive_quality", "1088p", (29.963, 0.149, 15.831, 1.366)),
    _clip_of_plan("resident_twice", "fast", "1088p", (6.087, 0.199, 15.601, 1.366)),
    _clip_of_way("aggressive_quality", "704p", (11.435, 0.101, 5.226, 0.423)),
    _clip_of_way("expressive", "704p", (11.056, 0.055, 4.99, 0.423)),
    _clip_of_way("expressive_strong", "704p", (22.413, 0.058, 4.98, 0.423)),
    _clip_of_way("hq", "704p", (27.636, 0.065, 11.574, 0.423)),
    _clip_of_way("expressive_strong", "1088p", (61.915, 0.129, 17.529, 1.006)),
    _clip_of_way("hq", "1088p", (73.927, 0.141, 39.824, 1.006)),
    _clip_2_3("aggressive_quality", "704p", (12.297, 0.099, 5.576, 0.776)),
    _clip_2_3("aggressive_quality", "1088p", (32.688, 0.151, 17.732, 1.793)),
    _clip_2_3("fast", "704p", (2.759, 0.101, 5.01, 0.776)),
    _clip_2_3("fast", "1088p", (6.752, 0.204, 17.665, 1.793)),
    _clip_2_3("keyframes", "704p", (13.992, 0.285, 6.319, 0.776)),
    _clip_2_3("keyframes", "1088p", (37.572, 0.491, 21.636, 1.793)),
)
"""The same runs; those of 2026-11-26, two clips each, on other cards of the kind. Those of 2026-11-27, on further ones,
are one clip each, or two of LTX-2 at 704p: the first of a size pays for what later ones find prepared."""

TICKET_RUNS: tuple[TicketRun, ...] = (
    TicketRun(
        "H100", "without flash", "resident_on_80_gib", "aggressive_quality", "704p", 19.93, 0.024, 11.359, 5.184, 3.07
    ),
    TicketRun("H100", "without flash", "resident_on_80_gib", "fast", "704p", 10.84, 0.134, 2.706, 4.893, 2.82),
    TicketRun("H100", "without flash", "resident_on_80_gib", "fast", "704p", 10.24, 0.026, 2.4, 4.888, 2.67),
)
"""One card, one process, random weights, calm pictures. Without FlashAttention, which was absent there."""

MEMORY_RUNS: tuple[MemoryRun, ...] = (
    MemoryRun("A10G", "resident", fitted=False),
    MemoryRun("A10G", "one_at_a_time_fp8", fitted=False),
    MemoryRun("L40S", "resident", fitted=False),
    MemoryRun("L40S", "in_turns_fp8", fitted=True),
    MemoryRun("H100", "text_apart", fitted=True),
)
"""The default clip at 1088p on an H200 limited to the memory of another card, the LoRA of rank 175 included."""

NOT_MEASURED: tuple[str, ...] = (
    "both evaluations of a guided step in one forward with keyframes at 1088p in 8 bits",
    "Gemma's own peak apart from what follows it",
    "any card but the H200 and the H100",
    "restyling in 8 bits",
    "LTX-2.3 with 8-bit attention, and whole clips of it with FlashAttention, with STG or in second order",
    "streaming, which this version cannot do",
    "a real container: four of its cores, its volume, its boot",
)
