"""Peaks of memory measured on cards, as rows that check the formulas of `memory.py`.

Each row says what ran, how, and on which day. Every figure here was measured, none is computed. `python run.py measure`
prints new rows in this form. Seconds are in `measurements.py`.
"""

from dataclasses import dataclass

from gpu.core.contract import PresetName
from gpu.core.geometry import Seconds, Tier
from gpu.core.hardware import Provenance
from gpu.core.measurements import MEASURED_2_3, MEASURED_PLANS, MEASURED_RENDERER, MEASURED_WAYS
from gpu.core.placement import Phase

MEASURED_CELLS = Provenance("python run.py measure --plan resident --plan resident_8_bit", "2026-11-23", "measured")
MEASURED_CAPS = Provenance("python run.py measure --caps", "2026-11-23", "measured")


@dataclass(frozen=True, slots=True)
class Peak:
    """`max_memory_allocated` of one phase, in GiB, and the weights between clips. 9:16.

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
    seconds: Seconds = 8


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
    seconds: Seconds = 8,
) -> tuple[Peak, ...]:
    rest = _REST_GIB[plan] if rest_gib is None else rest_gib
    return tuple(
        Peak(gpu, plan, preset, tier, phase, rest, peak, apart, source, checkpoint, seconds)
        for phase, peak in phases.items()
    )


def _rows_2_3(
    preset: PresetName, tier: Tier, phases: dict[Phase, float], *, eight_bits: bool = False
) -> tuple[Peak, ...]:
    plan, rest = ("resident_fp8", 73.77) if eight_bits else ("resident", 73.13)
    return _rows(plan, preset, tier, phases, rest_gib=rest, source=MEASURED_2_3, checkpoint="ltx-2.3-22b")


def _rendered(
    models: str,
    preset: PresetName,
    tier: Tier,
    phases: dict[Phase, float],
    plan: str = "text_apart",
    *,
    ten: bool = False,
) -> tuple[Peak, ...]:
    """With FlashAttention, Gemma away: its prompts were known. `ten`: seconds, in place of eight."""
    rest = {"text_apart": 51.29, "text_apart_8_bit": 51.92, "text_apart_fp8": 51.92}[plan]
    return _rows(
        plan, preset, tier, phases, rest_gib=rest if models == "ltx-2.3-22b" else 44.47, gpu="H100",
        source=MEASURED_RENDERER, checkpoint=models, seconds=10 if ten else 8,
    )  # fmt: skip


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
    *_rendered("ltx-2.3-22b", "aggressive_quality", "704p", {
        "encode_image": 51.36, "stage_1": 52.17, "upsample": 51.72, "stage_2": 54.53, "decode": 59.54,
    }),
    *_rendered("ltx-2.3-22b", "aggressive_quality", "1088p", {
        "encode_image": 51.41, "stage_1": 53.29, "upsample": 52.17, "stage_2": 56.78, "decode": 70.36,
    }),
    *_rendered("ltx-2.3-22b", "lip_sync", "704p", {
        "encode_image": 51.38, "stage_1": 52.61, "upsample": 51.8, "stage_2": 54.53, "decode": 59.54,
    }),
    *_rendered("ltx-2.3-22b", "lip_sync", "1088p", {
        "encode_image": 51.41, "stage_1": 53.44, "upsample": 52.33, "stage_2": 56.79, "decode": 70.36,
    }),
    *_rendered("ltx-2.3-22b", "expressive_strong", "704p", {
        "encode_image": 51.36, "stage_1": 53.13, "upsample": 51.87, "stage_2": 54.53, "decode": 59.54,
    }),
    *_rendered("ltx-2.3-22b", "hq", "704p", {
        "encode_image": 51.36, "stage_1": 54.15, "upsample": 51.8, "stage_2": 54.65, "decode": 59.54,
    }),
    *_rendered("ltx-2.3-22b", "fast", "704p", {
        "encode_image": 51.36, "stage_1": 51.73, "upsample": 51.65, "stage_2": 53.02, "decode": 59.54,
    }),
    *_rendered("ltx-2.3-22b", "draft", "352p", {
        "encode_image": 51.36, "stage_1": 52.17, "decode": 56.07,
    }),
    *_rendered("ltx-2.3-22b", "retake", "704p", {
        "encode_image": 56.21, "stage_1": 53.02, "decode": 59.54,
    }),
    *_rendered("ltx-2.3-22b", "retake", "1088p", {
        "encode_image": 63.26, "stage_1": 56.21, "decode": 70.5,
    }, ten=True),
    *_rendered("ltx-2.3-22b", "aggressive_quality", "704p", {
        "encode_image": 52.0, "stage_1": 52.76, "upsample": 52.35, "stage_2": 54.36, "decode": 60.17,
    }, "text_apart_8_bit"),
    *_rendered("ltx-2.3-22b", "aggressive_quality", "1088p", {
        "encode_image": 52.04, "stage_1": 53.82, "upsample": 52.8, "stage_2": 56.5, "decode": 70.99,
    }, "text_apart_8_bit"),
    *_rendered("ltx-2.3-22b", "fast", "704p", {
        "encode_image": 52.0, "stage_1": 52.34, "upsample": 52.28, "stage_2": 53.56, "decode": 60.17,
    }, "text_apart_8_bit"),
    *_rendered("ltx-2.3-22b", "aggressive_quality", "704p", {
        "stage_1": 52.84, "upsample": 52.35, "stage_2": 54.53,
    }, "text_apart_fp8"),
    *_rendered("ltx-2.3-22b", "aggressive_quality", "1088p", {
        "stage_1": 54.01, "upsample": 52.8, "stage_2": 56.89,
    }, "text_apart_fp8"),
    *_rendered("ltx-2-19b", "aggressive_quality", "704p", {
        "encode_image": 44.69, "stage_1": 47.45, "upsample": 47.13, "stage_2": 47.78, "decode": 53.83,
    }),
    *_rendered("ltx-2-19b", "lip_sync", "704p", {
        "encode_image": 44.7, "stage_1": 48.94, "upsample": 48.32, "stage_2": 48.06, "decode": 53.83,
    }),
    *_rendered("ltx-2-19b", "retake", "704p", {
        "encode_image": 49.39, "stage_1": 47.06, "decode": 53.83,
    }),
    *_rendered("ltx-2-19b", "retake", "1088p", {
        "encode_image": 56.44, "stage_1": 49.78, "decode": 64.79,
    }, ten=True),
)  # fmt: skip
"""Random weights at the real sizes of LTX-2 19B and Gemma 3 12B, two steps of stage 1, torch 2.11, cuDNN 9.19. The LoRA
of rank 175 was loaded in bf16, 3.4 GB; the released file has 8 bits, so a row is 1.5 GiB above its plan. Those of
2026-11-23 hold Gemma's picture tower, 0.78 GiB, which is not read any more. Those of 2026-11-26 hold about 1 GiB more
for each checkpoint, which is taken to be the block that the decoder was read into: freed since, not measured anew.
LTX-2.3 decodes in as much memory in bf16 as beside 8-bit layers, so its plain rows leave it out. Those of H100s with
`text_apart` have FlashAttention, which takes up to a token tensor more than torch's attention."""

MEMORY_RUNS: tuple[MemoryRun, ...] = (
    MemoryRun("A10G", "resident", fitted=False),
    MemoryRun("A10G", "one_at_a_time_fp8", fitted=False),
    MemoryRun("L40S", "resident", fitted=False),
    MemoryRun("L40S", "in_turns_fp8", fitted=True),
    MemoryRun("H100", "text_apart", fitted=True),
)
"""The default clip at 1088p on an H200 limited to the memory of another card, the LoRA of rank 175 included."""
