"""A copy of this repository with a remote, stand-ins for the paid programs, and services that answer as deployed.

Real: git, the copy's own code in its own process, preflight, HTTP. Not real: `modal`, `wrangler` and `uv`, which write
down how they were called and remember what they deployed. Everything lies in a folder with Hangul and spaces, and runs
as under a Korean Windows: code page 949 for files and pipes. Nothing here judges.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.platforms import weight_files
from infra.preflight.self_test.copies import pinned
from infra.settings import ROOT
from tests.programs import run_to_end

# UTF-8 mode as run.py switches it on; the locale, the pipes and whatever is started see code page 949.
KOREAN = {"LC_ALL": "ko_KR.CP949", "LANG": "ko_KR.CP949", "PYTHONUTF8": "1", "PYTHONIOENCODING": "cp949"}
SECRETS = ("GPU_URL", "GPU_KEY", "GPU_SECRET", "EVENT_SECRET", "COOKIE_SECRET")

# The stand-ins keep what they deployed in files of this folder; the services below answer from there.
STAND_IN = """
import json, os, sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = Path(__file__).stem
WORDS = sys.argv[1:]
with (HERE / "calls.jsonl").open("a", encoding="utf-8") as log:
    log.write(json.dumps([NAME, *WORDS], ensure_ascii=False) + "\\n")
line = " ".join([NAME, *WORDS])
broken = HERE / "broken.txt"
if broken.is_file() and broken.read_text(encoding="utf-8").strip() in line:
    print("something went wrong on the other side: \\u2717 \\uc2e4\\ud328")
    sys.exit(1)


def keep(name, text):
    (HERE / name).write_text(text, encoding="utf-8")


def kept(name):
    path = HERE / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""

"""
WRANGLER = """
if WORDS[:2] == ["pages", "deploy"]:
    print("fetch failed")
    sys.exit(1)
if WORDS[:3] == ["pages", "secret", "list"] or WORDS[:2] == ["secret", "list"]:
    print("\\n".join(f"  - {name}: Value Encrypted" for name in [*%(secrets)s, "OPERATORS"]))
elif WORDS[:3] == ["pages", "deployment", "list"]:
    print(json.dumps([{"Id": "pages-7", "Environment": "Production"}, {"Id": "pages-6"}]))
elif WORDS[:2] == ["deployments", "status"]:
    print(json.dumps({"id": "d-1", "versions": [{"version_id": "sweeper-4", "percentage": 100}]}))
elif WORDS[:1] == ["deploy"]:
    keep("sweeper.build", next(word for word in WORDS if word.startswith("BUILD:"))[6:])
    print("\\u2713 deployed")
elif WORDS[:1] == ["rollback"]:
    keep("sweeper.build", "back at " + WORDS[1])
"""
MODAL = """
if WORDS[:2] == ["environment", "list"]:
    print(json.dumps([{"name": "main"}, {"name": "preview"}]))
elif WORDS[:2] == ["secret", "list"]:
    print(json.dumps([{"Name": name} for name in %(modal_secrets)s]))
elif WORDS[:2] == ["volume", "ls"]:
    print(json.dumps([{"Filename": "complete.json"}]))
elif WORDS[:2] == ["volume", "get"]:
    from gpu.core.weight_pins import PINS  # the copy's own: all of them are there
    from gpu.core.weight_sources import listing
    print(json.dumps(listing(PINS["19b"])))
elif WORDS[:3] == ["workspace", "proxy-tokens", "create"]:
    print(json.dumps({"Modal-Key": "wk-made", "Modal-Secret": "ws-made"}))
elif WORDS[:2] == ["billing", "rates"]:
    from gpu.core.price_list import PRICE_LIST
    from infra.platforms.modal_rates import KEYS
    rates = {key: str(PRICE_LIST[name].amount) for name, key in KEYS.items()}
    print(json.dumps(rates | json.loads(kept("rates") or "{}")))
elif WORDS[:2] == ["app", "history"]:
    print(json.dumps([{"Version": "v9"}, {"Version": "v12"}, {"Version": "v2"}]))
elif WORDS[:1] == ["deploy"]:
    keep("gpu.build", os.environ["CLIPWRIGHT_BUILD"])
    told = {name: os.environ.get("CLIPWRIGHT_" + name.upper()) for name in ("checkpoint", "visible_mark")}
    from gpu.core import container_images as images  # the copy's own, as the app would read it
    told |= {"image": images.image_digest(), "code": images.code_digest()}
    keep("gpu.told", json.dumps(told))
    print("\\u2713 App deployed \\U0001f389")
elif WORDS[:2] == ["function", "info"]:
    if not kept("gpu.build"):
        print("No Function named " + WORDS[2])
        sys.exit(1)
    print(json.dumps({"name": "web", "web_info": {"web_url": "%(gpu_url)s"}}))
elif WORDS[:2] == ["app", "rollback"]:
    keep("gpu.build", "back at " + WORDS[3])
