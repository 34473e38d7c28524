"""Somebody's own server that takes webhooks: keeps what comes in, and answers as a test says.

It knows no secret; tests verify the signatures with the library that a stranger would use.
"""

from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from infra.dev.ports import free_port
from tests.loopback_server import LoopbackServer


@dataclass(frozen=True, slots=True)
class Message:
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver(LoopbackServer):
    """`with Receiver() as receiver:`; `receiver.status` is its answer to all that follows."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.messages: list[Message] = []
        self.status = 204
        super().__init__(self.port)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.messages.append(Message(self.path, headers, body))
                self.send_response(receiver.status)
                if receiver.status in {301, 302, 307, 308}:
                    self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                """As a followed redirect would ask."""
                receiver.messages.append(Message(self.path, {}, b""))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
                """Silent: pytest shows the assertions."""

        return Handler
