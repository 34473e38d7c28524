"""Every module that a container imports is in its image's list: lazy imports too, found by reading the source."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from gpu.core import container_images
from infra.preflight.checks.dependencies import ENTRIES

ROOT = Path(__file__).resolve().parents[3]

WEB_ENTRIES = ENTRIES["web"][0]
"""What `web` imports, and this module itself, which the platform imports in every container."""
GPU_ENTRIES = ("gpu.serve.modal.app", "gpu.serve.modal.container", "gpu.serve.hub", "gpu.serve.weights")
GIVEN_BY_THE_PLATFORM = {"modal"}
TORCH = {"torch", "triton", *(name.replace("_", "-") for name in container_images.BESIDE_TORCH)}
"""Installed by version before the locks; triton with the CUDA build of torch."""


@cache
def imported_by(module: str, *, lazily: bool) -> frozenset[str]:
    """Full names that a module of ours imports. Lazy ones stand inside functions; type checkers' own never run."""
    path = ROOT / (module.replace(".", "/") + ".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()

    def walk(node: ast.AST, inside: bool) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if not inside or lazily:
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            walk(child, inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    walk(tree, False)
    return frozenset(names)


def is_ours(name: str) -> bool:
    return (ROOT / (name.replace(".", "/") + ".py")).is_file()


def third_party(entries: tuple[str, ...], eager: frozenset[str] = frozenset()) -> dict[str, str]:
    """Top-level names of foreign modules reachable from our entries, and one of our modules that imports each."""
    return reachable(entries, eager)[1]


def reachable(entries: tuple[str, ...], eager: frozenset[str] = frozenset()) -> tuple[set[str], dict[str, str]]:
    """Our own modules reachable from our entries, and the foreign ones as `third_party` gives them.

    `eager`: modules of which only the imports at the top count, since their functions run elsewhere.
    """
    waiting, seen, found = list(entries), set[str](), dict[str, str]()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        for name in imported_by(module, lazily=module not in eager):
            if is_ours(name):
                waiting.append(name)
            elif not name.startswith("gpu"):
                found.setdefault(name.partition(".")[0], module)
    return seen, {name: module for name, module in found.items() if name not in sys.stdlib_module_names}


def locked(names: tuple[str, ...]) -> set[str]:
    """Distributions in these locks, normalised."""
    found: set[str] = set()
    for path in container_images.lock_files(names):
        text = Path(path).read_text(encoding="utf-8")
        found |= {normalised(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}
    return found


def normalised(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def missing(found: dict[str, str], available: set[str]) -> dict[str, str]:
    owners = importlib.metadata.packages_distributions()
    return {
        name: module
        for name, module in found.items()
        if not any(normalised(owner) in available for owner in owners.get(name, [name]))
    }


def test_the_web_image_has_all_that_its_container_imports() -> None:
    found = third_party(WEB_ENTRIES, eager=frozenset({"gpu.serve.modal.app"}))
    assert {"fastapi", "boto3", "pydantic", "modal"} <= set(found)
    assert missing(found, locked(container_images.WEB_LOCKS) | GIVEN_BY_THE_PLATFORM) == {}


def test_the_web_image_is_light() -> None:
    """It reads pictures and sounds, and neither renders nor signs films."""
    assert not {"torch", "ltx_core", "ltx_pipelines", "c2pa"} & set(
        third_party(WEB_ENTRIES, eager=frozenset({"gpu.serve.modal.app"}))
    )
    assert not {"torch", "ltx-core", "transformers"} & locked(container_images.WEB_LOCKS)


def test_the_gpu_image_has_all_that_its_container_imports_lazily_too() -> None:
    found = third_party(GPU_ENTRIES)
    assert {"torch", "ltx_core", "ltx_pipelines", "av", "boto3", "huggingface_hub"} <= set(found)
    assert missing(found, locked(container_images.GPU_LOCKS) | TORCH | GIVEN_BY_THE_PLATFORM) == {}


@pytest.mark.parametrize("package", ["ltx-core", "ltx-pipelines", "transformers"])
def test_what_the_sdk_itself_declares_is_in_the_list(package: str) -> None:
    """The locks are installed without resolving, so a requirement that they lack would show only in the container."""
    available = locked(container_images.GPU_LOCKS) | TORCH
    wanted: set[str] = set()
    for requirement in importlib.metadata.requires(package) or []:
        name, _, marker = requirement.partition(";")
        if "extra ==" not in marker:
            wanted.add(normalised(re.split(r"[\s<>=!~\[(]", name.strip())[0]))
    assert wanted - available == set()


def test_the_check_finds_a_library_that_is_missing() -> None:
    found = third_party(GPU_ENTRIES)
    without = locked(container_images.GPU_LOCKS) - {"pillow", "boto3"}
    assert set(missing(found, without | TORCH | GIVEN_BY_THE_PLATFORM)) == {"PIL", "boto3"}


# ---------------------------------------------------------------- mounted files


def file_of(module: str) -> PurePosixPath:
    """Relative to the package's folder."""
    return PurePosixPath(module.replace(".", "/") + ".py").relative_to(container_images.PACKAGE)


@pytest.mark.parametrize(
    ("entries", "eager", "source"),
    [
        (WEB_ENTRIES, frozenset({"gpu.serve.modal.app"}), container_images.WEB_SOURCE),
        (GPU_ENTRIES, frozenset[str](), container_images.GPU_SOURCE),
    ],
    ids=["web", "gpu"],
)
def test_each_module_that_a_container_imports_lies_in_it(
    entries: tuple[str, ...], eager: frozenset[str], source: container_images.Source
) -> None:
    modules, _ = reachable(entries, eager)
    assert [module for module in modules if not source.holds(file_of(module))] == []


def test_the_web_entry_starts_on_the_files_that_are_mounted_for_it(tmp_path: Path) -> None:
    package = ROOT / container_images.PACKAGE
    for path in package.rglob("*"):
        name = path.relative_to(package)
        if path.is_file() and container_images.WEB_SOURCE.holds(name):
            (tmp_path / container_images.PACKAGE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, tmp_path / container_images.PACKAGE / name)
    assert {path.name for path in (tmp_path / "gpu").iterdir()} == {"__init__.py", "core", "media", "serve"}
    modules = [entry for entry in WEB_ENTRIES if entry != "gpu.serve.modal.app"]
    program = f"import {', '.join(modules)}; print(gpu.serve.api.__file__)"
    printed = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, check=True
    )
    assert Path(printed.stdout.decode("utf-8").strip()).is_relative_to(tmp_path)


def test_both_containers_are_covered_by_one_digest() -> None:
    assert set(container_images.WEB_SOURCE.endings) <= set(container_images.GPU_SOURCE.endings)
    assert set(container_images.GPU_SOURCE.left_out) <= set(container_images.WEB_SOURCE.left_out)


# ---------------------------------------------------------------- digests


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the digests are made from, in small: locks, and a source with a set of weights."""
    for path, data in {
        **{f"infra/locks/{name}.txt": b"httpx==1\n" for name in container_images.GPU_LOCKS},
        "gpu/serve/api.py": b"A = 1\nB = 2\n",
        "gpu/tiny/trained.safetensors": b"weights\r\nof no lines",
        "gpu/notes.txt": b"in no container",
        "gpu/serve/local/server.py": b"A = 1\n",
        "tools/measure/speed.py": b"A = 1\n",
        "infra/release/steps.py": b"A = 1\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "data", "changed"),
    [
        ("gpu/serve/api.py", b"A = 1\nB = 3\n", {"code"}),
        ("gpu/tiny/trained.safetensors", b"weights\nof no lines", {"code"}),
        ("gpu/new.py", b"", {"code"}),
        ("infra/locks/render.txt", b"httpx==2\n", {"image"}),
        ("gpu/notes.txt", b"other", set[str]()),
        ("gpu/serve/local/server.py", b"B = 1\n", set[str]()),
        ("tools/measure/speed.py", b"B = 1\n", set[str]()),
        ("infra/release/steps.py", b"B = 1\n", set[str]()),
        ("gpu/serve/api.py", b"A = 1\r\nB = 2\r\n", set[str]()),
        ("infra/locks/base.txt", b"httpx==1\r\n", set[str]()),
    ],
    ids=["source", "weights", "file", "lock", "beside", "laptop", "tools", "infra", "windows source", "windows lock"],
)
def test_a_digest_changes_with_what_a_container_is_made_of(
    checkout: Path, path: str, data: bytes, changed: set[str]
) -> None:
    def digests() -> dict[str, str]:
        return {"code": container_images.code_digest(checkout), "image": container_images.image_digest(checkout)}

    before = digests()
    (checkout / path).write_bytes(data)
    after = digests()
    assert {name for name in before if before[name] != after[name]} == changed


def test_another_pin_is_another_image(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = container_images.image_digest(checkout)
    monkeypatch.setattr(container_images, "TORCH", "0.0.1")
    assert container_images.image_digest(checkout) != before
