"""The whole product on this machine, once for the folder: what is rendered is rendered, what dies is killed."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.settings import SAMPLE_PICTURE
from infra.stack import Stack
from tests.local_cloud import LocalCloud

Json = dict[str, Any]
ENDED = ("succeeded", "failed", "canceled")
JOB_LIMIT_SECONDS = 120.0
DYING = Path(__file__).parent / "dying"


class Product:
    """A running stack, a look behind it, and people who use it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.cloud = LocalCloud(stack.url)

    def person(self) -> "Person":
        return Person(self.stack.url)

    def ledger(self, job_id: str) -> dict[str, int]:
        """Micro-won by kind of row."""
        rows = self.cloud.rows("SELECT kind, micro_won FROM ledger WHERE job_id = ?", job_id)
        assert len({row["kind"] for row in rows}) == len(rows)
        return {row["kind"]: row["micro_won"] for row in rows}

    def worker_pid(self) -> int:
        """Of the worker process; waits while a dead one is being replaced."""
        deadline = time.monotonic() + JOB_LIMIT_SECONDS
        while True:
            try:
                return self.stack.gpu_worker_pid()
            except (FileNotFoundError, ValueError):
                assert time.monotonic() < deadline, "no worker process came up"
                time.sleep(0.05)


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, headers={"accept-language": "en"}, timeout=30, trust_env=False)

    def upload(self, picture: bytes | None = None) -> str:
        answer = self.http.put("/api/uploads", content=picture or SAMPLE_PICTURE.read_bytes())
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def submit(self, **fields: object) -> Json:
        body = {"preset": "draft", "seconds": 2, "prompt": "천천히 고개를 돌린다"} | fields
        answer = self.http.post("/api/jobs", json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def job(self, job_id: str) -> Json:
        answer = self.http.get(f"/api/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait(self, job_id: str, limit_seconds: float = JOB_LIMIT_SECONDS) -> Json:
        """The job once it has ended. Reading it is also what makes a lost one found again."""
        deadline = time.monotonic() + limit_seconds
        while (job := self.job(job_id))["status"] not in ENDED:
            assert time.monotonic() < deadline, f"still {job['status']} in {job['stage']} after {limit_seconds} s"
            time.sleep(0.1)
        return job


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Short leases and quick heartbeats, and seconds priced as an H200's, so that the ledger is not all zeros."""
    with Stack(
        tmp_path_factory.mktemp("전체 stack"),
        site_vars={"LEASE_SECONDS": "3"},
        gpu_env={
            "CLIPWRIGHT_HEARTBEAT_SECONDS": "0.5",
            "CLIPWRIGHT_BILL_AS": "H200",
            "CLIPWRIGHT_CHECKPOINT": "tiny-19b",
            "PYTHONPATH": str(DYING),
        },
    ) as stack:
        product = Product(stack)
        yield product
        product.cloud.s3.close()


@pytest.fixture
def person(product: Product) -> Iterator[Person]:
    person = product.person()
    with person.http:
        yield person
