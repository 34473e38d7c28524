"""What a safetensors file says of its tensors, and how a group of them is cut into pieces to read.

Needs neither torch nor the safetensors library, so that reading can begin while they are imported. Knows no model.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

PIECE_BYTES = 64 * 1024 * 1024
"""The largest piece, and the size of a buffer in pinned memory."""
ALIGNMENT = 256
"""Every tensor begins at a multiple of this in its block, as torch's own allocations do at least."""
_HEADER_LIMIT = 100_000_000
"""The largest header of the format. Source: safetensors."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One tensor in a file: its format by the name that safetensors has for it, its shape, and its bytes from the
    file's beginning."""

    kind: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Header:
    """A file's tensors by key, and its metadata."""

    tensors: dict[str, Stored]
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a piece that are neighbours in the block too: where they begin in each, and how many there are."""

    in_piece: int
    in_block: int
    length: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a file that is read at once, and where its parts belong in the block."""

    path: Path
    begin: int
    length: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each tensor of a group begins in one block of memory of `total_bytes`."""

    places: dict[str, tuple[Stored, int]]
    total_bytes: int
    pieces: tuple[Piece, ...]


def read_header(path: Path) -> Header:
    """The header of a file. Raises ValueError for another kind of file or an incomplete one, OSError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(8)
        length = struct.unpack("<Q", first)[0] if len(first) == 8 else size
        if length + 8 > min(size, _HEADER_LIMIT):
            raise ValueError(f"{path.name} is no complete safetensors file")
        rows = cast("dict[str, dict[str, Any]]", json.loads(file.read(length)))
    metadata = rows.pop("__metadata__", {})
    start = 8 + length
    tensors = {
        key: Stored(row["dtype"], tuple(row["shape"]), *(start + place for place in row["data_offsets"]))
        for key, row in rows.items()
    }
    if max((each.end for each in tensors.values()), default=start) > size:
        raise ValueError(f"{path.name} is cut off")
    return Header(tensors, metadata)


def laid_out(path: Path, header: Header, keys: Iterable[str]) -> Layout:
    """A group's block and pieces, in the order of the file."""
    ordered = sorted(((key, header.tensors[key]) for key in keys), key=lambda each: each[1].begin)
    places: dict[str, tuple[Stored, int]] = {}
    end = 0
    for key, stored in ordered:
        places[key] = stored, end
        end += -(-(stored.end - stored.begin) // ALIGNMENT) * ALIGNMENT
    return Layout(places, end, tuple(_pieces(path, places.values())))


def _pieces(path: Path, places: Iterable[tuple[Stored, int]]) -> Iterator[Piece]:
    begin = end = 0
    spans: list[Span] = []
    for stored, in_block in places:
        at = stored.begin
        while at < stored.end:
            if spans and (at != end or end - begin == PIECE_BYTES):
                yield Piece(path, begin, end - begin, tuple(spans))
                spans = []
            if not spans:
                begin = end = at
            length = min(stored.end - at, PIECE_BYTES - (end - begin))
            target = in_block + at - stored.begin
            last = spans[-1] if spans else None
            if last is not None and last.in_block + last.length == target:
                spans[-1] = Span(last.in_piece, last.in_block, last.length + length)
            else:
                spans.append(Span(at - begin, target, length))
            at = end = at + length
    if spans:
        yield Piece(path, begin, end - begin, tuple(spans))
