"""One rehearsal per module: copying the repository takes a second, so the tests of a file share a copy. A test that
would disturb the others, or be disturbed by them, uses its own copy."""

import sys

import pytest

from tests.infra.release.rehearsal import Rehearsal

if sys.platform == "win32":
    # Containers are Linux, and Modal's program for them is built on signals that Windows does not have. Nor has it the
    # terminals of POSIX.
    collect_ignore = [
        "release/test_empty_accounts.py",
        "bootstrap/test_weights_at_modal.py",
        "bootstrap/test_terminal.py",
    ]


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    return Rehearsal(tmp_path_factory.mktemp("연습 release"))


@pytest.fixture
def another(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    return Rehearsal(tmp_path_factory.mktemp("다른 연습"))
