"""Stands between the GPU side and its bucket and does to requests what networks and storages do on bad days.

Everything else passes unchanged, the Host header included, which the signature covers. It does not know S3.
"""

import http.client
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

from infra.dev.ports import free_port
from infra.process.waiting import STALLED_AFTER_SECONDS

Kind = Literal["away", "refuses", "slow", "cuts uploads", "cuts downloads"]
SLOW_SECONDS = 2.0
HOP = {"connection", "keep-alive", "transfer-encoding", "expect"}


@dataclass(slots=True)
class Fault:
    """What happens to each of the next `times` requests that it fits. `away` fits all of them."""

    kind: Kind
    times: int

    def fits(self, method: str) -> bool:
        return {"cuts uploads": method == "PUT", "cuts downloads": method == "GET"}.get(self.kind, True)


@dataclass(slots=True)
class BucketProxy:
    """`with BucketProxy(upstream) as proxy:` serves at `proxy.port`."""

    upstream: str
    port: int = field(default_factory=free_port)
    suffered: int = 0
    """Requests that met a fault."""
    _fault: Fault | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def suffer(self, kind: Kind, times: int = 1_000_000) -> None:
        with self._lock:
            self._fault = Fault(kind, times)

    def recover(self) -> None:
        with self._lock:
            self._fault = None

    def fault_of(self, method: str) -> Kind | None:
        with self._lock:
            fault = self._fault
            if fault is None or fault.times == 0 or not fault.fits(method):
                return None
            fault.times -= 1
            self.suffered += 1
            return fault.kind

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self
        address = urlsplit(self.upstream).netloc

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def relay(self) -> None:
                fault = proxy.fault_of(self.command)
                length = int(self.headers.get("Content-Length") or 0)
                if fault == "away":
                    return self.hang_up()
                if fault == "cuts uploads":
                    self.rfile.read(length // 2)
                    return self.hang_up()
                body = self.rfile.read(length)
                if fault == "refuses":
                    return self.give(500, [], b"<Error><Code>InternalError</Code></Error>")
                if fault == "slow":
                    time.sleep(SLOW_SECONDS)
                try:
                    answer, data = self.asked(body)
                except OSError:  # the site itself is down
                    return self.hang_up()
                headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP]
                if fault == "cuts downloads":
                    self.give(answer.status, headers, data, data[: len(data) // 2])
                    return self.hang_up()
                return self.give(answer.status, headers, data)

            def asked(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
                upstream = http.client.HTTPConnection(address, timeout=STALLED_AFTER_SECONDS)
                try:
                    upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        if name.lower() not in HOP:
                            upstream.putheader(name, value)
                    upstream.endheaders(body)
                    answer = upstream.getresponse()
                    return answer, answer.read()
                finally:
                    upstream.close()

            def give(self, status: int, headers: list[tuple[str, str]], body: bytes, part: bytes | None = None) -> None:
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() != "content-length":
                        self.send_header(name, value)
                told = next((value for name, value in headers if name.lower() == "content-length"), str(len(body)))
                self.send_header("Content-Length", told if self.command == "HEAD" else str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body if part is None else part)

            def hang_up(self) -> None:
                self.close_connection = True

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = relay  # noqa: N815  # the base class names them so

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
                """Silent: pytest shows the assertions."""

        return Handler
