"""The MP4: read back and compared with what went in, and what happens when either side breaks."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import struct
import threading
import time
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.error import FFmpegError
from numpy.typing import NDArray
from PIL import Image

from gpu.media import encode
from gpu.media.encode import AI_NOTICE, Sound, mark, write_clip, write_poster
from infra.process.waiting import STALLED_AFTER_SECONDS

Frames = NDArray[np.uint8]


def moving(num_frames: int, height: int = 64, width: int = 96) -> Frames:
    """A bright bar that walks to the right by two pixels a frame."""
    frames = np.full((num_frames, height, width, 3), 30, np.uint8)
    for i in range(num_frames):
        frames[i, :, (2 * i) % width : (2 * i) % width + 8] = (230, 180, 60)
    return frames


def tone(seconds: float, rate: int = 24_000) -> Sound:
    wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    return Sound(np.stack([wave, wave]).astype(np.float32), rate)


def pieces(frames: Frames, *splits: int) -> Generator[Frames, None, None]:
    yield from np.split(frames, splits)


def boxes(data: bytes) -> Iterator[str]:
    """Types of the file's outermost boxes, in order."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind.decode("ascii")
        at += size if size != 1 else struct.unpack(">Q", data[at + 8 : at + 16])[0]


def decoded(path: Path) -> list[Frames]:
    with av.open(path) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


def test_a_clip_plays_everywhere_and_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "영상 하나.mp4"
    size = write_clip(pieces(moving(33), 9, 17), tone(1.3), path, num_frames=33, frame_rate=24)

    data = path.read_bytes()
    assert len(data) == size
    kinds = list(boxes(data))
    assert kinds.index("moov") < kinds.index("mdat")
    container: Any
    with av.open(path) as container:
        assert container.metadata["comment"] == container.metadata["description"] == AI_NOTICE
        assert {stream.type for stream in container.streams} == {"video", "audio"}
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height, video.frames) == (96, 64, 33)
        assert video.average_rate == video.guessed_rate == 24
        assert video.duration * video.time_base == Fraction(33, 24)
        codec = video.codec_context
        assert (codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range) == (1, 1, 1, 1)
        assert (audio.codec_context.name, audio.codec_context.layout.name, audio.rate) == ("aac", "stereo", 24_000)


def test_frames_come_back_in_order_and_in_their_colours(tmp_path: Path) -> None:
    frames = moving(17)
    write_clip(pieces(frames, 5), None, tmp_path / "clip.mp4", num_frames=17, frame_rate=24, crf=8)

    back = decoded(tmp_path / "clip.mp4")

    assert len(back) == 17
    assert max(float(np.abs(a.astype(int) - b).mean()) for a, b in zip(back, frames, strict=True)) < 4


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128), (255, 255, 255)])
def test_colours_follow_bt709_in_studio_range(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    flat = np.full((1, 64, 64, 3), colour, np.uint8)
    write_clip(pieces(flat), None, tmp_path / "flat.mp4", num_frames=1, frame_rate=24, crf=1)

    with av.open(tmp_path / "flat.mp4") as container:
        luma = float(next(container.decode(video=0)).to_ndarray()[:64].mean())

    red, green, blue = colour
    assert luma == pytest.approx(16 + 219 / 255 * (0.2126 * red + 0.7152 * green + 0.0722 * blue), abs=1.5)


@pytest.mark.parametrize("frame_rate", [Fraction(24_000, 1_001), Fraction(30_000, 1_001), 25, 12, 60])
def test_the_frame_rate_is_exact(tmp_path: Path, frame_rate: Fraction | int) -> None:
    write_clip(pieces(moving(25)), tone(1.0), tmp_path / "clip.mp4", num_frames=25, frame_rate=frame_rate)

    container: Any
    with av.open(tmp_path / "clip.mp4") as container:
        video = container.streams.video[0]
        assert video.average_rate == frame_rate
        assert video.duration * video.time_base == 25 / Fraction(frame_rate)


@pytest.mark.parametrize("seconds", [0.2, 1.375, 3.0])
@pytest.mark.parametrize("rate", [24_000, 48_000])
def test_sound_ends_with_the_picture(tmp_path: Path, seconds: float, rate: int) -> None:
    write_clip(pieces(moving(33)), tone(seconds, rate), tmp_path / "clip.mp4", num_frames=33, frame_rate=24)

    container: Any
    with av.open(tmp_path / "clip.mp4") as container:
        audio = container.streams.audio[0]
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio)], axis=1)
    played = float(audio.duration * audio.time_base)
    assert abs(played - 33 / 24) < 1 / 24
    loud = np.flatnonzero(np.abs(samples[0]) > 0.1)
    assert loud[0] / rate < 0.06  # starts with the picture
    assert loud[-1] / rate == pytest.approx(min(seconds, 33 / 24), abs=0.06)


