"""run.py in a small repository of its own: hands over in UTF-8, does nothing twice, and explains what it cannot do."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

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


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """run.py beside a stub of infra, in a folder with Hangul and spaces, with an environment that has no pip.

    Without pip nothing can be installed, so a verb that succeeds here has installed nothing.
    """
    root = tmp_path / "내 영상 폴더"
    (root / "infra" / "locks").mkdir(parents=True)
    (root / "run.py").write_bytes((ROOT / "run.py").read_bytes())
    (root / "infra" / "__init__.py").write_text("", encoding="utf-8")
    (root / "infra" / "__main__.py").write_text(STUB, encoding="utf-8", newline="\n")
    for group in ("base", "site", "service", "render", "test"):
        (root / "infra" / "locks" / f"{group}.txt").write_text("", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    run = load(root / "run.py")
    stamps = {"identity": f"{sys.version} | {root}", "base": run.lock_digest("base")}
    run.STAMPS.write_text(json.dumps(stamps), encoding="utf-8")
    return root


def start(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, str(root / "run.py"), *arguments],
        cwd=root,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )


def test_hands_over_in_utf8_whatever_the_code_page(repository: Path) -> None:
    result = start(repository, "verb", "한글 인자", PYTHONUTF8="0", PYTHONIOENCODING="cp949")
    assert result.returncode == 0, result.stderr.decode("utf-8", errors="replace")
    output = result.stdout.decode("utf-8")
    assert "인사 ✓ 🙂 ['verb', '한글 인자'] 1" in output
    assert str(repository / ".venv") in output
    assert (repository / "적은 글.txt").read_text(encoding="utf-8") == "한글"


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
    assert "installing group base" in message
    assert "pip could not install" in message
    assert "fix:" in message
    assert "Traceback" not in message


def test_a_failed_install_is_tried_again(repository: Path) -> None:
    (repository / "infra" / "locks" / "base.txt").write_text("# changed\n", encoding="utf-8")
    assert start(repository, "verb").returncode == 1
    assert start(repository, "verb").returncode == 1


def test_line_endings_of_a_checkout_do_not_change_a_lock(repository: Path) -> None:
    run = load(repository / "run.py")
    lock = repository / "infra" / "locks" / "site.txt"
    lock.write_bytes(b"a==1 \\\n    --hash=x\n")
    unix = run.lock_digest("site")
    lock.write_bytes(b"a==1 \\\r\n    --hash=x\r\n")
    assert run.lock_digest("site") == unix


def test_a_site_builder_never_sees_torch() -> None:
    run = load(ROOT / "run.py")
    assert run.GROUPS_BY_VERB["build"] == ("base", "site")
    for group in ("base", "site", "service"):
        assert "torch" not in (ROOT / "infra" / "locks" / f"{group}.txt").read_text(encoding="utf-8")


def test_every_verb_of_the_command_line_has_its_groups() -> None:
    from infra.cli import verb_names

    run = load(ROOT / "run.py")
    assert set(verb_names()) - set(run.GROUPS_BY_VERB) == set()


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    run = load(ROOT / "run.py")

    def without_ensurepip(name: str) -> object | None:
        return None if name == "ensurepip" else object()

    monkeypatch.setattr(run.importlib.util, "find_spec", without_ensurepip)
    with pytest.raises(run.SetupError) as refusal:
        run.make_venv()
    assert f"python{sys.version_info[0]}.{sys.version_info[1]}-venv" in refusal.value.fix


def test_a_python_too_new_for_torch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run = load(ROOT / "run.py")
    monkeypatch.setattr(run, "NEWEST_PYTHON", (3, 10))
    with pytest.raises(run.SetupError) as refusal:
        run.check_python()
    assert "python3" in refusal.value.fix


def test_a_torch_that_cannot_be_had_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    run = load(ROOT / "run.py")

    def without_network(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], 1, b"no network")

    monkeypatch.setattr(run.subprocess, "run", without_network)
    with pytest.raises(run.SetupError, match=f"pip could not install torch=={run.TORCH}"):
        run.install_torch()


def test_this_environment_s_torch_has_no_cuda_and_torchaudio_is_repaired() -> None:
    names = {path.name.split("-")[0].lower() for path in load(ROOT / "run.py").site_packages().glob("*.dist-info")}
    assert "torch" in names
    assert [name for name in names if name.startswith(("nvidia", "cuda", "pytorch_triton"))] == []
    libraries = load(ROOT / "run.py").site_packages() / "torchaudio" / "lib"
    assert [path.name for path in libraries.glob("*.so")] == []


def test_the_environment_s_own_python_does_not_pull_itself_from_under_its_feet(repository: Path) -> None:
    """A `.venv` that the person made and stepped into, or ours after a new Python or in a moved folder."""
    (repository / ".venv" / "clipwright-stamps.json").unlink()
    programs = repository / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    command = [str(programs / "python"), str(repository / "run.py"), "verb"]
    result = subprocess.run(command, cwd=repository, capture_output=True, check=False, timeout=60)
    message = result.stderr.decode("utf-8")
    assert result.returncode == 1
    assert "Traceback" not in message
    assert "fix: leave it (deactivate)" in message
    assert programs.is_dir()
