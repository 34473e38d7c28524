"""For every suite: a clean environment, no network beyond this machine, and the one stack that most of them share.

It does not know what is tested. A test that kills or reconfigures a stack makes its own.
"""

import os
import platform
import signal
import socket
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from infra.dev.stack import Stack

pytest_plugins = ("tests.shared_fixtures",)

SCRUBBED = ("AWS_", "CLIPWRIGHT_", "CLOUDFLARE_", "CF_", "MODAL_", "R2_", "WRANGLER_", "HF_")
KEPT = ("CLIPWRIGHT_CHROMIUM",)
RENDERING = frozenset(
    ("av", "c2pa", "ltx_core", "ltx_pipelines", "numpy", "PIL", "playwright", "safetensors", "scipy", "torch")
)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
DYING = Path(__file__).parent / "stack" / "dying"
"""On the path of a program that renders, this folder makes it obey prompts such as `stay at encode_prompt.`"""
# On an Intel CPU MKL otherwise adds in an order that depends on where a matrix lies: tests compare to the bit.
os.environ.setdefault("MKL_CBWR", "AVX2,STRICT")


hypothesis.settings.register_profile("without a clock", deadline=None)
hypothesis.settings.load_profile("without a clock")


def pytest_configure(config: pytest.Config) -> None:
    """When a signal ends pytest (a time limit, for example), it still closes its fixtures, and so the stacks."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    # Started by a shell in the background, it would ignore SIGINT, and so would all that the tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--quick"):
        sys.meta_path.insert(0, NothingThatRenders())


class NothingThatRenders:
    """Keeps the promise of a quick run: its environment holds no library of the render group, and no browser."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        del path, target
        if name.partition(".")[0] in RENDERING:
            raise ModuleNotFoundError(
                f"a quick test may not import {name}; QUICK_TESTS in infra/dev/checks.py lists them"
            )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="fail a test that imports what only rendering needs")
    parser.addoption("--drills", action="store_true", help="run tests/drills whole, not a short round of each")
    parser.addoption("--drill-seed", default="20261126", help="the number that the drills' dice begin with")


def pytest_report_header() -> str:
    return f"on {platform.platform()}, {os.cpu_count()} cores, encoding {sys.getfilesystemencoding()}"


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Generator[None]:
    """Removes a developer's own keys and settings, which must not influence a test."""
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(SCRUBBED) and name not in KEPT:
            patch.delenv(name)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        patch.delenv(name, raising=False)
        patch.delenv(name.upper(), raising=False)
    patch.setenv("CLIPWRIGHT_LANG", "en")
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Generator[None]:
    """Allows connections to this machine only: no test may depend on the internet."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    """The whole product, started once per run. Tests share it, so each test uses its own owner (cookie)."""
    gpu_env = {"CLIPWRIGHT_HEARTBEAT_SECONDS": "0.2", "PYTHONPATH": str(DYING)}
    with Stack(tmp_path_factory.mktemp("공유 stack"), gpu_env=gpu_env) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser; `python run.py test` finds or installs it before pytest starts."""
    from infra.dev.browser import find_chromium

    found = find_chromium()
    assert found is not None, "no Chromium; start the tests with: python run.py test"
    return found