def test_sound_outside_its_range_is_held_at_the_limit(tmp_path: Path) -> None:
    loud = Sound(np.full((2, 24_000), 9.0, np.float32), 24_000)
    write_clip(pieces(moving(25)), loud, tmp_path / "clip.mp4", num_frames=25, frame_rate=25)

    with av.open(tmp_path / "clip.mp4") as container:
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert float(np.abs(samples).max()) < 1.5


def test_samples_that_are_no_numbers_are_silence_and_the_clip_is_made(tmp_path: Path) -> None:
    sound = tone(1.0)
    sound.samples[:, 6_000:12_000] = np.nan
    sound.samples[0, 12_000:15_000], sound.samples[1, 12_000:15_000] = np.inf, -np.inf

    write_clip(pieces(moving(25)), sound, tmp_path / "clip.mp4", num_frames=25, frame_rate=25)

    with av.open(tmp_path / "clip.mp4") as container:
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert np.isfinite(samples).all()
    assert float(np.abs(samples[:, 7_500:13_500]).max()) < 0.02  # coding smears some 1,000 samples around an edge
    assert min(float(np.abs(samples[:, :5_000]).max()), float(np.abs(samples[:, 16_500:22_000]).max())) > 0.2


def test_empty_chunks_are_passed_over(tmp_path: Path) -> None:
    write_clip(pieces(moving(9), 0, 4, 4, 9), tone(0.3), tmp_path / "clip.mp4", num_frames=9, frame_rate=24)

    assert len(decoded(tmp_path / "clip.mp4")) == 9


def test_the_encoder_works_on_several_whole_frames_at_once(tmp_path: Path) -> None:
    """Frames cut into slices would make each frame wait for its slowest slice, and cost bytes."""
    path = tmp_path / "clip.mp4"
    write_clip(pieces(moving(9, height=512)), None, path, num_frames=9, frame_rate=24)

    assert b"sliced_threads=0" in path.read_bytes()  # x264 leaves its settings in the file


def test_frames_are_converted_side_by_side_and_few_lie_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first frame's conversion is held for a moment: others go on meanwhile, but not through the whole chunk."""
    convert = encode.picture_frame
    begun: list[int] = []
    others = threading.Event()
    begun_meanwhile: list[int] = []

    def watched(frame: Frames, index: int, frame_rate: Fraction) -> av.VideoFrame:
        begun.append(index)
        if index == 0:
            assert others.wait(STALLED_AFTER_SECONDS)
            time.sleep(0.3)
            begun_meanwhile.extend(begun)
        else:
            others.set()
        return convert(frame, index, frame_rate)

    frames = moving(65)
    monkeypatch.setattr(encode, "picture_frame", watched)
    write_clip(pieces(frames, 30), None, tmp_path / "clip.mp4", num_frames=65, frame_rate=24, crf=8)

    back = decoded(tmp_path / "clip.mp4")
    assert len(back) == 65
    assert max(float(np.abs(a.astype(int) - b).mean()) for a, b in zip(back, frames, strict=True)) < 4
    assert 1 < len(begun_meanwhile) < 16


