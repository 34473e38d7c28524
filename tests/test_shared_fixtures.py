"""Shared fixtures are started once and end after their last test, while the run goes on."""

import re

import pytest

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
