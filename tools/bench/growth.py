"""How long the site's calls take as its history grows: at 1,000, 10,000 and 100,000 jobs of one person.

The edge is the real one, with a fake GPU service behind it. What it prints depends on the machine and on what else runs
there. Nothing here is a test; `tests/functions/growth.test.ts` compares the rows that each call reads.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from infra import console
from infra.build.site import build
from infra.dev.ports import free_port
from infra.language import localized
from tests.edge.bodies import clip
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu

SIZES = (1_000, 10_000, 100_000)
CHUNK = 5_000
TIMES = 15
LEASE_SECONDS = 3_600

JOBS = """WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
  INSERT INTO jobs (id, owner, status, created_at, finished_at, expires_at, day, input, inputs, seed, gpu,
    estimate_micro_won, reserved_micro_won, billed_micro_won, price_rev, lease_until)
  SELECT '0' || printf('%08d', i) || 'abcdefghijklmnopqrst', owner, 'succeeded', {past}, {past}, '2099-01-01', {day},
    input, '[]', 7, gpu, 5, 9, 4, price_rev, {past} FROM jobs, n WHERE id = '{id}'"""
PAST = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (i % 28) || ' days')"
NEW_JOBS = "SELECT id FROM jobs WHERE id BETWEEN '0{first:08d}' AND '0{last:08d}~'"
ATTEMPTS = """INSERT INTO attempts (job_id, attempt, gpu, outcome)
  SELECT id, 1, gpu, 'succeeded' FROM jobs WHERE id IN ({ids})"""
LEDGER = """INSERT INTO ledger (job_id, kind, owner, day, micro_won, at)
  SELECT id, '{kind}', owner, day, {won}, created_at FROM jobs WHERE id IN ({ids})"""


def main() -> None:
    build()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, FakeGpu(free_port()) as gpu:
        edge = Edge(Path(folder), gpu.port, LEASE_SECONDS)
        try:
            edge.start()
            with edge.person() as person:
                measure(edge, person)
        finally:
            edge.stop()


def measure(edge: Edge, person: httpx.Client) -> None:
    pattern = person.post("/api/jobs", json=clip()).raise_for_status().json()["id"]
    what = localized(ko=f"{TIMES}번의 중앙값(ms)", en=f"median milliseconds of {TIMES}")
    names = localized(
        ko="주문|첫 쪽|먼 쪽|비용|도는 것 묻기|정리",
        en="submit|first page|page far back|usage|poll of what runs|sweep",
    ).split("|")
    print(console.left(what, 24) + "".join(console.right(name, 20) for name in names), flush=True)
    filled = 0
    for size in SIZES:
        while filled < size:
            fill(edge, pattern, filled, min(filled + CHUNK, size) - 1)
            filled = min(filled + CHUNK, size)
        calls = (
            lambda: person.post("/api/jobs", json=clip()).raise_for_status(),
            lambda: person.get("/api/jobs").raise_for_status(),
            lambda: person.get("/api/jobs?cursor=000000400abcdefghijklmnopqrst").raise_for_status(),
            lambda: person.get("/api/usage").raise_for_status(),
            lambda: person.get("/api/jobs/active").raise_for_status(),
            edge.sweep,
        )
        jobs = localized(ko=f"작업 {size:,}", en=f"jobs: {size:,}")
        print(console.left(jobs, 24) + "".join(f"{median_of(call):>20.1f}" for call in calls), flush=True)


def fill(edge: Edge, pattern: str, first: int, last: int) -> None:
    """Ended jobs of the pattern's owner over the last 28 days, with their attempts and money."""
    ids = NEW_JOBS.format(first=first, last=last)
    edge.rows(JOBS.format(first=first, last=last, past=PAST, day=f"substr({PAST}, 1, 10)", id=pattern))
    edge.rows(ATTEMPTS.format(ids=ids))
    for kind, won in (("reserve", 9), ("release", -9), ("settle", 4)):
        edge.rows(LEDGER.format(kind=kind, won=won, ids=ids))


def median_of(call: Callable[[], object]) -> float:
    times: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1_000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