def test_the_next_chunk_is_decoded_while_the_last_is_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder is held at its first frame until the second chunk has been asked for: one after the other would
    never get there."""
    asked_again = threading.Event()
    convert = encode.picture_frame

    def held(frame: Frames, index: int, frame_rate: Fraction) -> av.VideoFrame:
        assert asked_again.wait(20)
        return convert(frame, index, frame_rate)

    def chunks() -> Generator[Frames, None, None]:
        yield moving(4)
        asked_again.set()
        yield moving(5)

    monkeypatch.setattr(encode, "picture_frame", held)
    write_clip(chunks(), None, tmp_path / "clip.mp4", num_frames=9, frame_rate=24)

    assert len(decoded(tmp_path / "clip.mp4")) == 9


@pytest.mark.parametrize(("frames", "promised"), [(8, 9), (10, 9), (0, 9)])
def test_a_clip_of_another_length_is_an_error_and_leaves_no_file(tmp_path: Path, frames: int, promised: int) -> None:
    with pytest.raises(ValueError, match=f"{frames or 'no'} frame"):
        write_clip(pieces(moving(frames)), tone(1), tmp_path / "clip.mp4", num_frames=promised, frame_rate=24)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("after", [0, 1, 5])
def test_an_error_while_decoding_is_that_error_and_leaves_no_file(tmp_path: Path, after: int) -> None:
    closed: list[bool] = []
    running = threading.active_count()

    def chunks() -> Generator[Frames, None, None]:
        try:
            for _ in range(after):
                yield moving(2)
            raise MemoryError("no room for the next tile")
        finally:
            closed.append(True)

    with pytest.raises(MemoryError, match="next tile"):
        write_clip(chunks(), tone(1), tmp_path / "clip.mp4", num_frames=16, frame_rate=24)

    assert closed == [True]
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == running


def test_an_error_while_encoding_ends_decoding_too(tmp_path: Path) -> None:
    taken = 0
    closed: list[bool] = []

    def endless() -> Generator[Frames, None, None]:
        nonlocal taken
        try:
            while True:
                taken += 1
                yield moving(1, 63, 65)  # odd sides: yuv420p cannot hold them
        finally:
            closed.append(True)

    with pytest.raises(FFmpegError):
        write_clip(endless(), None, tmp_path / "clip.mp4", num_frames=10**6, frame_rate=24)

    assert closed == [True]
    assert taken < 20
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_clip(pieces(moving(9)), None, tmp_path / "missing" / "clip.mp4", num_frames=9, frame_rate=24)


def test_the_poster_is_the_frame_as_jpeg_and_says_what_it_is(tmp_path: Path) -> None:
    frame = moving(1)[0]
    size = write_poster(frame, tmp_path / "포스터.jpg")

    with Image.open(tmp_path / "포스터.jpg") as poster:
        assert (poster.format, poster.mode, poster.size) == ("JPEG", "RGB", (96, 64))
        assert poster.getexif()[0x010E] == AI_NOTICE
        assert float(np.abs(np.asarray(poster).astype(int) - frame).mean()) < 5
    assert (tmp_path / "포스터.jpg").stat().st_size == size


def test_the_visible_mark_stands_in_one_corner_and_nowhere_else(tmp_path: Path) -> None:
    grey = np.full((9, 320, 480, 3), 120, np.uint8)
    plain, marked = tmp_path / "plain.mp4", tmp_path / "marked.mp4"
    write_clip(pieces(grey), None, plain, num_frames=9, frame_rate=24)
    write_clip(pieces(grey, 4), None, marked, num_frames=9, frame_rate=24, visible_mark=True)

    assert grey.min() == grey.max() == 120  # what was measured and hashed is untouched
    for before, after in zip(decoded(plain), decoded(marked), strict=True):
        difference = np.abs(after.astype(int) - before).max(axis=-1)
        assert difference[280:, 420:].max() > 50
        assert difference[:280].max() < 12
        assert difference[:, :420].max() < 12


def test_a_frame_has_the_mark_as_far_as_it_is_new(tmp_path: Path) -> None:
    grey = np.full((4, 320, 480, 3), 120, np.uint8)
    path, shares = tmp_path / "marked.mp4", np.array([0.0, 0.5, 1.0, 0.0], np.float32)
    write_clip(pieces(grey), None, path, num_frames=4, frame_rate=24, visible_mark=True, new_shares=shares)

    plate = [float(frame[280:, 420:].astype(int).min()) for frame in decoded(path)]
    assert plate == pytest.approx([120, 90, 60, 120], abs=12)  # half black over grey, and a quarter


@pytest.mark.parametrize("height", [1, 8, 54])
def test_the_mark_is_readable_letters_on_a_plate(height: int) -> None:
    plate = mark(height)
    assert plate.shape[0] == max(height, 8)
    assert plate.max() > 150
    assert plate.min() == 0
