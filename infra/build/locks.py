"""Writes `infra/locks/*.txt` from the dependency groups of pyproject.toml, and package-lock.json from package.json.

All groups are resolved together first, so that a package has one version in every group; then each group is written
by itself, for every platform, with hashes. It does not install anything, and it refuses a lock that names torch, a
CUDA package or any address: torch is installed apart (run.py), and the installer knows where packages come from.
"""

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from infra.platforms.node import npm
from infra.process.shell import InfraError, check
from infra.settings import DEPENDENCY_GROUPS, ROOT

LOCKS = ROOT / "infra" / "locks"
LIMIT_SECONDS = 300
TORCH_ITSELF = re.compile(r"^torch(==| |$)|^(triton|pytorch-triton|nvidia-|cuda-)", re.MULTILINE)
INTERPRETED = re.compile(r"^triton==", re.MULTILINE)
"""The tests' own: they run our kernels in Triton's interpreter."""


def write_locks() -> list[Path]:
    """Resolves and writes every lock; returns the files written."""
    with tempfile.TemporaryDirectory() as folder:
        universe = Path(folder) / "universe.txt"
        compile_groups(DEPENDENCY_GROUPS, universe, hashes=False, constraints=None)
        written: list[Path] = []
        for group in DEPENDENCY_GROUPS:
            path = LOCKS / f"{group}.txt"
            compiled = Path(folder) / f"{group}.txt"
            compile_groups([group], compiled, hashes=True, constraints=universe)
            text = compiled.read_text(encoding="utf-8")
            refuse(group, text)
            header = f"# The {group} group of pyproject.toml, resolved. Written by: python run.py lock\n"
            path.write_text(header + text, encoding="utf-8", newline="\n")
            written.append(path)
    npm(["install", "--package-lock-only", "--no-audit", "--no-fund"], timeout_seconds=LIMIT_SECONDS)
    complete_platforms()
    refuse_addresses_in_node_lock()
    return [*written, ROOT / "package-lock.json"]


def compile_groups(
    groups: list[str] | tuple[str, ...], output: Path, *, hashes: bool, constraints: Path | None
) -> None:
    command: list[str | Path] = [sys.executable, "-m", "uv", "pip", "compile", "--universal", "--quiet"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "-o", output]
    command += [f"--group={ROOT / 'pyproject.toml'}:{group}" for group in groups]
    if hashes:
        command.append("--generate-hashes")
    if constraints:
        command += ["--constraints", constraints]
    check(command, timeout_seconds=LIMIT_SECONDS, cwd=ROOT)


def refuse(group: str, text: str) -> None:
    foreign = INTERPRETED.sub("", text) if group == "test" else text
    found = TORCH_ITSELF.search(foreign) or re.search(r"\w+://\S+|^-", text, re.MULTILINE)
    if found:
        raise InfraError(
            f"the lock of group {group} would contain {found.group(0)!r}",
            "torch and CUDA packages stay out through tool.uv.override-dependencies; addresses never belong in a lock",
        )


def refuse_addresses_in_node_lock() -> None:
    if '"resolved"' in (ROOT / "package-lock.json").read_text(encoding="utf-8"):
        raise InfraError(
            "package-lock.json names download addresses",
            "keep omit-lockfile-registry-resolved=true in .npmrc and run python run.py lock again",
        )


def complete_platforms() -> None:
    """Adds the platform builds that npm left out of the lock because its registry did not offer them at that moment.

    npm drops an optional package that it cannot find, and `npm ci` then refuses the lock on every machine. Such an
    entry carries version and platform but no hash, so npm fetches it only on its own platform; the next
    `run.py lock` on a registry that has the package replaces it with a full entry.
    """
    path = ROOT / "package-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    packages: dict[str, dict[str, Any]] = lock["packages"]
    missing: dict[str, dict[str, Any]] = {}
    for entry in packages.values():
        for name, version in entry.get("optionalDependencies", {}).items():
            if f"node_modules/{name}" not in packages:
                missing[f"node_modules/{name}"] = {
                    "version": version,
                    "dev": True,
                    "optional": True,
                    **platform_of(name),
                }
    if missing:
        root = packages.pop("")
        lock["packages"] = {"": root} | dict(sorted((packages | missing).items()))
        path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def platform_of(name: str) -> dict[str, list[str]]:
    """The os and cpu that a platform package's name ends in, in npm's words: workerd-windows-64 is win32, x64."""
    words = name.rsplit("/", 1)[-1].split("-")[1:]
    systems = {"windows": "win32", "win32": "win32", "darwin": "darwin", "linux": "linux"}
    processors = {"64": "x64", "x64": "x64", "arm64": "arm64"}
    os_words = [systems[word] for word in words if word in systems]
    cpu_words = [processors[word] for word in words if word in processors]
    if len(os_words) != 1 or len(cpu_words) != 1:
        raise InfraError(
            f"npm left {name} out of the lock and its name does not tell the platform",
            "add its platform words to infra/build/locks.py, or pin a version that the registry has for every platform",
        )
    return {"os": os_words, "cpu": cpu_words}
