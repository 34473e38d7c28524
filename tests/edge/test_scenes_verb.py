"""The verb `scenes` with a token: what it leaves out, in words; pictures by the site's rule; variants once."""

import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import httpx

from infra.process.waiting import wait_until
from infra.settings import ROOT
from tests.edge.asking import finish
from tests.edge.bodies import png
from tests.edge.edge import Edge

TITLE = "라면 한 그릇"
TABLE = """장면 설명;자막;끝 이미지
문을 연다, 천천히;문;장면_끝.png
비가 내린다;비;
;말만;
달린다;달리기;없는.png
"""


def test_scenes_are_ordered_with_a_token_and_what_is_left_out_is_told_first(
    person: httpx.Client, edge: Edge, tmp_path: Path
) -> None:
    made = person.post("/api/tokens", json={"name": "cli", "scopes": ["read", "create"], "cap_won": 5_000, "days": 1})
    pictures = tmp_path / "이미지"
    pictures.mkdir()
    for name in ("장면_1.png", "컷3.png", "S04.png", "장면_끝.png", "메모 9.png"):
        (pictures / unicodedata.normalize("NFD", name)).write_bytes(png())
    (pictures / "새벽.heic").write_bytes(b"heic")
    file = tmp_path / f"{TITLE}.csv"
    file.write_bytes(TABLE.encode("cp949"))
    command = [sys.executable, "-X", "utf8", "-m", "infra", "scenes", str(file), "--pictures", str(pictures)]
    command += ["--out", str(tmp_path / "out"), "--address", edge.url, "--seconds", "4", "--variants", "2"]
    environment = os.environ | {"CLIPWRIGHT_TOKEN": made.json()["token"]}

    def run(*options: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*command, *options], cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8",
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    refused = run("--quality", "비쌈", "--yes", "--lang", "ko")
    assert refused.returncode == 1 and "draft 352p" in refused.stderr, refused.stderr
    asked = run("--quality", "표준 704p", "--lang", "ko")
    assert asked.returncode == 1 and "--yes" in asked.stderr
    for words in (
        "빠지는 장면 2: 이미지가 없어요", "빠지는 장면 3: 설명이 없어요", "새벽.heic",
        "장면 4의 끝 이미지가 없어요: 없는.png",
        "짝이 없는 이미지: " + unicodedata.normalize("NFD", "메모 9.png"), "이미지가 없는 장면: 2",
    ):  # fmt: skip
        assert words in asked.stdout, asked.stdout
    assert jobs_of(edge) == []

    log = tmp_path / "verb.log"
    with log.open("wb") as output:
        ordering = subprocess.Popen(
            [*command, "--quality", "표준 704p", "--yes", "--lang", "en"], cwd=ROOT, env=environment, stdout=output,
            stderr=output,
        )  # fmt: skip
        try:
            finish_all(edge, ordering)
            assert ordering.wait() == 0, log.read_text(encoding="utf-8")
        finally:
            ordering.kill()
    assert "left out, scenes 3: it has no line" in log.read_text(encoding="utf-8")
    names = sorted(path.name for path in (tmp_path / "out").glob("*.mp4"))
    assert names == ["001_문.mp4", "004_달리기.mp4"]
    jobs = jobs_of(edge)
    assert [(job["preset"], job["seconds"]) for job in jobs] == [
        ("keyframes", 4),
        ("keyframes", 4),
        ("fast", 4),
        ("fast", 4),
    ]
    again = run("--quality", "fast", "--yes", "--lang", "en")
    assert again.returncode == 0, again.stdout + again.stderr
    assert len(jobs_of(edge)) == len(jobs), "variants are made once"
    told = re.search(r"scenes without a clip\s+(.*)", again.stdout)
    assert told is not None and told.group(1).strip() == "2, 3"


def jobs_of(edge: Edge) -> list[dict[str, Any]]:
    """Of the table that the verb has made of its file."""
    return edge.rows(
        "SELECT id, status, input ->> 'preset' AS preset, input ->> 'seconds' AS seconds FROM jobs"
        " WHERE project_id IN (SELECT id FROM projects WHERE title = ?) ORDER BY id",
        TITLE,
    )


def finish_all(edge: Edge, ordering: "subprocess.Popen[bytes]") -> None:
    """Plays the worker until the verb has ended, however many clips it orders."""

    def ended() -> bool:
        for job in jobs_of(edge):
            if job["status"] == "queued":
                finish(edge, job["id"])
        return ordering.poll() is not None

    wait_until(ended, what="the verb's end", moved=lambda: jobs_of(edge), every=0.2)
