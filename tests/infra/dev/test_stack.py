"""The stack as dev, demo and the tests use it: its halves restart, its cron fires, it leaves nothing running."""

import json
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Generator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from infra.dev import edge_config
from infra.dev import stack as stacks
from infra.dev.local_secrets import LocalSecrets, local_secrets
from infra.dev.ports import free_port, is_free
from infra.dev.stack import Stack, wait_until_answers
from infra.process.activity import activity
from infra.process.processes import Process
from infra.process.shell import InfraError
from infra.process.waiting import STALLED_AFTER_SECONDS, wait_until
from infra.settings import ROOT
from tests.hand_clock import HandClock
from tests.programs import run_to_end, wait_for_end


def infra(*arguments: str) -> list[str]:
    return [sys.executable, "-X", "utf8", "-m", "infra", *arguments]


def get(url: str, **more: Any) -> httpx.Response:
    return httpx.get(url, timeout=STALLED_AFTER_SECONDS, trust_env=False, **more)


def until_gone(family: list[psutil.Process]) -> None:
    def left() -> int:
        return sum(member.is_running() and member.status() != psutil.STATUS_ZOMBIE for member in family)

    wait_until(lambda: left() == 0, what="everything to end", moved=left)


def test_halves_stop_and_start_on_the_same_address(tmp_path: Path) -> None:
    of_other_tests = psutil.Process().children(recursive=True)
    with Stack(tmp_path / "한글 상태") as stack:
        assert get(f"{stack.url}/api/version").json()["service"] == "site"
        stack.tick()
        stack.stop_gpu()
        assert is_free(stack.gpu_port)
        stack.start_gpu()
        keys = {"Modal-Key": stack.secrets.gpu_key, "Modal-Secret": stack.secrets.gpu_secret}
        assert get(f"{stack.gpu_url}/version", headers=keys).json()["service"] == "gpu"
        stack.stop_edge()
        with pytest.raises(httpx.TransportError):
            get(f"{stack.url}/api/version")
        stack.start_edge()
        assert get(f"{stack.url}/", follow_redirects=True).is_success
        wrapper = psutil.Process(stack.edge.pid)
        served = [child for child in wrapper.children(recursive=True) if "workerd" in child.name()]
        assert served
        wrapper.kill()
        wait_until(lambda: not stack.edge.running, what="the wrapper to end", moved=lambda: stack.edge.running)
        stack.start_edge()
        until_gone(served)
        assert get(f"{stack.url}/api/version").is_success
        beside = run_to_end(infra("dev", "--port", str(free_port()), "--state", str(stack.state)), cwd=ROOT)
        assert beside.returncode == 1
        assert "already serving" in beside.stdout.decode("utf-8")
        assert get(f"{stack.url}/api/version").is_success
        family = [child for child in psutil.Process().children(recursive=True) if child not in of_other_tests]
        assert family
    until_gone(family)


def test_a_site_that_is_just_reloading_does_not_end_dev(tmp_path: Path) -> None:
    """wrangler is away for a moment whenever a Function is edited, and the cron may fire just then."""
    with pytest.raises(InfraError, match="the sweep could not be started: ConnectError"):
        Stack(tmp_path).tick()


def test_ctrl_c_ends_dev_and_all_it_started(tmp_path: Path) -> None:
    port = free_port()
    state, log = tmp_path / "state", tmp_path / "dev.log"
    command = infra("dev", "--port", str(port), "--state", str(state))
    with log.open("wb") as output:
        dev = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)

    def serves() -> bool:
        assert dev.poll() is None, log.read_text(encoding="utf-8")
        return "stop it with Ctrl-C" in log.read_text(encoding="utf-8") and (state / "worker.pid").is_file()

    try:
        wait_until(serves, what="dev to serve", moved=lambda: activity(dev.pid, log))
        family = psutil.Process(dev.pid).children(recursive=True)
        assert len(family) >= 4
        dev.send_signal(signal.SIGINT)
        assert wait_for_end(dev, log) == 130
    finally:
        dev.kill()
        dev.wait()
    assert "Traceback" not in log.read_text(encoding="utf-8")
    until_gone(family)


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path, stack: Stack) -> None:
    command = infra("dev", "--port", str(stack.site_port), "--state", str(tmp_path))
    result = run_to_end(command, cwd=ROOT)
    assert result.returncode == 1
    assert f"port {stack.site_port} is in use" in result.stdout.decode("utf-8")
    assert list(tmp_path.iterdir()) == []


def test_secrets_are_made_once_and_stay_out_of_repr(tmp_path: Path) -> None:
    first = local_secrets(tmp_path)
    assert local_secrets(tmp_path) == first
    other = tmp_path / "other"
    other.mkdir()
    assert local_secrets(other).cookie_secret != first.cookie_secret
    assert repr(first) == "LocalSecrets()"
    assert first.event_secret.startswith("whsec_")


