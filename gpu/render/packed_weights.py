"""Writes a file's packed twin: a safetensors file whose bf16 tensors are stored in twelve bits a number.

It is made once, where weights are fetched, and read by `weight_files.py` in place of its source. The source stays, for
LTX's own loader. Each frame is unpacked and compared before it is written, and the whole is hashed and read back. Knows
no model and no volume.
"""

# torch comes with gaps in its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import hashlib
import json
import logging
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from gpu.render import weight_files
from gpu.render.weight_files import PACKED, PACKED_FROM, Frame, Header, Stored, fingerprint, packed_path, read_header

log = logging.getLogger(__name__)

LEAST_NUMBERS = 8_192
"""Smaller tensors are left as they are: a frame's table takes a KiB."""
WORTH = 0.9
"""The part of its source's bytes above which a twin is not worth its place."""
_FILLING = 16
"""Bytes that fill up a frame, at most."""
_BLOCK_BYTES = 16 * 1024 * 1024


def pack_beside(path: Path) -> Path | None:
    """The packed twin of a file, written unless it is there already; None where packing saves too little.

    Raises OSError (a full disk among them) and ValueError (no safetensors file, or one that reads otherwise than it was
    written). Then there is no twin, and the file is read as it is.
    """
    header = read_header(path)
    twin = packed_path(path)
    if header.path == twin:
        return twin
    twin.unlink(missing_ok=True)
    if not is_worth_it(header):
        return None
    draft = twin.with_name(twin.name + ".part")
    try:
        with path.open("rb") as source, draft.open("wb") as target:
            digest = _write(header, source, target)
        if _digest(draft) != digest:
            raise ValueError(f"{twin.name} does not read as it was written")
        draft.replace(twin)
    finally:
        draft.unlink(missing_ok=True)
    log.info("%s: %.1f GB in place of %.1f", twin.name, twin.stat().st_size / 1e9, path.stat().st_size / 1e9)
    return twin


def is_packed(stored: Stored) -> bool:
    """Whether a tensor of a source is one that gets packed."""
    return stored.kind == "BF16" and stored.nbytes >= 2 * LEAST_NUMBERS


def is_worth_it(header: Header) -> bool:
    """Whether packing saves enough of a file."""
    whole = sum(each.nbytes for each in header.tensors.values())
    saved = sum(each.nbytes / 4 for each in header.tensors.values() if is_packed(each))
    return saved > (1 - WORTH) * whole


def header_bytes(source: Header, frames: Mapping[str, list[Frame]], mark: str, length: int = 0) -> bytes:
    """The beginning of a twin: tensors that are packed come first, in the order of their source, then the others.
    `length`: bytes to fill up to, where the frames were not known when the room was left."""
    rows: dict[str, Any] = {}
    end = 0
    for key, stored in in_order(source):
        size = sum(each.length for each in frames[key]) if key in frames else stored.nbytes
        kind, shape = ("U8", [size]) if key in frames else (stored.kind, list(stored.shape))
        rows[key] = {"dtype": kind, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    packed = {key: {"shape": list(source.tensors[key].shape), "frames": parts} for key, parts in frames.items()}
    rows["__metadata__"] = {**source.metadata, PACKED: json.dumps(packed), PACKED_FROM: mark}
    text = json.dumps(rows).encode("utf-8")
    text += b" " * max(length - 8 - len(text), -len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def in_order(source: Header) -> list[tuple[str, Stored]]:
    """A twin's tensors in their order. Packed ones begin at multiples of what their frames are aligned to."""
    return sorted(source.tensors.items(), key=lambda each: (not is_packed(each[1]), each[1].begin))


def numbers_of_frames(stored: Stored) -> Iterator[int]:
    """How many numbers each frame of a tensor has. A frame has to fit a buffer of the reader."""
    most = weight_files.PIECE_BYTES // 2
    left = stored.nbytes // 2
    while left:
        yield min(left, most)
        left -= min(left, most)


def _write(header: Header, source: IO[bytes], target: IO[bytes]) -> str:
    """Writes a twin whole and returns its SHA-256."""
    longest = {
        key: [Frame(2 * numbers + _FILLING, numbers, max(numbers, 10)) for numbers in numbers_of_frames(stored)]
        for key, stored in in_order(header)
        if is_packed(stored)
    }
    mark = fingerprint(header.path)
    room = len(header_bytes(header, longest, mark))
    target.write(b"\0" * room)
    frames: dict[str, list[Frame]] = {}
    data = hashlib.sha256()
    for key, stored in in_order(header):
        source.seek(stored.begin)
        for block, frame in _blocks(source, stored):
            if frame is not None:
                frames.setdefault(key, []).append(frame)
            data.update(block)
            target.write(block)
    begin = header_bytes(header, frames, mark, room)
    if len(begin) != room:
        raise ValueError("the header is longer than the room that was left for it")
    target.seek(0)
    target.write(begin)
    return _joined(begin, data)


def _blocks(source: IO[bytes], stored: Stored) -> Iterator[tuple[Any, Frame | None]]:
    """A tensor's bytes in the twin, frame by frame, or as they are. Raises ValueError for a file that ends early."""
    import torch

    from gpu.render.twelve_bits import pack, unpack

    if not is_packed(stored):
        for begin in range(stored.begin, stored.end, _BLOCK_BYTES):
            yield _exactly(source, min(_BLOCK_BYTES, stored.end - begin)), None
        return
    for count in numbers_of_frames(stored):
        numbers = torch.frombuffer(_exactly(source, 2 * count), dtype=torch.int16)
        frame, packed = pack(numbers)
        if frame.is_packed:
            again = torch.empty(2 * count, dtype=torch.uint8)
            unpack(frame, packed, again)
            if not torch.equal(again.view(torch.int16), numbers):
                raise ValueError("packed numbers differ from their source")
        yield packed.numpy(), frame


def _exactly(source: IO[bytes], count: int) -> bytearray:
    found = bytearray(source.read(count))
    if len(found) != count:
        raise ValueError("the file ended before its header says")
    return found


def _joined(begin: bytes, data: Any) -> str:
    return hashlib.sha256(begin + data.digest()).hexdigest()


def _digest(path: Path) -> str:
    """The same digest, of a file that was written."""
    data = hashlib.sha256()
    with path.open("rb") as file:
        begin = file.read(8)
        begin += file.read(struct.unpack("<Q", begin)[0])
        while block := file.read(_BLOCK_BYTES):
            data.update(block)
    return _joined(begin, data)
