"""Seconds measured on cards, as rows that check the rates of `families.py` and `pricing.py`; peaks of memory are in
`measured_memory.py`.

Each row says what ran, how, and on which day. Every figure here was measured, none is computed. `python run.py measure`
prints new rows in this form.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gpu.core.contract import PresetName
from gpu.core.geometry import Tier
from gpu.core.hardware import Provenance

MEASURED_WITH_TORCH = "2.11.0"
"""Behind every row, with cuDNN 9.19 and CUDA 13.0; preflight says where `container_images.TORCH` is another."""

MEASURED_SPEED = Provenance("python run.py measure --speed", "2026-11-23", "measured")
MEASURED_PLANS = Provenance("python run.py measure --speed, with the plans of production", "2026-11-26", "measured")
MEASURED_2_3 = Provenance("python run.py measure --speed --checkpoint ltx-2.3-22b", "2026-11-27", "measured")
MEASURED_BLOCKS = Provenance("the transformer alone, eight blocks six times over", "2026-11-27", "measured")
MEASURED_WAYS = Provenance("python run.py measure --speed --plan resident --preset hq", "2026-11-27", "measured")
MEASURED_RENDERER = Provenance("tools/measure, clips through the renderer, prompts known", "2026-11-27", "measured")
MEASURED_TICKETS = Provenance("python run.py measure --clip --cores 4", "2026-11-26", "measured")

How = Literal["stock", "without flash", "bf16", "8-bit", "8-bit layers"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Seconds of one transformer evaluation over so many tokens of picture, 201 of sound: the median of a stage's, in
    three clips: 120 evaluations in stage 1 and 9 in stage 2.

    `stock` is ltx-core's own code in bf16; `bf16` and `8-bit` are ours, compiled; `without flash` is bf16 with torch's
    own attention; `8-bit layers` has 8 bits there alone, and FlashAttention. At 22,000 and 51,000 tokens the LoRA is
    applied; stock had it merged beforehand. `together`: made in one forward, of which this is one's share.
    """

    gpu: str
    how: How
    picture_tokens: int
    seconds: float
    together: int = 1
    source: Provenance = MEASURED_SPEED
    checkpoint: str = "ltx-2-19b"
    worn: bool | None = None
    """Whether a LoRA was applied, where its tokens do not say it."""
    sound_tokens: int = 201


@dataclass(frozen=True, slots=True)
class WholeClip:
    """Seconds of a clip's phases, eight seconds of 9:16, all steps, already compiled: medians of three clips. `decode`
    is the median of three decodings that ran alone; in a clip the encoder runs at the same time. `how` as in
    `Evaluation`."""

    gpu: str
    how: How
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


def _evaluation_2_3(tokens: int, seconds: float, together: int = 1, *, worn: bool = False) -> Evaluation:
    how = "without flash"
    return Evaluation("H200", how, tokens, seconds, together, MEASURED_2_3, "ltx-2.3-22b", worn)


def _alone(models: str, how: Literal["without flash", "bf16"], *rows: tuple[int, float, int]) -> Iterator[Evaluation]:
    """The transformer, without a pipeline; stage 2's wear a LoRA."""
    for tokens, seconds, count in rows:
        yield Evaluation("H100", how, tokens, seconds, count, MEASURED_BLOCKS, models, tokens > 20_000)


def _rendered(models: str, how: How, *rows: tuple[int, float, int]) -> Iterator[Evaluation]:
    """Of a clip's steps; stage 2's wear a LoRA."""
    for tokens, seconds, count in rows:
        yield Evaluation("H100", how, tokens, seconds, count, MEASURED_RENDERER, models, tokens in (22_000, 51_000))


def _of_retakes(models: str, eight: float, ten: float) -> Iterator[Evaluation]:
    """Without a LoRA: 8 s of 704p, and 10 s of 1088p, whose sound has 251 tokens."""
    yield Evaluation("H100", "bf16", 22_000, eight, 1, MEASURED_RENDERER, models, worn=False)
    yield Evaluation("H100", "bf16", 63_240, ten, 1, MEASURED_RENDERER, models, worn=False, sound_tokens=251)


