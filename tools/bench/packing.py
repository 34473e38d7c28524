"""Measures a ZIP of many clips at the site: seconds to its first byte, processor time, memory, and the same of a
download that goes on near its end.

The bucket's simulator lives in the process of the site, so memory is told twice: of the process, with plain downloads
of the same clips beside it, and of the isolate in which the Functions run. Nothing here is a test.
"""

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from infra.build.site import build
from infra.dev.ports import free_port
from infra.language import localized
from infra.platforms.node import node
from tests.edge.asking import finish
from tests.edge.bodies import clip
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu
from tools.bench.figures import load

CLIPS = 180
CLIP_BYTES = 6 * 1024 * 1024
LOOK_SECONDS = 0.02
ROUNDS = 3


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        inspected(Path(folder)) as (edge, inspector),
        edge.person() as person,
    ):
        ids = clips_of(edge, person)
        plain = [f"/api/jobs/{job_id}/video" for job_id in ids]
        packed = f"/api/jobs/clips.zip?ids={','.join(ids)}"
        size = int(person.head(packed).headers["content-length"])
        measure(localized(ko="영상 그대로", en="plain"), person, inspector, plain)
        for _ in range(ROUNDS):
            measure("ZIP", person, inspector, [packed])
        for part in (0.5, 0.999):
            what = localized(ko=f"ZIP, {part:.1%}부터 이어서", en=f"ZIP, on from {part:.1%}")
            measure(what, person, inspector, [packed], {"range": f"bytes={int(size * part)}-"})


@contextmanager
def inspected(folder: Path) -> Generator[tuple[Edge, str]]:
    """An edge, and the address of its inspector."""
    build()
    with FakeGpu(free_port()) as gpu:
        edge, port = Edge(folder, gpu.port, 3_600), free_port()
        command = edge.process.command
        command[command.index("--inspector-port") + 1] = str(port)
        try:
            edge.start()
            yield edge, f"ws://127.0.0.1:{port}/ws"
        finally:
            edge.stop()


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


def measure(
    name: str, person: httpx.Client, inspector: str, paths: list[str], headers: Mapping[str, str] | None = None
) -> None:
    before, began = memory(), processor_seconds()
    with peak() as most, heap(inspector) as held:
        first, total, seconds = 0.0, 0, time.perf_counter()
        for path in paths:
            with person.stream("GET", path, headers=headers) as answer:
                for chunk in answer.iter_raw():
                    first = first or time.perf_counter() - seconds
                    total += len(chunk)
        took = time.perf_counter() - seconds
    begins, largest, after, looks = (held[0][key] for key in ("before", "most", "after", "looks"))
    gigabytes, processor, highest = total / 1e9, processor_seconds() - began, most()
    at_first, at_most, at_end = (size / 1e6 for size in (begins, largest, after))
    print(
        localized(
            ko=f"{name}: {gigabytes:.3f} GB를 {took:.1f}초에, 첫 바이트는 {first:.2f}초 뒤, 프로세서 {processor:.1f}초;"
            f" 프로세스 {before:.0f} MB, 최대 {highest:.0f} MB; isolate {at_first:.1f} MB, 최대 {at_most:.1f} MB"
            f" ({at_most - at_first:.1f} MB 더), 끝난 뒤 {at_end:.1f} MB, {looks}번 확인",
            en=f"{name}: {gigabytes:.3f} GB in {took:.1f} s, first byte after {first:.2f} s,"
            f" processor {processor:.1f} s; process {before:.0f} MB, at most {highest:.0f} MB;"
            f" isolate {at_first:.1f} MB, at most {at_most:.1f} MB ({at_most - at_first:.1f} MB more),"
            f" then {at_end:.1f} MB, looks: {looks}",
        ),
        load(),
        flush=True,
    )


@contextmanager
def heap(inspector: str) -> Generator[list[dict[str, int]]]:
    """What the isolate held meanwhile: one entry, there once the body has ended."""
    found: list[dict[str, int]] = []
    program = [str(node()), str(Path(__file__).with_name("isolate_heap.mjs")), inspector]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as looking:
        if looking.stdout is None or looking.stdout.readline() != "looking\n":
            raise RuntimeError("the isolate's inspector does not answer")
        yield found
        told, _ = looking.communicate()
        found.append(json.loads(told))


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
