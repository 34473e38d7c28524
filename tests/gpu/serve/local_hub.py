"""A hub on this machine, as huggingface_hub asks one: revisions, files with sizes and hashes, ranges, licences."""

import hashlib
import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Answers as the hub does for a file of a revision, with ranges; can break off in the middle of a body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.files: dict[str, bytes] = {}
        self.large: set[str] = set()
        """Files whose hash the listing states."""
        self.repositories: dict[str, set[str]] = {}
        """Repository -> its files, where a test has several; otherwise each repository has all of them."""
        self.gated = False
        self.token = ""
        """The only one that is accepted; empty: any is."""
        self.ranges: list[str | None] = []
        self.break_after: int | None = None
        self.paused, self.go = threading.Event(), threading.Event()
        self._pause: tuple[str, int] | None = None
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def pause(self, name: str, after: int) -> None:
        """Each later body of this file stops after so many bytes until `go` is set; `paused` says that one has."""
        self._pause = (name, after)

    def send(self, name: str, body: bytes, out: BufferedIOBase) -> None:
        if self._pause is not None and self._pause[0] == name:
            after = self._pause[1]
            out.write(body[:after])
            out.flush()
            self.paused.set()
            self.go.wait()
            body = body[after:]
        out.write(body)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: Hub  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _list(self) -> None:
        """What the hub says of a repository: its newest revision, and each file with its size."""
        siblings: list[dict[str, object]] = []
        repository = self.path.removeprefix("/api/models/").partition("?")[0].partition("/revision/")[0]
        for name, data in self.server.files.items():
            if name not in self.server.repositories.get(repository, self.server.files):
                continue
            row: dict[str, object] = {"rfilename": name, "size": len(data)}
            if name in self.server.large:
                row["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 1}
            siblings.append(row)
        self._reply({"id": repository, "sha": COMMIT, "siblings": siblings})

    def _reply(self, answer: dict[str, object]) -> None:
        body = json.dumps(answer).encode("utf-8")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, *, with_body: bool) -> None:
        if self.server.token and self.headers.get("authorization") != f"Bearer {self.server.token}":
            return self.send_error(401)
        if self.path == "/api/whoami-v2":
            return self._reply({"name": "someone"})
        if self.path.startswith("/api/models/"):
            return self._list()
        if self.server.gated:
            self.send_response(403)
            self.send_header("X-Error-Code", "GatedRepo")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        name = self.path.rpartition(f"/resolve/{COMMIT}/")[2]
        data = self.server.files.get(name)
        if data is None:
            return self.send_error(404)
        asked = self.headers.get("range")
        start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
        if with_body:
            self.server.ranges.append(asked)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if with_body:
            cut, self.server.break_after = self.server.break_after, None
            body = data[start:] if cut is None else data[start : start + cut]
            with suppress(ConnectionError):  # whoever asked may have been killed
                self.server.send(name, body, self.wfile)
        return None

    def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Nothing goes to the terminal."""
