"""The GPU service's surroundings in its tests: a site that verifies signatures, a renderer that follows orders, and
outcomes to send. Test doubles replace only parts that cost money in production."""

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

from gpu.core.contract import CardAsk, CardOrder, ContainerReport, Fault, JobEvent, Outcome, Quality, Ticket
from gpu.core.pricing import attempt_cost
from gpu.core.problems import JobCanceled, StorageRefused
from gpu.core.render_job import Follower, KeptFrame, Rendered, Shot, Worded, Wording
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage
from infra.process.waiting import STALLED_AFTER_SECONDS, Clock, wait_until
from infra.settings import ROOT

EVENT_SECRET = "whsec_dGhlIGV2ZW50IHNlY3JldCBvZiB0aGUgdGVzdHM="
NOW = "2026-06-01T00:00:00.000Z"
DYING = ROOT / "tests" / "stack" / "dying"
"""On the path of a program that renders, this folder makes it obey prompts such as STAYING."""
STAYING = "stay at stage_1. 천천히 웃어요"
LASTING_SECONDS = STALLED_AFTER_SECONDS
"""A step of the scripted renderer that lasts until it is stopped."""

ROW = {"CLIPWRIGHT_BUILD": "commit", "CLIPWRIGHT_CHECKPOINT": "tiny-19b", "CLIPWRIGHT_WARM_SECONDS": ""}
"""Environment variables of a deploy, from its target."""

MakeTicket = Callable[..., Ticket]


class Refusing(Storage):
    """A bucket that will not take a clip, for so many tries."""

    def __init__(self, settings: Settings, refusals: int) -> None:
        super().__init__(settings)
        self.refusals = refusals

    def upload(self, key: str, path: Path, content_type: str) -> None:
        if self.refusals > 0:
            self.refusals -= 1
            raise StorageRefused("The storage could not be used for writing.")
        super().upload(key, path, content_type)


def fault(outcome: Outcome | None) -> str:
    assert outcome is not None
    assert outcome.fault is not None
    return outcome.fault.type


def secret_values(settings: Settings) -> dict[str, str]:
    """The content of the GPU service's named secrets."""
    return {
        "CLIPWRIGHT_SITE_URL": settings.site_url,
        "CLIPWRIGHT_EVENT_SECRET": EVENT_SECRET,
        "R2_ENDPOINT": settings.r2_endpoint,
        "R2_BUCKET": settings.r2_bucket,
        "R2_ACCESS_KEY_ID": settings.r2_access_key_id,
        "R2_SECRET_ACCESS_KEY": settings.r2_secret_access_key,
    }


def machine_values(settings: Settings) -> dict[str, str]:
    """What a container's program finds on this machine instead of in a container."""
    return {
        "CLIPWRIGHT_STATE": str(settings.state),
        "CLIPWRIGHT_HEARTBEAT_SECONDS": "0.1",
        "PYTHONPATH": os.pathsep.join((str(DYING), str(ROOT))),
    }


def until(happened: Callable[[], bool], moved: Callable[[], object] = lambda: None) -> None:
    """Waits for something that another thread or process does. `moved`: where that one can be seen at work meanwhile.

    Raises StalledError when it does not come.
    """
    wait_until(happened, what="what another thread or process does", moved=moved, every=0.005)


def make_outcome(job_id: str, *, attempt: int = 1, status: Any = "failed") -> Outcome:
    """An outcome as a worker writes it, without a clip."""
    return Outcome(
        job_id=job_id,
        attempt=attempt,
        status=status,
        finished_at=NOW,
        resolved=None,
        video_key=None,
        poster_key=None,
        video=None,
        poster=None,
        quality=None,
        cost=attempt_cost("H200", 1.5, 0.0),
        fault=None if status == "succeeded" else Fault(type="render-failed", detail="It failed."),
    )


