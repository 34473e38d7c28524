"""Decoded frames and sound in, one MP4 and one poster out: H.264 and AAC, ready to play before it has all arrived.

Frames come as chunks from an iterator that decodes lazily. The calling thread decodes the next chunk while a second
thread encodes the last one and a few more convert frames to the encoder's colours, so that GPU and CPU work in
parallel. The file states its exact frame rate, BT.709 colour, and that an AI made it; its index is at the front.

Knows numpy and PyAV, no torch: the decoder passes arrays. Does not judge frames and never changes them.
"""

import logging
import os
import queue
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

log = logging.getLogger(__name__)

AI_NOTICE = "AI-generated video. Made with Clipwright (LTX-2)."

MARK = "AI"
"""The visible mark. Two letters that read the same in every language of the site."""

CRF = 18
PRESET = "veryfast"
"""libx264 speed. On a GPU machine the encoder is the bottleneck; CRF keeps the quality, only the file grows."""

KEYFRAME_EVERY = 48
"""Frames, two seconds: where a player can begin, and from where the end of a clip that goes on is decoded. 8 s at 704p
grow by 0.3 MB, in the same time (measured, 2026-11-27, a picture that drifts)."""

POSTER_QUALITY = 88
FADE_SECONDS = 0.005
"""Fade of the sound at both ends: long enough to avoid a click, too short to be heard."""

_CHUNKS_AHEAD = 1
"""Decoded chunks that wait. One keeps both sides busy; 100 frames at 1088p are 0.6 GB."""

_CONVERTERS = 2
"""Threads that convert colours. A frame at 1088p takes a thread 5 ms and x264 some 40 ms of CPU (measured, calm
content, 2026-11-23), so two are enough for an encoder on 16 cores."""

_FRAMES_AHEAD = 8
"""Converted frames that may wait for the encoder, 3 MB each at 1088p."""

_ENCODER_THREADS = min(16, os.cpu_count() or 1)
"""By default x264 starts 1.5 threads per core of the host, each with a frame in memory, even in a container that may
use few of the cores."""

_WAIT_SECONDS = 0.1

Frames = NDArray[np.uint8]
"""RGB, shape (frames, height, width, 3); may hold no frame."""
Shares = NDArray[np.float32]
"""One value a frame, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Stereo samples from -1 to 1, shape (2, samples), at `rate` samples per second."""

    samples: NDArray[np.float32]
    rate: int


def write_clip(
    chunks: Generator[Frames, None, None],
    sound: Sound | None,
    path: Path,
    *,
    num_frames: int,
    frame_rate: Fraction | int,
    crf: int = CRF,
    preset: str = PRESET,
    visible_mark: bool = False,
    new_shares: Shares | None = None,
    number_of_first: int = 0,
) -> int:
    """Writes the MP4 and returns its size in bytes. `visible_mark` draws MARK into a corner of every encoded frame; the
    chunks themselves stay unchanged. `new_shares`: how much of each frame is new, 0 to 1, and so how strongly it is
    drawn there, since what is old has been a clip with a mark of its own; all of it by default. `number_of_first`: of
    the first frame in a longer clip, by which its keyframes are counted. `chunks` is always closed; after an error no
    file is left.

    The sound is cut or padded with silence to the picture's length. Raises ValueError when the chunks hold another
    number of frames than `num_frames`, and whatever decoding or encoding raised, as it was.
    """
    waiting: queue.Queue[Frames | None] = queue.Queue(maxsize=_CHUNKS_AHEAD)
    try:
        with closing(chunks), ThreadPoolExecutor(1, "encode") as pool:
            strengths = None
            if visible_mark:
                strengths = np.ones(num_frames, np.float32) if new_shares is None else new_shares
            encoding = pool.submit(
                _encode, waiting, sound, path, num_frames, Fraction(frame_rate), crf, preset, strengths, number_of_first
            )
            try:
                for chunk in chunks:
                    if len(chunk) and not _hand_over(waiting, chunk, encoding):
                        break
            finally:
                # Also after an error: the encoder must end, and reports too few frames.
                _hand_over(waiting, None, encoding)
            encoding.result()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path.stat().st_size


def write_poster(frame: NDArray[np.uint8], path: Path) -> int:
    """Writes one RGB frame, shape (height, width, 3), as JPEG and returns its size in bytes."""
    notice = Image.Exif()
    notice[0x010E] = AI_NOTICE  # ImageDescription
    Image.fromarray(frame).save(path, "JPEG", quality=POSTER_QUALITY, optimize=True, exif=notice)
    return path.stat().st_size


def _hand_over(waiting: "queue.Queue[Frames | None]", item: Frames | None, encoding: Future[None]) -> bool:
    """Puts an item in the queue, unless the encoder has ended and nothing would take it."""
    while not encoding.done():
        with suppress(queue.Full):
            waiting.put(item, timeout=_WAIT_SECONDS)
            return True
    return False


def _received(waiting: "queue.Queue[Frames | None]") -> Iterator[NDArray[np.uint8]]:
    while (chunk := waiting.get()) is not None:
        yield from chunk


