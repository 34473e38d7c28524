"""The last frame, kept as it passes to the encoder: what an upload of the same pixels would become."""

from pathlib import Path

import numpy as np
import pytest

from gpu.media.last_frame import LastFrame
from gpu.media.pictures import digest_of, normalize
from tests.corpus.portrait import photograph


def test_it_is_the_picture_that_a_reader_would_make_of_it(tmp_path: Path) -> None:
    face = np.asarray(photograph().resize((192, 320)))
    frames = np.concatenate([np.random.default_rng(3).integers(0, 256, (8, 320, 192, 3), dtype=np.uint8), face[None]])
    path = tmp_path / "마지막 장면.png"
    last = LastFrame(9, path)
    passed = list(last.watch(iter(np.split(frames, [4, 4, 9]))))
    assert np.array_equal(np.concatenate(passed), frames)
    kept = last.kept()
    assert kept is not None
    again = normalize(path.read_bytes())
    assert np.array_equal(np.asarray(again), face)
    assert (kept.width, kept.height, kept.bytes) == (192, 320, path.stat().st_size)
    assert kept.digest == digest_of(again)
    assert len(kept.faces) == 1


@pytest.mark.parametrize("num_frames", [5, 9])
def test_nothing_is_kept_of_a_clip_that_breaks_off_or_of_one_whose_frame_nobody_wants(
    tmp_path: Path, num_frames: int
) -> None:
    path = None if num_frames == 5 else tmp_path / "last.png"
    last = LastFrame(num_frames, path)
    list(last.watch([np.zeros((5, 64, 64, 3), np.uint8)]))
    assert last.kept() is None
    assert list(tmp_path.iterdir()) == []
