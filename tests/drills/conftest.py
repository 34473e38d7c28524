"""The drills: what happens to the product under load, kills, bad storage and strangers, counted; zero is tolerated.

`python run.py test --drills` runs them whole; the tests run a short round of each. A drill is one file that takes its
numbers from `size`, its dice from `dice`, and tells its counts to `figures`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from infra.dev.ports import free_port
from tests.drills.drilled_stack import Drilled, drilled_stack
from tests.drills.figures import Figures, keep, lines
from tests.drills.lying_gpu import LyingGpu
from tests.edge.edge import Edge, beside

LEASE_SECONDS = 3_600
"""Of the edge alone: nothing expires by itself, drills expire what they mean to."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for some in terminalreporter.stats.values() for report in some if hasattr(report, "when")]
    if told := lines(reports):
        terminalreporter.section("drills")
        for line in told:
            terminalreporter.write_line(line)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a drill is run."""

    is_whole: bool
    seed: int

    def of(self, short: int, whole: int) -> int:
        return whole if self.is_whole else short


@pytest.fixture(scope="session")
def size(request: pytest.FixtureRequest) -> Size:
    return Size(bool(request.config.getoption("--drills")), int(str(request.config.getoption("--drill-seed"))))


@pytest.fixture
def dice(size: Size) -> random.Random:
    return random.Random(size.seed)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    """Judged by the drill itself; shown in the summary however it ends."""
    figures = Figures()
    yield figures
    keep(request, figures)


@pytest.fixture(scope="session")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drilled]:
    with drilled_stack(tmp_path_factory.mktemp("훈련 drill")) as drilled:
        yield drilled


@pytest.fixture(scope="session")
def gpu() -> Iterator[LyingGpu]:
    with LyingGpu(free_port()) as gpu:
        yield gpu


@pytest.fixture(scope="session")
def drilled_edge(gpu: LyingGpu, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The edge alone, with a GPU service that costs nothing and lies on demand."""
    with beside(gpu, tmp_path_factory.mktemp("훈련 edge"), {}, LEASE_SECONDS) as edge:
        yield edge
