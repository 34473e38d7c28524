"""The edge's validator, bundled once for all tests of the contract."""

import pytest

from tests.contract.edge_judge import Judge, bundled_judge


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return bundled_judge(tmp_path_factory.mktemp("judge"))
