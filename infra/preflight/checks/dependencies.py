"""What each image imports against what its pinned list installs; and pins against their locks.

FawltyDeps compares imports with requirement lists, without installing anything. Which files an image runs follows from
the imports of its entry modules, those inside functions included. That a list can be installed as a whole is proven by
resolving it, which needs the package index.
"""

import ast
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu.core.container_images import BESIDE_TORCH, GPU_LOCKS, TORCH, WEB_LOCKS
from infra.platforms.files import json_of, syntax_of, text_of, toml_of
from infra.platforms.ground import Ground
from infra.platforms.programs import QUIET, json_part, uv
from infra.preflight.findings import Check, Finding
from infra.process.shell import Finished, ProgramError, capture

LIMIT_SECONDS = 60.0
UNDECLARED = 3
"""How FawltyDeps ends where it found what it looks for."""
OPERATOR = ("infra.preflight.runner", "infra.release.deploy", "infra.release.rollback", "infra.bootstrap.plan")
ENTRIES = {
    "web": (
        (
            "gpu.serve.modal.app",
            "gpu.serve.api",
            "gpu.serve.connections",
            "gpu.serve.modal.dispatcher",
            "gpu.serve.picture_reader",
            "gpu.media.read_picture",
            "gpu.serve.settings",
            "gpu.serve.storage",
        ),
        WEB_LOCKS,
    ),
    "gpu": (("gpu.serve.modal.app", "gpu.serve.modal.container", "gpu.serve.hub"), GPU_LOCKS),
    "operator": (OPERATOR, ("base", "site", "operator")),
}
"""Image -> its entry modules and its locks; the last one is the environment that run.py makes for a release."""
WIRING = ("gpu.serve.modal.app", "infra.cli.main")
"""Modules that name others for several environments inside functions, so that only their top level counts."""
GIVEN = ("modal", "torch", "triton", *BESIDE_TORCH)
"""The platform supplies the client; torch, and what only a card has a use for, are installed apart from the locks."""
OTHER_NAMES = {"pillow": ["PIL"], "pyyaml": ["yaml"], "python-dateutil": ["dateutil"]}
"""Distributions whose import name is another one, where the environment at hand cannot tell."""
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Missing:
    """An import without a distribution. `distribution` and `version` say what would supply it, when that is known."""

    image: str
    module: str
    where: str
    distribution: str
    version: str


@dataclass(frozen=True, slots=True)
class Pins:
    """Exact versions as asked for and as locked: name -> version. `None` where a lock lacks the name."""

    wanted: dict[str, dict[str, str]]
    locked: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the resolver said of each image's list; empty when it can be installed as it is."""

    complaints: dict[str, str]


def probe_imports(ground: Ground) -> tuple[Missing, ...]:
    missing: list[Missing] = []
    for image, (entries, locks) in ENTRIES.items():
        files = reachable(ground.root, entries)
        for row in undeclared(ground.root, files, locks):
            module: str = row["name"]
            source = row["references"][0]
            where = f"{Path(source['path']).as_posix()}:{source.get('lineno', 1)}"
            missing.append(Missing(image, module, relative(where, ground.root), *supplier(module)))
    return tuple(missing)


def relative(where: str, root: Path) -> str:
    return where.removeprefix(root.as_posix() + "/")


def reachable(root: Path, entries: Sequence[str]) -> list[Path]:
    """Our own files that these modules import, directly or not, anywhere in a file. One that does not parse is left
    out: another check says where it breaks, and the others can still be judged."""
    found: dict[str, Path] = {}
    waiting = list(entries)
    while waiting:
        module = waiting.pop()
        path = file_of(root, module)
        if module in found or path is None:
            continue
        tree = parsed(path)
        if tree is None:
            continue
        found[module] = path
        waiting += imports_of(tree, top_level_only=module in WIRING)
    return sorted(found.values())


def file_of(root: Path, module: str) -> Path | None:
    plain = root.joinpath(*module.split(".")).with_suffix(".py")
    package = root.joinpath(*module.split("."), "__init__.py")
    return next((path for path in (plain, package) if path.is_file()), None)


