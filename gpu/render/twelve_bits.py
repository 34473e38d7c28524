"""bf16 numbers in three quarters of their bytes, without loss.

A weight's sign and seven bits of mantissa look random, but its eight bits of exponent take few values. So a number is
written as a byte, sign and mantissa, and half a byte, one of the 15 commonest exponents of its frame. A number with
another exponent is written out whole beside them. A frame begins with a table that turns a byte of two codes into two
exponents in place, so that a card unpacks it with a few passes over memory.

Whatever the bits mean, they come back the same: infinities, NaN with any payload, zeros of both signs, denormals.
Knows no file and no model. Little-endian, as every machine that runs this.
"""

# torch comes with gaps in its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

import torch

from gpu.render.weight_files import Frame

ALIGNMENT = 16
"""A frame has a multiple of so many bytes, so that the next one begins aligned."""
TABLE_BYTES = 256 * 4
_CODES = 15
_ELSEWHERE = 15
_SIGN_AND_MANTISSA = 0x807F - 0x10000  # as a signed 16-bit number
_APART_BYTES = 4 + 2


def frame_bytes(numbers: int, apart: int) -> int:
    """Bytes of a packed frame."""
    return _aligned(TABLE_BYTES + _APART_BYTES * apart + numbers + (numbers + 1) // 2)


def pack(numbers: Any) -> tuple[Frame, Any]:
    """A frame of 16-bit integers, which are the bits of bf16 numbers, and its bytes (uint8). Numbers that would not get
    smaller stay as they are."""
    exponents = ((numbers >> 7) & 0xFF).to(torch.uint8)
    common = torch.bincount(exponents, minlength=256).topk(_CODES).indices
    codes_of = torch.full((256,), _ELSEWHERE, dtype=torch.uint8)
    codes_of[common] = torch.arange(_CODES, dtype=torch.uint8)
    codes = codes_of[exponents.to(torch.int32)]
    apart = torch.nonzero(codes == _ELSEWHERE).flatten().to(torch.int32)
    frame = Frame(frame_bytes(len(numbers), len(apart)), len(numbers), len(apart))
    if frame.length >= 2 * len(numbers):
        frame = Frame(_aligned(2 * len(numbers)), len(numbers), -1)
    packed = torch.zeros(frame.length, dtype=torch.uint8)
    if not frame.is_packed:
        packed[: 2 * len(numbers)] = numbers.view(torch.uint8)
        return frame, packed
    table, positions, values, low, pairs = _parts(frame, packed)
    table.copy_(_table(common))
    positions.copy_(apart)
    values.copy_(numbers[apart.to(torch.int64)])
    low.copy_(((numbers & 0x7F) | ((numbers >> 8) & 0x80)).to(torch.uint8).view(torch.int8))
    pairs.copy_(codes[0::2])
    pairs[: len(numbers) // 2] |= codes[1::2] << 4
    return frame, packed


def unpack(frame: Frame, packed: Any, into: Any) -> None:
    """Writes a frame's numbers. `packed`: its bytes (uint8), beginning at a multiple of 4. `into`: two bytes (uint8) a
    number, on the same device, beginning at a multiple of 2."""
    table, positions, values, low, pairs = _parts(frame, packed)
    numbers = into.view(torch.int16)
    numbers.copy_(low)  # the sign fills the upper half
    numbers.bitwise_and_(_SIGN_AND_MANTISSA)
    exponents = table.index_select(0, pairs.to(torch.int32))
    numbers.bitwise_or_(exponents.view(torch.int16)[: frame.numbers])
    if frame.apart:
        numbers.index_copy_(0, positions.to(torch.int64), values)


def _parts(frame: Frame, packed: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Views of a frame: the table, positions and values of the numbers apart, signs with mantissas, pairs of codes."""
    sizes = (TABLE_BYTES, 4 * frame.apart, 2 * frame.apart, frame.numbers, (frame.numbers + 1) // 2)
    kinds = (torch.int32, torch.int32, torch.int16, torch.int8, torch.uint8)
    begin = 0
    found: list[Any] = []
    for size, kind in zip(sizes, kinds, strict=True):
        found.append(packed[begin : begin + size].view(kind))
        begin += size
    table, positions, values, low, pairs = found
    return table, positions, values, low, pairs


def _table(common: Any) -> Any:
    """For each byte of two codes their exponents, each in its place in a 16-bit number."""
    shifted = torch.zeros(16, dtype=torch.int32)
    shifted[:_CODES] = common.to(torch.int32) << 7
    codes = torch.arange(256)
    return shifted[codes & 15] | (shifted[codes >> 4] << 16)


def _aligned(count: int) -> int:
    return -(-count // ALIGNMENT) * ALIGNMENT
