"""The guard of a verb, started by run.py, with small programs in place of the infra package.

Detached children, children that ignore SIGTERM, verbs inside verbs: all end soon after the verb.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from gpu.core.container_images import TORCH
from infra.process import guard, guard_windows
from infra.process.activity import activity
from infra.process.waiting import wait_until
from infra.settings import DEPENDENCY_GROUPS, ROOT
from infra.setup.place import Place
from tests.infra.process.started_verbs import ENDINGS, Verb, is_alive, started
from tests.programs import wait_for_end

# Stands where the infra package is: runs the program that the test wrote, under a verb's name.
STUB = "import runpy, sys; runpy.run_path(sys.argv[2], run_name='__main__')\n"

# Before each of those programs. An orphan has left everything behind: its parent has ended, its session is its own.
PRELUDE = """
import pathlib, signal, subprocess, sys, time
HERE = pathlib.Path(__file__).parent

def orphan(name, first="pass"):
    code = f"import os, pathlib, signal, time; {first}"
    code += f"; pathlib.Path({str(HERE / name)!r}).write_text(str(os.getpid())); time.sleep(600)"
    start = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]], start_new_session=True)"
    silent = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run([sys.executable, "-c", start, code], check=True, **silent)

def wait_for(name):
    while not (HERE / name).exists():
        time.sleep(0.05)

