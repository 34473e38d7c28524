"""A clip and what follows it in one file: the old pictures as they were coded, the new ones behind them."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Generator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from gpu.media import encode, longer_clip
from gpu.media.encode import AI_NOTICE, KEYFRAME_EVERY, Frames, Sound, write_clip
from gpu.media.longer_clip import frames_between, write_longer_clip

RATE = 24_000
OLD_FRAMES = 3 * KEYFRAME_EVERY + 1
BEFORE = 2 * KEYFRAME_EVERY
KEPT = 40
"""Frames with which the new ones begin that are the old clip's, as an extension has them."""
MOST_CODED_AGAIN = 4
"""x264 puts up to three frames between two that it shows later, so copied pictures may end at every fourth."""
HEADER = bytes.fromhex("0164001fffe1001b6764001facd940b00a1a6a020202800000030080000018078c18cb01000568ef823cb0fdf8f800")
"""What the file of a clip of 704x1280 says of its pictures."""
CODED = 4.0
"""Mean difference of frames that H.264 alone has changed, 0 to 255."""


def film(first: int, count: int) -> Frames:
    """Calm pictures that drift, each unlike the others."""
    y, x = np.mgrid[0:64, 0:96]
    ramps = np.stack([x + 20, y + 40, (x + y) // 2], axis=-1)
    return np.clip(ramps[None] + np.arange(first, first + count)[:, None, None, None] // 2, 0, 255).astype(np.uint8)


def panned(count: int) -> Frames:
    """A camera's way over one picture. The coder sees no new scene in it, and sets no keyframe of its own."""
    y, x = np.mgrid[0:64, 0 : 96 + OLD_FRAMES]
    waves = 128 + 50 * np.sin(x / 5.0 + y / 9.0) + 50 * np.sin(x / 11.0 - y / 4.0)
    picture = np.repeat(waves[..., None], 3, axis=-1).astype(np.uint8)
    return np.stack([picture[:, at : at + 96] for at in range(count)])


def pieces(frames: Frames, size: int = 50) -> Generator[Frames, None, None]:
    for start in range(0, len(frames), size):
        yield frames[start : start + size]


def tone(frames: int) -> Sound:
    wave = (0.3 * np.sin(np.arange(frames * RATE // 24) / 9)).astype(np.float32)
    return Sound(np.stack([wave, wave]), RATE)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "옛 영상.mp4"
    write_clip(pieces(film(0, OLD_FRAMES)), tone(OLD_FRAMES), path, num_frames=OLD_FRAMES, frame_rate=24)
    return path


def coded(path: Path) -> list[tuple[int, bytes]]:
    """Of each picture in the order of decoding: its time, in the file's units, and its bytes."""
    container: Any
    with av.open(str(path)) as container:
        return [(packet.pts, bytes(packet)) for packet in container.demux(container.streams.video[0]) if packet.size]


def keyframes(path: Path) -> set[int]:
    """Their numbers in the order of decoding, which for keyframes is that of showing."""
    container: Any
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
    return {at for at, packet in enumerate(packets) if packet.is_keyframe}


def decoded(path: Path) -> NDArray[np.float32]:
    return np.concatenate([*frames_between(path, 0)]).astype(np.float32)


def longer(old: Path, path: Path, before: int = BEFORE, count: int = 97, **options: Any) -> Path:
    new = film(before, count)
    sound = tone(before + count)
    write_longer_clip(
        pieces(new), sound, path, old=old, frames_before=before, num_frames=count, frame_rate=24, **options
    )
    return path


def test_old_pictures_are_copied_and_new_ones_follow(old: Path, tmp_path: Path) -> None:
    made = longer(old, tmp_path / "길어진 영상.mp4")

    assert coded(made)[:BEFORE] == coded(old)[:BEFORE]  # to the byte
    frames = decoded(made)
    assert len(frames) == BEFORE + 97
    assert np.abs(frames - film(0, BEFORE + 97)).mean(axis=(1, 2, 3)).max() < CODED
    container: Any
    with av.open(str(made)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.frames, picture.average_rate) == (BEFORE + 97, 24)
        assert sound.duration * sound.time_base == pytest.approx(Fraction(BEFORE + 97, 24), abs=0.05)
        assert container.metadata["comment"] == AI_NOTICE
        times = sorted(packet.pts for packet in container.demux(picture) if packet.size)
        assert {after - one for one, after in pairwise(times)} == {512}  # no gap at the seam
    assert [each.name for each in tmp_path.iterdir() if each not in (old, made)] == []


def test_it_goes_on_again_and_again_without_being_coded_twice(old: Path, tmp_path: Path) -> None:
    once = longer(old, tmp_path / "once.mp4")
    twice = longer(once, tmp_path / "twice.mp4", before=BEFORE + KEYFRAME_EVERY)
    assert coded(twice)[: BEFORE + KEYFRAME_EVERY] == coded(once)[: BEFORE + KEYFRAME_EVERY]
    assert len(decoded(twice)) == BEFORE + KEYFRAME_EVERY + 97


@pytest.fixture
def with_one_keyframe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As clips were that have none every two seconds, and as tiny ones are."""
    path = tmp_path / "one keyframe.mp4"
    with monkeypatch.context() as patch:
        patch.setattr(encode, "KEYFRAME_EVERY", OLD_FRAMES)
        write_clip(pieces(panned(OLD_FRAMES)), None, path, num_frames=OLD_FRAMES, frame_rate=24)
    assert keyframes(path) == {0}
    return path


@pytest.mark.parametrize("before", [BEFORE, BEFORE + 5])
def test_no_keyframe_is_needed_to_copy_up_to_the_overlap(with_one_keyframe: Path, tmp_path: Path, before: int) -> None:
    made = longer(with_one_keyframe, tmp_path / "longer.mp4", before=before)
    copied = before - MOST_CODED_AGAIN
    assert coded(made)[:copied] == coded(with_one_keyframe)[:copied]
    assert len(decoded(made)) == before + 97
    assert np.abs(decoded(made)[:before] - panned(before)).mean(axis=(1, 2, 3)).max() < CODED


def test_what_stays_of_the_overlap_is_copied_too_and_read_once(
    with_one_keyframe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new frames begin with old ones, which the caller has read: the writer decodes none."""

    def read_again(*_: Any) -> None:
        raise AssertionError("the old clip is decoded again")

    shares = np.ones(97, np.float32)
    shares[:KEPT] = 0.0
    with monkeypatch.context() as patch:
        patch.setattr(longer_clip, "frames_between", read_again)
        made = longer(with_one_keyframe, tmp_path / "longer.mp4", new_shares=shares)
    copied = BEFORE + KEPT - MOST_CODED_AGAIN
    assert coded(made)[:copied] == coded(with_one_keyframe)[:copied]
    assert len(decoded(made)) == BEFORE + 97
    assert np.abs(decoded(made)[BEFORE + KEPT :] - film(BEFORE + KEPT, 97 - KEPT)).mean(axis=(1, 2, 3)).max() < CODED
    times = sorted(time for time, _ in coded(made))
    assert {after - one for one, after in pairwise(times)} == {512}  # no gap at the seam
    assert {BEFORE + KEYFRAME_EVERY, BEFORE + 2 * KEYFRAME_EVERY} <= keyframes(made)  # where it can go on again


def test_a_clip_of_another_coder_is_coded_again_as_a_whole(tmp_path: Path) -> None:
    """A file has one header for all of its pictures."""
    other = tmp_path / "other.mp4"
    write_clip(pieces(film(0, OLD_FRAMES)), None, other, num_frames=OLD_FRAMES, frame_rate=24, preset="ultrafast")
    made = longer(other, tmp_path / "longer.mp4")
    assert coded(made)[:BEFORE] != coded(other)[:BEFORE]
    assert np.abs(decoded(made) - film(0, BEFORE + 97)).mean(axis=(1, 2, 3)).max() < CODED


def test_clips_have_the_header_of_those_that_were_made_before(tmp_path: Path) -> None:
    """With another one each of them would be coded again as a whole when it goes on, which no price names."""
    path = tmp_path / "clip.mp4"
    write_clip(pieces(np.zeros((1, 1280, 704, 3), np.uint8)), None, path, num_frames=1, frame_rate=24)
    container: Any
    with av.open(str(path)) as container:
        assert bytes(container.streams.video[0].codec_context.extradata) == HEADER


def test_old_pictures_get_no_second_mark(old: Path, tmp_path: Path) -> None:
    plain = decoded(longer(old, tmp_path / "plain.mp4", before=BEFORE + 8))
    shares = np.ones(97, np.float32)
    shares[:10] = 0.0
    path = longer(old, tmp_path / "marked.mp4", before=BEFORE + 8, visible_mark=True, new_shares=shares)
    difference = np.abs(decoded(path) - plain)[:, 48:, 80:].mean(axis=(1, 2, 3))
    assert difference[: BEFORE + 8 + 10].max() < CODED < difference[BEFORE + 8 + 10 :].min()


def test_an_error_leaves_no_file(old: Path, tmp_path: Path) -> None:
    def broken() -> Generator[Frames, None, None]:
        yield film(BEFORE, 20)
        raise RuntimeError("the decoder failed")

    path = tmp_path / "longer.mp4"
    with pytest.raises(RuntimeError, match="the decoder failed"):
        write_longer_clip(broken(), None, path, old=old, frames_before=BEFORE, num_frames=97, frame_rate=24)
    assert [*tmp_path.iterdir()] == [old]


def test_the_mark_is_drawn_where_the_copied_pictures_end(old: Path, tmp_path: Path) -> None:
    """Each frame keeps its own share when those before it are copied."""
    shares = np.ones(97, np.float32)
    shares[:KEPT] = 0.0
    plain = decoded(longer(old, tmp_path / "plain.mp4", new_shares=shares))
    marked = decoded(longer(old, tmp_path / "marked.mp4", visible_mark=True, new_shares=shares))
    difference = np.abs(marked - plain)[:, 48:, 80:].mean(axis=(1, 2, 3))
    assert difference[: BEFORE + KEPT].max() < CODED < difference[BEFORE + KEPT :].min()


@pytest.mark.parametrize(("first", "until"), [(0, 1), (47, 50), (100, None), (OLD_FRAMES, None), (5, 5)])
def test_frames_are_found_by_their_number(old: Path, first: int, until: int | None) -> None:
    some = [frame for chunk in frames_between(old, first, until) for frame in chunk]
    expected = decoded(old)[first:until]
    assert len(some) == len(expected)
    assert all(np.array_equal(one, other) for one, other in zip(some, expected, strict=True))


def test_few_frames_are_held_at_a_time(old: Path) -> None:
    assert max(len(chunk) for chunk in frames_between(old, 0)) <= 16


def test_a_keyframe_stands_every_two_seconds(old: Path) -> None:
    assert {0, 48, 96, 144} <= keyframes(old)
    assert encode.KEYFRAME_EVERY == 48
