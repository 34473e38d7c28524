"""What the two families of models need beside their weights: bytes that their phases allocate, and how fast they are.

LTX-2 (`19b`) and LTX-2.3 (`22b`) have one transformer in common but for gates and modulated text, and other
autoencoders. Every figure was measured on an H200 at real size with random weights, or counted from modules; an H200 is
the unit of speed (`hardware.py`). `memory.py` and `pricing.py` compute with them. Knows no clip, plan or price.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gpu.core.checkpoints import Flavour
from gpu.core.placement import Quantization

Precision = tuple[Quantization, Quantization]
"""Of the layers, and of the picture's attention."""


@dataclass(frozen=True, slots=True)
class Line:
    """`start` and `slope`: GiB, and GiB for each unit of what grows."""

    start: float
    slope: float

    def at(self, value: float) -> float:
        """The line's value there."""
        return self.start + self.slope * value


@dataclass(frozen=True, slots=True)
class Rates:
    """The speed of an H200 at one transformer evaluation: the fixed seconds of a forward, and FLOP a second."""

    fixed_seconds: float
    linear: float
    attention: float
    merging_seconds: float
    """More for an evaluation whose LoRA is added to the weights block by block."""


@dataclass(frozen=True, slots=True)
class Family:
    """Bytes are of one clip's phases; GiB are lines over megapixels of a frame, or over frames of one megapixel."""

    text_keys_bytes: int
    """Of each prompt of a forward, kept while a transformer runs."""
    connect_text_bytes: int
    """Beside the prompts' hidden states."""
    forward_tensors: Mapping[Precision, float]
    """Token tensors alive at the peak of a compiled evaluation, rotary tables among them, by layers and attention."""
    merged_block_bytes: int
    """A bf16 block's layers with a LoRA added, beside the plain ones."""
    merged_around_bytes: int
    """The layers around the blocks that a LoRA changes, likewise; also where the blocks are in 8 bits."""
    eight_bit_layers_bytes: int
    """The picture's layers in 8 bits, with their scales."""
    sound_layers_bytes: int
    """They stay in bf16, and a LoRA changes them too."""
    shared_bytes: int
    """Embeddings, norms and tables, the same with LoRAs and without."""
    encoding_gib: Line
    """Of the conditioning picture's megapixels."""
    source_gib_per_megapixel_frame: float
    """Encoding a clip to restyle, or of which most stays."""
    source_seconds_per_megapixel: float
    """Encoding a clip of which most stays, in overlapping parts, copies to the card included."""
    part_gib: Line
    """Decoding whole frames at a time: of a part's frames, for one megapixel."""
    tiles_gib: Line
    """Decoding small tiles: of a frame's megapixels, a tile with its workspace, and output buffers."""
    tiles_gib_per_megapixel_frame: float
    """Buffers that grow with the clip."""
    uncut_gib_per_megapixel_frame: float
    """Decoding all frames at once, as the one-stage pipeline does."""
    decode_seconds: Mapping[int, float]
    """Of a megapixel of one frame, by frames decoded at a time, 0 for tiles."""
    text_seconds: float
    """Of one prompt of 1,024 tokens."""
    rates: Mapping[Precision, Rates]
    """bf16 with FlashAttention."""
    without_flash: Rates
    """bf16 with torch's own attention, for every card but Hopper."""


def _by_precision(exact: Rates, rounded: Rates, layers: Rates | None = None) -> dict[Precision, Rates]:
    """`layers`: of 8-bit layers with attention in bf16; derived where it was not measured."""
    layers = layers or Rates(rounded.fixed_seconds, rounded.linear, exact.attention, 0.0)
    return {("bf16", "bf16"): exact, ("fp8", "fp8"): rounded, ("fp8", "bf16"): layers}


