"""The verb `compare` on the whole product: pictures to clips and a page, over a kill, each clip paid once."""

import subprocess
import sys
from pathlib import Path

from PIL import Image

from infra.compare.kept_comparison import KeptComparison
from infra.process.waiting import wait_until
from infra.settings import ROOT
from tests.corpus import portrait
from tests.stack.conftest import Product


def test_a_comparison_goes_on_after_a_kill_and_pays_for_each_clip_once(product: Product, tmp_path: Path) -> None:
    pictures, out = tmp_path / "이미지", tmp_path / "비교 결과"
    pictures.mkdir()
    portrait.photograph().save(pictures / "사람.png")
    Image.new("RGB", (96, 160), (80, 90, 140)).save(pictures / "b.png")
    command = [sys.executable, "-X", "utf8", "-m", "infra", "compare", "--pictures", str(pictures)]
    command += ["--presets", "fast,draft", "--seconds", "2", "--out", str(out), "--address", product.stack.url]

    refused = run(command)  # nobody can be asked
    assert refused.returncode == 1
    assert KeptComparison.read(out, product.stack.url).clips == {}

    with (tmp_path / "first.log").open("wb") as log:
        first = subprocess.Popen([*command, "--yes"], cwd=ROOT, stdout=log, stderr=log)
        try:
            is_under_way = lambda: first.poll() is not None or has_ordered(out, product.stack.url)  # noqa: E731
            wait_until(is_under_way, what="an order", moved=product.stack.gpu_activity)
            assert first.poll() is None, (tmp_path / "first.log").read_text(encoding="utf-8")
        finally:
            first.kill()
            first.wait()
    second = run(command)  # agreed to before
    assert second.returncode == 0, second.stdout + second.stderr

    kept = KeptComparison.read(out, product.stack.url)
    jobs = [str(clip.job).rsplit("/", 1)[-1] for clip in kept.clips.values()]
    assert len(jobs) == len(set(jobs)) == 4
    owned = product.cloud.rows("SELECT owner FROM jobs WHERE id = ?", jobs[0])[0]["owner"]
    made = product.cloud.rows("SELECT id, status FROM jobs WHERE owner = ?", owned)
    assert sorted(job["id"] for job in made) == sorted(jobs)
    assert {job["status"] for job in made} == {"succeeded"}
    assert len(list((out / "clips").glob("*.mp4"))) == 4
    facts = [clip.facts for clip in kept.clips.values()]
    assert all(fact["motion"] is not None and fact["fidelity"] is not None for fact in facts)
    assert (out / "index.html").is_file()


def has_ordered(out: Path, address: str) -> bool:
    """All are ordered, and at most the first few are here."""
    clips = KeptComparison.read(out, address).clips.values()
    return bool(clips) and all(clip.job is not None for clip in clips)


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False, stdin=subprocess.DEVNULL
    )
