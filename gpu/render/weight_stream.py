"""Reads groups of tensors from files to a card, by several threads and ahead of whoever needs them.

Reading threads fill buffers and never touch torch, so they may start before it is imported. One copying thread sends
full buffers on to the card once `attach` has said which. A group is one block of memory there; its tensors are views.
A mapped file, which safetensors reads, arrives at 4 GB/s from the page cache; this way it is 7 beside the imports
(H100, four cores, 2026-11-26).

What a file holds packed is copied to its tensor's place as it is, and unpacked there by the thread that waits for the
group. The copying thread must make few calls: while another one compiles, each waits for the interpreter's lock. Knows
no model and no order of its own.
"""

# torch comes with gaps in its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import atexit
import itertools
import logging
import mmap
import os
import queue
import sys
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from pathlib import Path
from threading import Condition, Event, Lock, Thread, get_native_id
from typing import Any

from gpu.render.weight_files import PIECE_BYTES, Header, Layout, Piece, Span, laid_out

log = logging.getLogger(__name__)

READERS = 4
BUFFERS = 32
"""Of `PIECE_BYTES` each: 2 GiB of pinned memory at most, which is given back once nothing is left to read."""
EARLY_BUFFERS = 96
"""More of them until there is a card, 6 GiB at most, used once and not pinned: a volume needs not wait for torch."""
END_SECONDS = 2.0
"""A process that ends waits at most so long for a piece that is being copied."""
SOON, LATER = 0, 1
"""Priorities: what somebody waits for, and what is read ahead."""

_FORMATS = {
    "BF16": "bfloat16", "F16": "float16", "F32": "float32", "F64": "float64", "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2", "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8",
    "BOOL": "bool",
}  # fmt: skip


class Group:
    """Tensors of one file that arrive together."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self.keys = frozenset(layout.places)
        self._layout = layout
        self._left = len(layout.pieces)
        self._error: BaseException | None = None
        self._changed = Condition()
        self._block: Any = None
        self._packed: list[Span] = []
        """What has arrived and is still packed."""
        self.is_dropped = False

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Its pieces, in the order of the file."""
        return self._layout.pieces

    def views(self, device: Any) -> dict[str, Any]:
        """Its tensors by key on the stream's device; they may not have arrived yet. Raises ValueError for an unknown
        format."""
        import torch

        found: dict[str, Any] = {}
        block = self.block_on(device)
        for key, (stored, place) in self._layout.places.items():
            if stored.kind not in _FORMATS:
                raise ValueError(f"{self.path.name} holds {key} as {stored.kind}, which is unknown")
            flat = block[place : place + stored.nbytes]
            found[key] = flat.view(getattr(torch, _FORMATS[stored.kind])).view(stored.shape)
        return found

    def block_on(self, device: Any) -> Any:
        """The group's memory, allocated at first use. What used that memory before may still run: it is waited for."""
        import torch

        with self._changed:
            if self._block is None:
                with torch.inference_mode():
                    self._block = torch.empty(self._layout.total_bytes, dtype=torch.uint8, device=device)
                if device.type == "cuda":
                    torch.cuda.current_stream(device).synchronize()
            return self._block

    def wait(self) -> None:
        """Returns when every tensor lies in the block. Raises what the disk or the card raised. One thread may wait."""
        is_over = False
        while not is_over:
            with self._changed:
                self._changed.wait_for(lambda: self._left == 0 or self._packed or self._error is not None)
                if self._error is not None:
                    raise self._error
                packed, self._packed = self._packed, []
                is_over = self._left == 0
            self._unpack(packed)

    def _unpack(self, spans: list[Span]) -> None:
        import torch

        from gpu.render.twelve_bits import unpack

        with torch.inference_mode():
            for span in spans:
                assert span.frame is not None
                packed = self._block[span.in_block : span.in_block + span.length].clone()
                unpack(span.frame, packed, self._block[span.in_block : span.in_block + 2 * span.frame.numbers])

    def arrived(self, piece: Piece) -> None:
        """Says that a piece lies in the block."""
        with self._changed:
            self._packed += [span for span in piece.spans if span.frame is not None and not self.is_dropped]
            self._left -= 1
            self._changed.notify_all()

    def failed(self, error: BaseException) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()