def parsed(path: Path) -> ast.Module | None:
    try:
        return syntax_of(path.read_bytes())
    except (SyntaxError, ValueError):
        return None


def imports_of(tree: ast.Module, *, top_level_only: bool) -> list[str]:
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found: list[str] = []
    for node in nodes:
        match node:
            case ast.Import():
                found += [alias.name for alias in node.names]
            case ast.ImportFrom(module=str(module)):
                found += [module, *(f"{module}.{alias.name}" for alias in node.names)]
            case _:
                pass
    return [name for name in found if name.split(".")[0] in ("gpu", "infra")]


def undeclared(root: Path, files: Sequence[Path], locks: Sequence[str]) -> list[dict[str, Any]]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        mapping = Path(folder) / "names.toml"
        lines = [f"{json.dumps(name)} = {json.dumps(modules)}\n" for name, modules in OTHER_NAMES.items()]
        mapping.write_text("".join(lines), encoding="utf-8", newline="\n")
        command = [sys.executable, "-X", "utf8", "-m", "fawltydeps", "--check-undeclared", "--json", "-qq"]
        command += ["--base-dir", str(root), "--code", *map(str, files), "--deps"]
        command += [str(root / "infra" / "locks" / f"{lock}.txt") for lock in locks]
        command += ["--deps-parser-choice", "requirements.txt", "--custom-mapping-file", str(mapping)]
        command += ["--pyenv", sys.prefix, "--ignore-undeclared", *GIVEN]
        finished = answered(command, root)
    if finished.exit_code not in (0, UNDECLARED):
        raise ProgramError(f"fawltydeps ended with exit code {finished.exit_code}", finished.output)
    document: dict[str, Any] = json.loads(json_part(finished.output))
    return document["undeclared_deps"]


def answered(command: Sequence[str], root: Path) -> Finished:
    """A program's end, whatever it was. Raises ProgramError where it gave no answer: one that ran past its limit has
    said nothing about the lists."""
    return capture(command, timeout_seconds=LIMIT_SECONDS, cwd=root, env=QUIET, answer_only=True)


def supplier(module: str) -> tuple[str, str]:
    """Distribution and version that supply a module: what this environment has installed, else nothing."""
    from importlib.metadata import packages_distributions, version

    names = packages_distributions().get(module)
    if names:
        return names[0].lower(), version(names[0])
    return "", ""


def evaluate_imports(missing: Sequence[Missing]) -> list[Finding]:
    return [
        Finding(
            "error",
            f"the {row.image} environment would not find {row.module}",
            f"pin {row.distribution}=={row.version} in group {home(row.image)} of pyproject.toml, then lock"
            if row.distribution
            else f"pin what supplies {row.module} in group {home(row.image)} of pyproject.toml, then lock",
            ("python run.py preflight --fix --only image-imports", "python run.py lock"),
            where=row.where,
            mendable=bool(row.distribution),
        )
        for row in missing
    ]


def home(image: str) -> str:
    """The group that belongs to an image alone."""
    return ENTRIES[image][1][-1]


def mend_imports(ground: Ground, findings: Sequence[Finding]) -> list[str]:
    """Adds the pins to pyproject.toml, comments kept, and to the group's lock where another lock has them already."""
    import tomlkit
    from tomlkit.items import Array

    path = ground.root / "pyproject.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    added = False
    wanted: list[tuple[str, str]] = []
    for finding in findings:
        found = re.search(r"pin (\S+) in group (\w+) ", finding.fix)
        if found is None:
            continue
        wanted.append((found[1], found[2]))
        group: Array = document["dependency-groups"][found[2]]  # type: ignore[index,assignment]
        if found[1] not in group.unwrap():
            group.add_line(found[1])
            added = True
    if not added:
        return []
    path.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
    return ["pyproject.toml", *[lock for pin, group in wanted if (lock := lock_as_elsewhere(ground.root, pin, group))]]