"""


class Rehearsal:
    """`root` is the copy, `remote` the bare repository that it pushes to, `programs` the stand-ins' folder. `files` are
    the paths that are copied, where a test needs few of them."""

    def __init__(self, folder: Path, files: Sequence[str] = (".",)) -> None:
        self.root = folder / "배포 연습 copy"
        self.remote = folder / "원격 remote.git"
        self.programs = folder / "대역 programs"
        self.root.mkdir(parents=True)
        self._copy(files)
        self._write_programs()

    def _copy(self, files: Sequence[str]) -> None:
        listing = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *files)
        for name in filter(None, listing.split("\0")):
            source, target = ROOT / name, self.root / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
        git(self.root, "init", "--quiet", "--initial-branch=main")
        (self.root / ".git" / "info" / "exclude").write_text("node_modules\n", encoding="utf-8")
        link(self.root / "node_modules", ROOT / "node_modules")
        git(self.root, "config", "user.name", "연습")
        git(self.root, "config", "user.email", "rehearsal@example.invalid")
        self.commit("Everything")

    def _write_programs(self) -> None:
        self.programs.mkdir()
        names = {"secrets": repr(SECRETS), "modal_secrets": repr(MODAL_SECRETS), "gpu_url": GPU_URL}
        for name, text in (("wrangler", WRANGLER % names), ("modal", MODAL % names), ("uv", "")):
            (self.programs / f"{name}.py").write_text(STAND_IN + text, encoding="utf-8", newline="\n")

    def add_remote(self) -> None:
        git(self.root, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        git(self.root, "remote", "add", "origin", str(self.remote))
        git(self.root, "push", "--quiet", "origin", "main")
        git(self.root, "fetch", "--quiet", "origin")

    def write(self, name: str, text: str, encoding: str = "utf-8") -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(encoding))

    def read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new))

    def commit(self, message: str) -> str:
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "-m", message)
        return self.head()

    def head(self) -> str:
        return git(self.root, "rev-parse", "HEAD").strip()

    def remote_head(self) -> str:
        return git(self.remote, "rev-parse", "main").strip()

    def infra(self, *arguments: str, stand_ins: bool = False, **extra: str) -> tuple[int, str]:
        """A verb of the copy in its own process. Returns the exit code and what it printed, read as code page 949."""
        return self.python("-m", "infra", *arguments, stand_ins=stand_ins, **extra)

    def python(self, *arguments: str, stand_ins: bool = False, **extra: str) -> tuple[int, str]:
        environment = {**os.environ, **KOREAN, "PYTHONPATH": str(self.root), "NO_COLOR": "1", **extra}
        environment["GIT_CONFIG_GLOBAL"] = os.devnull
        if stand_ins:
            environment["CLIPWRIGHT_PROGRAMS"] = str(self.programs)
        finished = run_to_end([sys.executable, *arguments], cwd=self.root, env=environment)
        return finished.returncode, finished.stdout.decode("cp949", errors="replace")

    def findings(self, *arguments: str, stand_ins: bool = False, **extra: str) -> dict[str, list[dict[str, str]]]:
        """Check id -> findings of a preflight."""
        _, output = self.infra("preflight", "--json", *arguments, stand_ins=stand_ins, **extra)
        document = json.loads(output[output.index("{") :])
        return {check["id"]: check["findings"] for check in document["checks"] if check["findings"]}

    def calls(self) -> list[list[str]]:
        path = self.programs / "calls.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return [json.loads(line) for line in lines]

    def break_when(self, words: str) -> None:
        """Makes calls that contain these words fail; an empty text ends that."""
        path = self.programs / "broken.txt"
        path.unlink(missing_ok=True)
        if words:
            path.write_text(words, encoding="utf-8")

    def kept(self, name: str) -> str:
        path = self.programs / name
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def aim(self, address: str) -> None:
        """Points production at the services of this rehearsal, with a database that is no placeholder, a cap that any
        price keeps, and weights that are pinned."""
        self.set_cap(10_000)
        self.write(weight_files.FILE, pinned(self.read(weight_files.FILE)))
        text = self.read("infra/targets.toml")
        for name, path in (("site_url", ""), ("gpu_url", "/gpu"), ("sweeper_url", "/sweeper")):
            text = text.replace(f'{name} = ""', f'{name} = "{address}{path}"', 1)
        self.write("infra/targets.toml", text)
        self.change(
            "wrangler.toml", "[vars]\n", '[vars]\nACCESS_TEAM_DOMAIN = "team.invalid"\nACCESS_AUD = "made-up"\n'
        )
        for name in ("wrangler.toml", "functions/_sweeper/wrangler.toml"):
            self.change(name, "00000000-0000-4000-8000-000000000001", "7f1c2b9e-5d44-4c3a-9d0e-2f6a8b1c0d77")

    def set_cap(self, won: int) -> None:
        """The most that the default clip may cost, in every environment."""
        text = self.read("infra/targets.toml")
        self.write("infra/targets.toml", re.sub(r"^cap_won = \d+$", f"cap_won = {won}", text, flags=re.MULTILINE))


GPU_URL = "https://rehearsal--clipwright-web.modal.run"
MODAL_SECRETS = ("clipwright-r2", "clipwright-site", "clipwright-signing", "clipwright-huggingface")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "core.quotepath=off", "-c", "commit.gpgsign=false", *arguments]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C.UTF-8"}
    finished = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    output = finished.stdout.decode("utf-8", errors="replace")
    assert finished.returncode == 0, f"git {arguments}: {output}"
    return output


def link(here: Path, there: Path) -> None:
    if sys.platform == "win32":
        import _winapi

        _winapi.CreateJunction(str(there), str(here))
    else:
        here.symlink_to(there, target_is_directory=True)
