"""The clip that another one is made from."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gpu.core.problems import RenderFailed
from gpu.media.source_clip import check_source


def test_a_whole_source_clip_is_counted(source_clip: Path) -> None:
    assert check_source(source_clip) == 9


def empty(_: bytes) -> bytes:
    return b""


def cut_off(data: bytes) -> bytes:
    return data[: len(data) // 3]


def text(_: bytes) -> bytes:
    return b"not a video" * 99


@pytest.mark.parametrize("broken", [empty, cut_off, text])
def test_a_broken_source_clip_is_refused(source_clip: Path, tmp_path: Path, broken: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "source.mp4"
    path.write_bytes(broken(source_clip.read_bytes()))

    with pytest.raises(RenderFailed, match="source clip"):
        check_source(path)
