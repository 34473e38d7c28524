"""A server that keeps what a release tells it: a webhook, or GitHub's statuses. It answers each request with 201."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback_server import LoopbackServer


class Listener(LoopbackServer):
    """Keeps path, authorization and body of each request."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.address = f"http://127.0.0.1:{port}"
        self.heard: list[tuple[str, str, Any]] = []

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                listener.heard.append((self.path, self.headers.get("Authorization") or "", body))
                self.send_response(201)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the standard library's name
                del format, args

        return Handler