def lock_as_elsewhere(root: Path, pin: str, group: str) -> str:
    """Takes the pin's entry, hashes included, over from another group's lock, at its place in the order.

    Returns the lock that changed. Without such an entry nothing changes, and the check on pins asks for `run.py lock`,
    which also finds what the package itself needs.
    """
    folder = root / "infra" / "locks"
    entry = re.compile(rf"^{re.escape(pin)}(?= ).*\n(?:    .*\n)*", re.MULTILINE)
    for other in sorted(folder.glob("*.txt")):
        found = entry.search(other.read_text(encoding="utf-8"))
        if found and other.stem != group:
            path = folder / f"{group}.txt"
            head, *entries = re.split(r"^(?=[a-z0-9])", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
            path.write_text(head + "".join(sorted([*entries, found[0]])), encoding="utf-8", newline="\n")
            return path.relative_to(root).as_posix()
    return ""


def probe_pins(ground: Ground) -> Pins:
    root = ground.root
    groups = toml_of(root, "pyproject.toml").get("dependency-groups", {})
    wanted = {group: dict(PINNED.findall("\n".join(lines))) for group, lines in groups.items()}
    locked: dict[str, dict[str, str]] = {}
    for group in wanted:
        lock = f"infra/locks/{group}.txt"
        locked[group] = dict(PINNED.findall(text_of(root, lock))) if (root / lock).is_file() else {}
    package = json_of(root, "package.json")
    packages = json_of(root, "package-lock.json").get("packages", {})
    wanted["npm"] = package.get("dependencies", {}) | package.get("devDependencies", {})
    locked["npm"] = {name: packages.get(f"node_modules/{name}", {}).get("version", "") for name in wanted["npm"]}
    # run.py installs torch's CPU build here, the GPU image its CUDA build: they must be one version.
    laptop = re.search(r'^TORCH = "([^"]+)"', text_of(root, "run.py"), re.MULTILINE)
    wanted["torch"], locked["torch"] = {"torch": TORCH}, {"torch": laptop[1] if laptop else ""}
    return Pins(wanted, locked)


def evaluate_pins(pins: Pins) -> list[Finding]:
    findings: list[Finding] = []
    for group, wanted in pins.wanted.items():
        for name, version in wanted.items():
            held = pins.locked.get(group, {}).get(name, "")
            if held != version:
                findings.append(
                    Finding(
                        "error",
                        f"{name} {version} is asked for, {held or 'nothing'} is locked (group {group})",
                        "write the locks anew and commit them",
                        ("python run.py lock",),
                        where="package.json" if group == "npm" else "pyproject.toml",
                    )
                )
    return findings


def probe_resolution(ground: Ground) -> Resolution:
    complaints: dict[str, str] = {}
    for image, (_, locks) in ENTRIES.items():
        if image == "operator":
            continue  # it is installed here already
        files = [str(ground.root / "infra" / "locks" / f"{lock}.txt") for lock in locks]
        command = [*uv(), "pip", "compile", "--quiet", "--no-deps", "--no-header"]
        command += ["--python-platform", "x86_64-manylinux_2_28", *files]
        finished = answered(command, ground.root)
        if finished.exit_code != 0:
            complaints[image] = finished.output.strip()
    return Resolution(complaints)


def evaluate_resolution(resolution: Resolution) -> list[Finding]:
    return [
        Finding("error", f"the {image} image's list cannot be installed:\n{complaint}", "mend the pins, then lock",
                ("python run.py lock",), where="pyproject.toml")
        for image, complaint in resolution.complaints.items()
    ]  # fmt: skip


IMPORT_CHECKS = (
    Check(
        "image-imports",
        "Dependencies",
        "each image has what its code imports",
        "이미지에 코드가 쓰는 패키지가 다 있는지",
        probe_imports,
        evaluate_imports,
        mend=mend_imports,
        of_the_tree=True,
    ),
)
PIN_CHECKS = (
    Check(
        "pins",
        "Dependencies",
        "pins and locks agree",
        "버전 고정과 잠금 파일이 같은지",
        probe_pins,
        evaluate_pins,
        of_the_tree=True,
    ),
)
RESOLUTION_CHECKS = (
    Check(
        "image-resolves",
        "Dependencies",
        "each image's list can be installed",
        "이미지 목록을 설치할 수 있는지",
        probe_resolution,
        evaluate_resolution,
        needs="network",
    ),
)
