"""A clip's sound, or none: by the streams of its file."""

from collections.abc import Callable
from pathlib import Path

import av

from gpu.core.render_job import Rendered

RenderClip = Callable[..., Rendered]


def test_without_sound_the_file_has_no_stream_of_it_and_every_frame_is_the_same(
    render: RenderClip, tmp_path: Path
) -> None:
    with_sound = render("DistilledPipeline", seed=4)
    without = render("DistilledPipeline", seed=4, sound="off")
    assert without.frames_hash == with_sound.frames_hash
    with av.open(tmp_path / "clip.mp4", "r") as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert sum(1 for _ in container.decode(container.streams.video[0])) == without.num_frames
