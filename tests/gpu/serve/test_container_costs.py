"""What a container costs is told to the site and kept in the bucket, as sums that add up to its life."""

import time
from collections.abc import Generator
from dataclasses import replace

import pytest

from gpu.core.contract import ContainerReport
from gpu.core.pricing import container_cost
from gpu.serve.container_costs import ContainerCosts
from gpu.serve.events import Site
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage, container_key
from tests.gpu.serve.surroundings import EventSite, MakeTicket, ToldRenderer, until
from tests.gpu.serve.test_starts import faulty, opened, told

__all__ = ["told"]

BOOT_SECONDS = 42.0


@pytest.fixture
def container_id(make_ticket: MakeTicket) -> str:
    return f"ta-{make_ticket().job_id}"


@pytest.fixture
def costs(settings: Settings, bucket: Storage, container_id: str) -> Generator[ContainerCosts]:
    sending = Site(settings)
    began = time.monotonic() - BOOT_SECONDS
    yield ContainerCosts(bucket, sending, replace(settings, container=container_id), began)
    sending.close()


def kept(bucket: Storage, container_id: str) -> ContainerReport:
    data = bucket.read(container_key(container_id), 10_000)
    assert data is not None
    return ContainerReport.model_validate_json(data)


def test_the_parts_add_up_to_the_life_and_the_sums_grow(
    costs: ContainerCosts, site: EventSite, bucket: Storage, container_id: str
) -> None:
    costs.ready()
    until(lambda: len(site.reports) == 1)
    costs.jobs.micro_won += 5_000_000
    costs.worked(0.0)
    until(lambda: len(site.reports) == 2)
    costs.close()
    costs.close()
    ready, worked, closed = site.reports
    assert site.unsigned == 0
    assert kept(bucket, container_id) == closed
    assert (ready.ready_at is not None, ready.closed_at, closed.closed_at is not None) == (True, None, True)
    assert ready.boot_seconds >= BOOT_SECONDS
    assert (worked.jobs_micro_won, closed.jobs_micro_won, ready.jobs_micro_won) == (5_000_000, 5_000_000, 0)
    assert ready.total_micro_won < worked.total_micro_won < closed.total_micro_won
    for report in site.reports:
        life = report.boot_seconds + report.busy_seconds + report.idle_seconds
        assert report.total_micro_won == pytest.approx(container_cost("H200", life), rel=1e-4)
        assert report.opened_at < report.at
    assert len({report.opened_at for report in site.reports}) == 1


def test_a_container_that_is_not_ready_yet_is_all_boot(costs: ContainerCosts, site: EventSite) -> None:
    costs.close()
    (report,) = site.reports
    assert (report.ready_at, report.busy_seconds, report.idle_seconds) == (None, 0.0, 0.0)
    assert report.boot_seconds >= BOOT_SECONDS


def test_without_the_site_the_bucket_keeps_the_report(settings: Settings, bucket: Storage, container_id: str) -> None:
    nowhere = Site(replace(settings, site_url="http://127.0.0.1:9"))
    costs = ContainerCosts(bucket, nowhere, replace(settings, container=container_id), time.monotonic())
    costs.ready()
    until(lambda: bucket.read(container_key(container_id), 10_000) is not None)
    assert kept(bucket, container_id).closed_at is None
    costs.close()
    nowhere.close()
    assert kept(bucket, container_id).closed_at is not None


def test_without_site_and_bucket_nothing_is_raised(settings: Settings) -> None:
    nowhere = Site(replace(settings, site_url="http://127.0.0.1:9"))
    lost = Storage(replace(settings, r2_endpoint="http://127.0.0.1:9"), tries=1)
    ContainerCosts(lost, nowhere, settings, time.monotonic()).close()
    nowhere.close()


def test_a_container_tells_when_it_is_ready_after_each_job_and_when_it_ends(
    told: dict[str, str], bucket: Storage, site: EventSite, make_ticket: MakeTicket
) -> None:
    container = opened(told, lambda *_: ToldRenderer(steps=1))
    until(lambda: len(site.reports) == 1)
    ticket = make_ticket(seconds=2)
    assert container.run(ticket) == "finished"
    until(lambda: len(site.reports) == 2)
    container.close()
    done = bucket.done(ticket.job_id)
    assert done is not None
    assert [(report.jobs_micro_won, report.closed_at is None) for report in site.reports] == [
        (0, True),
        (done.cost.micro_won, True),
        (done.cost.micro_won, False),
    ]
    last = site.reports[-1]
    assert last.total_micro_won >= last.jobs_micro_won > 0
    assert last.busy_seconds >= done.cost.gpu_seconds
    assert (last.gpu, last.checkpoint, last.deploy) == ("H200", "tiny-19b", told["CLIPWRIGHT_DEPLOY"])


def test_a_container_whose_start_is_lost_is_paid_for_too(told: dict[str, str], site: EventSite) -> None:
    opened(told, faulty).close()
    (report,) = site.reports
    assert (report.ready_at, report.closed_at is not None, report.jobs_micro_won) == (None, True, 0)
    assert report.total_micro_won > 0