class EventSite:
    """The site's end of the events: verifies each signature, keeps each event, answers with the set status codes. To a
    card that asks it gives `orders`, one after another, then nothing."""

    def __init__(self) -> None:
        self.events: list[JobEvent] = []
        self.message_ids: list[str] = []
        self.reports: list[ContainerReport] = []
        self.asks: list[CardAsk] = []
        self.orders: list[CardOrder | tuple[int, bytes]] = []
        """Orders, or a status and a body. A card that leaves gets none."""
        self.on_ask: Callable[[CardAsk], object] | None = None
        self.unsigned = 0
        self.cancel_requested = False
        self.answers: list[int] = []
        """Status codes for the next events; 200 once they are used up."""
        self.reason: str | None = None
        """What a 409 names as its reason; None for a site that names none."""
        self.on_event: Callable[[JobEvent], None] | None = None
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status, answer = owner.take(self.path, dict(self.headers.items()), body)
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
                del format, args

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128  # many workers connect at the same time

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            Webhook(EVENT_SECRET).verify(body, headers)
        except Exception:
            self.unsigned += 1
            return 401, b"{}"
        if path == "/api/internal/containers":
            self.reports.append(ContainerReport.model_validate_json(body))
            return 200, b"{}"
        if path.startswith("/api/internal/cards/"):
            return self.order(path, CardAsk.model_validate_json(body))
        event = JobEvent.model_validate_json(body)
        assert path == f"/api/internal/jobs/{event.job_id}/events"
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.events.append(event)
            self.message_ids.append(headers["webhook-id"])
        if self.on_event is not None:
            self.on_event(event)
        answer: dict[str, object] = {"applied": status == 200, "cancel_requested": self.cancel_requested}
        if status == 409 and self.reason is not None:
            answer["reason"] = self.reason
        return status, json.dumps(answer).encode()

    def order(self, path: str, ask: CardAsk) -> tuple[int, bytes]:
        assert path == f"/api/internal/cards/{ask.card}/next"
        self.asks.append(ask)
        if self.on_ask is not None:
            self.on_ask(ask)
        given = CardOrder() if ask.is_leaving or not self.orders else self.orders.pop(0)
        return (200, given.model_dump_json().encode()) if isinstance(given, CardOrder) else given

    def gives(self, *tickets: Ticket) -> None:
        """The next answers to a card that asks."""
        self.orders += [CardOrder(ticket=ticket) for ticket in tickets]

    def types(self) -> list[str]:
        return [event.type for event in self.events]

    def outcome(self) -> Outcome:
        """What the last event said about the end."""
        outcome = self.events[-1].outcome
        assert outcome is not None
        return outcome

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class ToldRenderer:
    """Replaces a paid GPU: goes through the stages, then writes the files of a render."""

    steps: int = 3
    step_seconds: float = 0.0
    fails_with: BaseException | None = None
    in_step: Callable[[int], object] | None = None
    """Called in each step with its number, before the step has lasted."""
    clock: Clock = time
    seen: list[Shot] = field(default_factory=list[Shot])
    worded: list[Wording] = field(default_factory=list[Wording])
    text: str = "A woman turns her head."
    video: bytes = b"not really an mp4" * 100
    poster: bytes = b"not really a jpeg"
    last_frame: bytes = b"not really a png"
    quantization: str | None = None
    peak_bytes: int | None = 7 * 2**29
    loading_seconds: float = 0.0

    def render(self, shot: Shot, follower: Follower) -> Rendered:
        self.seen.append(shot)
        follower.on_progress("encode_prompt", None, None)
        for step in range(1, self.steps + 1):
            follower.on_progress("stage_1", step, self.steps)
            if self.in_step is not None:
                self.in_step(step)
            self._rest(follower)
        if self.fails_with is not None:
            raise self.fails_with
        follower.on_progress("decode", None, None)
        shot.video_path.write_bytes(self.video)
        shot.poster_path.write_bytes(self.poster)
        assert shot.last_frame_path is not None
        shot.last_frame_path.write_bytes(self.last_frame)
        return Rendered(
            num_frames=shot.resolved.num_frames,
            width=shot.resolved.width,
            height=shot.resolved.height,
            frame_rate=float(shot.resolved.frame_rate),
            frames_hash="ab" * 32,
            video_bytes=len(self.video),
            poster_bytes=len(self.poster),
            stage_seconds={},
            loading_seconds=self.loading_seconds,
            quality=Quality(pixel_difference=(1.0, 2.0, 3.0, 4.0, 5.0), similarity=(0.9,) * 5, motion=0.5, flicker=0.1),
            peak_bytes=self.peak_bytes,
            prompt_tokens_dropped=0,
            quantization=self.quantization,
            content_credentials="off",
            last_frame=KeptFrame(len(self.last_frame), 64, 64, "cd" * 32, ((0.25, 0.125, 0.5, 0.33333333),)),
        )

    def word(self, wording: Wording, follower: Follower) -> Worded:
        self.worded.append(wording)
        follower.on_progress("encode_prompt", None, None)
        for step in range(1, self.steps + 1):
            if self.in_step is not None:
                self.in_step(step)
            self._rest(follower)
        if self.fails_with is not None:
            raise self.fails_with
        return Worded(self.text, self.loading_seconds, self.peak_bytes)

    def _rest(self, follower: Follower) -> None:
        until = self.clock.monotonic() + self.step_seconds
        while True:
            if follower.is_canceled():
                raise JobCanceled("Stopped while rendering.")
            if self.clock.monotonic() >= until:
                return
            self.clock.sleep(0.005)
