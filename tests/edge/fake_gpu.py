"""A fake GPU service that keeps tickets and gives prepared answers, in place of the one that costs money.

It answers the calls of the real one's HTTP face and renders nothing; pictures and sounds are read by whoever the test
names. It does not know the site.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback_server import LoopbackServer

Json = dict[str, Any]


class FakeGpu(LoopbackServer):
    """`with FakeGpu(port) as gpu:`; `gpu.answering = False` makes it refuse every call with 503, with `gpu.problem` in
    the body."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.tickets: dict[str, Json] = {}
        """By call id, in order of arrival."""
        self.states: dict[str, str] = {}
        self.received: list[str] = []
        """Call ids of all tickets, each as often as it came."""
        self.asked: list[str] = []
        """Paths of all questions, in order."""
        self.canceled: list[str] = []
        self.keys: set[tuple[str | None, str | None]] = set()
        self.faults: dict[str, Json] = {}
        """By call id, why a call is gone where its container knew."""
        self.answering = True
        self.hanging = False
        """It takes what comes and gives no answer until this is False again or the caller has gone."""
        self.swallowing = False
        """It takes tickets and answers 503."""
        self.override: tuple[int, str, bytes] | None = None
        """Status, content type and body for every answer, as whatever stands in front of a service gives them."""
        self.problem: Json = {}
        self.submits = 0
        self.read_picture: Callable[[str], tuple[int, Json]] = lambda _key: (503, {})
        """Status and body for `POST /pictures`, by the key of an upload."""
        self.read_sound: Callable[[str], tuple[int, Json]] = lambda _key: (503, {})
        """The same for `POST /sounds`."""
        super().__init__(port)

    def tickets_of(self, job_id: str) -> list[Json]:
        return [ticket for ticket in list(self.tickets.values()) if ticket["job_id"] == job_id]

    def set_state(self, job_id: str, attempt: int, state: str) -> None:
        self.states[f"{job_id}.{attempt}"] = state

    def forget(self, job_id: str, attempt: int) -> None:
        """The service restarted and knows nothing of the call."""
        del self.states[f"{job_id}.{attempt}"]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gpu = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gpu.submits += self.path == "/jobs"
                gpu.keys.add((self.headers["Modal-Key"], self.headers["Modal-Secret"]))
                if self.path == "/jobs" and (gpu.answering or gpu.swallowing):
                    self.take(body)
                self.hang()
                if not gpu.answering or gpu.swallowing:
                    return self.send(503, gpu.problem)
                if self.path == "/pictures":
                    return self.send(*gpu.read_picture(body["key"]))
                if self.path == "/sounds":
                    return self.send(*gpu.read_sound(body["key"]))
                return self.send_call(202, f"{body['job_id']}.{body['attempt']}")

            def take(self, ticket: Json) -> None:
                call = f"{ticket['job_id']}.{ticket['attempt']}"
                gpu.received.append(call)
                gpu.tickets[call] = ticket
                # A call that is gone is replaced; any other stays what it is.
                if gpu.states.get(call, "gone") == "gone":
                    gpu.states[call] = "pending"

            def hang(self) -> None:
                while gpu.hanging:
                    time.sleep(0.05)

            def do_GET(self) -> None:
                gpu.asked.append(self.path)
                self.hang()
                if not gpu.answering:
                    return self.send(503, gpu.problem)
                if self.path == "/version":
                    return self.send(200, {"service": "gpu", "build": "b", "contract": "c", "checkpoint": "tiny-19b"})
                return self.send_call(200, self.path.removeprefix("/jobs/"))

            def do_DELETE(self) -> None:
                call = self.path.removeprefix("/jobs/")
                gpu.canceled.append(call)
                return self.send_call(202, call)

            def send_call(self, status: int, call: str) -> None:
                # A ticket that was given to a card has the call of that card behind its own name.
                job_id, attempt = call.split(".")[:2]
                state = gpu.states.get(f"{job_id}.{attempt}")
                if state is None:
                    return self.send(404, {"type": "/problems/call-not-found"})
                body: Json = {"call_id": call, "job_id": job_id, "attempt": int(attempt), "state": state}
                return self.send(status, body | ({"fault": gpu.faults[call]} if call in gpu.faults else {}))

            def send(self, status: int, body: Json) -> None:
                payload, kind = json.dumps(body).encode("utf-8"), "application/json"
                if status >= 400:
                    kind = "application/problem+json"
                if gpu.override is not None:
                    status, kind, payload = gpu.override
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                with suppress(ConnectionError):  # whoever asked may have gone
                    self.wfile.write(payload)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
                """Silent: pytest shows the assertions."""

        return Handler
