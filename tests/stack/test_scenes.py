"""The verb `scenes` on the whole product: thirty scenes and pictures to thirty files and one film, over a kill."""

import csv
import hashlib
import io
import re
import subprocess
import sys
from pathlib import Path

import av
from PIL import Image

from infra.process.waiting import wait_until
from infra.scenes.kept_order import KeptOrder
from infra.settings import ROOT
from tests.stack.conftest import Product

SCENES = 30


def test_thirty_scenes_become_thirty_numbered_files_also_after_a_kill(product: Product, tmp_path: Path) -> None:
    pictures, out = tmp_path / "이미지", tmp_path / "받은 영상"
    pictures.mkdir()
    for number in range(1, SCENES + 1):
        Image.new("RGB", (96, 160), (8 * number, 90, 140)).save(pictures / f"장면_{number:02d}.png")
    table = io.StringIO(newline="")
    rows = [("설명", "자막", "길이", "화질")] + [
        (f"{number}번째 아이가, 웃는다", f"{number}번째\n자막", "2", "draft") for number in range(1, SCENES + 1)
    ]
    csv.writer(table).writerows(rows)
    file = tmp_path / "라면 이야기.csv"
    file.write_bytes(table.getvalue().encode("cp949"))
    command = [sys.executable, "-X", "utf8", "-m", "infra", "scenes", str(file)]
    command += ["--pictures", str(pictures), "--out", str(out), "--address", product.stack.url, "--yes"]

    with (tmp_path / "first.log").open("wb") as log:
        first = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            is_there = lambda: first.poll() is not None or ordered(out, product.stack.url)  # noqa: E731
            wait_until(is_there, what="the order", moved=product.stack.gpu_activity)
            assert first.poll() is None, (tmp_path / "first.log").read_text(encoding="utf-8")
        finally:
            first.kill()
            first.wait()
    second = run([*command, "--film"])
    assert second.returncode == 0, second.stdout + second.stderr

    names = sorted(path.name for path in out.glob("0*.mp4"))
    assert names == [f"{number:03d}_{number}번째 자막.mp4" for number in range(1, SCENES + 1)]
    seconds = sum(length_of(out / name) for name in names)
    film = out / "라면 이야기.mp4"
    assert abs(length_of(film) - seconds) < 0.01
    assert packets_of(film) == [packet for name in names for packet in packets_of(out / name)], (
        "nothing is encoded anew"
    )
    subtitles = (out / "subtitles.srt").read_text(encoding="utf-8")
    assert subtitles.count("-->") == SCENES
    hours, minutes, rest = re.findall(r"--> (\d+):(\d+):(\d+,\d+)", subtitles)[-1]
    assert abs(int(hours) * 3_600 + int(minutes) * 60 + float(rest.replace(",", ".")) - seconds) < 0.01
    kept = KeptOrder.read(out, product.stack.url)
    jobs = product.cloud.rows("SELECT status, batch_id FROM jobs WHERE project_id = ?", str(kept.project))
    assert [job["status"] for job in jobs] == ["succeeded"] * SCENES
    assert len({job["batch_id"] for job in jobs}) == 1

    # The table that was handed over orders nothing more, and fetches nothing again.
    again = run([*command[:6], str(out / "scenes.csv"), *command[7:]])
    assert again.returncode == 0, again.stdout + again.stderr
    assert len(product.cloud.rows("SELECT id FROM jobs WHERE project_id = ?", str(kept.project))) == SCENES


def ordered(out: Path, address: str) -> bool:
    press = KeptOrder.read(out, address).press
    return press is not None and press.batch is not None


def length_of(film: Path) -> float:
    """In seconds."""
    with av.open(film, "r") as opened:
        stream = opened.streams.video[0]
        return float(stream.frames / (stream.average_rate or 1))


def packets_of(film: Path) -> list[bytes]:
    """The picture's packets in their order, as hashes."""
    with av.open(film, "r") as opened:
        return [hashlib.sha256(bytes(packet)).digest() for packet in opened.demux(video=0) if packet.size]


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
