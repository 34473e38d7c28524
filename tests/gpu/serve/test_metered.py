"""What a clip is said to have cost: the documented parts, that add up, from seconds that really went by."""

import time
from collections.abc import Generator
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest

from gpu.core.contract import JobCost
from gpu.core.hardware import (
    CONTAINER_CORES,
    CONTAINER_GIB,
    CPU_USD_PER_CORE_SECOND,
    GPUS,
    MEMORY_USD_PER_GIB_SECOND,
    WON_PER_USD,
)
from gpu.render.given_card import Card
from gpu.serve.modal.container import Container
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage
from tests.gpu.serve.surroundings import EVENT_SECRET, EventSite, MakeTicket, ToldRenderer

BROUGHT_UP_SECONDS = 42.0
"""How long the container is said to have been coming up before the test sees it."""


def micro_won(usd_per_second: Decimal, seconds: float) -> int:
    """The rule of the price file, written out once more."""
    exact = usd_per_second * WON_PER_USD * 1_000_000 * Decimal(str(seconds))
    return int(exact.to_integral_value(rounding=ROUND_HALF_EVEN))


@pytest.fixture
def renderer() -> ToldRenderer:
    return ToldRenderer(step_seconds=0.1)


@pytest.fixture
def began() -> float:
    """When the container began to come up, on the monotonic clock."""
    return time.monotonic() - BROUGHT_UP_SECONDS


@pytest.fixture
def container(settings: Settings, renderer: ToldRenderer, began: float) -> Generator[Container]:
    told = {
        "CLIPWRIGHT_SITE_URL": settings.site_url,
        "CLIPWRIGHT_EVENT_SECRET": EVENT_SECRET,
        "CLIPWRIGHT_CHECKPOINT": "ltx-2-19b",
        "CLIPWRIGHT_STATE": str(settings.state),
        "CLIPWRIGHT_GPU": "H200",
        "R2_ENDPOINT": settings.r2_endpoint,
        "R2_BUCKET": settings.r2_bucket,
        "R2_ACCESS_KEY_ID": settings.r2_access_key_id,
        "R2_SECRET_ACCESS_KEY": settings.r2_secret_access_key,
    }
    rented = Container(Path("no weights here"), began=began)
    rented.open(told, lambda *_: renderer, lambda: Card("NVIDIA H200", GPUS["H200"].usable_bytes))
    yield rented
    rented.close()


def test_the_parts_are_the_documented_ones_and_add_up_to_the_whole(
    container: Container, bucket: Storage, site: EventSite, make_ticket: MakeTicket, began: float
) -> None:
    ticket = make_ticket()
    submitted = time.monotonic()
    container.run(ticket)
    went_by = time.monotonic() - submitted
    done = bucket.done(ticket.job_id)
    assert done is not None
    assert done == site.outcome()  # the event carries the very parts of the marker
    cost = done.cost
    assert 0.3 <= cost.gpu_seconds <= went_by
    assert BROUGHT_UP_SECONDS <= cost.cold_start_seconds <= submitted - began
    card = GPUS["H200"].usd_per_second
    cpu = CPU_USD_PER_CORE_SECOND * CONTAINER_CORES
    memory = MEMORY_USD_PER_GIB_SECOND * CONTAINER_GIB
    assert cost.parts.gpu == micro_won(card, cost.gpu_seconds)
    assert cost.parts.cpu == micro_won(cpu, cost.gpu_seconds)
    assert cost.parts.memory == micro_won(memory, cost.gpu_seconds)
    assert cost.parts.cold_start == micro_won(card + cpu + memory, cost.cold_start_seconds)
    assert cost.micro_won == cost.parts.gpu + cost.parts.cpu + cost.parts.memory + cost.parts.cold_start


def test_models_loaded_in_the_middle_of_a_job_are_part_of_the_start_and_not_of_the_rendering(
    container: Container, renderer: ToldRenderer, bucket: Storage, make_ticket: MakeTicket
) -> None:
    container.run(make_ticket(seconds=4))  # bears the cold start
    renderer.loading_seconds = 0.2
    ticket = make_ticket()
    began = time.monotonic()
    container.run(ticket.model_copy(update={"job_id": ticket.job_id[::-1]}))
    went_by = time.monotonic() - began
    done = bucket.done(ticket.job_id[::-1])
    assert done is not None
    assert done.cost.cold_start_seconds == 0.2
    assert 0.1 <= done.cost.gpu_seconds <= went_by - 0.2
    assert done.cost.parts.cold_start > 0


def test_the_jobs_of_a_container_never_pay_for_more_than_it_lived(
    container: Container, bucket: Storage, make_ticket: MakeTicket, began: float
) -> None:
    """Coming up is paid once, by the first job, and no second by two."""
    first = make_ticket()
    costs: list[JobCost] = []
    for ticket in (first, first.model_copy(update={"job_id": first.job_id[::-1]})):
        container.run(ticket)
        done = bucket.done(ticket.job_id)
        assert done is not None
        costs.append(done.cost)
    lived = time.monotonic() - began
    assert [cost.cold_start_seconds > 0 for cost in costs] == [True, False]
    assert sum(cost.gpu_seconds + cost.cold_start_seconds for cost in costs) < lived
