"""The edge alone: the real `wrangler pages dev` with D1, R2 and the sweeper, and nothing rendered behind it.

Tests reach the bucket through the same S3 door as the worker, and the tables through wrangler's local explorer.
It does not know the GPU side.
"""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from infra import edge_config
from infra.local_secrets import LocalSecrets, local_secrets
from infra.ports import free_port
from infra.processes import Process
from infra.settings import ROOT, SWEEPER_CRON

Json = dict[str, Any]
READY_LIMIT_SECONDS = 60.0


class Edge:
    """A running edge. `url` is where it answers; `rows` asks its database; `bucket` is the media bucket over S3."""

    def __init__(self, state: Path, gpu_port: int, lease_seconds: int) -> None:
        self.state = state
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secrets: LocalSecrets = local_secrets(state)
        variables = {
            "GPU_URL": f"http://127.0.0.1:{gpu_port}",
            "GPU_KEY": self.secrets.gpu_key,
            "GPU_SECRET": self.secrets.gpu_secret,
            "EVENT_SECRET": self.secrets.event_secret,
            "COOKIE_SECRET": self.secrets.cookie_secret,
            "LEASE_SECONDS": str(lease_seconds),
            "BUILD": "test",
        }
        self.process = Process(
            "the edge (wrangler pages dev)",
            edge_config.pages_dev(state, self.port, variables),
            env=edge_config.quiet_environment(state),
            cwd=ROOT,
            log=state / "site.log",
            record=state / "site.process.json",
        )
        self._client = httpx.Client(timeout=30, trust_env=False, verify=False)  # noqa: S501
        name, key_id, secret_key = edge_config.local_bucket()
        self.bucket_name = name
        self.s3: Any = boto3.client(  # pyright: ignore[reportUnknownMemberType]
            "s3",
            endpoint_url=f"{self.url}/cdn-cgi/local/r2/s3",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret_key,
            region_name="auto",
            config=Config(s3={"addressing_style": "path"}),
        )
        self.database_id = edge_config.read_config(ROOT / "wrangler.toml")["d1_databases"][0]["database_id"]

    def start(self) -> None:
        edge_config.apply_migrations(self.state)
        self.process.start()
        deadline = time.monotonic() + READY_LIMIT_SECONDS
        while True:
            self.process.raise_if_dead()
            try:
                if self._client.get(f"{self.url}/api/version").is_success:
                    return
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, self.process.log_tail()
            time.sleep(0.1)

    def stop(self) -> None:
        self._client.close()
        self.process.stop()

    def person(self, **headers: str) -> httpx.Client:
        """Somebody new: a client with its own cookie jar, speaking English."""
        # Plain http, and reading the certificate store for each client would take most of the tests' time.
        asking = {"accept-language": "en"} | headers
        return httpx.Client(base_url=self.url, headers=asking, timeout=30, trust_env=False, verify=False)  # noqa: S501

    def tick(self) -> None:
        """Fires the sweeper's cron once, as Cloudflare does each minute."""
        answer = self._client.post(
            f"{self.url}/cdn-cgi/local/explorer/api/local/scheduled",
            params={"worker": edge_config.sweeper_name()},
            json={"cron": SWEEPER_CRON},
            timeout=60,
        )
        assert answer.is_success and answer.json()["result"]["outcome"] == "ok", self.process.log_tail()

    def rows(self, sql: str, *parameters: str | int) -> list[Json]:
        """Runs SQL in the local D1 and returns the rows."""
        answer = self._client.post(
            f"{self.url}/cdn-cgi/local/explorer/api/d1/database/{self.database_id}/raw",
            json={"sql": sql, "params": [str(parameter) for parameter in parameters]},
        )
        assert answer.is_success, answer.text
        results = answer.json()["result"][0]["results"]
        return [dict(zip(results["columns"], row, strict=True)) for row in results["rows"]]

    def expire_lease(self, job_id: str) -> None:
        """As if the lease's time had passed."""
        self.rows("UPDATE jobs SET lease_until = '2020-01-01T00:00:00.000Z' WHERE id = ?", job_id)

    def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        self.s3.put_object(Bucket=self.bucket_name, Key=key, Body=body, ContentType=content_type)

    def keys(self, prefix: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=self.bucket_name, Prefix=prefix)
        return [item["Key"] for item in listed.get("Contents", [])]

    def send_event(
        self, event: Json, *, secret: str | None = None, at: float | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Signs `event` as the worker does and posts it. The arguments spoil one thing each."""
        body = json.dumps(event, ensure_ascii=False).encode("utf-8")
        stamp = str(int(time.time() if at is None else at))
        message_id = f"{event['job_id']}.{event['attempt']}.{event['seq']}"
        key = base64.b64decode((secret or self.secrets.event_secret).removeprefix("whsec_"))
        mac = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signed = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(mac).decode("ascii"),
        }
        url = f"{self.url}/api/internal/jobs/{event['job_id']}/events"
        sent = {name: value for name, value in (signed | (headers or {})).items() if value}
        return self._client.post(url, content=body, headers=sent)


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
