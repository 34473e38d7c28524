"""Measures of a clip, on clips whose answer is known."""

import hashlib
import threading
from collections.abc import Generator

import numpy as np
import pytest
from numpy.typing import NDArray

from gpu.media.quality import FrameMeasures, checkpoints


def clip(*levels: int, size: tuple[int, int] = (64, 96)) -> NDArray[np.uint8]:
    """One flat grey frame per level; `size` is (height, width)."""
    return np.stack([np.full((*size, 3), level, np.uint8) for level in levels])


def measured(frames: NDArray[np.uint8], picture: NDArray[np.uint8] | None, *splits: int) -> FrameMeasures:
    measures = FrameMeasures(len(frames), picture)
    passed = list(measures.watch(np.split(frames, splits)))
    assert np.array_equal(np.concatenate(passed), frames)
    return measures


def test_the_hash_is_that_of_all_bytes_in_order_however_they_are_cut() -> None:
    frames = np.random.default_rng(1).integers(0, 256, (9, 64, 96, 3), dtype=np.uint8)
    whole = measured(frames, None)

    assert whole.frames_hash == hashlib.sha256(frames.tobytes()).hexdigest()
    assert measured(frames, None, 0, 1, 5, 5).frames_hash == whole.frames_hash
    assert measured(frames[::-1], None).frames_hash != whole.frames_hash


def test_a_clip_that_drifts_away_from_its_picture_differs_more_and_more() -> None:
    drifting = clip(100, 101, 102, 103, 104, 105, 106, 107, 108)

    assert measured(drifting, clip(100)[0], 4).pixel_difference == [0, 2, 4, 6, 8]
    assert measured(clip(*[100] * 9), clip(100)[0]).pixel_difference == [0, 0, 0, 0, 0]


def test_dark_against_bright_does_not_wrap_around() -> None:
    assert measured(clip(*[0] * 9), clip(255)[0]).pixel_difference == [255] * 5
    assert measured(clip(0, 255, 0), None).motion == 255


def test_motion_is_the_mean_change_between_neighbours_across_chunks() -> None:
    assert measured(clip(10, 20, 20, 50), None, 1, 3).motion == pytest.approx((10 + 0 + 30) / 3)
    assert measured(clip(7), None).motion == 0


def test_without_a_picture_there_is_no_likeness() -> None:
    assert measured(clip(1, 2, 3), None).pixel_difference == []


def test_checkpoints_reach_both_ends_of_every_length() -> None:
    assert checkpoints(193) == [0, 48, 96, 144, 192]
    for num_frames in (9, 17, 49, 97, 145, 241):
        assert (checkpoints(num_frames)[0], checkpoints(num_frames)[-1]) == (0, num_frames - 1)


def test_large_frames_are_measured_on_a_part_of_their_pixels_and_hashed_whole() -> None:
    frames = clip(0, 30, size=(1088, 1920))
    frames[:, 1, 1] = 200  # between the pixels looked at

    measures = measured(frames, clip(10, size=(1088, 1920))[0])

    assert measures.motion == 30
    assert measures.frames_hash == hashlib.sha256(frames.tobytes()).hexdigest()


class _Held(FrameMeasures):
    """Measures nothing before it may, and fails if told to."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__(6, None)
        self.may = threading.Event()
        self.error = error

    def _measure(self, frame: NDArray[np.uint8]) -> None:
        assert self.may.wait(20)
        if self.error is not None:
            raise self.error
        super()._measure(frame)


def test_the_next_chunk_is_asked_for_before_the_last_is_measured_and_all_are_in_the_end() -> None:
    measures = _Held()
    frames = clip(1, 2, 3, 4, 5, 6)
    passing = measures.watch(np.split(frames, [2]))

    first, second = next(passing), next(passing)  # would wait for ever if measured on the way

    assert (len(first), len(second), measures.num_frames) == (2, 4, 0)
    measures.may.set()
    assert list(passing) == []
    assert measures.num_frames == 6
    assert measures.frames_hash == hashlib.sha256(frames.tobytes()).hexdigest()


def test_chunks_that_wait_to_be_measured_are_few() -> None:
    measures = _Held()
    asked = 0

    def chunks() -> Generator[NDArray[np.uint8], None, None]:
        nonlocal asked
        for asked in range(1, 7):
            yield clip(asked)

    passing = measures.watch(chunks())
    taken = [next(passing), next(passing)]
    threading.Timer(0.2, measures.may.set).start()
    for chunk in passing:
        taken.append(chunk)
        assert asked - measures.num_frames <= 3

    assert (asked, len(taken), measures.num_frames) == (6, 6, 6)


def test_an_error_while_measuring_is_that_error() -> None:
    measures = _Held(MemoryError("no room to measure"))
    measures.may.set()

    with pytest.raises(MemoryError, match="no room"):
        list(measures.watch([clip(1), clip(2), clip(3)]))


def test_a_closed_watch_lets_go_of_its_chunks_and_leaves_no_thread() -> None:
    closed: list[bool] = []
    running = threading.active_count()

    def chunks() -> Generator[NDArray[np.uint8], None, None]:
        try:
            while True:
                yield clip(1, 2)
        finally:
            closed.append(True)

    passing = FrameMeasures(2, None).watch(chunks())
    assert len(next(passing)) == len(next(passing)) == 2
    passing.close()

    assert closed == [True]
    assert threading.active_count() == running


def test_the_first_frame_is_kept_as_it_was() -> None:
    frames = clip(5, 6)
    measures = measured(frames, None)
    frames[:] = 0

    assert measures.first_frame is not None
    assert (measures.first_frame == 5).all()


def noise(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (64, 96, 3), dtype=np.uint8)


def test_similarity_is_1_for_the_picture_itself_and_falls_with_structure_and_light() -> None:
    picture = noise(1)
    same = measured(np.stack([picture] * 9), picture).similarity
    assert same == pytest.approx([1.0] * 5)
    darker = measured(np.stack([picture // 2] * 9), picture).similarity[0]
    other = measured(np.stack([noise(2)] * 9), picture).similarity[0]
    assert -0.2 < other < 0.2 < darker < 0.9
    assert measured(clip(1, 2, 3), None).similarity == []


def test_light_that_comes_and_goes_flickers_and_light_that_grows_does_not() -> None:
    assert measured(clip(100, 110, 100, 110, 100), None, 2).flicker == pytest.approx(10)
    assert measured(clip(100, 110, 120, 130), None).flicker == pytest.approx(0)
    assert measured(clip(100, 110), None).flicker == 0


def test_a_slope_that_slides_moves_by_its_steepness() -> None:
    slope = np.arange(96, dtype=np.uint8)
    sliding = np.stack([np.broadcast_to((100 + slope - 3 * step)[None, :, None], (64, 96, 3)) for step in range(9)])
    measures = measured(sliding.astype(np.uint8), sliding[0].astype(np.uint8))

    assert measures.motion == pytest.approx(3)
    assert measures.pixel_difference == [0, 6, 12, 18, 24]
    assert measures.flicker == pytest.approx(0, abs=1e-9)
