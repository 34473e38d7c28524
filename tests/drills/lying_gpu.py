"""A GPU service that answers with anything but the truth, as services, their platforms and proxies do.

Honest while `lie` is None. It does not know what the site makes of its answers.
"""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from tests.edge.fake_gpu import FakeGpu

Lie = Callable[["LyingGpu", BaseHTTPRequestHandler], None]
HANG_SECONDS = 20.0
"""Longer than the site waits for any answer about a job."""
GIANT_BYTES = 8 * 2**20


class LyingGpu(FakeGpu):
    lie: Lie | None = None

    def __init__(self, port: int) -> None:
        self.is_honest = threading.Event()
        """Set, it ends every answer that hangs."""
        super().__init__(port)

    def begin(self, lie: Lie) -> None:
        self.is_honest.clear()
        self.lie = lie

    def stop_lying(self) -> None:
        self.lie = None
        self.is_honest.set()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gpu = self
        honest = super()._handler()

        class Handler(honest):
            def parse_request(self) -> bool:
                """The last moment before the method that answers is looked up."""
                if not super().parse_request():
                    return False
                if gpu.lie is None:
                    return True
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                gpu.lie(gpu, self)
                return False

        return Handler


def says(status: int, body: bytes, kind: str = "application/json", **headers: str) -> Lie:
    def lie(_gpu: LyingGpu, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return lie


def hangs(gpu: LyingGpu, handler: BaseHTTPRequestHandler) -> None:
    gpu.is_honest.wait(HANG_SECONDS)
    handler.close_connection = True


def hangs_up(_gpu: LyingGpu, handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def breaks_off(_gpu: LyingGpu, handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(202)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"call_id": "')
    handler.close_connection = True


ANOTHER_JOB = json.dumps({"call_id": "0000000000.1", "job_id": "0000000000", "attempt": 1, "state": "gone"})

LIES: dict[str, Lie] = {
    "hangs": hangs,
    "hangs up": hangs_up,
    "breaks off": breaks_off,
    "500": says(500, b"{}"),
    "a proxy's 404": says(404, b"<h1>Not Found</h1>", "text/html"),
    "a platform's 404": says(404, b'{"detail": "app not found"}'),
    "an empty 404": says(404, b""),
    "garbage": says(200, b"\xff\xfe{"),
    "a list": says(200, b"[]"),
    "another job": says(200, ANOTHER_JOB.encode("ascii")),
    "a redirect": says(302, b"", Location="/elsewhere"),
    "a giant": says(200, b'{"call_id": "' + b"x" * GIANT_BYTES),
    "401": says(401, b"{}"),
    "429": says(429, b"{}"),
}
