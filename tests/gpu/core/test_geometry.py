"""Choices to shapes: every legal combination is a shape the pipelines accept."""

import pytest

from gpu.core.geometry import FULL_SIZES, RATIOS, SECONDS, TIERS, Geometry, frames_for, geometry


@pytest.mark.parametrize(("seconds", "frames"), [(2, 49), (4, 97), (6, 145), (8, 193), (10, 241)])
def test_seconds_become_8k_plus_1_frames(seconds: int, frames: int) -> None:
    assert frames_for(seconds) == frames


def test_a_rate_that_breaks_the_frame_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="not 8k\\+1"):
        frames_for(1, frame_rate=25)


@pytest.mark.parametrize("scale", ["full", "tiny"])
@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("ratio", RATIOS)
def test_every_size_is_one_the_pipelines_accept(scale: str, tier: str, ratio: str) -> None:
    for seconds in SECONDS:
        shape = geometry(ratio, tier, seconds, scale)  # type: ignore[arg-type]
        multiple = 32 if tier == "352p" else 64
        assert shape.width % multiple == shape.height % multiple == 0
        assert (shape.num_frames - 1) % 8 == 0
        portrait, landscape = ratio == "9:16", ratio == "16:9"
        assert (shape.width < shape.height, shape.width > shape.height) == (portrait, landscape)


def test_full_sizes_keep_within_seven_percent_of_their_ratio() -> None:
    for (_tier, ratio), (width, height) in FULL_SIZES.items():
        across, down = map(int, ratio.split(":"))
        assert abs(width / height / (across / down) - 1) < 0.07


def test_token_counts_equal_the_measured_shapes() -> None:
    shape = Geometry(1920, 1088, 193)
    assert (shape.latent_frames, shape.video_tokens(), shape.video_tokens(half_size=True)) == (25, 51_000, 12_750)
    assert shape.audio_tokens == 201
    assert Geometry(1280, 704, 121).video_tokens(half_size=True) == 3_520


def test_eight_seconds_play_for_eight_seconds() -> None:
    assert geometry("9:16", "1088p", 8).seconds == pytest.approx(8.0, abs=0.05)
