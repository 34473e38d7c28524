"""What a safetensors file says of its tensors, and how a group of them is cut into pieces to read.

Beside a file may lie the same tensors in fewer bytes (`packed_weights.py`); then those are read. Needs neither torch
nor the safetensors library, so that reading can begin while they are imported. Knows no model.
"""

import hashlib
import json
import logging
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

log = logging.getLogger(__name__)

PIECE_BYTES = 64 * 1024 * 1024
"""The largest piece, and the size of a buffer in pinned memory."""
ALIGNMENT = 256
"""Every tensor begins at a multiple of this in its block, as torch's own allocations do at least."""
_HEADER_LIMIT = 100_000_000
"""The largest header of the format. Source: safetensors."""


PACKED_SUFFIX = ".12bit"
"""What the name of a packed file has beyond that of its source."""
PACKED, PACKED_FROM = "clipwright.packed", "clipwright.packed_from"
"""Members of a packed file's metadata: its packed tensors as JSON, and the fingerprint of its source."""
_SAMPLES, _SAMPLE_BYTES = 16, 4096


class Frame(NamedTuple):
    """A part of a packed tensor: its bytes in the file, how many numbers they are, and how many of those are written
    out whole. `apart` is -1 where the part is not packed: its numbers come first, and what follows fills it up."""

    length: int
    numbers: int
    apart: int

    @property
    def is_packed(self) -> bool:
        return self.apart >= 0


@dataclass(frozen=True, slots=True)
class Stored:
    """One tensor in a file: its format by the name that safetensors has for it, its shape, and its bytes from the
    file's beginning. `frames`: how those are packed; none where they are the tensor itself."""

    kind: str
    shape: tuple[int, ...]
    begin: int
    end: int
    frames: tuple[Frame, ...] = ()

    @property
    def nbytes(self) -> int:
        """Bytes of the tensor in memory."""
        return sum(2 * each.numbers for each in self.frames) if self.frames else self.end - self.begin


@dataclass(frozen=True, slots=True)
class Header:
    """The file that is read, its tensors by key, and its source's metadata."""

    path: Path
    tensors: dict[str, Stored]
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a piece that belong together: where they begin in it and in the block, and how many the piece has. With
    a frame they have to be unpacked."""

    in_piece: int
    in_block: int
    length: int
    frame: Frame | None = None


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
    """The header of a file, or of its packed twin where that is there and whole. Raises ValueError for another kind of
    file or an incomplete one, OSError."""
    source = _read_header(path)
    twin = packed_path(path)
    try:
        packed = _read_header(twin)
        if packed.metadata.get(PACKED_FROM) == fingerprint(path) and packed.tensors.keys() == source.tensors.keys():
            return Header(twin, _with_frames(packed), source.metadata)
        log.warning("%s was made from another file: %s is read", twin.name, path.name)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError):
        log.warning("%s cannot be used: %s is read", twin.name, path.name, exc_info=True)
    return source


def packed_path(path: Path) -> Path:
    """Where the packed twin of a file lies."""
    return path.with_name(path.name + PACKED_SUFFIX)


def fingerprint(path: Path) -> str:
    """Digest of a file's size, its first bytes and samples from all of it: a file of other weights has another, and no
    start has time to read all. Raises OSError."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode("ascii"))
    with path.open("rb") as file:
        for number in range(_SAMPLES):
            file.seek(max(0, size - _SAMPLE_BYTES) * number // (_SAMPLES - 1))
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def _read_header(path: Path) -> Header:
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(8)
        length = struct.unpack("<Q", first)[0] if len(first) == 8 else size
        if length + 8 > min(size, _HEADER_LIMIT):
            raise ValueError(f"{path.name} is no complete safetensors file")
        rows = cast("dict[str, dict[str, Any]]", json.loads(file.read(length)))
    metadata = cast("dict[str, str]", rows.pop("__metadata__", {}))
    start = 8 + length
    tensors = {
        key: Stored(row["dtype"], tuple(row["shape"]), *(start + place for place in row["data_offsets"]))
        for key, row in rows.items()
    }
    if max((each.end for each in tensors.values()), default=start) > size:
        raise ValueError(f"{path.name} is cut off")
    return Header(path, tensors, metadata)


def _with_frames(packed: Header) -> dict[str, Stored]:
    """The tensors of a packed file by their sources' formats and shapes. Raises ValueError, KeyError, TypeError."""
    tensors = dict(packed.tensors)
    rows = cast("dict[str, dict[str, Any]]", json.loads(packed.metadata[PACKED]))
    for key, row in rows.items():
        frames = tuple(Frame(*each) for each in row["frames"])
        place = tensors[key]
        if sum(each.length for each in frames) != place.end - place.begin:
            raise ValueError(f"the frames of {key} have other lengths than the file says")
        if max(each.length for each in frames) > PIECE_BYTES:
            raise ValueError(f"a frame of {key} is larger than a buffer")
        tensors[key] = Stored("BF16", tuple(row["shape"]), place.begin, place.end, frames)
    return tensors


def laid_out(header: Header, keys: Iterable[str]) -> Layout:
    """A group's block and pieces, in the order of the file."""
    ordered = sorted(((key, header.tensors[key]) for key in keys), key=lambda each: each[1].begin)
    places: dict[str, tuple[Stored, int]] = {}
    end = 0
    for key, stored in ordered:
        places[key] = stored, end
        end += -(-stored.nbytes // ALIGNMENT) * ALIGNMENT
    return Layout(places, end, tuple(_pieces(header.path, places.values())))


def _pieces(path: Path, places: Iterable[tuple[Stored, int]]) -> Iterator[Piece]:
    begin = end = 0
    spans: list[Span] = []
    for part in _parts(places):
        done = 0
        while done < part.length:
            at, target, left = part.begin + done, part.in_block + done, part.length - done
            least = 1 if part.frame is None else left  # a frame is read at once
            if spans and (at != end or end - begin + least > PIECE_BYTES):
                yield Piece(path, begin, end - begin, tuple(spans))
                spans = []
            if not spans:
                begin = end = at
            count = min(left, PIECE_BYTES - (end - begin))
            last = spans[-1] if spans else None
            if last and last.frame is part.frame is None and last.in_block + last.length == target:
                spans[-1] = Span(last.in_piece, last.in_block, last.length + count)
            else:
                spans.append(Span(at - begin, target, count, part.frame))
            end = at + count
            done += count
    if spans:
        yield Piece(path, begin, end - begin, tuple(spans))


class _Part(NamedTuple):
    begin: int
    length: int
    in_block: int
    frame: Frame | None


def _parts(places: Iterable[tuple[Stored, int]]) -> Iterator[_Part]:
    """Each tensor, or each frame of a packed one, with its bytes in the file and its place in the block."""
    for stored, place in places:
        if not stored.frames:
            yield _Part(stored.begin, stored.end - stored.begin, place, None)
            continue
        at, target = stored.begin, place
        for frame in stored.frames:
            length = frame.length if frame.is_packed else 2 * frame.numbers
            yield _Part(at, length, target, frame if frame.is_packed else None)
            at += frame.length
            target += 2 * frame.numbers
