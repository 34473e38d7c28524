"""A copy of this checkout with its own history and remote, for planting faults.

It looks as after a first release: addresses, database id and pinned weights are filled in with invented values. It does
not know which faults are planted.
"""

import os
import re
import sys
from pathlib import Path

from gpu.core.weight_sources import SOURCES, Accepted, Pin, licences
from infra.platforms import weight_files
from infra.platforms.accounts import PLACEHOLDER
from infra.process.shell import InfraError, check

LIMIT_SECONDS = 120.0
DATABASE = "7f1c2b9e-5d44-4c3a-9d0e-2f6a8b1c0d77"
IDENTITY = {
    "GIT_AUTHOR_NAME": "Self-test",
    "GIT_AUTHOR_EMAIL": "self-test@example.invalid",
    "GIT_COMMITTER_NAME": "Self-test",
    "GIT_COMMITTER_EMAIL": "self-test@example.invalid",
    "GIT_CONFIG_GLOBAL": os.devnull,
}
SETTINGS = ("core.quotepath=off", "core.protectNTFS=false", "core.protectHFS=false", "core.autocrlf=false",
            "commit.gpgsign=false")  # fmt: skip
"""They allow names that Windows or macOS forbid, because such names are planted on every system."""


def pinned(text: str) -> str:
    """The file of pins with every wanted file of the first family, at an invented revision, and its licences accepted.
    A text that has pins already stays as it is."""
    if '"19b": ()' not in text:
        return text
    files = [(source, name.replace("*", "model")) for source in SOURCES["19b"] for name in source.names]
    pins = tuple(
        Pin(each.role, each.repository, "0" * 40, name, f"{each.folder}/{name}", 1, "0" * 64, each.licence)
        for each, name in files
    )
    accepted = tuple(Accepted(licence, "somebody", "2026-11-27") for licence in licences("19b"))
    return weight_files.with_rows(text, weight_files.PinFile({"19b": pins, "22b": ()}, accepted))


class Copy:
    """`root` is the copy's folder. Names inside are relative to it."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.root = folder / "배포 연습 copy"
        self.root.mkdir(parents=True)
        listing = git(source, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listing.split("\0")):
            if (source / name).is_file():
                target = self.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((source / name).read_bytes())
        self.git("init", "--quiet", "--initial-branch=main")
        (self.root / ".git" / "info" / "exclude").write_text("node_modules\n", encoding="utf-8")
        link(self.root / "node_modules", source / "node_modules")
        self._fill_in()
        self.commit("Everything")
        # The copies lack their executable bit; git restores it.
        self.git("update-index", "--chmod=+x", ".ci/run")
        self.git("commit", "--quiet", "--allow-empty", "-m", "A script may be run")
        self.git("checkout", "--quiet", "--", ".")
        remote = folder / "원격 remote.git"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
        self.git("remote", "add", "origin", str(remote))
        self.git("push", "--quiet", "--set-upstream", "origin", "main")
        self._made = self.git("rev-parse", "HEAD").strip()
        self._index = (self.root / ".git" / "index").read_bytes()

    def _fill_in(self) -> None:
        targets = self.read("infra/targets.toml")
        filled = re.sub(r'^(\w+_url) = ""$', r'\1 = "https://\1.example.invalid"', targets, flags=re.MULTILINE)
        self.write("infra/targets.toml", filled.replace("_url.example", ".example"))
        for name in ("wrangler.toml", "functions/_sweeper/wrangler.toml"):
            self.write(name, self.read(name).replace(f"{PLACEHOLDER}000000000001", DATABASE))
        signs_in = 'ACCESS_TEAM_DOMAIN = "team.example.invalid"\nACCESS_AUD = "made-up"\n'
        self.write("wrangler.toml", self.read("wrangler.toml").replace("[vars]\n", f"[vars]\n{signs_in}", 1))
        self.write(weight_files.FILE, pinned(self.read(weight_files.FILE)))

    def restore(self) -> None:
        """Restores files, index, branch and tags of the fresh copy, in a tenth of a new copy's time. Compiled Python
        and unreachable commits stay."""
        # With the old index git does not try to delete planted files whose names this system may forbid.
        (self.root / ".git" / "index").write_bytes(self._index)
        self.git("symbolic-ref", "HEAD", "refs/heads/main")
        self.git("reset", "--quiet", "--hard", self._made)
        self.git("clean", "-ffdxq", "--exclude=node_modules", "--exclude=__pycache__")
        for ref in self.git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags").split():
            if ref != "refs/heads/main":
                self.git("update-ref", "-d", ref)

    def git(self, *arguments: str) -> str:
        return git(self.root, *arguments)

    def commit(self, message: str) -> str:
        """Commits everything that differs; returns the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str, encoding: str = "utf-8") -> None:
        """Writes the text as it is, line ends included."""
        self.write_bytes(name, text.encode(encoding))

    def write_bytes(self, name: str, content: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def change(self, name: str, old: str, new: str, times: int = -1) -> None:
        """Raises InfraError when the file lacks the text to be replaced."""
        text = self.read(name)
        if old not in text:
            raise InfraError(f"{old!r} is not in {name}", "update the planted fault")
        self.write(name, text.replace(old, new, times))

    def append(self, name: str, text: str) -> None:
        self.write(name, self.read(name) + text)

    def index(self, name: str, content: str = "x\n", mode: str = "100644") -> None:
        """Adds a file to the index only, so that any name and kind can be planted on any system."""
        scratch = self.root / ".git" / "planted"
        scratch.write_bytes(content.encode("utf-8"))
        blob = self.git("hash-object", "-w", "--no-filters", "--", str(scratch)).strip()
        self.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{name}")

    def python(self, *arguments: str, **extra: str) -> str:
        """Output of a program of the copy. Raises ProgramError."""
        command = [sys.executable, "-X", "utf8", *arguments]
        environment = {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1", **extra}
        return check(command, timeout_seconds=LIMIT_SECONDS, cwd=self.root, env=environment)


def git(folder: Path, *arguments: str) -> str:
    options = [word for setting in SETTINGS for word in ("-c", setting)]
    return check(["git", *options, *arguments], timeout_seconds=LIMIT_SECONDS, cwd=folder, env=IDENTITY)


def link(here: Path, there: Path) -> None:
    """Links to a folder. A junction on Windows, because symbolic links need a privilege there."""
    if sys.platform == "win32":
        import _winapi

        _winapi.CreateJunction(str(there), str(here))
    else:
        here.symlink_to(there.resolve(), target_is_directory=True)