class WeightStream:
    """Groups on their way to one device. `pace` is called with the bytes that are about to be read."""

    def __init__(self, *, readers: int = READERS, pace: Callable[[int], None] | None = None) -> None:
        self._readers = readers
        self._pace = pace
        self._wanted: queue.PriorityQueue[tuple[int, int, Group, Piece]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._filled: queue.SimpleQueue[tuple[Group, Piece, Any] | None] = queue.SimpleQueue()
        self._free: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._attached = Event()
        self._is_over = Event()
        self._device: Any = None
        self._state = Lock()
        self._pending = 0
        self._buffers = 0
        self._reading = 0
        self._is_copying = False

    def attach(self, device: Any) -> None:
        """Says where the weights belong. Call it once torch is imported."""
        self._device = device
        self._attached.set()

    def read(self, header: Header, keys: Iterable[str], priority: int = SOON) -> Group:
        """Begins to read these tensors of a file."""
        group = Group(header.path, laid_out(header, keys))
        with self._state:
            self._pending += len(group.pieces)
            for piece in group.pieces:
                self._wanted.put((priority, next(self._numbers), group, piece))
            missing = max(0, min(self._readers, len(group.pieces)) - self._reading)
            starts_copying = bool(group.pieces) and not self._is_copying
            self._reading += missing
            self._is_copying |= starts_copying
        for _ in range(missing):
            Thread(target=self._fill, daemon=True, name="weights-reader").start()
        if starts_copying:
            copier = Thread(target=self._copy, daemon=True, name="weights-copier")
            atexit.register(self._end, copier)
            copier.start()
        return group

    def _end(self, copier: Thread) -> None:
        """Lets the copying thread finish its call before the process ends: an interpreter that stops a thread inside
        torch aborts the process."""
        self._is_over.set()
        self._attached.set()
        self._filled.put(None)
        copier.join(END_SECONDS)

    def _fill(self) -> None:
        """A reading thread: files to buffers, until nothing is wanted."""
        _give_way()
        files: dict[Path, Any] = {}
        try:
            while True:
                with self._state:
                    try:
                        if self._is_over.is_set():
                            raise queue.Empty
                        _, _, group, piece = self._wanted.get_nowait()
                    except queue.Empty:
                        self._reading -= 1
                        return
                buffer = self._buffer()
                try:
                    if not group.is_dropped:
                        if piece.path not in files:
                            files[piece.path] = piece.path.open("rb", buffering=0)
                        if self._pace is not None:
                            self._pace(piece.length)
                        _read(files[piece.path], piece, buffer)
                except BaseException as error:
                    group.failed(error)
                self._filled.put((group, piece, buffer))
        finally:
            for file in files.values():
                file.close()

    def _buffer(self) -> Any:
        """A free buffer, or a new one while there may be more."""
        while True:
            try:
                return self._free.get_nowait()
            except queue.Empty:
                pass
            with self._state:
                is_early = not self._attached.is_set()
                is_new = self._buffers < BUFFERS + (EARLY_BUFFERS if is_early else 0)
                self._buffers += is_new
            if is_new:
                return mmap.mmap(-1, PIECE_BYTES)
            with suppress(queue.Empty):
                return self._free.get(timeout=0.05)

    def _copy(self) -> None:
        """The copying thread: buffers to the card, until every wanted piece has gone."""
        self._attached.wait()
        if self._is_over.is_set():
            return
        import torch

        on_card = self._device.type == "cuda"
        stream = torch.cuda.Stream(self._device) if on_card else None
        pinned: dict[int, Any] = {}
        sent: deque[tuple[Any, Group, Piece, Any]] = deque()

        def settle(down_to: int) -> None:
            while len(sent) > down_to:
                event, group, piece, buffer = sent.popleft()
                try:
                    if event is not None:
                        event.synchronize()
                    group.arrived(piece)
                except BaseException as error:
                    group.failed(error)
                if id(buffer) in pinned:
                    self._free.put(buffer)

        with torch.inference_mode():
            while True:
                filled = self._filled.get()
                if filled is None or self._is_over.is_set():
                    return
                group, piece, buffer = filled
                event = None
                try:
                    event = self._send(group, piece, self._pinned(buffer, pinned, on_card=on_card), stream)
                except BaseException as error:
                    group.failed(error)
                sent.append((event, group, piece, buffer))
                settle(2 if not self._filled.empty() else 0)
                with self._state:
                    self._pending -= 1
                    if not self._pending:
                        settle(0)
                        self._release(pinned)
                        log.info("nothing is left to read")
                        self._is_copying = False
                        atexit.unregister(self._end)
                        return

    def _pinned(self, buffer: Any, known: dict[int, Any], *, on_card: bool) -> Any:
        """The buffer as a tensor; on a card its memory is pinned at first use."""
        import torch

        tensor = known.get(id(buffer))
        if tensor is None:
            tensor = torch.frombuffer(buffer, dtype=torch.uint8)
            if len(known) == BUFFERS:
                return tensor  # one of the early ones
            known[id(buffer)] = tensor
            if on_card:
                cudart: Any = torch.cuda.cudart()
                torch.cuda.check_error(cudart.cudaHostRegister(tensor.data_ptr(), tensor.numel(), 0))
        return tensor

    def _send(self, group: Group, piece: Piece, source: Any, stream: Any) -> Any:
        import torch

        if group.is_dropped:
            return None
        block = group.block_on(self._device)
        with nullcontext() if stream is None else torch.cuda.stream(stream):
            for span in piece.spans:
                part = source[span.in_piece : span.in_piece + span.length]
                block[span.in_block : span.in_block + span.length].copy_(part, non_blocking=True)
        if stream is None:
            return None
        event = torch.cuda.Event(blocking=True)
        event.record(stream)
        return event

    def _release(self, pinned: dict[int, Any]) -> None:
        """Gives the buffers back. Called with nothing under way."""
        import torch

        if self._device.type == "cuda":
            cudart: Any = torch.cuda.cudart()
            for tensor in pinned.values():
                cudart.cudaHostUnregister(tensor.data_ptr())
        pinned.clear()
        while not self._free.empty():
            self._free.get_nowait()
        self._buffers = 0


def _give_way() -> None:
    """Lets the importing thread go first where there are fewer cores than threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), 10)


def _read(file: Any, piece: Piece, buffer: Any) -> None:
    file.seek(piece.begin)
    whole = memoryview(buffer)
    got = 0
    while got < piece.length:
        count = file.readinto(whole[got : piece.length])
        if not count:
            raise ValueError(f"{piece.path.name} ended before its header says")
        got += count
