"""The stack as dev, demo and the tests use it: its halves restart, its cron fires, it leaves nothing running."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from infra import edge_config
from infra.local_secrets import LocalSecrets, local_secrets
from infra.ports import free_port, is_free
from infra.settings import ROOT
from infra.shell import InfraError
from infra.stack import Stack


def infra(*arguments: str) -> list[str]:
    return [sys.executable, "-X", "utf8", "-m", "infra", *arguments]


def test_halves_stop_and_start_on_the_same_address(tmp_path: Path) -> None:
    of_other_tests = psutil.Process().children(recursive=True)
    with Stack(tmp_path / "한글 상태") as stack:
        assert httpx.get(f"{stack.url}/api/version", trust_env=False).json()["service"] == "site"
        stack.tick()
        stack.stop_gpu()
        assert is_free(stack.gpu_port)
        stack.start_gpu()
        keys = {"Modal-Key": stack.secrets.gpu_key, "Modal-Secret": stack.secrets.gpu_secret}
        assert httpx.get(f"{stack.gpu_url}/version", headers=keys, trust_env=False).json()["service"] == "gpu"
        stack.stop_edge()
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{stack.url}/api/version", trust_env=False)
        stack.start_edge()
        assert httpx.get(f"{stack.url}/", trust_env=False, follow_redirects=True).is_success
        beside = subprocess.run(
            infra("dev", "--port", str(free_port()), "--state", str(stack.state)),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            check=False,
        )
        assert beside.returncode == 1
        assert "already serving" in beside.stderr.decode("utf-8")
        assert httpx.get(f"{stack.url}/api/version", trust_env=False).is_success
        family = [child for child in psutil.Process().children(recursive=True) if child not in of_other_tests]
        assert family
    _, left = psutil.wait_procs(family, timeout=5)
    assert left == []


def test_a_site_that_is_just_reloading_does_not_end_dev(tmp_path: Path) -> None:
    """wrangler is away for a moment whenever a Function is edited, and the cron may fire just then."""
    with pytest.raises(InfraError, match="the sweep could not be fired: ConnectError"):
        Stack(tmp_path).tick()


def test_ctrl_c_ends_dev_and_all_it_started(tmp_path: Path) -> None:
    port = free_port()
    command = infra("dev", "--port", str(port), "--state", str(tmp_path))
    dev = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 120
        while not (answers(f"http://127.0.0.1:{port}/api/version") and (tmp_path / "worker.pid").is_file()):
            assert dev.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        family = psutil.Process(dev.pid).children(recursive=True)
        assert len(family) >= 4
        dev.send_signal(signal.SIGINT)
        output, _ = dev.communicate(timeout=120)
    finally:
        dev.kill()
        dev.wait()
    assert dev.returncode == 130
    assert "Traceback" not in output.decode("utf-8")
    _, left = psutil.wait_procs(family, timeout=5)
    assert left == []


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path, stack: Stack) -> None:
    command = infra("dev", "--port", str(stack.site_port), "--state", str(tmp_path))
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert result.returncode == 1
    assert f"port {stack.site_port} is in use" in result.stderr.decode("utf-8")
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
    command = edge_config.pages_dev(tmp_path, 4321, variables)
    assert "--binding" in command
    assert f"GPU_KEY={variables['GPU_KEY']}" in command


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
