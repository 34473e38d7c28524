"""A rehearsal per module: copying the repository takes a second, so the tests of a file share one and go in order."""

import pytest

from tests.infra.release.rehearsal import Rehearsal


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    return Rehearsal(tmp_path_factory.mktemp("연습 release"))
