"""A look behind a locally running site: its D1 tables through the local explorer, its bucket through S3.

What tests may see that a person may not. It starts nothing and knows no job.
"""

from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from infra.dev import edge_config
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.settings import ROOT, SWEEPER_CRON


class LocalCloud:
    """`rows` asks the database of the site at `url`, which is made of the tree `root`; `keys` and `s3` look into the
    media bucket."""

    def __init__(self, url: str, root: Path = ROOT) -> None:
        self.url = url
        name, key_id, secret_key = edge_config.local_bucket()
        self.bucket_name = name
        self.s3: Any = boto3.client(  # pyright: ignore[reportUnknownMemberType]
            "s3",
            endpoint_url=f"{url}/cdn-cgi/local/r2/s3",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret_key,
            region_name="auto",
            config=Config(s3={"addressing_style": "path"}, read_timeout=STALLED_AFTER_SECONDS),
        )
        self._database_id = edge_config.read_config(root / "wrangler.toml")["d1_databases"][0]["database_id"]

    def rows(self, sql: str, *parameters: str | int) -> list[dict[str, Any]]:
        """Runs SQL in the local D1 and returns the rows."""
        answer = httpx.post(
            f"{self.url}/cdn-cgi/local/explorer/api/d1/database/{self._database_id}/raw",
            json={"sql": sql, "params": [str(parameter) for parameter in parameters]},
            timeout=STALLED_AFTER_SECONDS,
            trust_env=False,
            verify=False,  # noqa: S501  # plain http; reading the certificate store each time takes longest
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

    def tick(self) -> str:
        """Fires the sweeper's cron once, as Cloudflare does each minute, and returns its outcome."""
        answer = httpx.post(
            f"{self.url}/cdn-cgi/local/explorer/api/local/scheduled",
            params={"worker": edge_config.sweeper_name()},
            json={"cron": SWEEPER_CRON},
            timeout=STALLED_AFTER_SECONDS,
            trust_env=False,
        )
        return answer.json()["result"]["outcome"] if answer.is_success else f"HTTP {answer.status_code}"
