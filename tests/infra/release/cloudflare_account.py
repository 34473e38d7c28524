"""A Cloudflare account on this machine: its API for what bootstrap makes, and Pages, which builds and serves a branch.

Real: builds, workerd with page, Functions and cron Worker, wrangler's D1 and bucket, and git. Not real: the API's far
end, the cron Worker's own address, and `wrangler` where it asks the cloud: a stand-in keeps secrets and versions in
files, and lets the real one bring the local D1 to the newest schema.
"""

import json
import os
import re
import sys
import threading
import tomllib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gpu.core.contract.schema import contract_digest
from infra.dev.edge_config import PASSED_ON, quiet_environment, wrangler
from infra.dev.ports import free_port
from infra.dev.stack import wait_until_answers
from infra.process.processes import Process
from infra.settings import ROOT
from tests.infra.release import access_answers
from tests.infra.release.rehearsal import STAND_IN, Rehearsal, git, link
from tests.programs import run_to_end

ID = "0123456789abcdef0123456789abcdef"
DATABASE = "7f1c2b9e-5d44-4c3a-9d0e-2f6a8b1c0d77"
LOOK_SECONDS = 0.1
KINDS = {
    "r2/buckets": "buckets",
    "d1/database": "databases",
    "access/apps": "access",
    "access/service_tokens": "machines",
}
SERVING = """
import json, sys
from pathlib import Path
from infra.dev import edge_config
state, port, told = sys.argv[1:]
print(json.dumps(edge_config.pages_dev(Path(state), int(port), json.loads(told))))
"""
"""By the deployment's own code: the command that serves it."""

WRANGLER = """
import subprocess
config = json.loads((HERE / "config.json").read_text(encoding="utf-8"))


def table(name):
    return json.loads(kept(name) or "{}")


def put(name, values):
    keep(name, json.dumps(table(name) | values))


if WORDS[:2] == ["pages", "deploy"]:
    print("fetch failed")
    sys.exit(1)
side = "site" if WORDS[0] == "pages" else "sweeper"
words = WORDS[1:] if side == "site" else WORDS
if words[:2] == ["secret", "list"]:
    print("\\n".join(f"  - {name}: Value Encrypted" for name in table(f"{side}.secrets.json")))
elif words[:2] == ["secret", "bulk"]:
    put(f"{side}.secrets.json", json.loads(Path(words[2]).read_text(encoding="utf-8")))
elif WORDS[:3] == ["pages", "deployment", "list"]:
    print(kept("deployments.json") or "[]")
elif WORDS[:3] == ["d1", "migrations", "apply"]:
    assert "--remote" in WORDS, WORDS
    command = [*config["wrangler"], *WORDS[:4], "--local", "--persist-to", config["state"]]
    sys.exit(subprocess.run(command, env={**os.environ, **config["environment"]}).returncode)
elif WORDS[:2] == ["d1", "export"]:
    assert "--remote" in WORDS, WORDS
    here = Path.cwd() / ".wrangler" / "state"  # where the real one looks for a local database
    here.unlink(missing_ok=True)
    here.parent.mkdir(exist_ok=True)
    here.symlink_to(config["state"], target_is_directory=True)
    command = [*config["wrangler"], *(word for word in WORDS if word != "--remote"), "--local"]
    sys.exit(subprocess.run(command, env={**os.environ, **config["environment"]}).returncode)
elif WORDS[:2] == ["d1", "execute"]:
    assert "--remote" in WORDS, WORDS
    there = ["--local", "--persist-to", config["state"]]
    command = [*config["wrangler"], *(word for word in WORDS if word != "--remote"), *there]
    sys.exit(subprocess.run(command, env={**os.environ, **config["environment"]}).returncode)
elif WORDS[:2] == ["deployments", "status"]:
    rows = table("sweeper.versions.json")
    if not rows:
        print("no deployments")
        sys.exit(1)
    print(json.dumps({"versions": [{"version_id": list(rows)[-1], "percentage": 100}]}))
elif WORDS[:1] in (["deploy"], ["rollback"]):
    rows = table("sweeper.versions.json")
    build = rows[WORDS[1]] if WORDS[0] == "rollback" else next(w for w in WORDS if w.startswith("BUILD:"))[6:]
    put("sweeper.versions.json", {f"sweeper-{len(rows) + 1}": build})
"""


