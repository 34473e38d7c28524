"""The first run on a new machine: the announcement, the progress, and one sentence for each possible failure.

A tiny wheel on this machine stands for the packages, real pip and the real venv module install it. Where a system
would have to be broken, what pip and npm print then stands for it, word by word.
"""

import base64
import errno
import hashlib
import os
import shutil
import socket
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from infra.setup import alone, costs, installing
from infra.setup.installing import prepare
from infra.setup.place import Place
from infra.setup.refusals import SetupError
from tests.infra.test_run import install, make_repository, start

ISOLATED = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_NO_INDEX": "1",
    "PIP_RETRIES": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}


def wheel(folder: Path, name: str) -> str:
    """Writes a package of one module into `folder`; returns its line in a lock."""
    files = {
        f"{name}/__init__.py": "",
        f"{name}-1.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{name}-1.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        record = f"{name}-1.dist-info/RECORD,,\n"
        for file, text in files.items():
            archive.writestr(file, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{file},sha256={digest},{len(text)}\n"
        archive.writestr(f"{name}-1.dist-info/RECORD", record)
    return f"{name}==1 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Stranger:
    """Somebody with a fresh copy of the repository, whose group base is two tiny packages."""

    def __init__(self, folder: Path) -> None:
        self.place = make_repository(folder / "첫 저장소")
        shutil.rmtree(self.place.venv)
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        lines = [wheel(self.wheels, name) for name in ("tiny_one", "tiny_two")]
        self.place.lock("base").write_text("".join(lines), encoding="utf-8")

    def verb(self, **environment: str) -> tuple[int, str]:
        ended = start(self.place.root, "quote", **{**ISOLATED, "PIP_FIND_LINKS": str(self.wheels), **environment})
        message = ended.stderr.decode("utf-8")
        assert "Traceback" not in message
        return ended.returncode, message


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    return Stranger(tmp_path_factory.mktemp("stranger"))


# ------------------------------------------------------------ the whole way, with real pip


def test_a_first_start_says_what_comes_then_each_step_then_hands_over(stranger: Stranger) -> None:
    code, message = stranger.verb()
    lines = message.splitlines()
    assert code == 0, message
    assert lines[0].startswith("[setup] will install .venv, base: about ")
    assert "of disk" in lines[0]
    assert lines[1].startswith("[setup] [1/2] .venv")
    assert any(line.startswith("[setup] [2/2] base: packages: 2") for line in lines)
    assert lines[-1].startswith("[setup] ready after ")
    assert not (stranger.place.root / ".clipwright" / "setup").exists()
    assert stranger.verb() == (0, "")


@pytest.mark.parametrize(
    "gone", ["tiny_one/__init__.py", "tiny_one-1.dist-info/RECORD", "tiny_one-1.dist-info", "tiny_one"]
)
def test_a_file_that_is_gone_is_named_and_mended(stranger: Stranger, gone: str) -> None:
    stranger.verb()
    path = stranger.place.packages / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    code, message = stranger.verb()
    assert code == 0, message
    assert "files of tiny-one are missing in .venv" in message
    assert (stranger.place.packages / "tiny_one" / "__init__.py").is_file()
    assert stranger.verb() == (0, "")


def test_an_environment_that_is_none_any_more_is_made_anew(stranger: Stranger) -> None:
    stranger.verb()
    (stranger.place.venv / "pyvenv.cfg").unlink()
    code, message = stranger.verb()
    assert code == 0, message
    assert "[1/2] .venv" in message


def test_an_environment_without_pip_is_made_anew_once_pip_is_needed(stranger: Stranger) -> None:
    stranger.verb()
    shutil.rmtree(stranger.place.packages / "pip")
    assert stranger.verb() == (0, "")
    shutil.rmtree(stranger.place.packages / "tiny_one")
    code, message = stranger.verb()
    assert code == 0, message
    assert "pip is broken in .venv, so .venv is created again" in message


def test_no_network_and_no_such_package_are_two_sentences(stranger: Stranger) -> None:
    stranger.verb()
    shutil.rmtree(stranger.place.packages / "tiny_one")
    with socket.socket() as closed:  # bound, so that nobody else listens there
        closed.bind(("127.0.0.1", 0))
        index = f"http://127.0.0.1:{closed.getsockname()[1]}/simple"
        code, message = stranger.verb(PIP_NO_INDEX="0", PIP_INDEX_URL=index, PIP_FIND_LINKS="")
    assert code == 1
    assert "pip cannot reach its package index, so it could not download base." in message
    assert "fix: connect to the network" in message
    code, message = stranger.verb(PIP_FIND_LINKS="")
    assert code == 1
    assert "lacks a package of base for this system: tiny-one==1" in message.replace("_", "-")
    assert stranger.verb()[0] == 0


# ------------------------------------------------------------ what is started, and in which order


class Installers:
    """Stands for pip, npm and the first import: notes what is started, and does it in no time."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.npm_code = 0
        self.npm_output = ""
        self.npm_leaves: str | None = '{"packages": {}}'
        self.pip_fails: list[bool] = []
        """Whether its next calls fail."""

    def pip(
        self,
        place: Place,
        what: str,
        packages: int,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        look: Callable[[str], None],
    ) -> None:
        del packages, environment
        self.started.append(" ".join(Path(word).stem if word.endswith(".txt") else word for word in arguments))
        look("")
        if self.pip_fails and self.pip_fails.pop(0):
            raise SetupError(f"no {what}", "")
        if what == "site":
            place.node.parent.mkdir(parents=True, exist_ok=True)

    def program(self, command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> "Ran":
        del env
        if "ci" not in command:
            self.started.append("import")
            return Ran(0, "")
        self.started.append("npm")
        (cwd / "node_modules").mkdir(exist_ok=True)
        if self.npm_leaves is not None:
            (cwd / "node_modules" / ".package-lock.json").write_text(self.npm_leaves, encoding="utf-8")
        return Ran(self.npm_code, self.npm_output)


class Ran:
    """A program that has ended."""

    def __init__(self, code: int, output: str) -> None:
        self.code, self.output = code, output
        self.seconds = 0.0

    def __enter__(self) -> "Ran":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def has_failed(self) -> bool:
        return self.code != 0

    def wait(self, look: Callable[[], None]) -> int:
        look()
        return self.code


DEMO = ("base", "site", "edge", "service", "render")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An environment with pip and nothing else."""
    made = make_repository(tmp_path / "repository")
    made.write_stamps({"identity": made.identity})
    return made


@pytest.fixture
def installers(monkeypatch: pytest.MonkeyPatch) -> Installers:
    stand_ins = Installers()
    monkeypatch.setattr(installing, "pip_install", stand_ins.pip)
    monkeypatch.setattr(installing, "Program", stand_ins.program)
    return stand_ins


def test_hashes_are_asked_for_torch_comes_alone_and_npm_works_beside(place: Place, installers: Installers) -> None:
    prepare(place, DEMO, "https://index.invalid", {})
    torch = "torch==2.13.0" if sys.platform == "darwin" else "torch==2.13.0+cpu"
    assert installers.started == [
        "--require-hashes --only-binary=:all: -r site",
        "npm",
        "--require-hashes --only-binary=:all: -r base -r service",
        f"--no-compile {torch}",
        "--require-hashes --only-binary=:all: --no-compile -r render",
        "import",
    ]
    install(place, "torch", {})
    installers.started.clear()
    prepare(place, DEMO, "https://index.invalid", {})
    assert installers.started == []


def test_torch_is_asked_for_at_its_own_index_when_the_usual_sources_lack_it(
    place: Place, installers: Installers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing.sys, "platform", "linux")
    installers.pip_fails = [True]
    prepare(place, ("render",), "https://index.invalid", {})
    assert installers.started[1] == "--no-compile --index-url https://index.invalid torch==2.13.0+cpu"


def test_a_torch_that_cannot_be_had_is_called_by_its_name(place: Place, installers: Installers) -> None:
    installers.pip_fails = [True, True]
    with pytest.raises(SetupError, match=r"no torch==2\.13\.0"):
        prepare(place, ("render",), "https://index.invalid", {})


def test_an_npm_that_fails_stops_the_rest(place: Place, installers: Installers) -> None:
    installers.npm_code, installers.npm_output = 1, "npm error code ENOTFOUND\nnpm error syscall getaddrinfo\n"
    with pytest.raises(SetupError, match="npm cannot reach its package index, so it could not download the edge tools"):
        prepare(place, DEMO, "https://index.invalid", {})
    assert not any("render" in started for started in installers.started)


def test_an_npm_that_met_a_full_disk_and_ended_with_0_is_not_believed(place: Place, installers: Installers) -> None:
    installers.npm_leaves = None
    with pytest.raises(SetupError, match=r"the disk of .* is full"):
        prepare(place, ("site", "edge"), "https://index.invalid", {})
    assert not place.node_stamp.exists()


def test_a_package_of_node_that_is_gone_is_brought_back(place: Place, installers: Installers) -> None:
    installers.npm_leaves = '{"packages": {"node_modules/wrangler": {}}}'
    description = place.node_modules / "wrangler" / "package.json"
    description.parent.mkdir(parents=True)
    description.write_text("{}", encoding="utf-8")
    prepare(place, ("site", "edge"), "https://index.invalid", {})
    installers.started.clear()
    prepare(place, ("site", "edge"), "https://index.invalid", {})
    assert installers.started == []
    description.unlink()
    with pytest.raises(SetupError):  # the stand-in does not bring it back
        prepare(place, ("site", "edge"), "https://index.invalid", {})
    assert installers.started == ["npm"]


# ------------------------------------------------------------ the disk, and who may write on it


def test_a_disk_without_room_is_told_before_anything_starts(
    place: Place, installers: Installers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = type(shutil.disk_usage(place.root))(10**12, 10**12, 10**8)
    monkeypatch.setattr(costs.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(SetupError, match=r"has 100 MB free, and the setup needs [\d.]+ GB\.") as refusal:
        prepare(place, DEMO, "https://index.invalid", {})
    assert refusal.value.fix.startswith("free ")
    assert installers.started == []
    assert capsys.readouterr().err.startswith("[setup] will install base, site, service, torch, render, edge: about ")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk of {root} is full."),
        (errno.EDQUOT, "the disk of {root} is full."),
        (errno.EACCES, "{root} cannot be written"),
        (errno.EROFS, "{root} cannot be written"),
        (errno.ENOTDIR, "{root} must be a folder, but it is a file."),
    ],
)
def test_what_the_system_refuses_in_the_middle_is_a_sentence(
    number: int, sentence: str, place: Place, installers: Installers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    assert installers.started == []
    monkeypatch.setattr(Place, "write_stamps", refused)
    with pytest.raises(SetupError) as refusal:
        prepare(place, DEMO, "https://index.invalid", {})
    assert str(refusal.value).startswith(sentence.format(root=place.root))
    assert "then run the same command again" in refusal.value.fix


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_repository_that_may_not_be_written_is_told(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(tmp_path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refused)
        with pytest.raises(SetupError) as refusal, alone.alone(tmp_path):
            pass
    assert str(tmp_path) in str(refusal.value)


@pytest.mark.parametrize("name", [".clipwright", ".venv"])
def test_a_file_where_a_folder_belongs_is_named(name: str, tmp_path: Path) -> None:
    place = make_repository(tmp_path / "repository")
    path = place.root / name
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("", encoding="utf-8")
    ended = start(place.root, "quote")
    message = ended.stderr.decode("utf-8")
    assert ended.returncode == 1
    assert f"error: {path} must be a folder" in message
    assert "fix: rename or remove it" in message
    assert "Traceback" not in message