_LTX_2 = Family(
    text_keys_bytes=48 * 1_024 * (4_096 + 2_048) * 2 * 2,  # keys and values in all blocks; derived
    connect_text_bytes=int(2.33 * 1024**3),
    # 5,500 to 63,240 tokens; the stock code needs 23.6. The last is derived: as much more as LTX-2.3 needs there.
    forward_tensors={("bf16", "bf16"): 9.2, ("fp8", "fp8"): 9.7, ("fp8", "bf16"): 10.2},
    merged_block_bytes=2 * 385_924_656 + 50_000_000,
    merged_around_bytes=0,
    eight_bit_layers_bytes=14_507_704_320,
    sound_layers_bytes=8_053_063_680,
    shared_bytes=708_256_256,
    encoding_gib=Line(0.21, 0.15),
    source_gib_per_megapixel_frame=0.1105,
    source_seconds_per_megapixel=0.0171,
    part_gib=Line(0.671, 0.1229),
    tiles_gib=Line(1.0, 0.47),
    tiles_gib_per_megapixel_frame=0.00755,
    uncut_gib_per_megapixel_frame=0.1035,
    decode_seconds={0: 2.199 / 403.2, 40: 2.09 / 403.2, 64: 1.370 / 403.2, 112: 1.012 / 403.2},
    text_seconds=0.105,
    rates=_by_precision(Rates(0.0201, 647e12, 679e12, 0.061), Rates(0.0201, 1_118e12, 807e12, 0.0)),
    without_flash=Rates(0.0201, 662e12, 574e12, 0.061),
)
"""Basis: measured, 2026-11-23, H200, eight seconds at 704p and 1088p; a merged block and layers in 8 bits derived, 0.75
to 0.79 GiB and 71.45 GiB for two sets measured. Rates: least squares over `measurements.EVALUATIONS`, largest error
1.1 %, 0.6 % without FlashAttention; a quicker H100 of 2026-11-27 is 2.6 % off. Restyling: 4.8 GiB at 704p, 11.1 at
1088p. A source clip's seconds: 2026-11-27, one H100, at 8 s of 704p and 10 s of 1088p, to 1 %."""

_LTX_2_3 = Family(
    text_keys_bytes=1_024 * (4_096 + 2_048) * 2,  # the words themselves: a timestep changes their keys
    connect_text_bytes=int(1.44 * 1024**3),
    # FlashAttention takes 0.45 more than torch's attention in bf16 and 0.95 beside 8-bit layers: figures between both.
    forward_tensors={("bf16", "bf16"): 10.0, ("fp8", "fp8"): 9.75, ("fp8", "bf16"): 10.17},
    merged_block_bytes=2 * 386_465_792 + 50_000_000,
    merged_around_bytes=820_000_000,
    eight_bit_layers_bytes=14_507_704_320,
    sound_layers_bytes=8_109_686_784,
    shared_bytes=876_960_256,
    encoding_gib=Line(0.062, 0.17),
    source_gib_per_megapixel_frame=0.1105,  # as LTX-2's, to 1 %
    source_seconds_per_megapixel=0.0146,
    part_gib=Line(0.671, 0.1229),  # as LTX-2's, to 2 %
    tiles_gib=Line(1.0, 0.47),
    tiles_gib_per_megapixel_frame=0.00755,
    uncut_gib_per_megapixel_frame=0.1035,
    decode_seconds={0: 3.859 / 403.2, 40: 3.702 / 403.2, 64: 2.431 / 403.2, 112: 1.790 / 403.2},
    text_seconds=0.125,
    rates=_by_precision(
        Rates(0.0201, 596e12, 718e12, 0.061), Rates(0.0201, 968e12, 784e12, 0.0), Rates(0.0201, 921e12, 680e12, 0.0)
    ),
    without_flash=Rates(0.0201, 602e12, 568e12, 0.061),
)
"""Basis: measured, 2026-11-27, H200, every preset that it has, eight seconds at 704p and 1088p, without FlashAttention:
least squares over `measurements.EVALUATIONS`, largest error 1 %. With it: the same over those of two H100s, largest
error 2.3 %; 8 bits with cuDNN's attention or with FlashAttention: of one H100, 0.9 and 1.7 %. A source clip's seconds
as LTX-2's. A LoRA lies on the layers around the blocks, too."""

FAMILIES: Mapping[Flavour, Family] = {"19b": _LTX_2, "22b": _LTX_2_3}
