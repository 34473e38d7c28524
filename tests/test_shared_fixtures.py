"""Shared fixtures are started once and end after their last test, while the run goes on."""

import re

import pytest

from infra.dev.checks import SIDE_BY_SIDE
from infra.settings import ROOT
from tests import shared_fixtures

pytest_plugins = ("pytester",)

SUITE = """
import pytest

@pytest.fixture(scope="session")
def edge():
    print("edge starts")
    yield "edge"
    print("edge ends")

@pytest.fixture(scope="session")
def browser(edge):
    print("browser starts")
    yield edge
    print("browser ends")

def test_alone(): print("test_alone runs")
def test_asks(edge): print("test_asks runs")
def test_looks(browser): print("test_looks runs")
"""

SPREAD = """
import pytest

@pytest.fixture(scope="session")
def edge(): return "edge"

@pytest.mark.parametrize("number", range(10))
def test_asks(edge, number): pass

@pytest.mark.parametrize("number", range(10))
def test_alone(number): pass
"""


def test_a_shared_fixture_ends_after_its_last_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    ran = pytester.runpytest_inprocess("-s", "-p", "no:cacheprovider", "-p", "tests.shared_fixtures")
    ran.assert_outcomes(passed=3)
    said = re.findall(r"(?:edge|browser|test_\w+) (?:starts|runs|ends)\b", ran.stdout.str())
    assert said == [
        "edge starts",
        "test_asks runs",
        "browser starts",
        "test_looks runs",
        "browser ends",
        "edge ends",
        "test_alone runs",
    ]


def test_tests_that_share_a_fixture_run_in_one_worker(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """xdist groups by a mark that it looks for in node ids; where it finds none, it spreads all tests."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(test_one=SPREAD, test_two=SPREAD)
    ran = pytester.runpytest_subprocess("-v", "-p", "tests.shared_fixtures", *SIDE_BY_SIDE, "--numprocesses=2")
    ran.assert_outcomes(passed=40)
    workers = re.findall(r"\[(gw\d)\] \[ *\d+%\] PASSED \S+::(test_\w+)", ran.stdout.str())
    assert len({worker for worker, name in workers if name == "test_asks"}) == 1
    assert len({worker for worker, _ in workers}) == 2


def test_the_longest_groups_begin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_fixtures, "LONGEST", ("test_two.py",))
    pytester.makepyfile(test_one="def test_short(): pass", test_two="def test_long(): pass", test_zero=SUITE)
    ran = pytester.runpytest_inprocess("-v", "-p", "no:cacheprovider", "-p", "tests.shared_fixtures")
    ran.assert_outcomes(passed=5)
    names = re.findall(r"::(test_\w+) PASSED", ran.stdout.str())
    assert names == ["test_asks", "test_looks", "test_long", "test_short", "test_alone"]


def test_each_of_the_longest_is_there() -> None:
    assert [name for name in shared_fixtures.LONGEST if not (ROOT / name).is_file()] == []
