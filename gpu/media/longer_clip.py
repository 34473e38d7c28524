"""An MP4 of a finished clip and of what follows it: the old file's coded pictures as they are, then new ones.

The old clip is copied as far as it stays, to within a few frames: its pictures are not coded again, and time and memory
do not grow with its length. Copied pictures need no keyframe behind them. They end where those that were sent show all
frames up to there. The sound is coded anew as a whole. Knows no model.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import accumulate, islice, takewhile
from pathlib import Path
from typing import Any

import av
import numpy as np

from gpu.media.encode import AI_NOTICE, Frames, Shares, Sound, add_sound, write_clip

_AT_ONCE = 16
"""Frames that are decoded before they are passed on, 6 MB each at 1088p."""


def write_longer_clip(
    chunks: Generator[Frames, None, None],
    sound: Sound | None,
    path: Path,
    *,
    old: Path | None,
    frames_before: int,
    num_frames: int,
    frame_rate: int,
    visible_mark: bool = False,
    new_shares: Shares | None = None,
) -> int:
    """Writes the first `frames_before` frames of the clip `old`, then `num_frames` from `chunks`; `sound` is that of
    the whole. Returns the file's size in bytes. All else is as in `encode.write_clip`, which does it where no frame is
    before: `new_shares` are of `chunks`, and where they begin with 0, `chunks` begin with frames of `old`."""
    if old is None or not frames_before:
        return write_clip(
            chunks,
            sound,
            path,
            num_frames=num_frames,
            frame_rate=frame_rate,
            visible_mark=visible_mark,
            new_shares=new_shares,
        )
    end = path.with_suffix(".end.mp4")
    try:
        with closing(chunks):
            shares = np.ones(num_frames, np.float32) if new_shares is None else new_shares
            kept = int(np.argmax(shares > 0.0))
            copied = _copied_frames(old, frames_before + kept, frame_rate, end)
            coded_again, copied_again = max(frames_before - copied, 0), max(copied - frames_before, 0)
            new = _without_first(copied_again, chunks)
            write_clip(
                _after(frames_between(old, copied, frames_before), new) if coded_again else new,
                None,
                end,
                num_frames=frames_before + num_frames - copied,
                frame_rate=frame_rate,
                visible_mark=visible_mark,
                new_shares=np.pad(shares[copied_again:], (coded_again, 0)),
                number_of_first=copied,
            )
        _join(old, copied, end, sound, path, Fraction(frames_before + num_frames, frame_rate))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        end.unlink(missing_ok=True)
    return path.stat().st_size


def frames_between(path: Path, first: int, until: int | None = None) -> Generator[Frames, None, None]:
    """The clip's frames from number `first` to before `until`, or to its end, a few at a time. Decodes from the
    keyframe before the first one."""
    opened: Any = av.open(str(path))
    with opened as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        rate = stream.average_rate
        container.seek(round(first / rate / stream.time_base), stream=stream, backward=True)
        numbered = ((round(each.pts * stream.time_base * rate), each) for each in container.decode(stream))
        here = takewhile(lambda one: until is None or one[0] < until, numbered)
        wanted = (frame for at, frame in here if at >= first)
        while some := [each.to_ndarray(format="rgb24") for each in islice(wanted, _AT_ONCE)]:
            yield np.stack(some).astype(np.uint8, copy=False)


def _after(first: Generator[Frames, None, None], then: Iterator[Frames]) -> Generator[Frames, None, None]:
    with closing(first):  # and the file behind it, also after an error: Windows deletes no open one
        yield from first
    yield from then


def _without_first(count: int, chunks: Generator[Frames, None, None]) -> Generator[Frames, None, None]:
    with closing(chunks):
        for chunk in chunks:
            yield chunk[count:]
            count = max(count - len(chunk), 0)


def _copied_frames(old: Path, wanted: int, frame_rate: int, scratch: Path) -> int:
    """How many frames, `wanted` at most, can be copied from the clip's start: so many that the first pictures show all
    of them and no later one, since a picture refers only to those that are coded before it. None where the clip's
    header says other things than that of our coder: a file has one."""
    opened: Any = av.open(str(old))
    with opened as container:
        stream = container.streams.video[0]
        if bytes(stream.codec_context.extradata) != _header_of(stream.width, stream.height, frame_rate, scratch):
            return 0
        to_number = stream.time_base * stream.average_rate
        shown = (round(packet.pts * to_number) + 1 for packet in _packets(container, stream))
        until = accumulate(islice(shown, wanted), max)
        return max((count for count, last in enumerate(until, 1) if count == last), default=0)


def _header_of(width: int, height: int, frame_rate: int, scratch: Path) -> bytes:
    black = np.zeros((1, height, width, 3), np.uint8)
    try:
        write_clip((each for each in [black]), None, scratch, num_frames=1, frame_rate=frame_rate)
        opened: Any = av.open(str(scratch))
        with opened as container:
            return bytes(container.streams.video[0].codec_context.extradata)
    finally:
        scratch.unlink(missing_ok=True)


def _join(old: Path, copied: int, end: Path, sound: Sound | None, path: Path, seconds: Fraction) -> None:
    before: Any = av.open(str(old))
    after: Any = av.open(str(end))
    opened: Any = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
    with before, after, opened as container:
        container.metadata["comment"] = AI_NOTICE
        container.metadata["description"] = AI_NOTICE
        first, then = before.streams.video[0], after.streams.video[0]
        picture = container.add_stream_from_template(then)
        if sound is not None:
            add_sound(container, sound, seconds)
        for packet in islice(_packets(before, first), copied):
            packet.stream = picture
            container.mux(packet)
        later = round(copied / then.average_rate / then.time_base)
        for packet in _packets(after, then):
            packet.pts, packet.dts = packet.pts + later, packet.dts + later
            packet.stream = picture
            container.mux(packet)


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """In the order of decoding, without the empty one at the end."""
    return (packet for packet in container.demux(stream) if packet.size)
