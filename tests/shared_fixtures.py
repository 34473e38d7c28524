"""Which fixtures many files share, when they end (after the last test of a worker that uses them), and which groups of
tests begin the run: at its end no worker shall wait for another one's long group.

pytest ends a session's fixtures at the end of the session. Stacks that only wait would then hold gigabytes beside the
tests that come after them. It does not know how a fixture is made.
"""

from collections.abc import Generator
from typing import Any

import pytest

SHARED = ("stack", "product", "drilled", "evening", "edge", "drilled_edge", "r2_endpoint")
"""What starts slowly and is started once for all tests that use it. The longest first: those tests begin the run."""
LONGEST = (
    "tests/infra/release/test_empty_accounts.py",
    "tests/infra/release/test_deploy_rehearsed.py",
    "tests/infra/preflight/test_preflight_planted.py",
    "tests/infra/dev/test_stack.py",
    "tests/gpu/speed/test_speed_error.py",
    "tests/tools/test_tiny_training.py",
)
"""Files that take over a minute alone, the longest first. They follow the tests of SHARED."""


class EndsWithItsLastTest:
    """A pytest plugin. A test that needs an ended fixture all the same gets a new one."""

    def __init__(self) -> None:
        self.running: dict[str, tuple[pytest.FixtureDef[Any], Any]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: Any) -> Generator[None, object, object]:
        if fixturedef.scope == "session" and fixturedef.argname in SHARED:
            self.running[fixturedef.argname] = (fixturedef, request)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
        del item
        yield
        needed = used_by(nextitem)
        for name in [name for name in self.running if name not in needed]:
            fixturedef, request = self.running.pop(name)
            fixturedef.finish(request)


def used_by(item: pytest.Item | None) -> frozenset[str]:
    return frozenset(getattr(item, "fixturenames", ()))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(EndsWithItsLastTest())


@pytest.hookimpl(tryfirst=True)  # a worker of xdist reads the marks in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each group of tests runs in one worker: those that share a stack, otherwise those of a file."""
    items.sort(key=lambda item: order_of(group_of(item)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))


def group_of(item: pytest.Item) -> str:
    return shared_by(item) or item.nodeid.split("::", 1)[0]


def shared_by(item: pytest.Item) -> str | None:
    used = used_by(item)
    return next((name for name in SHARED if name in used), None)


def order_of(group: str) -> int:
    first = (*SHARED, *LONGEST)
    return first.index(group) if group in first else len(first)
