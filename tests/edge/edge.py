"""The edge alone: the real `wrangler pages dev` with D1, R2 and the sweeper, and nothing rendered behind it.

It signs events as a worker would; the GPU side itself it does not know.
"""

import base64
import contextlib
import hashlib
import hmac
import io
import json
import tempfile
import time
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from gpu.core.problems import ProblemError
from gpu.media.faces import faces_of
from gpu.media.pictures import normalize
from gpu.media.read_picture import shrunk
from gpu.media.sounds import keep_sound
from gpu.serve.picture_reader import face_of
from infra.build.site import build
from infra.dev import edge_config
from infra.dev.local_secrets import LocalSecrets, local_secrets
from infra.dev.ports import free_port
from infra.dev.stack import wait_until_answers
from infra.process.processes import Process
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.settings import ROOT
from tests.edge.fake_gpu import FakeGpu
from tests.local_cloud import LocalCloud

Json = dict[str, Any]


class Edge(LocalCloud):
    """A running edge at `url`, with access to its database and bucket."""

    def __init__(
        self, state: Path, gpu_port: int, lease_seconds: int, settings: Mapping[str, str] | None = None
    ) -> None:
        self.state = state
        self.port = free_port()
        super().__init__(f"http://127.0.0.1:{self.port}")
        self.secrets: LocalSecrets = local_secrets(state)
        variables = {
            "GPU_URL": f"http://127.0.0.1:{gpu_port}",
            "GPU_KEY": self.secrets.gpu_key,
            "GPU_SECRET": self.secrets.gpu_secret,
            "EVENT_SECRET": self.secrets.event_secret,
            "COOKIE_SECRET": self.secrets.cookie_secret,
            "LEASE_SECONDS": str(lease_seconds),
            "PICTURE_GRACE_SECONDS": "0",
            "BUILD": "test",
        } | dict(settings or {})
        self.process = Process(
            "the edge (wrangler pages dev)",
            edge_config.pages_dev(state, self.port, variables),
            env=edge_config.quiet_environment(state),
            cwd=ROOT,
            log=state / "site.log",
            record=state / "site.process.json",
            passes=edge_config.PASSED_ON,
        )
        self._client = httpx.Client(timeout=STALLED_AFTER_SECONDS, trust_env=False, verify=False)  # noqa: S501

    def start(self) -> None:
        edge_config.apply_migrations(self.state)
        self.process.start()
        wait_until_answers(self.process, f"{self.url}/api/version", {})

    def stop(self) -> None:
        self._client.close()
        self.process.stop()

    def person(self, **headers: str) -> httpx.Client:
        """Somebody new: a client with its own cookie jar, speaking English."""
        # Plain http, and reading the certificate store for each client would take most of the tests' time.
        asking = {"accept-language": "en"} | headers
        return httpx.Client(
            base_url=self.url,
            headers=asking,
            timeout=STALLED_AFTER_SECONDS,
            trust_env=False,
            verify=False,  # noqa: S501
        )

    def signed(self, owner: str, secret: str | None = None) -> str:
        """The value of a browser's cookie, as the edge signs it."""
        mac = hmac.new((secret or self.secrets.cookie_secret).encode(), owner.encode(), hashlib.sha256).digest()
        return f"{owner}.{base64.urlsafe_b64encode(mac).decode('ascii').rstrip('=')}"

    def read_picture(self, key: str) -> tuple[int, Json]:
        """What the GPU service answers to `POST /pictures`: its own reader on this edge's bucket, in this process."""
        data = self.s3.get_object(Bucket=self.bucket_name, Key=key)["Body"].read()
        try:
            picture = shrunk(normalize(data))
        except ProblemError as error:
            faults = [{"pointer": pointer, "detail": detail} for pointer, detail in error.errors]
            return error.status, {"type": f"/problems/{error.slug}", "detail": error.detail, "errors": faults}
        made = io.BytesIO()
        picture.save(made, "PNG")
        name = f"inputs/{hashlib.sha256(picture.tobytes()).hexdigest()}.png"
        self.s3.put_object(Bucket=self.bucket_name, Key=name, Body=made.getvalue(), ContentType="image/png")
        size = {"width": picture.width, "height": picture.height, "bytes": len(made.getvalue())}
        faces = [face_of(box).model_dump() for box in faces_of(picture)]
        return 201, {"key": name, "faces": faces} | size

    def read_sound(self, key: str) -> tuple[int, Json]:
        """The same for `POST /sounds`."""
        with tempfile.TemporaryDirectory() as folder:
            source, made = Path(folder, "file"), Path(folder, "made.wav")
            source.write_bytes(self.s3.get_object(Bucket=self.bucket_name, Key=key)["Body"].read())
            try:
                facts = keep_sound(source, made)
            except ProblemError as error:
                faults = [{"pointer": pointer, "detail": detail} for pointer, detail in error.errors]
                return error.status, {"type": f"/problems/{error.slug}", "detail": error.detail, "errors": faults}
            data, name = made.read_bytes(), f"inputs/{facts.digest}.wav"
        self.s3.put_object(Bucket=self.bucket_name, Key=name, Body=data, ContentType="audio/wav")
        return 201, {"key": name, "bytes": len(data), "seconds": facts.seconds, "channels": facts.channels}

    def picture_key(self, upload_id: str) -> str:
        """The key of an upload's picture."""
        return str(self.rows("SELECT picture_key FROM uploads WHERE id = ?1", upload_id)[0]["picture_key"])

    def sweep(self) -> None:
        """Fires the cron once; the sweep must end well."""
        assert self.tick() == "ok", self.process.log_tail()

    def send_event(
        self, event: Json, *, secret: str | None = None, at: float | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Signs `event` as the worker does and posts it. The arguments spoil one thing each."""
        message_id = f"{event['job_id']}.{event['attempt']}.{event['seq']}"
        path = f"/api/internal/jobs/{event['job_id']}/events"
        return self.post_signed(path, message_id, event, secret=secret, at=at, headers=headers)

    def send_report(self, report: Json, *, secret: str | None = None) -> httpx.Response:
        """Signs a container's report as the container does and posts it."""
        return self.post_signed("/api/internal/containers", f"{report['container_id']}.1", report, secret=secret)

    def ask(self, asking: str, /, *, secret: str | None = None, **fields: object) -> httpx.Response:
        """A signed question of this card's container for its next ticket. `fields` replace those of one that has just
        ended a clip."""
        asked: Json = {"card": asking, "container_id": f"ta-{asking}", "gpu": "H200", "at": now(), "loaded": []}
        body = asked | {"waited_seconds": 0.0, "is_leaving": False} | fields
        return self.post_signed(f"/api/internal/cards/{asking}/next", f"{asking}.{now()}", body, secret=secret)

    def post_signed(
        self,
        path: str,
        message_id: str,
        body_of: Json,
        *,
        secret: str | None = None,
        at: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        # Half a character has no UTF-8, but JSON can escape it.
        body = json.dumps(body_of, ensure_ascii=False).encode("utf-8", "backslashreplace")
        stamp = str(int(time.time() if at is None else at))
        key = base64.b64decode((secret or self.secrets.event_secret).removeprefix("whsec_"))
        mac = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signed = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(mac).decode("ascii"),
        }
        sent = {name: value for name, value in (signed | (headers or {})).items() if value}
        return self._client.post(self.url + path, content=body, headers=sent)


@contextlib.contextmanager
def serving(state: Path, settings: Mapping[str, str], lease_seconds: int = 3_600) -> Generator[Edge]:
    """An edge with settings of its own, and its own fake GPU service."""
    with FakeGpu(free_port()) as gpu, beside(gpu, state, settings, lease_seconds) as edge:
        yield edge


@contextlib.contextmanager
def beside(gpu: FakeGpu, state: Path, settings: Mapping[str, str], lease_seconds: int) -> Generator[Edge]:
    """An edge that asks this GPU service, which reads the pictures of its bucket."""
    build()
    edge = Edge(state, gpu.port, lease_seconds, settings)
    gpu.read_picture, gpu.read_sound = edge.read_picture, edge.read_sound
    try:
        edge.start()
        yield edge
    finally:
        edge.stop()


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
