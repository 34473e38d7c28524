"""Which weights may run, and how large each part of them is.

A row is one checkpoint with everything a clip needs. The sizes decide whether it fits on a card; the download uses the
file names and revisions. This module knows no GPU, price or path.
"""

from dataclasses import dataclass
from typing import Literal

from gpu.core.geometry import Scale

Flavour = Literal["19b", "22b"]


@dataclass(frozen=True, slots=True)
class ComponentBytes:
    """Bytes of the weights on the card, in bf16."""

    transformer: int
    embeddings_processor: int
    video_encoder: int
    video_decoder: int
    audio_encoder: int
    audio_decoder_and_vocoder: int
    spatial_upsampler: int
    text_encoder: int
    distilled_lora: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One set of weights under one name; `scale` is the geometry that it is made for."""

    name: str
    flavour: Flavour
    scale: Scale
    lora: str
    lora_strength: float
    components: ComponentBytes | None
    """None for the tiny sets: 8 MB need no memory plan."""


_LTX_2_19B = ComponentBytes(
    transformer=37_752_349_184,
    embeddings_processor=2_862_950_400,
    video_encoder=1_388_197_762,
    video_decoder=1_056_761_440,
    audio_encoder=42_667_040,
    audio_decoder_and_vocoder=175_015_880,
    spatial_upsampler=995_735_808,
    text_encoder=23_532_068_352,
    distilled_lora=1_790_000_000,
)
"""Basis: derived, 2026-11-22. Parameter counts of ltx-core 1.0.0's modules on the meta device times two bytes; the
transformer, VAEs and upsampler agree with the counts printed by a run on an H200. The LoRA is the published size of the
rank-175 fp8 file (1.79 GB), as its user logged it. Of Gemma the language layers alone: its picture tower, 0.84 GB, is
not read (2026-11-26), and the sound's encoder is read for a sound of a person's own, which stays counted."""

_LTX_2_3_22B = ComponentBytes(
    transformer=37_977_676_288,
    embeddings_processor=6_344_455_168,
    video_encoder=637_873_794,
    video_decoder=814_338_144,
    audio_encoder=42_667_040,
    audio_decoder_and_vocoder=580_170_576,
    spatial_upsampler=995_735_808,
    text_encoder=23_532_068_352,
    distilled_lora=7_604_994_048,
)
"""Basis: derived, 2026-11-27. Parameter counts of ltx-core 1.0.0's modules on the meta device, with the configuration
of the published file, times two bytes, four for the vocoders, which compute in float32; in bf16, with the sound's
encoder, they are the published 46,149,344,974 bytes to 0.03 %. The LoRA of rank 384 in bf16 lies on every layer; its
published file has 7,605,507,256 bytes, header included. Source of both: the hub's pages of Lightricks/LTX-2.3."""

CHECKPOINTS: dict[str, Checkpoint] = {
    row.name: row
    for row in (
        Checkpoint("ltx-2-19b", "19b", "full", "distilled rank 175 fp8", 0.6, _LTX_2_19B),
        Checkpoint("ltx-2.3-22b", "22b", "full", "distilled rank 384 1.1", 0.5, _LTX_2_3_22B),
        Checkpoint("tiny-trained", "19b", "tiny", "tiny distilled, no change", 0.6, None),
        Checkpoint("tiny-19b", "19b", "tiny", "tiny distilled rank 4", 0.6, None),
        Checkpoint("tiny-22b", "22b", "tiny", "tiny distilled rank 4", 0.6, None),
    )
}

PRODUCTION_CHECKPOINT = "ltx-2-19b"
