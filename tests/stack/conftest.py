"""The whole product on this machine, once for the folder: clips are really rendered, and processes really killed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.dev.stack import Stack
from infra.platforms.site_client import ENDED, Job, SiteClient, has_ended
from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.local_cloud import LocalCloud

Json = dict[str, Any]
DYING = Path(__file__).parent / "dying"


class Product:
    """A running stack, a look behind it, and people who use it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.cloud = LocalCloud(stack.url)

    def person(self) -> "Person":
        return Person(self.stack, self.end_lease_if_lost)

    def ledger(self, job_id: str) -> dict[str, int]:
        """Micro-won by kind of row."""
        rows = self.cloud.rows("SELECT kind, micro_won FROM ledger WHERE job_id = ?", job_id)
        assert len({row["kind"] for row in rows}) == len(rows)
        return {row["kind"]: row["micro_won"] for row in rows}

    def end_lease_if_lost(self, job_id: str) -> None:
        """Ends the lease at once when no worker runs its attempt any more."""
        (row,) = self.cloud.rows("SELECT status, call_id FROM jobs WHERE id = ?", job_id)
        if row["status"] in ENDED or row["call_id"] is None or self._is_worked_on(row["call_id"]):
            return
        past = "UPDATE jobs SET lease_until = '2020-01-01T00:00:00.000Z' WHERE id = ? AND call_id = ?"
        self.cloud.rows(past, job_id, row["call_id"])

    def _is_worked_on(self, call_id: str) -> bool:
        keys = {"Modal-Key": self.stack.secrets.gpu_key, "Modal-Secret": self.stack.secrets.gpu_secret}
        address = f"{self.stack.gpu_url}/jobs/{call_id}"
        answer = httpx.get(address, headers=keys, timeout=STALLED_AFTER_SECONDS, trust_env=False)
        return answer.status_code != 404 and answer.json()["state"] in ("pending", "running")


class Person:
    """Somebody with a browser of their own. `after_look` happens after each look at a job that is waited for."""

    def __init__(self, stack: Stack, after_look: Callable[[str], None] = lambda _: None) -> None:
        self._stack = stack
        self._after_look = after_look
        self.http = httpx.Client(
            base_url=stack.url, headers={"accept-language": "en"}, timeout=STALLED_AFTER_SECONDS, trust_env=False
        )

        self.site = SiteClient(self.http, "read the logs in the stack's folder")

    def upload(self, picture: bytes | None = None) -> str:
        return self.site.upload(picture) if picture else self.site.upload_sample()

    def submit(self, **fields: object) -> Job:
        return self.site.submit({"preset": "draft", "seconds": 2, "prompt": "천천히 고개를 돌린다"} | fields)

    def job(self, job_id: str) -> Job:
        return self.site.job(f"/api/jobs/{job_id}")

    def wait(self, job_id: str, stage: str | None = None) -> Job:
        """The job once it has ended, or is in `stage`. Reading it is also what makes a lost one found again."""
        return self.site.follow(
            f"/api/jobs/{job_id}",
            until=lambda job: has_ended(job) or (stage is not None and job["stage"] == stage),
            seen=lambda _: self._after_look(job_id),
            moved=self._stack.gpu_activity,
            every=0.1,
        )


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Quick heartbeats, and seconds priced as an H200's, so that the ledger is not all zeros. Leases are as long as in
    production: no test waits for one to end, and none ends because this machine is slow."""
    with Stack(
        tmp_path_factory.mktemp("전체 stack"),
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
