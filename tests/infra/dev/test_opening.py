"""Starting a stack for a user: an obstacle is explained in one sentence, and the starting part is shown."""

import errno
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from infra.dev import demo, opening, ports
from infra.dev.ports import free_port
from infra.dev.stack import Stack
from infra.process.shell import InfraError
from infra.settings import DEFAULT_SITE_PORT, ROOT


@pytest.fixture
def taken() -> Generator[int]:
    """A port on which this process listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def infra(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-X", "utf8", "-m", "infra", *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


# ------------------------------------------------------------ ports


@pytest.mark.parametrize("verb", ["dev", "demo"])
def test_a_taken_port_is_told_with_who_holds_it(verb: str, taken: int, tmp_path: Path) -> None:
    ended = infra(verb, "--port", str(taken), "--state", str(tmp_path / "state"))
    message = ended.stderr.decode("utf-8")
    assert ended.returncode == 1
    assert f"port {taken} is in use by " in message
    assert f"(process {os.getpid()})" in message
    assert f"fix: stop that program, or use another port: python run.py {verb} --port " in message
    assert "Traceback" not in message
    assert not (tmp_path / "state").exists()


def test_the_demo_gives_way_at_the_port_that_nobody_named(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "DEFAULT_SITE_PORT", taken)
    assert demo.port_for(taken) != taken
    assert f"port {taken} is in use by " in capsys.readouterr().out


def test_a_free_port_is_taken_as_it_is() -> None:
    port = free_port()
    assert port != DEFAULT_SITE_PORT
    assert demo.port_for(port) == port
    assert demo.port_for(0) == 0


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_told(port: int) -> None:
    with pytest.raises(InfraError, match=f"{port} is not a valid port") as refusal:
        ports.check_can_serve(port, "python run.py dev")
    assert refusal.value.fix.startswith("use another port: python run.py dev --port ")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EADDRINUSE, "port {port} is in use by another program"),
        (errno.EACCES, "does not allow port {port}"),
    ],
)
def test_a_port_that_the_system_keeps_is_told(number: int, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is bound without listening, or below 1024, or in a range that Windows keeps for itself."""
    port = free_port()

    class Refusing(socket.socket):
        def bind(self, address: tuple[str, int], /) -> None:  # type: ignore[override]
            if address[1] == port:
                raise OSError(number, os.strerror(number))
            super().bind(address)

    monkeypatch.setattr(ports.socket, "socket", Refusing)
    with pytest.raises(InfraError, match=sentence.format(port=port)):
        ports.check_can_serve(port, "python run.py dev")


# ------------------------------------------------------------ folders


@pytest.mark.parametrize("verb", ["dev", "demo"])
def test_a_state_that_is_a_file_is_told(verb: str, tmp_path: Path) -> None:
    state = tmp_path / "한글 상태"
    state.write_text("mine", encoding="utf-8")
    ended = infra(verb, "--port", str(free_port()), "--state", str(state))
    message = ended.stderr.decode("utf-8")
    assert ended.returncode == 1
    assert f"error: {state} must be a folder, but it is a file." in message
    assert "Traceback" not in message
    assert state.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("below", ["", "clips"])
def test_a_folder_for_clips_that_is_a_file_is_told_before_anything_starts(below: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("", encoding="utf-8")
    with pytest.raises(InfraError, match="must be a folder"), opening.opened(tmp_path / "state", 0, out / below):
        pass
    assert list((tmp_path / "state").iterdir()) == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_folder_that_may_not_be_written_is_told(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(dir: Path) -> None:  # noqa: A002  # the argument's name in tempfile
        raise OSError(number, os.strerror(number), str(dir / "tmpx"))

    monkeypatch.setattr(opening.tempfile, "TemporaryFile", refused)
    with pytest.raises(InfraError, match="cannot be written") as refusal, opening.opened(tmp_path, 0):
        pass
    assert str(tmp_path) in str(refusal.value)


def test_a_disk_that_runs_full_in_the_middle_is_told(tmp_path: Path) -> None:
    with pytest.raises(InfraError, match=r"the disk of .* is full"), opening.refusals_explained(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(ConnectionError), opening.refusals_explained(tmp_path):
        raise ConnectionResetError


# ------------------------------------------------------------ what it waits for


def test_what_a_stack_waits_for_is_said(tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(tmp_path, site_port=free_port())
    assert opening.what_starts(stack) == "building the page and the database"
    monkeypatch.setattr(type(stack.edge), "running", True)
    assert opening.what_starts(stack) == "starting the site"
    stack.site_port = taken
    assert opening.what_starts(stack) == "starting the GPU service"


def test_it_is_said_while_the_block_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:

    said = threading.Event()

    def what_starts(_: Stack) -> str:
        said.set()
        return "starting something"

    monkeypatch.setattr(opening, "what_starts", what_starts)
    monkeypatch.setattr(opening, "LOOK_SECONDS", 0.01)
    with opening.startup_shown(Stack(tmp_path)):
        assert said.wait(60)
    assert "starting something" in capsys.readouterr().out