class Pages:
    """Builds each commit that the branch is moved to, and serves the newest deployment at `url`. `state` holds database
    and bucket, which no deployment changes."""

    def __init__(self, rehearsal: Rehearsal, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.state = folder / "상태 state"
        self.state.mkdir()
        self.deployments: list[dict[str, Any]] = []
        self.branch = ""
        self.trouble: BaseException | None = None
        self._rehearsal, self._folder = rehearsal, folder
        self._served: Process | None = None
        self._seen = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        try:
            while not self._over.wait(LOOK_SECONDS):
                tip = self._tip()
                if tip not in ("", self._seen):
                    self._seen = tip
                    self.build(tip)
        except BaseException as error:
            self.trouble = error
            raise

    def _tip(self) -> str:
        ref = self._rehearsal.remote / "refs" / "heads" / self.branch
        return ref.read_text(encoding="utf-8").strip() if self.branch and ref.is_file() else ""

    def build(self, commit: str) -> None:
        id_ = f"pages-{len(self.deployments) + 1}"
        clone = self._folder / f"build {id_}"
        git(self._folder, "clone", "--quiet", "--no-checkout", str(self._rehearsal.remote), str(clone))
        git(clone, "checkout", "--quiet", commit)
        link(clone / "node_modules", ROOT / "node_modules")
        told = {"CF_PAGES": "1", "CF_PAGES_COMMIT_SHA": commit, "PYTHONPATH": str(clone)}
        built = run_to_end(
            [sys.executable, "-X", "utf8", "-m", "infra", "build"], cwd=clone, env={**os.environ, **told}
        )
        assert built.returncode == 0, built.stdout.decode("utf-8", errors="replace")
        self.deployments.insert(
            0, {"Id": id_, "Environment": "Production", "Source": commit[:7], "clone": str(clone), "commit": commit}
        )
        self._tell()
        self._serve(self.deployments[0])

    def serve_again(self, id_: str) -> None:
        self._serve(next(each for each in self.deployments if each["Id"] == id_))

    def _tell(self) -> None:
        rows = [{name: row[name] for name in ("Id", "Environment", "Source")} for row in self.deployments]
        (self._rehearsal.programs / "deployments.json").write_text(json.dumps(rows), encoding="utf-8")

    def _serve(self, deployment: Mapping[str, Any]) -> None:
        if self._served is not None:
            self._served.stop()
        clone = Path(deployment["clone"])
        secrets = json.loads(self._rehearsal.kept("site.secrets.json"))
        committed: dict[str, str] = tomllib.loads((clone / "wrangler.toml").read_text(encoding="utf-8"))["vars"]
        variables = {**committed, **secrets, "CF_PAGES_COMMIT_SHA": deployment["commit"]}
        words = [sys.executable, "-X", "utf8", "-c", SERVING, str(self.state), str(self.port), json.dumps(variables)]
        said = run_to_end(words, cwd=clone, env={**os.environ, "PYTHONPATH": str(clone)}, apart=True)
        assert said.returncode == 0, said.stderr.decode("utf-8", errors="replace")
        self._served = Process(
            "Pages",
            json.loads(said.stdout.decode("utf-8")),
            env=quiet_environment(self.state),
            cwd=clone,
            log=self._folder / "pages.log",
            record=self._folder / "pages.process.json",
            passes=PASSED_ON,
        )
        self._served.start()
        wait_until_answers(self._served, f"{self.url}/api/version", {})

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        if self._served is not None:
            self._served.stop()


class CloudflareAccount(ThreadingHTTPServer):
    """The API at `address`, and beside it the cron Worker's own address. `kept` is what was made."""

    def __init__(self, rehearsal: Rehearsal, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.sweeper_url = f"{self.address}/sweeper"
        self.rehearsal = rehearsal
        self.token = ""
        """The only one that is accepted; empty: any is."""
        self.kept: dict[str, Any] = {"buckets": [], "databases": [], "access": [], "machines": []}
        self.pages = Pages(rehearsal, folder)
        config = {
            "wrangler": wrangler(),
            "state": str(self.pages.state),
            "environment": quiet_environment(self.pages.state),
        }
        (rehearsal.programs / "config.json").write_text(json.dumps(config), encoding="utf-8")
        (rehearsal.programs / "wrangler.py").write_text(STAND_IN + WRANGLER, encoding="utf-8", newline="\n")

    def answer(self, method: str, path: str, body: Any) -> Any:
        """The result of a call; None where there is no such thing."""
        kept = self.kept
        match method, path:
            case "GET", "r2/buckets":
                return {"buckets": kept["buckets"]}
            case "POST", "r2/buckets":
                kept["buckets"].append({"name": body["name"]})
                return kept["buckets"][-1]
            case "GET", "d1/database":
                return kept["databases"]
            case "POST", "d1/database":
                kept["databases"].append({"name": body["name"], "uuid": DATABASE})
                return kept["databases"][-1]
            case "GET", "access/apps":
                return kept["access"]
            case "POST", "access/apps":
                number = len(kept["access"]) + 1
                kept["access"].append({"id": f"app-{number}", "aud": f"aud-{number}", **body})
                return kept["access"][-1]
            case "GET", "access/service_tokens":
                return kept["machines"]
            case "POST", "access/service_tokens":
                kept["machines"].append({**access_answers.TOKEN, "name": body["name"]})
                secret = access_answers.KEYS["CLIPWRIGHT_ACCESS_SECRET"]
                return {**access_answers.TOKEN, "client_secret": secret}
            case "GET", "/accounts":
                return [{"id": ID, "name": "rehearsal"}]
            case "GET", "access/organizations":
                return access_answers.ORGANIZATION
            case "GET", "tokens/permission_groups":
                return [{"id": "g-1", "name": "Workers R2 Storage Bucket Item Write"}]
            case "GET", "tokens/verify":
                return {"id": "token-id", "status": "active"}
            case "GET", "tokens":
                return []
            case "POST", "tokens":
                return {"id": "token-id", "value": "token-value"}
            case "GET", "workers/scripts":
                return [{"id": "clipwright-sweeper"}] if self.sweeper() else []
            case "DELETE", "workers/scripts/clipwright-sweeper":
                (self.rehearsal.programs / "sweeper.versions.json").unlink()
                return {"id": path}
            case "DELETE", _ if found := re.fullmatch(
                r"(r2/buckets|d1/database|access/apps|access/service_tokens)/([^/]+)", path
            ):
                rows: list[Any] = kept[KINDS[found[1]]]
                gone = [row for row in rows if found[2] in (row.get("id"), row.get("uuid"), row.get("name"))]
                for row in gone:
                    rows.remove(row)
                return gone[0] if gone else None
            case "DELETE", _:
                return kept.pop(path, None)
            case "GET", "pages/projects":
                return [kept[path] for path in kept if path.startswith("pages/projects/")]
            case "GET", "workers/subdomain":
                return {"subdomain": "someone"}
            case "POST", "pages/projects":
                kept["pages/projects/clipwright"] = body
                self.pages.branch = body["production_branch"]
                return body
            case "POST", "pages/projects/clipwright/deployments":
                self.pages.build(self.pages.deployments[0]["commit"])
                return {"id": self.pages.deployments[0]["Id"]}
            case "POST", _ if found := re.fullmatch(r"pages/projects/clipwright/deployments/([\w-]+)/rollback", path):
                self.pages.serve_again(found[1])
                return {"id": found[1]}
            case "PUT", _:
                kept[path] = body
                return body
            case _:
                return kept.get(path)

    def sweeper(self) -> dict[str, Any] | None:
        rows: dict[str, str] = json.loads(self.rehearsal.kept("sweeper.versions.json") or "{}")
        return {"build": list(rows.values())[-1], "contract": contract_digest()} if rows else None


class Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the standard library's
        del format, args

    def respond(self) -> None:
        server = self.server
        assert isinstance(server, CloudflareAccount)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        if path == "/sweeper/version":
            found = server.sweeper()
            return self.reply(200 if found else 404, found)
        if server.token and self.headers.get("Authorization") != f"Bearer {server.token}":
            refusal = {"code": 9109, "message": "Invalid access token"}
            return self.reply(403, {"success": False, "errors": [refusal], "messages": [], "result": None})
        body = json.loads(sent) if sent and "json" in (self.headers.get("Content-Type") or "") else None
        result = server.answer(self.command, path.removeprefix(f"/accounts/{ID}/"), body)
        if isinstance(result, list) and "page=" in query and "page=1" not in query.split("&"):
            result = list[Any]()  # the library asks for pages until one is empty
        errors = [] if result is not None else [{"code": 8000007, "message": "not found"}]
        answer: dict[str, Any] = {"success": not errors, "errors": errors, "messages": [], "result": result}
        if isinstance(result, list):
            answer["result_info"] = {"page": 1, "per_page": 50, "count": len(result), "total_count": len(result)}
        return self.reply(404 if errors else 200, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815  # names that the standard library asks for

    def reply(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def cloudflare_account(rehearsal: Rehearsal, folder: Path) -> Generator[CloudflareAccount]:
    account = CloudflareAccount(rehearsal, folder)
    thread = threading.Thread(target=account.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield account
    finally:
        account.pages.close()
        account.shutdown()
        thread.join()
        account.server_close()
