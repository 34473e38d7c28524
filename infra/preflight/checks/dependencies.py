"""Compares the imports of each image with its pinned packages, and the pins with their locks.

FawltyDeps compares imports with requirement lists, without installing anything. The files of an image are those that
its entry modules import, also inside functions. Resolving a list proves that it can be installed; that needs the
package index.
"""

import ast
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu.core.container_images import BESIDE_TORCH, GPU_LOCKS, PYTHON, TORCH, WEB_LOCKS
from infra.language import localized
from infra.platforms.files import json_of, syntax_of, text_of, toml_of
from infra.platforms.ground import Ground
from infra.platforms.programs import QUIET, json_part, uv
from infra.preflight.findings import Check, Finding
from infra.process.shell import Finished, ProgramError, capture

LIMIT_SECONDS = 60.0
UNDECLARED = 3
"""FawltyDeps' exit code when it has found undeclared imports."""
OPERATOR = ("infra.preflight.runner", "infra.release.deploy", "infra.release.rollback", "infra.bootstrap.plan")
ENTRIES = {
    "web": (
        (
            "gpu.serve.modal.app",
            "gpu.serve.api",
            "gpu.serve.connections",
            "gpu.serve.modal.dispatcher",
            "gpu.serve.picture_reader",
            "gpu.serve.sound_reader",
            "gpu.media.read_picture",
            "gpu.media.read_sound",
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
"""Modules whose functions import modules for several environments; only their top-level imports count."""
GIVEN = ("modal", "torch", "triton", *BESIDE_TORCH)
"""Not in the locks: the platform supplies modal; torch and packages for cards are installed separately."""
OTHER_NAMES = {
    "opencv-python-headless": ["cv2"],
    "pillow": ["PIL"],
    "python-dateutil": ["dateutil"],
    "pyyaml": ["yaml"],
}
"""Distributions whose import name differs, for environments where they are not installed."""
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Missing:
    """An import without a distribution. `distribution` and `version` would supply it; empty when unknown."""

    image: str
    module: str
    where: str
    distribution: str
    version: str


@dataclass(frozen=True, slots=True)
class Pins:
    """Exact versions, wanted and locked: group -> name -> version. A name may be absent from a lock."""

    wanted: dict[str, dict[str, str]]
    locked: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The resolver's errors by image; empty when all lists can be installed."""

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
    """Our own files that these modules import, directly or indirectly, anywhere in a file. A file that does not parse
    is left out; another check reports it."""
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
        raise ProgramError(
            localized(
                ko=f"fawltydeps가 종료 코드 {finished.exit_code}로 끝났어요",
                en=f"fawltydeps ended with exit code {finished.exit_code}",
            ),
            finished.output,
        )
    document: dict[str, Any] = json.loads(json_part(finished.output))
    return document["undeclared_deps"]


def answered(command: Sequence[str], root: Path) -> Finished:
    """Runs a program and returns its result, whatever its exit code. Raises ProgramError after a timeout."""
    return capture(command, timeout_seconds=LIMIT_SECONDS, cwd=root, env=QUIET, answer_only=True)


def supplier(module: str) -> tuple[str, str]:
    """Distribution and version that supply a module in this environment; empty if none does."""
    from importlib.metadata import packages_distributions, version

    names = packages_distributions().get(module)
    if names:
        return names[0].lower(), version(names[0])
    return "", ""


def evaluate_imports(missing: Sequence[Missing]) -> list[Finding]:
    return [
        Finding(
            "error",
            localized(
                ko=f"{row.image} 환경에 임포트 {row.module} 모듈의 패키지가 없어요",
                en=f"the {row.image} environment lacks a package for the import {row.module}",
            ),
            localized(
                ko=f"{row.distribution}=={row.version} 고정을 {home(row.image)} 묶음(pyproject.toml)에 더하고 lock을 "
                "돌려 주세요",
                en=f"pin {row.distribution}=={row.version} in group {home(row.image)} of pyproject.toml, then lock",
            )
            if row.distribution
            else localized(
                ko=f"{row.module} 모듈의 패키지를 {home(row.image)} 묶음(pyproject.toml)에 고정하고 lock을 돌려 주세요",
                en=f"pin the package of {row.module} in group {home(row.image)} of pyproject.toml, then lock",
            ),
            ("python run.py preflight --fix --only image-imports", "python run.py lock"),
            where=row.where,
            mendable=bool(row.distribution),
        )
        for row in missing
    ]


def home(image: str) -> str:
    """The dependency group that only this image uses."""
    return ENTRIES[image][1][-1]


def mend_imports(ground: Ground, findings: Sequence[Finding]) -> list[str]:
    """Adds the pins to pyproject.toml, keeping comments, and to the group's lock if another lock has the entry."""
    import tomlkit
    from tomlkit.items import Array

    path = ground.root / "pyproject.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    added = False
    wanted: list[tuple[str, str]] = []
    for finding in findings:
        found = re.search(r"(\S+==\S+) (?:in group|고정을) (\w+)", finding.fix)
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
    """Copies the pin's entry with its hashes from another group's lock, in alphabetical order.

    Returns the changed lock. Without such an entry nothing changes, and the check on pins then asks for `run.py lock`,
    which also adds the package's own dependencies.
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
                        localized(
                            ko=f"{name} {version} 버전이 필요한데 잠긴 것은 {held or '-'}예요 ({group} 묶음)",
                            en=f"{name} {version} is required, but {held or '-'} is locked (group {group})",
                        ),
                        localized(ko="잠금 파일을 다시 쓰고 커밋해 주세요", en="write the locks again and commit them"),
                        ("python run.py lock",),
                        where="package.json" if group == "npm" else "pyproject.toml",
                    )
                )
    return findings


def probe_resolution(ground: Ground) -> Resolution:
    complaints: dict[str, str] = {}
    for image, (_, locks) in ENTRIES.items():
        if image == "operator":
            continue  # this environment has it installed
        files = [str(ground.root / "infra" / "locks" / f"{lock}.txt") for lock in locks]
        command = [*uv(), "pip", "compile", "--quiet", "--no-deps", "--no-header"]
        command += ["--python-version", PYTHON, "--python-platform", "x86_64-manylinux_2_28", *files]
        finished = answered(command, ground.root)
        if finished.exit_code != 0:
            complaints[image] = finished.output.strip()
    return Resolution(complaints)


def evaluate_resolution(resolution: Resolution) -> list[Finding]:
    return [
        Finding(
            "error",
            localized(
                ko=f"{image} 이미지의 목록을 설치할 수 없어요:\n{complaint}",
                en=f"the {image} image's list cannot be installed:\n{complaint}",
            ),
            localized(ko="고정한 버전을 고친 다음 lock을 돌려 주세요", en="correct the pins, then lock"),
            ("python run.py lock",),
            where="pyproject.toml",
        )
        for image, complaint in resolution.complaints.items()
    ]


IMPORT_CHECKS = (
    Check(
        "image-imports",
        "Dependencies",
        "each image has the packages that its code imports",
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
