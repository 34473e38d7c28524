"""Somebody's clips, as the pictures of the site show them: finished, failed and canceled ones, on three days, with
names long and short, at the prices of a rented card.

The tiny model makes the clips on the local stack; what they cost, when they were made and how some ended is written
into the local database afterwards. It does not know which pages show them.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from playwright.sync_api import APIRequestContext, Browser

from infra.dev.shot_releases import photographed_releases
from infra.dev.stack import Stack
from infra.process.shell import InfraError
from infra.process.waiting import wait_until
from infra.release.site_record import statement
from infra.settings import ROOT

SAMPLES = ROOT / "frontend" / "public" / "samples"
SMALL = {"preset": "draft", "seconds": 2, "tier": "352p"}
CLIPS: tuple[tuple[str, str | None, dict[str, Any]], ...] = (
    ("파도가 방파제에 부딪히고 갈매기가 날아오른다", "harbor.png", {}),
    ("고양이가 창밖을 보다가 천천히 돌아본다", "cat.png", {}),
    ("비가 내리는 골목에 가로등이 하나씩 켜진다", None, {"ratio": "16:9"}),
    ("The lighthouse turns on while the last ferry leaves the harbour, slowly, as fog rolls in from the sea", None, {}),
    ("소녀가 미소 지으며 고개를 살짝 기울인다", "portrait.png", {}),
    ("나무 위의 눈이 녹아 물방울이 떨어진다", None, {"ratio": "1:1"}),
    ("할머니가 부엌에서 라면을 끓이고 김이 모락모락 피어오른다. 카메라는 천천히 냄비로 다가간다.", None, {}),
    ("문이 열리고 아이가 뛰어 들어온다", "portrait.png", {}),
)
"""Prompt, picture, and what else is asked for; the last ones are the newest."""
FAILED, CANCELED, EARLIER = 5, 2, (0, 1)
"""Places in `CLIPS`: how they end, and which are of the day before."""
WAITING = 4
LINES = ("비가 내린다", "아이가 뛰어간다", "고양이가 하품한다", "해가 진다", "가로등이 켜진다")
"""Of a table: the first scene is made, the second failed, the next two wait while their press is paused."""


class History:
    """The site's address, and from `make` on a browser profile that owns clips."""

    def __init__(self, stack: Stack, browser: Browser) -> None:
        self.url = stack.url
        self._stack = stack
        self._browser = browser
        self.profile: Any = None
        self.ids: list[str] = []
        """Of the clips, in the order of `CLIPS`."""
        self.places: dict[str, str] = {}
        """Names in the addresses of `shot_states.py`, and what they stand for."""

    def make(self) -> None:
        """Makes the clips. Takes as long as the tiny model needs."""
        with self._browser.new_context() as context:
            ask = context.request
            self._json(ask.get(f"{self.url}/api/jobs"))  # brings the cookie
            table = self._make_table(ask)
            for prompt, picture, more in CLIPS:
                upload = None if picture is None else self._upload(ask, picture)
                body = SMALL | {"prompt": prompt, "upload_id": upload} | more
                self.ids.append(self._json(ask.post(f"{self.url}/api/jobs", data=body))["id"])
            self._until(ask, "succeeded")
            rerun = self._json(ask.post(f"{self.url}/api/jobs/{self.ids[-1]}/rerun", data={"seed": "new"}))
            self.ids.append(rerun["id"])
            self._until(ask, "succeeded")
            self._rewrite(table)
            tell_releases(self._stack)
            for favorite in (self.ids[0], self.ids[4]):
                ask.put(f"{self.url}/api/jobs/{favorite}", data={"favorite": True})
            share = self._json(ask.post(f"{self.url}/api/jobs/{self.ids[-1]}/share", data={"days": 7}))
            self.places = {
                "clip": self.ids[-2],
                "picture_clip": self.ids[4],
                "failed": self.ids[FAILED],
                "canceled": self.ids[CANCELED],
                "shared": share["path"].lstrip("/"),
                "table": table,
            }
            self.profile = context.storage_state()

    def _make_table(self, ask: APIRequestContext) -> str:
        """Returns its id."""
        settings = {"seconds": 2, "quality": {"preset": "draft", "tier": "352p"}}
        made = self._json(ask.post(f"{self.url}/api/projects", data={"title": "비 오는 저녁", "settings": settings}))
        table = f"{self.url}/api/projects/{made['id']}"
        picture = self._upload(ask, "harbor.png")
        rows = [
            {"id": f"row{place:013d}", "cells": {"line": line, "first_upload_id": picture}}
            for place, line in enumerate(LINES)
        ]
        self._json(ask.patch(table, data={"base_revision": 1, "rows": rows}))
        self._press(ask, made["id"], "1~2")
        self._until(ask, "succeeded")
        return made["id"]

    def _press(self, ask: APIRequestContext, table: str, numbers: str) -> str:
        key = {"idempotency-key": f"photographed-{uuid4()}"}
        body = {"project_id": table, "range": numbers}
        return self._json(ask.post(f"{self.url}/api/batches", data=body, headers=key))["id"]

    def begin_work(self) -> None:
        """Asks for further clips. Returns once the first of them is at work."""
        with self._browser.new_context(storage_state=self.profile) as context:
            ask = context.request
            for prompt, _, more in CLIPS[:WAITING]:
                body = {"preset": "aggressive_quality", "seconds": 8, "tier": "704p", "prompt": prompt} | more
                self._json(ask.post(f"{self.url}/api/jobs", data=body))
            self._until(ask, "running", enough=1)
            paused = self._press(ask, self.places["table"], "3~4")
            self._json(ask.post(f"{self.url}/api/batches/{paused}/pause"))

    def _upload(self, ask: APIRequestContext, name: str) -> str:
        headers = {"content-type": "image/png", "x-file-name": quote(f"장면_{name}")}
        answer = ask.put(f"{self.url}/api/uploads", data=(SAMPLES / name).read_bytes(), headers=headers)
        return self._json(answer)["id"]

    def _until(self, ask: APIRequestContext, status: str, enough: int | None = None) -> None:
        """Waits until so many jobs, of all without a number, have this status."""

        def there() -> bool:
            jobs: list[dict[str, Any]] = self._json(ask.get(f"{self.url}/api/jobs"))["jobs"]
            count = sum(1 for job in jobs if job["status"] == status)
            return count >= (len(jobs) if enough is None else enough)

        wait_until(there, what="the clips to be photographed", moved=self._stack.gpu_activity)

    def _rewrite(self, table: str) -> None:
        """Days, ends and money. The sums follow by the database's triggers, those of a month are counted anew."""
        with closing(sqlite3.connect(database_of(self._stack), timeout=30)) as database, database:
            for place, job in enumerate(self.ids):
                if place in EARLIER:
                    database.execute(
                        "INSERT INTO day_totals (owner, day) SELECT owner, date(day, '-1 day') FROM jobs "
                        "WHERE id = ? ON CONFLICT DO NOTHING",
                        (job,),
                    )
                    database.execute(
                        "UPDATE jobs SET day = date(day, '-1 day'), created_at = "
                        "strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '-1 day') WHERE id = ?",
                        (job,),
                    )
                won = 17_400_000 + 310_000 * place
                start = 60_200_000 if place in (0, 3) else 0
                cost = json.dumps({"gpu": won, "cpu": 0, "memory": 0, "cold_start": start})
                database.execute(
                    "UPDATE jobs SET billed_micro_won = ?, estimate_micro_won = ?, cost = "
                    "json_set(cost, '$.micro_won', ?, '$.parts', json(?)) WHERE id = ?",
                    (won + start, won - 100_000, won + start, cost, job),
                )
            database.execute(
                "UPDATE jobs SET status = 'failed', problem_slug = 'worker-lost', billed_micro_won = 0, "
                "video = NULL, video_key = NULL, poster = NULL, poster_key = NULL "
                "WHERE id = ?1 OR project_id = ?2 AND scene_number = 2",
                (self.ids[FAILED], table),
            )
            database.execute(
                "UPDATE jobs SET status = 'canceled', billed_micro_won = 6200000, "
                "video = NULL, video_key = NULL, poster = NULL, poster_key = NULL WHERE id = ?",
                (self.ids[CANCELED],),
            )
            database.execute("DELETE FROM usage_totals")
            database.execute(
                "INSERT INTO usage_totals SELECT owner, day, preset, gpu, batch_id, SUM(jobs), "
                "SUM(delivered), SUM(failed), SUM(canceled), SUM(estimate_micro_won), SUM(clips_micro_won), "
                "SUM(start_micro_won), SUM(canceled_micro_won) FROM job_usage "
                "GROUP BY owner, day, preset, gpu, batch_id"
            )

    def _json(self, answer: Any) -> Any:
        if not answer.ok:
            raise InfraError(f"{answer.url} answered {answer.status}: {answer.text()}", "run it again")
        return answer.json()


def tell_releases(stack: Stack) -> None:
    """Writes the releases of `shot_releases.py` into the local database, as a release does."""
    with closing(sqlite3.connect(database_of(stack), timeout=30)) as database, database:
        database.executescript(statement(photographed_releases()))


def database_of(stack: Stack) -> Path:
    """The file of the local D1; beside it lies one that wrangler keeps for itself."""
    for path in sorted(stack.state.rglob("*.sqlite")):
        with closing(sqlite3.connect(f"file:{path.as_posix()}?mode=ro", uri=True)) as reader:
            if reader.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone():
                return path
    raise InfraError("the local stack has no database", f"look into {stack.state}")