def test_damaged_secrets_are_made_again(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"gpu_key": "only"', encoding="utf-8")
    assert isinstance(local_secrets(tmp_path), LocalSecrets)
    assert local_secrets(tmp_path) == local_secrets(tmp_path)


def test_two_stacks_have_configurations_of_their_own_outside_the_repository(tmp_path: Path) -> None:
    variables = {"GPU_KEY": 'a=b "c" #d \\n', "GPU_URL": "http://127.0.0.1:1"}
    first = edge_config.write_sweeper_config(tmp_path / "하나", variables)
    second = edge_config.write_sweeper_config(tmp_path / "둘", {**variables, "GPU_URL": "http://127.0.0.1:2"})
    assert first != second
    for path in (first, second):
        assert ROOT not in path.parents
        assert Path(json.loads(path.read_text(encoding="utf-8"))["main"]).is_file()


def test_secrets_are_in_files_of_their_owner_and_on_no_command_line(tmp_path: Path) -> None:
    command = edge_config.pages_dev(tmp_path, 4321, {"GPU_KEY": "wk-local", "GPU_URL": "http://127.0.0.1:1"})
    assert "wk-local" not in " ".join(command)
    assert edge_config.quiet_environment(tmp_path)["GPU_KEY"] == "wk-local"
    for file in (tmp_path / edge_config.SITE_VARIABLES, tmp_path / "sweeper" / ".dev.vars"):
        assert "wk-local" in file.read_text(encoding="utf-8")
        if sys.platform != "win32":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_migrations_are_applied_once_and_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge_config.apply_migrations(tmp_path)
    database = next((tmp_path / "v3" / "d1").rglob("*.sqlite"))
    applied = database.stat().st_mtime_ns
    edge_config.apply_migrations(tmp_path)
    assert database.stat().st_mtime_ns == applied
    monkeypatch.setattr(edge_config, "migrations_digest", lambda: "another")
    edge_config.apply_migrations(tmp_path)
    assert (tmp_path / "migrations.stamp").read_text(encoding="utf-8") == "another"


def test_new_folders_share_one_run_of_the_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrated: list[Path] = []

    def migrate(state: Path) -> None:
        migrated.append(state)
        (state / edge_config.DATABASES).mkdir(parents=True, exist_ok=True)
        (state / edge_config.DATABASES / "db.sqlite").write_bytes(b"tables")

    monkeypatch.setattr(edge_config, "STATE", tmp_path / "kept")
    monkeypatch.setattr(edge_config, "migrate", migrate)
    states = tmp_path / "한글 one", tmp_path / "two"
    for state in states:
        state.mkdir()
        edge_config.apply_migrations(state)
        assert (state / edge_config.DATABASES / "db.sqlite").read_bytes() == b"tables"
    assert len(migrated) == 1
    assert not set(migrated) & set(states)
    monkeypatch.setattr(edge_config, "migrations_digest", lambda: "another")
    edge_config.apply_migrations(states[0])  # it has a database already, maybe with jobs in it
    assert migrated[1:] == [states[0]]


@pytest.fixture
def mute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Process]:
    """A program that runs, says one thing, and does nothing more; waiting for it takes no time."""
    monkeypatch.setattr(stacks, "wait_until", partial(wait_until, clock=HandClock(oversleeps=5)))
    code = "import threading; print('곧', flush=True); threading.Event().wait()"
    command = [sys.executable, "-c", code]
    log, record = tmp_path / "mute.log", tmp_path / "mute.json"
    program = Process("the mute one", command, env={}, cwd=tmp_path, log=log, record=record)
    program.start()
    wait_until(log.read_bytes, what="its word", moved=lambda: None)
    yield program
    program.stop()


def test_a_program_that_does_nothing_and_does_not_answer_is_given_up_with_its_log(mute: Process) -> None:
    with pytest.raises(InfraError, match=r"(?s)the mute one to answer .* no progress .*곧"):
        wait_until_answers(mute, f"http://127.0.0.1:{free_port()}/", {})


def test_a_dead_site_under_a_living_wrapper_is_noticed(mute: Process, tmp_path: Path) -> None:
    stack = Stack(tmp_path / "state")
    stack.edge = mute
    with pytest.raises(InfraError, match=r"(?s)the mute one to answer .* no progress"):
        stack.raise_if_silent()


def test_a_program_that_answers_with_errors_alone_is_given_up(mute: Process) -> None:
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with pytest.raises(InfraError, match="HTTP 503"):
            wait_until_answers(mute, f"http://127.0.0.1:{server.server_port}/", {})
        server.shutdown()


def test_a_program_that_dies_is_not_waited_for(mute: Process) -> None:
    psutil.Process(mute.pid).kill()
    with pytest.raises(InfraError, match="ended with exit code"):
        wait_until_answers(mute, f"http://127.0.0.1:{free_port()}/", {})