"""
STUBBORN = "'signal.signal(signal.SIGTERM, signal.SIG_IGN)'"

# Stands where pip is: what it started is in the middle of something, and so is pip.
PIP = """
import os, pathlib, runpy, subprocess, sys, time
if "install" in sys.argv:
    runpy.run_path(os.environ["TEST_PROGRAM"])
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """run.py with its guard, beside a stub of infra. Nothing is left to install but the group `operator`, and pip is
    one that never comes to an end."""
    root = tmp_path_factory.mktemp("작은 저장소")
    (root / "infra" / "locks").mkdir(parents=True)
    shutil.copytree(ROOT / "infra" / "setup", root / "infra" / "setup")
    (root / "infra" / "process").mkdir()
    process = ("infra/process/__init__.py", "infra/process/guard.py", "infra/process/guard_windows.py")
    for name in ("run.py", "infra/language.py", *process):
        shutil.copyfile(ROOT / name, root / name)
    (root / "infra" / "__init__.py").write_text("", encoding="utf-8")
    (root / "infra" / "__main__.py").write_text(STUB, encoding="utf-8")
    (root / "package-lock.json").write_text("{}", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    place = Place(root, TORCH)
    for group in DEPENDENCY_GROUPS:
        place.lock(group).write_text("", encoding="utf-8")
    stamps = {group: place.digest(group) for group in DEPENDENCY_GROUPS if group != "operator"}
    place.write_stamps(stamps | {"identity": place.identity})
    place.node_modules.mkdir()
    place.node_stamp.write_text(place.node_digest(), encoding="utf-8")
    (place.node_modules / ".package-lock.json").write_text('{"packages": {}}', encoding="utf-8")
    for name in ("pip", "torch"):
        (place.packages / f"{name}-1.dist-info").mkdir()
        (place.packages / f"{name}-1.dist-info" / "RECORD").write_text("", encoding="utf-8")
    (place.packages / "pip").mkdir()
    (place.packages / "pip" / "__main__.py").write_text(PIP, encoding="utf-8")
    return root


class Small:
    """Verbs that are programs of the test's; each of their parts says under its name that it runs, with its id."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self.run = repository / "run.py"
        self.folder = folder

    def program(self, name: str, code: str) -> Path:
        path = self.folder / f"{name}.py"
        path.write_text(PRELUDE + code, encoding="utf-8")
        return path

    @contextlib.contextmanager
    def verb(self, code: str, *parts: str, name: str = "dev") -> Generator[Verb]:
        """`code` as the verb `name`, as soon as all its parts run."""
        with started(self.folder, str(self.run), name, str(self.program("program", code))) as verb:
            verb.wait_for(lambda: all(self.has(part) for part in parts))
            yield verb

    def has(self, part: str) -> bool:
        path = self.folder / part
        return path.is_file() and path.read_text(encoding="utf-8") != ""

    def process(self, part: str) -> psutil.Process:
        return psutil.Process(int((self.folder / part).read_text(encoding="utf-8")))


@pytest.fixture
def small(repository: Path, tmp_path: Path) -> Small:
    return Small(repository, tmp_path)


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_what_has_left_its_parents_and_its_session_is_found(small: Small, ending: signal.Signals) -> None:
    with small.verb("orphan('one'); orphan('two'); time.sleep(600)", "one", "two") as verb:
        verb.child.send_signal(ending)
        assert verb.leaves_nothing(), verb.output()


def test_what_does_not_want_to_end_is_ended(small: Small) -> None:
    with small.verb(f"orphan('one', {STUBBORN}); time.sleep(600)", "one") as verb:
        verb.child.kill()
        assert verb.leaves_nothing(), verb.output()


def test_a_verb_killed_with_its_whole_group_is_cleared_up_after(small: Small) -> None:
    with small.verb("orphan('one'); time.sleep(600)", "one") as verb:
        if sys.platform == "win32":
            verb.child.kill()
        else:
            os.killpg(verb.child.pid, signal.SIGKILL)
        assert verb.leaves_nothing(), verb.output()


def test_a_verb_that_ends_by_itself_leaves_nothing_either(small: Small) -> None:
    with small.verb("orphan('one'); wait_for('end'); sys.exit(9)", "one") as verb:
        (small.folder / "end").touch()
        assert verb.leaves_nothing(), verb.output()
        assert verb.child.wait() == 9


def test_a_verb_inside_a_verb_has_a_guard_that_ends_its_own_alone(small: Small) -> None:
    inner = small.program("inner", "orphan('inner', " + STUBBORN + "); time.sleep(600)")
    code = f"""
orphan("outer")
started = subprocess.Popen([sys.executable, {str(small.run)!r}, "dev", {str(inner)!r}])
(HERE / "verb").write_text(str(started.pid))
started.wait()
orphan("later")
time.sleep(600)
"""
    with small.verb(code, "outer", "inner", "verb") as verb:
        of_inner = small.process("inner")
        small.process("verb").kill()
        verb.wait_for(lambda: small.has("later") and not is_alive(of_inner))
        assert is_alive(small.process("outer"))
        verb.child.kill()
        assert verb.leaves_nothing(), verb.output()


def test_the_outer_guard_ends_what_an_inner_verb_started(small: Small) -> None:
    inner = small.program("inner", "orphan('inner', " + STUBBORN + "); time.sleep(600)")
    code = f'subprocess.run([sys.executable, {str(small.run)!r}, "dev", {str(inner)!r}], start_new_session=True)'
    with small.verb(code, "inner") as verb:
        verb.child.kill()
        assert verb.leaves_nothing(), verb.output()


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
@pytest.mark.parametrize("name", ["test", "preflight"])
def test_nothing_is_left_of_an_installation(
    small: Small, name: str, ending: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_PROGRAM", str(small.program("install", "orphan('one')")))
    with small.verb("", "one", name=name) as verb:
        assert verb.running("pip install")
        verb.child.send_signal(ending)
        assert verb.leaves_nothing(), verb.output()


def test_after_the_installation_other_verbs_are_their_own_masters(small: Small) -> None:
    """A login opens a browser, which must keep running."""
    with small.verb("orphan('one'); wait_for('end')", "one", name="build") as verb:
        (small.folder / "end").touch()
        assert verb.child.wait() == 0
        assert not verb.running("guard.py")
        assert is_alive(small.process("one"))


if sys.platform != "win32":  # where a program can be asked to end

    def test_a_verb_that_clears_up_by_itself_is_left_to_it(small: Small) -> None:
        code = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
def end(number, frame):
    time.sleep(1)
    (HERE / "report").write_text(f"the child's exit code was {child.poll()}")
    child.kill()
    sys.exit(9)
signal.signal(signal.SIGTERM, end)
(HERE / "ready").write_text("ready")
child.wait()
"""
        with small.verb(code, "ready") as verb:
            verb.child.terminate()
            assert verb.child.wait() == 9
            assert (small.folder / "report").read_text(encoding="utf-8") == "the child's exit code was None"
            assert verb.leaves_nothing(), verb.output()

    def test_a_verb_that_does_not_come_to_an_end_is_ended(tmp_path: Path) -> None:
        """A hanging clean-up must not keep other processes alive."""
        code = """
import os, pathlib, sys, time
from infra.cli import main as cli
from infra.dev import serve
from infra.process import guard
def hang(state, port):
    try:
        pathlib.Path(sys.argv[1]).write_text("ready")
        time.sleep(600)
    finally:
        time.sleep(600)
serve.run, guard.ORDERLY_SECONDS = hang, 1
os.environ[guard.MARKER] = f"outer:{os.getpid()}_inner"
sys.exit(cli.main(["dev"]))
"""
        for ending in (signal.SIGINT, signal.SIGTERM):
            note = tmp_path / ending.name
            hanging = subprocess.Popen([sys.executable, "-c", code, str(note)], cwd=ROOT)
            try:
                wait_until(note.is_file, what="the verb to begin", moved=lambda: activity(hanging.pid))  # noqa: B023
                hanging.send_signal(ending)
                assert wait_for_end(hanging) == 128 + ending
            finally:
                hanging.kill()
                hanging.wait()


# ------------------------------------------------------------ what other systems show


def test_the_list_of_a_mac_is_read() -> None:
    listing = b"""    1 /sbin/launchd
  411 /usr/bin/python3 -m infra dev HOME=/ GUARDED_RUN=0a:1b TERM=xterm
  412 node wrangler.js GUARDED_RUN=1b
  413 node wrangler.js GUARDED_RUN=1b:2c HOME=/
  414 node wrangler.js GUARDED_RUN=1bc HOME=/
  415 node wrangler.js NOT_GUARDED_RUN=1b HOME=/
  416 /usr/bin/python3 guard.py 1b
"""
    assert list(guard.listed(listing, guard.mark_of("1b"))) == [411, 412, 413]


def test_the_structure_for_windows_has_the_size_that_windows_checks() -> None:
    """A job's limits are refused when their size is another one; as the headers of 64-bit Windows give it."""
    assert ctypes.sizeof(guard_windows.ExtendedLimits) == 144
