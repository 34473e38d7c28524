"""run.py in a small repository of its own: hands over in UTF-8, does nothing twice, and explains what it cannot do."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.setup import venv
from infra.setup.place import Place
from infra.setup.refusals import SetupError

ROOT = Path(__file__).resolve().parent.parent.parent

# Stands where the infra package is: prints what it was given, in Korean, as the real verbs do.
STUB = """
import os, sys
print("인사 ✓ 🙂", sys.argv[1:], sys.flags.utf8_mode, sys.prefix)
print(os.environ["PATH"].split(os.pathsep)[0])
open("적은 글.txt", "w").write("한글")
sys.exit(7 if "seven" in sys.argv else 0)
"""


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_under_test", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Stands where pip is: nothing can be installed with it.
NO_PIP = "import sys; sys.exit('pip itself says why')"


def make_repository(root: Path) -> Place:
    """run.py beside a stub of infra, with an environment whose pip cannot install anything. Group base is there."""
    (root / "infra" / "locks").mkdir(parents=True)
    shutil.copytree(ROOT / "infra" / "setup", root / "infra" / "setup", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "infra" / "process").mkdir()
    parts = ("__init__.py", "guard.py", "guard_windows.py")
    for name in ("run.py", "infra/language.py", *(f"infra/process/{part}" for part in parts)):
        shutil.copyfile(ROOT / name, root / name)
    (root / "infra" / "__init__.py").write_text("", encoding="utf-8")
    (root / "infra" / "__main__.py").write_text(STUB, encoding="utf-8", newline="\n")
    (root / "package-lock.json").write_text("{}", encoding="utf-8")
    place = Place(root, "2.13.0")
    for group in ("base", "site", "service", "render", "operator", "test"):
        place.lock(group).write_text("", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place.venv)], check=True)
    install(place, "pip", {"pip/__main__.py": NO_PIP})
    place.write_stamps({"identity": place.identity, "base": place.digest("base")})
    return place


def install(place: Place, name: str, files: dict[str, str]) -> None:
    """What pip would leave of a package: its files and their list."""
    for path, text in files.items():
        (place.packages / path).parent.mkdir(parents=True, exist_ok=True)
        (place.packages / path).write_text(text, encoding="utf-8")
    description = place.packages / f"{name}-1.dist-info"
    description.mkdir()
    (description / "RECORD").write_text("".join(f"{path},,\n" for path in files), encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """In a folder with Hangul and spaces. A verb that succeeds here has installed nothing."""
    return make_repository(tmp_path / "내 영상 폴더").root


def start(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, str(root / "run.py"), *arguments],
        cwd=root,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
        timeout=STALLED_AFTER_SECONDS,
    )


def test_hands_over_in_utf8_whatever_the_code_page(repository: Path) -> None:
    result = start(repository, "verb", "한글 인자", PYTHONUTF8="0", LC_ALL="ko_KR.CP949", PYTHONIOENCODING="")
    assert result.returncode == 0, result.stderr.decode("utf-8", errors="replace")
    output = result.stdout.decode("utf-8")
    assert "인사 ✓ 🙂 ['verb', '한글 인자'] 1" in output
    assert str(repository / ".venv") in output
    assert (repository / "적은 글.txt").read_text(encoding="utf-8") == "한글"


def test_what_a_person_says_of_their_pipes_holds(repository: Path) -> None:
    result = start(repository, "verb", "한글 인자", PYTHONIOENCODING="cp949:replace")
    assert "인사 ? ? ['verb', '한글 인자'] 1" in result.stdout.decode("cp949")


def test_the_environment_s_own_programs_come_first(repository: Path) -> None:
    second_line = start(repository, "verb").stdout.decode("utf-8").splitlines()[1]
    assert Path(second_line).parent == repository / ".venv"


def test_the_verb_s_exit_code_is_run_py_s(repository: Path) -> None:
    assert start(repository, "seven").returncode == 7


def test_a_second_start_says_and_installs_nothing(repository: Path) -> None:
    result = start(repository, "verb")
    assert (result.returncode, result.stderr) == (0, b"")


def test_a_changed_lock_is_installed_and_a_failure_is_explained(repository: Path) -> None:
    (repository / "infra" / "locks" / "base.txt").write_text("# changed\n", encoding="utf-8")
    result = start(repository, "verb")
    message = result.stderr.decode("utf-8")
    assert result.returncode == 1
    assert "[1/1] base: packages: 0" in message
    assert "pip could not install base" in message
    assert "pip itself says why" in message
    assert "fix:" in message
    assert "Traceback" not in message


def test_a_failed_install_is_tried_again(repository: Path) -> None:
    (repository / "infra" / "locks" / "base.txt").write_text("# changed\n", encoding="utf-8")
    assert start(repository, "verb").returncode == 1
    assert start(repository, "verb").returncode == 1


def test_line_endings_of_a_checkout_do_not_change_a_lock(repository: Path) -> None:
    place = Place(repository, "2.13.0")
    place.lock("site").write_bytes(b"a==1 \\\n    --hash=x\n")
    unix = place.digest("site")
    place.lock("site").write_bytes(b"a==1 \\\r\n    --hash=x\r\n")
    assert place.digest("site") == unix


def test_a_site_builder_never_sees_torch() -> None:
    run = load(ROOT / "run.py")
    assert run.GROUPS_BY_VERB["build"] == ("base", "site", "edge")
    for group in ("base", "site", "service"):
        assert "torch" not in (ROOT / "infra" / "locks" / f"{group}.txt").read_text(encoding="utf-8")


def test_before_there_is_an_environment_the_standard_library_is_enough() -> None:
    """A new file under infra/setup must not import what only the environment has."""
    for path in (*(ROOT / "infra" / "setup").glob("*.py"), ROOT / "infra" / "language.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            foreign = [name for name in names if name.partition(".")[0] not in sys.stdlib_module_names]
            assert [name for name in foreign if not f"{name}.".startswith(("infra.setup.", "infra.language."))] == []


def test_every_verb_of_the_command_line_has_its_groups() -> None:
    from infra.cli.main import verb_names

    run = load(ROOT / "run.py")
    assert set(verb_names()) - set(run.GROUPS_BY_VERB) == set()


def test_the_demo_installs_what_it_needs_alone() -> None:
    assert set(load(ROOT / "run.py").GROUPS_BY_VERB["demo"]) == {"base", "site", "edge", "service", "render"}


@pytest.mark.parametrize("verb", ["bench", "measure"])
def test_a_tool_that_uses_the_tests_libraries_has_them_installed(verb: str) -> None:
    """On a machine on which no test has run, too."""
    of_tests = ("playwright", "pytest", "tests")
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "tools" / verb).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    groups = load(ROOT / "run.py").GROUPS_BY_VERB[verb]
    assert imported & set(of_tests)
    assert "test" in groups


def test_a_lock_is_written_without_what_is_made_from_it() -> None:
    assert "edge" not in load(ROOT / "run.py").GROUPS_BY_VERB["lock"]


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def without_ensurepip(name: str) -> object | None:
        return None if name == "ensurepip" else object()

    monkeypatch.setattr(venv.importlib.util, "find_spec", without_ensurepip)
    with pytest.raises(SetupError) as refusal:
        venv.check_python_can(Place(tmp_path, "2.13.0"))
    assert f"python{sys.version_info[0]}.{sys.version_info[1]}-venv" in refusal.value.fix


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13), (3, 15, 0)])
@pytest.mark.parametrize(("system", "program"), [("posix", "python3.12"), ("nt", "py -3.12")])
def test_another_python_is_told_which_one_to_take(
    version: tuple[int, int, int],
    system: str,
    program: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = load(ROOT / "run.py")
    with monkeypatch.context() as patch:
        patch.setattr(run.sys, "version_info", version)
        patch.setattr(run.sys, "argv", ["run.py", "demo", "--once"])
        patch.setattr(run.os, "name", system)
        patch.setenv("CLIPWRIGHT_LANG", "en")
        with pytest.raises(SystemExit) as end:
            run.check_python()
    message = capsys.readouterr().err
    assert end.value.code == 1
    assert f"this is Python {version[0]}.{version[1]}. Clipwright needs Python 3.11 to 3.14." in message
    assert f"for example: {program} run.py demo --once" in message


def test_a_newer_python_is_told_so_in_korean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = load(ROOT / "run.py")
    with monkeypatch.context() as patch:
        patch.setattr(run.sys, "version_info", (3, 15, 0))
        patch.setattr(run.sys, "argv", ["run.py", "preflight", "--lang", "ko"])
        with pytest.raises(SystemExit):
            run.check_python()
    assert "이 Python은 3.15이에요. Clipwright는 Python 3.11부터 3.14까지" in capsys.readouterr().err


def test_an_old_python_gets_as_far_as_its_refusal(repository: Path) -> None:
    """It parses the whole file, then runs it line by line: nothing that it lacks may stand before the check."""
    tree = ast.parse((repository / "run.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    # A Python cannot parse a file with a __future__ import that came after it.
    assert [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"] == []
    shutil.rmtree(repository / "infra")
    code = "import runpy, sys; sys.version_info = (3, 6, 0); runpy.run_path(sys.argv[1], run_name='__main__')"
    result = subprocess.run(
        [sys.executable, "-c", code, str(repository / "run.py")], stderr=subprocess.PIPE, check=False
    )
    assert result.returncode == 1
    assert result.stderr.decode("utf-8").startswith(
        "[setup] error: this is Python 3.6. Clipwright needs Python 3.11 to "
    )


def test_this_environment_s_torch_has_no_cuda_and_torchaudio_is_repaired() -> None:
    packages = load(ROOT / "run.py").PLACE.packages
    names = {path.name.split("-")[0].lower() for path in packages.glob("*.dist-info")}
    assert "torch" in names
    assert [name for name in names if name.startswith(("nvidia", "cuda", "pytorch_triton"))] == []
    assert [path.name for path in (packages / "torchaudio" / "lib").glob("*.so")] == []


def test_the_environment_s_own_python_does_not_pull_itself_from_under_its_feet(repository: Path) -> None:
    """A `.venv` that the person made and stepped into, or ours after a new Python or in a moved folder."""
    (repository / ".venv" / "clipwright-stamps.json").unlink()
    programs = repository / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    command = [str(programs / "python"), str(repository / "run.py"), "verb"]
    result = subprocess.run(command, cwd=repository, capture_output=True, check=False, timeout=STALLED_AFTER_SECONDS)
    message = result.stderr.decode("utf-8")
    assert result.returncode == 1
    assert "Traceback" not in message
    assert "fix: leave it (deactivate)" in message
    assert programs.is_dir()
