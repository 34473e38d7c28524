"""One edge for the folder, with a fake GPU service. Each test is a separate person."""

from collections.abc import Iterator

import httpx
import pytest

from infra.dev.ports import free_port
from tests.edge.asking import leave_cards
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


@pytest.fixture(autouse=True)
def no_cards(request: pytest.FixtureRequest) -> None:
    """Jobs that a test leaves behind hold no card, and no place in the line, in the next one."""
    if "edge" in request.fixturenames:
        edge: Edge = request.getfixturevalue("edge")
        leave_cards(edge)
        edge.rows(
            "UPDATE jobs SET status = 'canceled', finished_at = created_at, billed_micro_won = 0"
            " WHERE status = 'queued' AND handed_at IS NULL"
        )


@pytest.fixture
def person(edge: Edge) -> Iterator[httpx.Client]:
    with edge.person() as client:
        yield client


@pytest.fixture
def stranger(edge: Edge) -> Iterator[httpx.Client]:
    with edge.person() as client:
        yield client