def _stamped(frame: NDArray[np.uint8], stamp: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
    """A copy of the frame with the stamp in its lower right corner, half over the picture at full strength."""
    height, width = stamp.shape[:2]
    marked = frame.copy()
    corner = marked[-height - height // 2 : -(height // 2), -width - height // 2 : -(height // 2)]
    share = strength / 2
    corner[...] = np.rint((1.0 - share) * corner + share * stamp)
    return marked


def mark(height: int) -> NDArray[np.uint8]:
    """MARK as white letters on black, shape (height, width, 3)."""
    height = max(height, 8)
    font = ImageFont.load_default(height * 0.8)
    width = round(font.getlength(MARK)) + height // 2
    plate = Image.new("RGB", (width, height))
    ImageDraw.Draw(plate).text((width / 2, height / 2), MARK, font=font, anchor="mm", fill="white")
    return np.asarray(plate)


def _encode(
    waiting: "queue.Queue[Frames | None]",
    sound: Sound | None,
    path: Path,
    num_frames: int,
    frame_rate: Fraction,
    crf: int,
    preset: str,
    mark_strengths: Shares | None,
    number_of_first: int,
) -> None:
    frames = _received(waiting)
    first = next(frames, None)
    if first is None:
        raise ValueError(f"decoded no frame of {num_frames}")
    height, width, _ = first.shape
    stamp = mark(min(height, width) // 20)

    def converted(index: int, frame: NDArray[np.uint8]) -> av.VideoFrame:
        strength = 0.0 if mark_strengths is None else float(mark_strengths[min(index, num_frames - 1)])
        made = picture_frame(_stamped(frame, stamp, strength) if strength > 0.0 else frame, index, frame_rate)
        if (number_of_first + index) % KEYFRAME_EVERY == 0:
            made.pict_type = PictureType.I
        return made

    opened: Any = av.open(path, "w", format="mp4", options={"movflags": "+faststart"})
    with opened as container, ThreadPoolExecutor(_CONVERTERS, "convert") as pool:
        container.metadata["comment"] = AI_NOTICE
        container.metadata["description"] = AI_NOTICE
        picture: Any = container.add_stream("libx264", rate=frame_rate, options={"crf": str(crf), "preset": preset})
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.codec_context.time_base = 1 / frame_rate
        # Whole frames side by side: PyAV's default cuts each into slices and waits for the slowest.
        picture.codec_context.thread_type = "FRAME"
        picture.codec_context.thread_count = _ENCODER_THREADS
        picture.codec_context.color_range = ColorRange.MPEG
        picture.codec_context.colorspace = Colorspace.ITU709
        picture.codec_context.color_primaries = ColorPrimaries.BT709
        picture.codec_context.color_trc = ColorTrc.BT709
        # The whole sound is known: muxed first, the container interleaves it with the picture as that arrives.
        if sound is not None:
            add_sound(container, sound, num_frames / frame_rate)
        count = 0
        for frame in _ahead(pool, converted, chain([first], frames)):
            container.mux(picture.encode(frame))
            count += 1
        container.mux(picture.encode())
    if count != num_frames:
        raise ValueError(f"decoded {count} frames of {num_frames}")


def _ahead(
    pool: ThreadPoolExecutor,
    converted: Callable[[int, NDArray[np.uint8]], av.VideoFrame],
    frames: Iterable[NDArray[np.uint8]],
) -> Iterator[av.VideoFrame]:
    """The frames converted in the pool, in order, at most _FRAMES_AHEAD before they are asked for."""
    begun: deque[Future[av.VideoFrame]] = deque()
    for index, frame in enumerate(frames):
        begun.append(pool.submit(converted, index, frame))
        if len(begun) > _FRAMES_AHEAD:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()


def picture_frame(frame: NDArray[np.uint8], index: int, frame_rate: Fraction) -> av.VideoFrame:
    """One frame in the encoder's colours. Both colour spaces are named, since the default matrix would be BT.601's.

    Reads the array in place: a copy would take almost as long as the conversion, and hold the interpreter lock.
    """
    converted = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(frame), format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        threads=1,
    )
    converted.pts = index
    converted.time_base = 1 / frame_rate
    return converted


def _of_length(sound: Sound, seconds: Fraction) -> Sound:
    """The sound cut or padded to `seconds`, to the sample, fading in and out. LTX's is some 30 ms shorter than its
    picture: without a fade it would end, and a loop begin, with a click.

    NaN and infinite samples become silence: the encoder refuses them, and a paid clip is worth more than its sound."""
    wanted = round(seconds * sound.rate)
    samples = sound.samples[:, :wanted]
    if not np.isfinite(samples).all():
        log.warning("the sound has NaN or infinite samples; they are replaced with silence")
        samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    faded = min(round(FADE_SECONDS * sound.rate), samples.shape[1] // 2)
    slope = np.linspace(0.0, 1.0, faded, dtype=np.float32)
    level = np.concatenate((slope, np.ones(samples.shape[1] - 2 * faded, np.float32), slope[::-1]))
    return Sound(np.pad(samples * level, ((0, 0), (0, wanted - samples.shape[1]))), sound.rate)


def add_sound(container: Any, sound: Sound, seconds: Fraction) -> None:
    """Codes the sound, cut or padded to so many seconds, into an MP4 that is being written."""
    sound = _of_length(sound, seconds)
    stream: Any = container.add_stream("aac", rate=sound.rate, layout="stereo")
    planes = np.ascontiguousarray(np.clip(sound.samples, -1.0, 1.0), dtype=np.float32)
    frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
    frame.sample_rate = sound.rate
    frame.pts = 0
    frame.time_base = Fraction(1, sound.rate)
    container.mux(stream.encode(frame))
    container.mux(stream.encode())
