"""The real verbs, ended in the middle of their work in every way there is: soon after, nothing of them is left."""

import signal
from pathlib import Path

import httpx
import pytest

from infra.dev.ports import free_port
from infra.settings import ROOT
from tests.infra.process.started_verbs import ENDINGS, started


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, as a person has one: each verb starts where the last one was ended."""
    return tmp_path_factory.mktemp("끝난 상태")


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
@pytest.mark.parametrize("name", ["dev", "demo"])
def test_nothing_is_left_of_a_site(name: str, ending: signal.Signals, state: Path, tmp_path: Path) -> None:
    port = free_port()
    command = (str(ROOT / "run.py"), name, "--port", str(port), "--state", str(state))
    (state / "worker.pid").unlink(missing_ok=True)
    with started(tmp_path, *command) as verb:
        verb.wait_for(lambda: (state / "worker.pid").is_file() and answers(f"http://127.0.0.1:{port}/api/version"))
        assert verb.running(
            "gpu.serve.local.server", "gpu.serve.local.worker_process", "wrangler", "workerd", "esbuild"
        )
        verb.child.send_signal(ending)
        assert verb.leaves_nothing(), verb.output()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


MIDDLE_OF_A_TEST = """
import pathlib, subprocess, sys, time
from playwright.sync_api import sync_playwright
from infra.dev.stack import Stack

def test_it_is_in_the_middle(chromium):
    with Stack(pathlib.Path({state!r})) as stack, sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=False).new_page()
        page.goto(stack.url)
        pathlib.Path({note!r}).write_text("in the middle", encoding="utf-8")
        time.sleep(600)
"""


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_nothing_is_left_of_tests(ending: signal.Signals, state: Path, tmp_path: Path) -> None:
    """Tests side by side in processes of their own, one of which has a stack and a browser."""
    note, middle = tmp_path / "note.txt", tmp_path / "test_middle.py"
    middle.write_text(MIDDLE_OF_A_TEST.format(state=str(state), note=str(note)), encoding="utf-8")
    command = (str(ROOT / "run.py"), "test", "--numprocesses=2", "-p", "tests.conftest", "--rootdir", str(tmp_path))
    with started(tmp_path, *command, "-c", str(ROOT / "pyproject.toml"), str(middle)) as verb:
        verb.wait_for(note.is_file)
        assert verb.running(
            "pytest", "exec(eval(", "gpu.serve.local.worker_process", "wrangler", "workerd", "--type=renderer"
        )
        verb.child.send_signal(ending)
        assert verb.leaves_nothing(), verb.output()
