"""One edge for the folder, with a fake GPU service. Each test is a separate person."""

from collections.abc import Iterator

import httpx
import pytest

from infra.dev.ports import free_port
from tests.edge.edge import Edge, beside
from tests.edge.fake_gpu import FakeGpu

LEASE_SECONDS = 3_600
"""Long: nothing expires by itself during a test; tests expire what they mean to."""


@pytest.fixture(scope="session")
def gpu() -> Iterator[FakeGpu]:
    with FakeGpu(free_port()) as gpu:
        yield gpu


@pytest.fixture(scope="session")
def edge(gpu: FakeGpu, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with beside(gpu, tmp_path_factory.mktemp("가장자리 edge"), {}, LEASE_SECONDS) as edge:
        yield edge


@pytest.fixture
def person(edge: Edge) -> Iterator[httpx.Client]:
    with edge.person() as client:
        yield client


@pytest.fixture
def stranger(edge: Edge) -> Iterator[httpx.Client]:
    with edge.person() as client:
        yield client