def _clip_2_3(preset: PresetName, tier: Tier, seconds: tuple[float, float, float, float]) -> WholeClip:
    return WholeClip(
        "H200", "without flash", preset, tier, *seconds, MEASURED_2_3, "resident", checkpoint="ltx-2.3-22b"
    )


def _clip_of_way(preset: PresetName, tier: Tier, seconds: tuple[float, float, float, float]) -> WholeClip:
    return WholeClip("H200", "without flash", preset, tier, *seconds, MEASURED_WAYS, "resident")


def _clip_rendered(
    models: str, preset: PresetName, tier: Tier, seconds: tuple[float, float, float, float], how: How = "bf16"
) -> WholeClip:
    """In 704p and 1088p 64 frames were decoded at a time."""
    plan = "text_apart" if how == "bf16" else "text_apart_8_bit"
    return WholeClip("H100", how, preset, tier, *seconds, MEASURED_RENDERER, plan, models)


def _clip_of_plan(plan: str, preset: PresetName, tier: Tier, seconds: tuple[float, float, float, float]) -> WholeClip:
    """A clip under a plan of production, in bf16: stage 1, upsampling, stage 2, decoding."""
    gpu = "H200" if plan == "resident_twice" else "H100"
    return WholeClip(gpu, "bf16", preset, tier, *seconds, MEASURED_PLANS, plan)


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
    *_rendered("ltx-2.3-22b", "bf16", (5_500, 0.2954, 2), (5_500, 0.2947, 3), (5_500, 0.294, 4), (12_750, 0.7659, 2),
               (22_000, 1.6486, 1), (51_000, 5.3779, 1)),
    *_rendered("ltx-2.3-22b", "8-bit", (5_500, 0.2009, 2), (12_750, 0.5442, 2), (22_000, 1.1634, 1),
               (51_000, 4.1598, 1)),
    *_rendered("ltx-2.3-22b", "8-bit layers", (5_500, 0.2159, 2), (12_750, 0.5828, 2), (22_000, 1.2881, 1),
               (51_000, 4.6483, 1)),
    *_rendered("ltx-2-19b", "bf16", (5_500, 0.2758, 2), (5_500, 0.2761, 3), (22_000, 1.6025, 1)),
    *_of_retakes("ltx-2.3-22b", 1.5721, 7.4524), *_of_retakes("ltx-2-19b", 1.518, 7.3071),
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
    _clip_rendered("ltx-2.3-22b", "aggressive_quality", "704p", (11.825, 0.101, 4.941, 1.045)),
    _clip_rendered("ltx-2.3-22b", "aggressive_quality", "1088p", (30.852, 0.21, 16.186, 2.423)),
    _clip_rendered("ltx-2.3-22b", "fast", "704p", (2.733, 0.123, 4.694, 1.045)),
    _clip_rendered("ltx-2.3-22b", "lip_sync", "704p", (17.997, 0.091, 4.94, 1.045)),
    _clip_rendered("ltx-2.3-22b", "retake", "704p", (12.581, 0.0, 0.0, 1.045)),
    _clip_rendered("ltx-2.3-22b", "aggressive_quality", "704p", (8.177, 0.205, 3.522, 1.045), "8-bit"),
    _clip_rendered("ltx-2-19b", "aggressive_quality", "704p", (11.059, 0.116, 4.83, 0.599)),
    _clip_rendered("ltx-2-19b", "lip_sync", "704p", (17.014, 0.081, 4.827, 0.599)),
    _clip_rendered("ltx-2-19b", "retake", "704p", (12.19, 0.0, 0.0, 0.599)),
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

NOT_MEASURED: tuple[str, ...] = (
    "both evaluations of a guided step in one forward with keyframes at 1088p in 8 bits",
    "Gemma's own peak apart from what follows it",
    "any card but the H200 and the H100",
    "restyling in 8 bits",
    "LTX-2.3 on an H200 with FlashAttention, and 1088p of it with STG or in second order",
    "extending a clip, apart from retake, which computes the same",
    "8-bit layers of LTX-2 beside FlashAttention",
    "streaming, which this version cannot do",
    "a real container: four of its cores, its volume, its boot",
)
