"""A real bucket (wrangler's, over its S3 side), a site that checks signatures for real, and a renderer that is told
what to do: the surroundings of the GPU service's parts."""

import json
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from gpu.contract import JobEvent, Outcome, Resolved, Stage, Ticket
from gpu.events import Site, timestamp
from gpu.problems import JobCanceled
from gpu.rendering import Conditioning, OnProgress, Rendered
from gpu.settings import Settings
from gpu.storage import Storage
from gpu.worker import Worker
from infra.edge_config import quiet_environment, wrangler
from infra.ports import free_port
from infra.processes import Process

EVENT_SECRET = "whsec_dGhlIGV2ZW50IHNlY3JldCBvZiB0aGUgdGVzdHM="
BUCKET = "media"
CONFIG = f"""
name = "bucket-only"
pages_build_output_dir = "public"
compatibility_date = "2026-11-01"
send_metrics = false

[[r2_buckets]]
binding = "MEDIA"
bucket_name = "{BUCKET}"
local_dev = {{ experimental_s3_credentials = {{ accessKeyId = "testkey", secretAccessKey = "testsecret" }} }}
"""
PING = "export const onRequest = () => new Response('pong');\n"


# ---------------------------------------------------------------- the bucket


@pytest.fixture(scope="session")
def r2_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """An empty bucket behind Cloudflare's own S3 endpoint for development."""
    folder = tmp_path_factory.mktemp("bucket")
    (folder / "public").mkdir()
    (folder / "public" / "index.html").write_text("<!doctype html>", encoding="utf-8", newline="\n")
    # Without a Function wrangler takes its own one, and with that the configuration of the folder it is installed in.
    (folder / "functions").mkdir()
    (folder / "functions" / "ping.js").write_text(PING, encoding="utf-8", newline="\n")
    (folder / "wrangler.toml").write_text(CONFIG, encoding="utf-8", newline="\n")
    port = free_port()
    command = [*wrangler(), "pages", "dev", "--persist-to", str(folder / "state"), "--ip", "127.0.0.1"]
    command += ["--port", str(port), "--inspector-port", "0", "--show-interactive-dev-session=false"]
    process = Process(
        "the bucket",
        command,
        env=quiet_environment(folder),
        cwd=folder,
        log=folder / "bucket.log",
        record=folder / "bucket.process.json",
    )
    process.start()
    try:
        deadline = time.monotonic() + 60.0
        while not _answers(f"http://127.0.0.1:{port}/"):
            process.raise_if_dead()
            assert time.monotonic() < deadline, process.log_tail()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/cdn-cgi/local/r2/s3"
    finally:
        process.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


# ---------------------------------------------------------------- the site


class EventSite:
    """The site's end of the events: verifies each signature, keeps what came, answers as told."""

    def __init__(self) -> None:
        self.events: list[JobEvent] = []
        self.message_ids: list[str] = []
        self.unsigned = 0
        self.cancel_requested = False
        self.answers: list[int] = []
        """Status codes for the next events; 200 once they are used up."""
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

            def log_message(self, *args: object) -> None:
                del args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            Webhook(EVENT_SECRET).verify(body, headers)
        except Exception:
            self.unsigned += 1
            return 401, b"{}"
        event = JobEvent.model_validate_json(body)
        assert path == f"/api/internal/jobs/{event.job_id}/events"
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.events.append(event)
            self.message_ids.append(headers["webhook-id"])
        if self.on_event is not None:
            self.on_event(event)
        return status, json.dumps({"applied": status == 200, "cancel_requested": self.cancel_requested}).encode()

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


@pytest.fixture
def site() -> Generator[EventSite]:
    listening = EventSite()
    yield listening
    listening.close()


# ---------------------------------------------------------------- settings and parts


@pytest.fixture
def settings(r2_endpoint: str, site: EventSite, tmp_path: Path) -> Settings:
    return Settings(
        site_url=site.url,
        event_secret=EVENT_SECRET,
        r2_endpoint=r2_endpoint,
        r2_bucket=BUCKET,
        r2_access_key_id="testkey",
        r2_secret_access_key="testsecret",
        checkpoint="tiny-19b",
        state=tmp_path / "상태 폴더",
        heartbeat_seconds=0.1,
        build="test",
        bill_as="H200",
    )


