"""Measures a ZIP of many clips at the site: seconds to its first byte, processor time and memory of the site's process.

The bucket's simulator lives in the same process, so plain downloads of the same clips are measured beside. Nothing here
is a test.
"""

import os
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from tests.edge.asking import finish
from tests.edge.bodies import clip
from tests.edge.edge import Edge, serving

CLIPS = 180
CLIP_BYTES = 6 * 1024 * 1024
LOOK_SECONDS = 0.02
ROUNDS = 3


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        serving(Path(folder), {}) as edge,
        edge.person() as person,
    ):
        ids = clips_of(edge, person)
        plain = [f"/api/jobs/{job_id}/video" for job_id in ids]
        for name, paths in (("plain", plain), *[("zip", [f"/api/jobs/clips.zip?ids={','.join(ids)}"])] * ROUNDS):
            measure(name, person, paths)


def clips_of(edge: Edge, person: httpx.Client) -> list[str]:
    """One job, and copies of its row."""
    film = os.urandom(CLIP_BYTES)
    first = str(person.post("/api/jobs", json=clip()).json()["id"])
    finish(edge, first, video=film)
    columns = list(edge.rows("SELECT * FROM jobs WHERE id = ?", first)[0])
    ids = [first, *(f"{first[:-4]}{number:04d}" for number in range(1, CLIPS))]
    for job_id in ids[1:]:
        key = f"jobs/{job_id}/video-1.mp4"
        edge.put(key, film, "video/mp4")
        copied = ", ".join({"id": "?1", "video_key": "?2"}.get(column, column) for column in columns)
        insert = f"INSERT INTO jobs ({', '.join(columns)}) SELECT {copied} FROM jobs WHERE id = ?3"  # noqa: S608
        edge.rows(insert, job_id, key, first)
    return ids


def measure(name: str, person: httpx.Client, paths: list[str]) -> None:
    before, began, seconds = memory(), processor_seconds(), time.perf_counter()
    first, total = 0.0, 0
    with peak() as most:
        for path in paths:
            with person.stream("GET", path) as answer:
                for chunk in answer.iter_raw():
                    first = first or time.perf_counter() - seconds
                    total += len(chunk)
    print(
        f"{name}: {total / 1e9:.2f} GB in {time.perf_counter() - seconds:.1f} s, first byte after {first:.2f} s,"
        f" processor {processor_seconds() - began:.1f} s, memory {before:.0f} MB, at most {most():.0f} MB"
    )


@contextmanager
def peak() -> Generator["PeakReader"]:
    reader = PeakReader()
    reader.start()
    try:
        yield reader
    finally:
        reader.ended.set()
        reader.join()


class PeakReader(threading.Thread):
    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.most = 0.0

    def run(self) -> None:
        while not self.ended.wait(LOOK_SECONDS):
            self.most = max(self.most, memory())

    def __call__(self) -> float:
        return self.most


def workers() -> list[psutil.Process]:
    """The processes of workerd that this one has started."""
    return [child for child in psutil.Process().children(recursive=True) if "workerd" in child.name()]


def memory() -> float:
    return sum(worker.memory_info().rss for worker in workers()) / 1e6


def processor_seconds() -> float:
    return sum(sum(worker.cpu_times()[:2]) for worker in workers())


if __name__ == "__main__":
    main()
