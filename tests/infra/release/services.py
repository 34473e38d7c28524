"""What a release leaves behind, on one loopback port: page, Functions, sweeper, GPU service, and Cloudflare's API.

They answer from the rehearsal's facts: the site names what was pushed, the others what the stand-ins deployed. A job
that is submitted is finished at the third look. It knows nothing of how a release is made.
"""

import hashlib
import json
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gpu.core.contract.schema import contract_digest
from gpu.core.pricing import attempt_cost
from infra.platforms.pages import BUILD, built_branches
from infra.preflight.checks.money import default_estimate
from infra.preflight.runner import ground_of
from tests.infra.release import access_answers
from tests.infra.release.rehearsal import Rehearsal, git

PEAK_VRAM_GIB = 61.5
VIDEO_BYTES = 4_000_000


class Services(ThreadingHTTPServer):
    """`address` is where everything answers; `seen` are method and path of each request."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.rehearsal = rehearsal
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.seen: list[tuple[str, str]] = []
        self.looks = 0
        self.wishes: set[tuple[str, str]] = set()
        """Key and owner of each clip asked for: a repetition is no new clip."""
        self.default = default_estimate()
        self.gpu_seconds = self.default.gpu_seconds
        self.builds_pushed = True
        """False: Pages has stopped building, so the site goes on naming the commit it was at."""
        self.site_build = self.site_build_before = rehearsal.head()[:12]
        self.stale_page = ""
        self.ground = ground_of(rehearsal.root, "production")
        self.access: dict[str, Any] = {
            "apps": access_answers.applications(replace(self.ground.target, site_url=self.address)),
            "service_tokens": [access_answers.TOKEN],
            "organizations": access_answers.ORGANIZATION,
        }
        self.built = ""
        """The commit of the live branch that was built last."""
        self.project = {
            "name": self.ground.target.pages_project,
            "production_branch": self.ground.target.live_branch,
            "build_config": BUILD,
            "source": {"type": "github", "config": built_branches(self.ground)},
        }

    def build_of_site(self) -> str:
        """What Pages would have built: each commit that its branch is moved to."""
        tip = git(
            self.rehearsal.remote,
            "for-each-ref",
            "--format=%(objectname)",
            f"refs/heads/{self.ground.target.live_branch}",
        )
        if self.builds_pushed and tip.strip() != self.built:
            self.build(tip.strip())
        return self.site_build

    def build(self, tip: str) -> None:
        self.built, self.site_build_before, self.site_build = tip, self.site_build, tip[:12]

    def build_of_page(self) -> str:
        """What the page itself names: `stale_page`, where a cache or a half-done deployment still serves an old one."""
        return self.stale_page or self.build_of_site()

    def version(self, host_part: str) -> dict[str, Any]:
        builds = {
            "site": self.build_of_site(),
            "gpu": self.rehearsal.kept("gpu.build"),
            "sweeper": self.rehearsal.kept("sweeper.build"),
        }
        answer = {"service": host_part, "build": builds[host_part], "contract": contract_digest(), "checkpoint": None}
        return answer | self.told() if host_part == "gpu" else answer

    def owner_of(self, authorization: str) -> str:
        """The owner of a token, from the statements that D1 was given."""
        hashed = hashlib.sha256(authorization.removeprefix("Bearer ").encode("ascii")).hexdigest()
        rows = [call[-1] for call in self.rehearsal.calls() if call[:3] == ["wrangler", "d1", "execute"]]
        return next(re.findall("'(release-[^']+)'", row)[0] for row in rows if hashed in row)

    def told(self) -> dict[str, Any]:
        """What the GPU service was told with its last deployment, as `/version` says it."""
        told = json.loads(self.rehearsal.kept("gpu.told") or "{}")
        return told | {"visible_mark": bool(told.get("visible_mark"))}

    def job(self, status: str) -> dict[str, Any]:
        return job_of(status, self.default.gpu, self.gpu_seconds)


class Handler(BaseHTTPRequestHandler):
    """Each request is answered whole before the next one on its connection."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the standard library's
        del format, args

    def answer(self) -> None:
        server = self.server
        assert isinstance(server, Services)
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        server.seen.append((self.command, self.path))
        match self.command, self.path:
            case "GET", "/ko/":
                page = f'<html lang="ko" data-contract="{contract_digest()}" data-commit="{server.build_of_page()}">'
                self.send(200, page.encode("ascii"), "text/html")
            case "GET", "/api/version":
                self.reply(server.version("site"))
            case "GET", "/gpu/version":
                self.reply(server.version("gpu"))
            case "GET", "/sweeper/version":
                self.reply(server.version("sweeper"))
            case "PUT", "/api/uploads":
                self.reply({"id": "0123456789"}, 201)
            case "POST", "/api/jobs":
                key = (
                    self.headers.get("Idempotency-Key") or "",
                    server.owner_of(self.headers.get("Authorization") or ""),
                )
                server.wishes.add(key)
                self.reply(server.job("queued"), 202)
            case "GET", path if path.endswith("/video"):
                self.send(200, bytes(VIDEO_BYTES), "video/mp4")
            case "GET", path if path.startswith("/api/jobs/"):
                server.looks += 1
                self.reply(server.job("succeeded" if server.looks > 2 else "running"))
            case "GET", path if "/access/" in path:
                found = server.access[path.partition("?")[0].rpartition("/")[2]]
                if isinstance(found, list) and "page=1" not in path and "?page" in path:
                    found = []
                self.reply({"success": True, "errors": [], "messages": [], "result": found})
            case "GET", path if path.endswith("/pages/projects/clipwright"):
                self.reply({"success": True, "errors": [], "messages": [], "result": server.project})
            case "POST", path if path.endswith("/pages/projects/clipwright/deployments"):
                server.build(server.built)
                self.reply({"success": True, "errors": [], "messages": [], "result": {"id": "pages-8"}})
            case "POST", path if path.endswith("/rollback"):
                server.site_build = server.site_build_before
                self.reply({"success": True, "errors": [], "messages": [], "result": {"id": "pages-7"}})
            case _:
                self.reply({"success": False, "errors": [{"code": 7003, "message": "no such route"}]}, 404)

    do_GET = do_POST = do_PUT = answer  # noqa: N815  # names that the standard library asks for

    def reply(self, body: dict[str, Any], status: int = 200) -> None:
        self.send(status, json.dumps(body).encode("utf-8"), "application/json")

    def send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def job_of(status: str, gpu: str, gpu_seconds: float = 0.0) -> dict[str, Any]:
    """What the site says of a clip that took so many seconds of this card."""
    cost = attempt_cost(gpu, gpu_seconds, 42.0)
    done = status == "succeeded"
    return {
        "id": "0000000001",
        "status": status,
        "stage": "stage_1" if status == "running" else None,
        "links": {"self": "/api/jobs/0000000001", "video": "/api/jobs/0000000001/video"},
        "problem": None,
        "video": {"bytes": VIDEO_BYTES} if done else None,
        "resolved": {"gpu": gpu} if done else None,
        "cost": {
            "gpu_seconds": cost.gpu_seconds if done else None,
            "cold_start_seconds": cost.cold_start_seconds if done else None,
            "peak_vram_gib": PEAK_VRAM_GIB if done else None,
            "parts": cost.parts.model_dump() if done else None,
        },
    }


@contextmanager
def serving(rehearsal: Rehearsal) -> Generator[Services]:
    services = Services(rehearsal)
    thread = threading.Thread(target=services.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield services
    finally:
        services.shutdown()
        thread.join()
        services.server_close()
