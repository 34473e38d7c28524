"""Rules of the repository itself that no linter knows. Each test names the rule; none looks at behaviour."""

import ast
import posixpath
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE_LINES = 400
SOURCE = (".py", ".ts", ".css", ".j2", ".html", ".sql", ".md", ".toml")
GENERATED = ("functions/_generated/", "infra/locks/", "package-lock.json")
MOCK_LIBRARIES = {"mock", "unittest.mock", "pytest_mock", "mocker", "moto", "responses", "vcr"}
READMES = ("README.md", "README.ko.md")
TOP_LEVEL = ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "NOTICE", "docs/README.md")
AVOIDED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}


@cache
def tracked() -> tuple[str, ...]:
    """Every file that git knows or would take up, with forward slashes."""
    command = ["git", "-c", "core.quotepath=off", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    names = listing.decode("utf-8").split("\0")
    return tuple(name for name in names if name and (ROOT / name).is_file())


def written_by_us(*suffixes: str) -> list[str]:
    return [name for name in tracked() if name.endswith(suffixes) and not name.startswith(GENERATED)]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_no_file_is_longer_than_a_reader_holds() -> None:
    lengths = {name: len(text_of(name).splitlines()) for name in written_by_us(*SOURCE)}
    too_long = {name: count for name, count in lengths.items() if count > LONGEST_FILE_LINES}
    assert too_long == {}


def test_no_file_has_a_name_that_says_nothing() -> None:
    vague = [name for name in written_by_us(*SOURCE) if Path(name).stem.lower() in AVOIDED_NAMES]
    # A migration or style sheet has its place in an order, not a meaning of its own.
    assert [name for name in vague if not name.endswith(".css")] == []


def test_every_python_module_says_what_it_is() -> None:
    silent = [
        name
        for name in written_by_us(".py")
        if text_of(name).strip() and not ast.get_docstring(ast.parse(text_of(name)))
    ]
    assert silent == []


def test_no_mocking_library_is_used() -> None:
    found: list[str] = []
    for name in written_by_us(".py"):
        for node in ast.walk(ast.parse(text_of(name))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [f"{name}: {module}" for module in modules if module in MOCK_LIBRARIES]
    assert found == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    marks = re.compile(r"pytest\.(skip|xfail|importorskip)|mark\.(skip|skipif|xfail)\b|\b(test|it|describe)\.skip\(")
    excused = [
        name for name in written_by_us(".py", ".ts") if name.startswith("tests/") and marks.search(text_of(name))
    ]
    assert [name for name in excused if name != "tests/test_rules.py"] == []


def test_nothing_but_the_product_and_no_machine_is_named() -> None:
    machine = re.compile(r"(?<![\w.])/(work|home/\w+|Users/\w+)/|[A-Z]:\\+Users")
    found: list[str] = []
    for name in tracked():
        if name.endswith((".png", ".jpg", ".webp", ".mp4", ".safetensors", ".woff2", ".ico")):
            continue
        if name == "tests/test_rules.py":
            continue
        found += [f"{name}: {match.group(0)}" for match in machine.finditer(text_of(name))]
    assert found == []


@pytest.mark.parametrize("lock", sorted((ROOT / "infra" / "locks").glob("*.txt")), ids=lambda path: path.stem)
def test_a_lock_is_hash_pinned_and_names_no_source(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if re.match(r"[a-z0-9]", line)]
    assert packages
    assert [line for line in packages if not re.match(r"[a-z0-9._-]+==\S+", line)] == []
    assert [line for line in packages if not line.endswith("\\")] == []
    assert [line for line in lines if "://" in line or line.startswith("-")] == []
    own = "" if lock.stem == "test" else "triton|"  # the tests interpret our kernels
    forbidden = re.compile(rf"(torch|{own}pytorch-triton)==|nvidia-|cuda-")
    assert [line for line in packages if forbidden.match(line)] == []


def test_the_node_lock_names_no_source() -> None:
    assert '"resolved"' not in text_of("package-lock.json")


def test_every_dependency_is_pinned_exactly_or_held_by_its_lock() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    for group, requirements in project["dependency-groups"].items():
        lock = text_of(f"infra/locks/{group}.txt")
        for requirement in requirements:
            name = requirement.split("==")[0]
            assert re.search(rf"^{re.escape(name)}==", lock, re.MULTILINE), f"{name} is not in the lock of {group}"
            if "==" in requirement:
                assert f"\n{requirement} " in lock, f"the lock of {group} holds another {name}"


def test_the_products_version_is_the_one_it_tells() -> None:
    from gpu import VERSION

    assert tomllib.loads(text_of("pyproject.toml"))["project"]["version"] == VERSION


def test_a_package_has_one_version_in_every_lock() -> None:
    versions: dict[str, set[str]] = {}
    for lock in (ROOT / "infra" / "locks").glob("*.txt"):
        for line in lock.read_text(encoding="utf-8").splitlines():
            if match := re.match(r"([a-z0-9._-]+)==(\S+)( ;[^\\]*)?", line):
                versions.setdefault(f"{match[1]}{match[3] or ''}", set()).add(match[2])
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_text_files_end_with_a_newline_and_use_line_feeds() -> None:
    wrong: list[str] = []
    for name in written_by_us(*SOURCE, ".json"):
        data = (ROOT / name).read_bytes()
        if data and (b"\r" in data or not data.endswith(b"\n")):
            wrong.append(name)
    assert wrong == []


@pytest.mark.parametrize("name", READMES)
def test_a_readme_names_every_verb(name: str) -> None:
    from infra.cli.main import verb_names

    readme = text_of(name)
    named = set(re.findall(r"python3? run\.py ([a-z][a-z-]*)", readme))
    assert set(verb_names()) - named == set()
    assert named - set(verb_names()) == set()


def test_both_readmes_say_the_same() -> None:
    """As far as a program can see: the same table of verbs, links, headings, and the rendered prices in both."""
    english, korean = map(text_of, READMES)
    verb = re.compile(r"^\| (`python run\.py [^|]*`) \|", re.MULTILINE)
    assert verb.findall(english) == verb.findall(korean)
    assert len(re.findall("^#+ ", english, re.MULTILINE)) == len(re.findall("^#+ ", korean, re.MULTILINE))
    of_english, of_korean = ({link.replace(".ko.md", ".md") for link in links_of(name)} for name in READMES)
    assert of_english == of_korean
    assert english.splitlines()[0] == "**English** · [한국어](README.ko.md)"
    assert korean.splitlines()[0] == "[English](README.md) · **한국어**"
    assert all(
        text.count(mark) == 1 for text in (english, korean) for mark in ("<!-- costs: ", "<!-- end of costs -->")
    )


def test_the_files_that_every_public_project_has_are_there() -> None:
    assert [name for name in (*READMES, *TOP_LEVEL) if name not in tracked()] == []


def links_of(name: str) -> set[str]:
    """What a document links to inside the repository, as paths from its root; a folder has no slash at its end."""
    found = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text_of(name))
    folder = PurePosixPath(name).parent.as_posix()
    return {posixpath.normpath(posixpath.join(folder, link)) for link in found}


def test_links_inside_the_repository_resolve() -> None:
    files = set(tracked())
    folders = {parent.as_posix() for name in files for parent in PurePosixPath(name).parents}
    lost = [f"{name}: {link}" for name in written_by_us(".md") for link in sorted(links_of(name) - files - folders)]
    assert lost == []


def test_the_index_of_documents_names_every_document() -> None:
    documents = {name for name in tracked() if name.startswith("docs/") and not name.endswith(".png")}
    assert documents - links_of("docs/README.md") - {"docs/README.md"} == set()


def test_every_decision_has_a_number_a_date_and_a_status() -> None:
    decisions = [name for name in tracked() if name.startswith("docs/decisions/")]
    numbers = [Path(name).name.split("-")[0] for name in decisions]
    assert len(set(numbers)) == len(numbers)
    status = re.compile(r"\d{4}-\d\d-\d\d, (accepted|(mechanism )?superseded by \[(?P<later>\d{4})\]\()")
    index = text_of("docs/README.md")
    for name, number in zip(decisions, numbers, strict=True):
        title, empty, line, *_ = text_of(name).splitlines()
        found = status.match(line)
        assert found and empty == "", name
        assert found["later"] is None or found["later"] in numbers, name
        assert title == f"# {int(number)}. {title.partition('. ')[2]}", name
        assert f"| {int(number)} | [{title.partition('. ')[2]}]({name.removeprefix('docs/')}) |" in index


def test_the_architecture_names_every_module_of_the_service() -> None:
    """Those of the folders that it draws module by module; `speed` and `tiny` are one idea each."""
    architecture = text_of("ARCHITECTURE.md")
    drawn = re.compile(r"gpu/(core|media|render|serve)/(?:\w+/)?(\w+)\.py")
    modules = {match[2] for name in tracked() if (match := drawn.fullmatch(name)) and match[2] != "__init__"}
    contract = {Path(name).stem for name in tracked() if name.startswith("gpu/core/contract/")}
    assert [name for name in sorted(modules - contract) if not re.search(rf"\b{name}\.py\b", architecture)] == []


def test_the_architecture_draws_every_folder() -> None:
    architecture = text_of("ARCHITECTURE.md")
    for top in ("gpu", "infra"):
        part = re.search(rf"### {top}/\n(.*?)(?=\n### |\n## |\Z)", architecture, re.DOTALL)
        assert part
        drawn = set(re.findall(r"^\| `(\w+)/` \|", part[1], re.MULTILINE))
        folders = {name.split("/")[1] for name in tracked() if re.fullmatch(rf"{top}/\w+/.*\.py", name)}
        assert drawn == folders, top


def test_the_documents_name_files_that_exist() -> None:
    pattern = re.compile(r"`((?:gpu|infra|functions|frontend|tests|tools|docs)/[\w./\[\]-]*)`")
    lost = [
        f"{name}: {path}"
        for name in written_by_us(".md")
        for path in pattern.findall(text_of(name))
        if not (ROOT / path).exists()
    ]
    assert lost == []


def test_the_readme_tree_is_the_tree() -> None:
    tree = re.search(r"## The tree\s+```\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert tree
    drawn = {line.split()[0] for line in tree[1].splitlines() if line.strip() and not line.startswith(" ")}
    folders = {name.split("/")[0] + "/" for name in tracked() if "/" in name and not name.startswith(".")}
    files = {name for name in tracked() if "/" not in name}
    assert {name for name in drawn if name.endswith("/")} == folders
    assert {name for name in drawn if not name.endswith("/")} - files == set()
