"""`demo --once` with its output in a pipe, as on Korean Windows: one saved clip, encodable output."""

import os
import re
import subprocess
import sys
from pathlib import Path

import av
import pytest

from infra import console
from infra.dev import demo
from infra.settings import OUT, ROOT
from tests.programs import run_to_end


def test_once_makes_one_clip_and_ends(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "cp949", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "infra", "demo", "--once", "--state", str(tmp_path / "한글 상태")]
    result = run_to_end(command, cwd=ROOT, env=environment, apart=True)
    output = result.stdout.decode("cp949")
    assert result.returncode == 0, output + result.stderr.decode("cp949", errors="replace")
    assert "창가에 앉은" in output
    assert re.search(r"would cost about [\d,.]+ won", output)
    assert "a tiny model that knows a few motions" in output
    name = re.search(r"out/(\w+\.mp4)", output)
    assert name
    path = OUT / name[1]
    try:
        frames = re.search(r"(\d+)x(\d+), frames: (\d+), (\d+) a second", output)
        assert frames
        with av.open(path) as container:
            assert {stream.codec_context.name for stream in container.streams} == {"h264", "aac"}
            video = container.streams.video[0]
            assert (video.width, video.height) == (int(frames[1]), int(frames[2]))
            assert sum(1 for _ in container.decode(video)) == int(frames[3])
    finally:
        path.unlink()


def test_progress_is_told_in_words() -> None:
    job = {"stage": "stage_1", "status": "running", "progress": {"step": 5, "steps": 20, "eta_seconds": 3.4}}
    job["progress"]["eta_basis"] = "measured"  # type: ignore[index]
    assert demo.progress_of(job) == ("stage_1", 0.25, "step 5 of 20, about 3 s left (measured)")
    assert demo.progress_of({"stage": None, "status": "queued", "progress": None}) == ("queued", None, "")


def test_a_command_asks_the_site_in_its_own_language() -> None:
    with demo.visitor("http://127.0.0.1") as client:
        assert client.headers["accept-language"] == "en"


@pytest.mark.parametrize("encoding", ["cp949", "ascii", "utf-8"])
def test_no_character_breaks_the_console(encoding: str) -> None:
    code = (
        "from infra import console; console.use_utf8(); console.note('한글 ✓ 🙂'); console.error('오류 🙂', '고치기 ✓')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode("utf-8", errors="replace")
    shown = result.stdout.decode(encoding)
    assert ("한글" in shown) == (encoding != "ascii")


def test_a_pipe_gets_one_line_per_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress() as show:
        for step in range(3):
            show("stage_1", step / 3, f"step {step}")
        show("decode", None, "")
    assert capsys.readouterr().out.split() == ["stage_1", "step", "0", "decode"]
