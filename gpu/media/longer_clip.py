"""An MP4 of a finished clip and of what follows it: the old file's coded pictures as they are, then new ones.

Up to a keyframe near its end the old clip is copied, so that neither time nor memory grows with its length and nothing
of it is coded twice. What lies between that keyframe and the new frames is decoded and coded with them: nothing, where
the new frames begin at a keyframe (`encode.KEYFRAME_EVERY`). The sound is coded anew as a whole. Knows no model.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import islice, takewhile
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
    before: `new_shares` are of `chunks`."""
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
            copied = _copied_frames(old, frames_before, frame_rate, end)
            coded_again = frames_before - copied
            shares = np.ones(num_frames, np.float32) if new_shares is None else new_shares
            write_clip(
                _after(frames_between(old, copied, frames_before), chunks),
                None,
                end,
                num_frames=coded_again + num_frames,
                frame_rate=frame_rate,
                visible_mark=visible_mark,
                new_shares=np.pad(shares, (coded_again, 0)),
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


def _copied_frames(old: Path, wanted: int, frame_rate: int, scratch: Path) -> int:
    """How many frames, `wanted` at most, can be copied from the clip's start: up to a keyframe, since no picture before
    one refers to any after it. None where its header says other things than that of our coder: a file has one."""
    opened: Any = av.open(str(old))
    with opened as container:
        stream = container.streams.video[0]
        if bytes(stream.codec_context.extradata) != _header_of(stream.width, stream.height, frame_rate, scratch):
            return 0
        numbered = enumerate(packet for packet in container.demux(stream) if packet.size)
        return max((at for at, packet in islice(numbered, wanted + 1) if packet.is_keyframe), default=0)


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
