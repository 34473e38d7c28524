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

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from infra.stack import Stack

SCRUBBED = ("AWS_", "CLIPWRIGHT_", "CLOUDFLARE_", "CF_", "MODAL_", "R2_", "WRANGLER_", "HF_")
KEPT = ("CLIPWRIGHT_CHROMIUM",)
TOGETHER = ("tests/browser", "tests/stack", "tests/gpu/service", "tests/edge")
"""Folders whose tests share what starts slowly; they take the longest, so they come first."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def pytest_configure() -> None:
    """Ended from outside (a time limit, say), pytest still closes its fixtures, and with them the stacks."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {folder: place for place, folder in enumerate(TOGETHER)}
    items.sort(key=lambda item: order.get(folder_of(item.nodeid), len(TOGETHER)))


class Together(LoadFileScheduling):
    """Where several workers share the tests, each file goes to one of them, and so does each folder of TOGETHER."""

    def _split_scope(self, nodeid: str) -> str:
        folder = folder_of(nodeid)
        return folder if folder in TOGETHER else nodeid.split("::", 1)[0]


def folder_of(nodeid: str) -> str:
    return nodeid.split("::", 1)[0].rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    return Together(config, log)


def pytest_report_header() -> str:
    return f"on {platform.platform()}, {os.cpu_count()} cores, encoding {sys.getfilesystemencoding()}"


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Generator[None]:
    """A developer's own keys and settings must not decide what a test does."""
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(SCRUBBED) and name not in KEPT:
            patch.delenv(name)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        patch.delenv(name, raising=False)
        patch.delenv(name.upper(), raising=False)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Generator[None]:
    """Only this machine may be reached: a test that needs the internet is a test that fails on a train."""
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
    """The whole product, started once a run. Tests share it, so each works as an owner (cookie) of its own."""
    with Stack(tmp_path_factory.mktemp("공유 stack"), gpu_env={"CLIPWRIGHT_HEARTBEAT_SECONDS": "0.2"}) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser; `python run.py test` finds or installs it before pytest starts."""
    from infra.browser import find_chromium

    found = find_chromium()
    assert found is not None, "no Chromium; start the tests with: python run.py test"
    return found
