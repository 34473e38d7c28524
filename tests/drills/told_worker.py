"""A worker whose every step a drill decides: it claims, tells, delivers, fails, dies; its release may be a neighbour's.

What it leaves in the bucket and says in events is what a real one would. It does not know the site's rows.
"""

import copy
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from gpu.serve.storage import Claim, claim_key
from tests.drills.signed import post_signed
from tests.edge.asking import put_marker
from tests.edge.bodies import event, outcome
from tests.edge.edge import Edge, now

Json = dict[str, Any]
Release = Literal["this", "newer", "older"]
RESENT_SEQ = 1_000_000
LEFT_OUT_BY_OLDER = ("quality", "resolved")
"""What an outcome may lack: nothing is settled by it."""


@dataclass(slots=True)
class ToldWorker:
    """One attempt at one job. `tell` is False for an event that never arrives."""

    edge: Edge
    job_id: str
    attempt: int
    release: Release = "this"
    said: list[Json] = field(default_factory=list[Json])
    is_gone: bool = False
    _seqs: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def begin(self, person: httpx.Client, *, tell: bool) -> int | None:
        claim = Claim(job_id=self.job_id, attempt=self.attempt, token="t" * 32, at=now(), turn=1, released=False)
        self.edge.put(claim_key(self.job_id, self.attempt), claim.model_dump_json().encode("utf-8"), "application/json")
        return self.say(person, event(self.job_id, next(self._seqs), "started", self.attempt), tell=tell)

    def progress(self, person: httpx.Client) -> int | None:
        return self.say(person, event(self.job_id, next(self._seqs), attempt=self.attempt), tell=True)

    def deliver(self, person: httpx.Client, *, tell: bool) -> int | None:
        body = outcome(self.job_id, attempt=self.attempt)
        self.edge.put(body["video_key"], b"v" * body["video"]["bytes"], "video/mp4")
        self.edge.put(body["poster_key"], b"p" * body["poster"]["bytes"], "image/jpeg")
        return self.end(person, "done", body, tell=tell)

    def fail(self, person: httpx.Client, problem: str, *, tell: bool) -> int | None:
        fault = {"type": f"/problems/{problem}", "detail": "It failed in stage stage_2."}
        return self.end(person, "failed", outcome(self.job_id, "failed", self.attempt, fault=fault), tell=tell)

    def stop(self, person: httpx.Client, *, tell: bool) -> int | None:
        return self.end(person, "failed", outcome(self.job_id, "canceled", self.attempt), tell=tell)

    def end(self, person: httpx.Client, marker: str, body: Json, *, tell: bool) -> int | None:
        written = as_written(body, self.release)
        put_marker(self.edge, marker, written)
        ended = event(self.job_id, next(self._seqs), "ended", self.attempt, outcome=body) | {"outcome": written}
        return self.say(person, ended, tell=tell)

    def say(self, person: httpx.Client, one: Json, *, tell: bool) -> int | None:
        """The status of the site's answer; None where the event was lost on its way."""
        self.said.append(one)
        return self.send(person, one) if tell else None

    def again(self, person: httpx.Client, which: int) -> int | None:
        """Something that was said before arrives, for the first time or once more."""
        return self.send(person, self.said[which % len(self.said)]) if self.said else None

    def send(self, person: httpx.Client, one: Json) -> int:
        return post_signed(
            self.edge, person, f"/api/internal/jobs/{self.job_id}/events", json.dumps(one, ensure_ascii=False)
        ).status_code


def as_written(body: Json, release: Release) -> Json:
    """An outcome as a neighbouring release writes it: with members that this one does not know, or without some."""
    written = copy.deepcopy(body)
    if release == "newer":
        for place in (written, written["cost"], written["video"]):
            if place is not None:
                place["of_the_next_release"] = {"a": [1, None]}
    if release == "older":
        for name in LEFT_OUT_BY_OLDER:
            del written[name]
    return written