@pytest.fixture
def bucket(settings: Settings) -> Storage:
    return Storage(settings)


# ---------------------------------------------------------------- a render that does as told


@dataclass
class ToldRenderer:
    """Stands where a paid GPU would: goes through the stages, then writes what a render writes."""

    steps: int = 3
    step_seconds: float = 0.0
    fails_with: BaseException | None = None
    in_stage_1: Callable[[], None] | None = None
    seen: list[tuple[Resolved, list[Conditioning], Path | None]] = field(
        default_factory=list[tuple[Resolved, list[Conditioning], Path | None]]
    )
    video: bytes = b"not really an mp4" * 100
    poster: bytes = b"not really a jpeg"

    def render(
        self,
        resolved: Resolved,
        pictures: Sequence[Conditioning],
        source_video: Path | None,
        *,
        video_path: Path,
        poster_path: Path,
        on_progress: OnProgress,
        is_canceled: Callable[[], bool],
    ) -> Rendered:
        self.seen.append((resolved, list(pictures), source_video))
        on_progress("encode_prompt", None, None)
        for step in range(1, self.steps + 1):
            on_progress("stage_1", step, self.steps)
            if step == 2 and self.in_stage_1 is not None:
                self.in_stage_1()
            self._rest(is_canceled)
        if self.fails_with is not None:
            raise self.fails_with
        on_progress("decode", None, None)
        video_path.write_bytes(self.video)
        poster_path.write_bytes(self.poster)
        return Rendered(
            num_frames=resolved.num_frames,
            width=resolved.width,
            height=resolved.height,
            frame_rate=float(resolved.frame_rate),
            frames_hash="ab" * 32,
            video_bytes=len(self.video),
            poster_bytes=len(self.poster),
            stage_seconds={},
            quality={"pixel_difference": [1.0, 2.0, 3.0, 4.0, 5.0], "motion": 0.5},
            peak_bytes=None,
            prompt_tokens_dropped=0,
        )

    def _rest(self, is_canceled: Callable[[], bool]) -> None:
        until = time.monotonic() + self.step_seconds
        while True:
            if is_canceled():
                raise JobCanceled("Stopped while rendering.")
            if time.monotonic() >= until:
                return
            time.sleep(0.005)


@pytest.fixture
def renderer_told() -> ToldRenderer:
    return ToldRenderer()


@pytest.fixture
def worker(settings: Settings, bucket: Storage, renderer_told: ToldRenderer) -> Generator[Worker]:
    told_site = Site(settings)
    yield Worker(bucket, told_site, renderer_told, settings)
    told_site.close()


# ---------------------------------------------------------------- tickets

MakeTicket = Callable[..., Ticket]


@pytest.fixture
def make_ticket(request: pytest.FixtureRequest) -> MakeTicket:
    """Tickets of a job of this test's own: make_ticket(attempt=2, deadline_seconds=-1, **fields of the request)."""
    job_id = f"{abs(hash(request.node.nodeid)) % 36**10:010d}{time.time_ns() % 10**9:09d}"

    def make(
        *, attempt: int = 1, inputs: Sequence[dict[str, Any]] = (), deadline_seconds: float = 600.0, **fields: Any
    ) -> Ticket:
        body = {
            "job_id": job_id,
            "attempt": attempt,
            "request": {"preset": "fast", "prompt": "천천히 웃어요", "seconds": 2, "tier": "704p", **fields},
            "seed": 7,
            "inputs": list(inputs),
            "gpu": "H200",
            "deadline_at": timestamp(datetime.now(UTC) + timedelta(seconds=deadline_seconds)),
            "reserved_micro_won": 50_000_000,
        }
        return Ticket.model_validate_json(json.dumps(body))

    return make


def stages(site: EventSite) -> list[Stage | None]:
    return [event.stage for event in site.events]
