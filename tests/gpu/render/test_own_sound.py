"""A clip made to a person's own sound: by frames and samples, what each choice changes and what it leaves."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from gpu.core.render_job import Rendered
from gpu.media.encode import FADE_SECONDS
from gpu.media.loudness import LUFS, loudness_of
from gpu.media.sounds import RATE, read_wav
from tests.gpu.conftest import LIP_SYNC, spoken

RenderClip = Callable[..., Rendered]
SECONDS = 9 / 24


def samples_of(clip: Path) -> NDArray[np.float32] | None:
    """Shape (2, samples); None for a file without sound."""
    container: Any
    with av.open(str(clip)) as container:
        if not container.streams.audio:
            return None
        assert container.streams.audio[0].rate == RATE
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def test_the_file_plays_the_sound_and_the_frames_follow_it(render: RenderClip, tmp_path: Path) -> None:
    low, high = spoken(tmp_path / "낮게.wav"), spoken(tmp_path / "높게.wav", pitch=880.0)
    first = render(LIP_SYNC, own_sound=low)
    samples = samples_of(tmp_path / "clip.mp4")
    assert samples is not None
    said = read_wav(low).T / 32_768
    inner = slice(round(FADE_SECONDS * RATE), round((SECONDS - FADE_SECONDS) * RATE))
    assert np.corrcoef(samples[0][inner], said[0][inner])[0, 1] > 0.99

    assert render(LIP_SYNC, own_sound=low).frames_hash == first.frames_hash
    assert render(LIP_SYNC, own_sound=high).frames_hash != first.frames_hash


def test_how_the_file_sounds_changes_no_frame(render: RenderClip, tmp_path: Path) -> None:
    sound = spoken(tmp_path / "말.wav", seconds=41 / 24)
    made = render(LIP_SYNC, own_sound=sound, num_frames=41)
    as_it_is = samples_of(tmp_path / "clip.mp4")
    even = render(LIP_SYNC, own_sound=sound, num_frames=41, loudness="even")
    evened = samples_of(tmp_path / "clip.mp4")
    silent = render(LIP_SYNC, own_sound=sound, num_frames=41, sound="off")

    assert samples_of(tmp_path / "clip.mp4") is None
    assert made.frames_hash == even.frames_hash == silent.frames_hash
    assert as_it_is is not None and evened is not None
    before, after = loudness_of(as_it_is, RATE), loudness_of(evened, RATE)
    assert before is not None and after is not None
    assert abs(before - LUFS) > 2
    assert abs(after - LUFS) < 1


@pytest.mark.parametrize(("pipeline", "has_sound"), [("TI2VidTwoStagesPipeline", True), (LIP_SYNC, False)], ids=str)
def test_a_sound_and_another_pipeline_do_not_go_together(
    render: RenderClip, tmp_path: Path, pipeline: str, has_sound: bool
) -> None:
    sound = spoken(tmp_path / "말.wav") if has_sound else tmp_path / "missing.wav"
    with pytest.raises((ValueError, FileNotFoundError)):
        render(pipeline, own_sound=sound)


@pytest.mark.parametrize("changes", [{"sound_guidance": 7.0}, {"guided_steps": 1}], ids=str)
def test_settings_that_this_pipeline_would_ignore_are_refused(render: RenderClip, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="guides"):
        render(LIP_SYNC, **changes)
