"""Many people at once: each with a cookie of their own, submitting clips at a pace, and reading what became of them.

A submit is repeated under its key until the site has answered, as a careful client does. It does not know what goes
wrong meanwhile.
"""

import itertools
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from infra.platforms.site_client import ENDED, SiteClient
from infra.process.waiting import STALLED_AFTER_SECONDS, wait_until
from tests.drills.drilled_stack import Drilled

Json = dict[str, Any]
AT_ONCE = 24
PAUSE_SECONDS = 0.5
REPEATED = (429, 500, 502, 503, 504)
"""Answers after which a client sends the same again. What the site calls a refusal is not among them."""


@dataclass(slots=True)
class Crowd:
    """`with Crowd(drilled, owners) as crowd:`; `ids` are the jobs that the site has accepted, with their owners."""

    drilled: Drilled
    owners: int
    ids: dict[str, int] = field(default_factory=dict[str, int])
    refusals: list[str] = field(default_factory=list[str])
    people: list[httpx.Client] = field(default_factory=list[httpx.Client])
    _seeds: "itertools.count[int]" = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        for _ in range(self.owners):
            client = httpx.Client(
                base_url=self.drilled.stack.url,
                headers={"accept-language": "en"},
                timeout=STALLED_AFTER_SECONDS,
                trust_env=False,
            )
            self.people.append(client)
            client.get("/api/jobs").raise_for_status()  # gives the cookie, so that a person is one owner
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self.people:
            client.close()

    def submit(self, count: int, per_second: float, owner: int | None = None, **fields: object) -> None:
        """Submits `count` clips, one person after another or all by `owner`, and returns once the site has answered."""
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            sent: list[Future[None]] = []
            for number in range(count):
                time.sleep(max(0.0, began + number / per_second - time.monotonic()))
                person = number % self.owners if owner is None else owner
                sent.append(pool.submit(self._submit_one, person, fields))
            for each in sent:
                each.result()

    def _submit_one(self, owner: int, fields: dict[str, object]) -> None:
        seed = next(self._seeds)
        body = {"preset": "draft", "seconds": 2, "prompt": "천천히 고개를 돌린다", "seed": seed} | fields
        while True:
            try:
                answer = self.people[owner].post(
                    "/api/jobs", json=body, headers={"Idempotency-Key": f"drill-{owner}-{seed}"}
                )
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code not in REPEATED:
                break
            time.sleep(PAUSE_SECONDS)
        with self._lock:
            if answer.status_code == 202:
                self.ids[answer.json()["id"]] = owner
            else:
                self.refusals.append(f"{answer.status_code} {answer.text[:200]}")

    def upload(self, owner: int = 0) -> str:
        """The sample picture, so that a clip has something to read from the bucket."""
        return SiteClient(self.people[owner], "read the stack's logs").upload_sample()

    def jobs(self) -> dict[str, Json]:
        """The rows of this crowd's jobs. One that the site accepted and no longer has is missing."""
        rows = self.drilled.cloud.rows("SELECT * FROM jobs")
        return {row["id"]: row for row in rows if row["id"] in self.ids}

    def unfinished(self) -> int:
        return sum(row["status"] not in ENDED for row in self.jobs().values())

    def wait(self) -> dict[str, Json]:
        """The jobs once all have ended. The sweep runs all the while, as production's cron does."""
        wait_until(
            lambda: self.drilled.sweep() and self.unfinished() == 0,
            what="every job to end",
            moved=lambda: (self.unfinished(), self.drilled.stack.gpu_activity()),
            every=PAUSE_SECONDS,
        )
        return self.jobs()

    def video(self, job_id: str) -> bytes:
        answer = self.people[self.ids[job_id]].get(f"/api/jobs/{job_id}/video")
        return answer.content if answer.is_success else b""
