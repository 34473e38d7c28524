"""A rented container's life, with the tiny models, a real bucket and a site: it opens, works, and leaves nothing."""

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gpu.core.contract import Fault, Ticket
from gpu.core.hardware import GPUS
from gpu.core.render_job import Follower, Rendered, Renders, Shot
from gpu.render.given_card import Card
from gpu.serve.modal import app
from gpu.serve.modal.container import Container, OpenRenderer
from gpu.serve.open_models import open_models
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage, claim_key
from tests.gpu.serve.surroundings import EVENT_SECRET, EventSite, MakeTicket, ToldRenderer

Open = Callable[..., Container]
H200 = Card("NVIDIA H200", GPUS["H200"].usable_bytes)


@pytest.fixture
def told(settings: Settings) -> dict[str, str]:
    return {
        "CLIPWRIGHT_SITE_URL": settings.site_url,
        "CLIPWRIGHT_EVENT_SECRET": EVENT_SECRET,
        "CLIPWRIGHT_CHECKPOINT": "tiny-19b",
        "CLIPWRIGHT_STATE": str(settings.state),
        "CLIPWRIGHT_GPU": "H200",
        "CLIPWRIGHT_BUILD": "commit",
        "R2_ENDPOINT": settings.r2_endpoint,
        "R2_BUCKET": settings.r2_bucket,
        "R2_ACCESS_KEY_ID": settings.r2_access_key_id,
        "R2_SECRET_ACCESS_KEY": settings.r2_secret_access_key,
    }


@pytest.fixture
def opened() -> Generator[Open]:
    """Opens containers, on a renderer that is told what to do unless another one is named; closes them at the end."""
    containers: list[Container] = []

    def told_renderer(*_: object) -> Renders:
        return ToldRenderer()

    def open_container(
        told: Mapping[str, str],
        open_renderer: OpenRenderer = told_renderer,
        card: Card | None = H200,
        limit_seconds: float = 600.0,
    ) -> Container:
        containers.append(Container(Path("no weights here"), limit_seconds=limit_seconds))
        containers[-1].open(told, open_renderer, lambda: card)
        return containers[-1]

    yield open_container
    for each in containers:
        each.close()


def test_the_modal_class_makes_a_clip_with_the_tiny_models_from_enter_to_exit(
    told: dict[str, str],
    bucket: Storage,
    site: EventSite,
    settings: Settings,
    make_ticket: MakeTicket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    instance: Any = app.GpuWorker()
    ticket = make_ticket(seconds=2)
    with pytest.warns(UserWarning, match="executing locally"):  # the volume is not there; the tiny set needs none
        assert instance.run.local(ticket.model_dump_json()) == "finished"
    instance._container.close()
    assert not (settings.state / "scratch").exists()
    done = bucket.done(ticket.job_id)
    assert done is not None
    assert done.resolved is not None
    assert (done.resolved.gpu, done.resolved.build) == ("H100", "commit")
    assert done.cost.cold_start_seconds > 0
    assert done.cost.parts.cold_start > 0
    assert site.outcome() == done


def test_only_the_first_job_of_a_container_bears_its_cold_start(
    opened: Open, told: dict[str, str], bucket: Storage, make_ticket: MakeTicket
) -> None:
    container = opened(told)
    first = make_ticket(seconds=2)
    second = first.model_copy(update={"job_id": first.job_id[::-1]})
    assert container.run(first) == container.run(second) == "finished"
    costs = [bucket.done(ticket.job_id) for ticket in (first, second)]
    assert [outcome.cost.cold_start_seconds > 0 for outcome in costs if outcome] == [True, False]


def test_without_weights_each_job_ends_with_that_reason(
    opened: Open, told: dict[str, str], bucket: Storage, make_ticket: MakeTicket
) -> None:
    container = opened(told | {"CLIPWRIGHT_CHECKPOINT": "ltx-2-19b"}, open_models)
    ticket = make_ticket(seconds=2)
    assert container.run(ticket) == "finished"
    failed = bucket.failed(ticket.job_id)
    assert failed is not None
    assert failed.fault is not None
    assert failed.fault.type == "weights-unusable"


def test_models_too_large_for_the_card_are_that_and_not_bad_weights(
    opened: Open, told: dict[str, str], bucket: Storage, make_ticket: MakeTicket
) -> None:
    class OutOfMemoryError(RuntimeError):
        pass

    def full(*what: object) -> Renders:
        raise OutOfMemoryError(what)

    ticket = make_ticket(seconds=2)
    assert opened(told, full).run(ticket) == "finished"
    failed = bucket.failed(ticket.job_id)
    assert failed is not None
    assert failed.fault is not None
    assert failed.fault.type == "out-of-gpu-memory"


def test_a_container_without_its_secrets_opens_and_says_which(
    opened: Open, told: dict[str, str], make_ticket: MakeTicket
) -> None:
    del told["R2_ENDPOINT"], told["CLIPWRIGHT_EVENT_SECRET"]
    end = opened(told).run(make_ticket(seconds=2))
    assert isinstance(end, Fault)
    assert end.type == "settings-incomplete"
    assert "R2_ENDPOINT" in end.detail
    assert "CLIPWRIGHT_EVENT_SECRET" in end.detail


@pytest.mark.parametrize(
    "mistyped", [{"R2_ENDPOINT": "account.r2.cloudflarestorage.com"}, {"CLIPWRIGHT_EVENT_SECRET": "not base64!"}]
)
def test_a_container_with_a_mistyped_secret_opens_loads_nothing_and_names_it(
    opened: Open, told: dict[str, str], make_ticket: MakeTicket, mistyped: dict[str, str]
) -> None:
    """One that raised here would be started again, on a rented card, for ever."""
    loaded: list[object] = []
    container = opened(told | mistyped, lambda *what: loaded.append(what) or ToldRenderer())
    assert loaded == []
    end = container.run(make_ticket(seconds=2))
    assert isinstance(end, Fault)
    ((name, value),) = mistyped.items()
    assert (end.type, name in end.detail, value in end.detail) == ("settings-incomplete", True, False)


def test_a_bucket_that_refuses_leaves_the_call_gone(
    opened: Open, told: dict[str, str], make_ticket: MakeTicket
) -> None:
    container = opened(told | {"R2_SECRET_ACCESS_KEY": "wrong"}, limit_seconds=0.0)
    assert container.run(make_ticket(seconds=2)) == "gone"
    assert container.is_spent  # it would only use up the jobs that wait


class Interrupted:
    """A renderer under which the platform takes the machine away."""

    def __init__(self, ending: BaseException) -> None:
        self._ending = ending

    def render(self, shot: Shot, follower: Follower) -> Rendered:
        del shot
        follower.on_progress("stage_1", 1, 20)
        raise self._ending


class AcceleratorError(RuntimeError):
    """Named as torch names its own."""


def test_a_lost_card_ends_the_container_and_leaves_the_job_to_another(
    opened: Open, told: dict[str, str], bucket: Storage, site: EventSite, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(seconds=2)
    lost = opened(told, lambda *_: Interrupted(AcceleratorError("CUDA error: unspecified launch failure")))
    assert not lost.is_spent
    assert lost.run(ticket) == "gone"
    assert lost.is_spent
    assert bucket.failed(ticket.job_id) is None
    assert "ended" not in site.types()
    again = ticket.model_copy(update={"attempt": 2})
    assert opened(told).run(again) == "finished"
    assert bucket.done(ticket.job_id) is not None


def test_a_job_that_still_comes_to_a_lost_card_is_not_begun(
    opened: Open, told: dict[str, str], site: EventSite, make_ticket: MakeTicket
) -> None:
    lost = opened(told, lambda *_: Interrupted(AcceleratorError("CUDA error: unspecified launch failure")))
    lost.run(make_ticket(seconds=2))
    before = site.types()
    assert lost.run(make_ticket(seconds=2)) == "gone"
    assert site.types() == before


def test_a_card_lost_while_loading_is_not_blamed_on_the_weights(
    opened: Open, told: dict[str, str], bucket: Storage, make_ticket: MakeTicket
) -> None:
    def loads(*_: object) -> Renders:
        raise AcceleratorError("CUDA error: uncorrectable ECC error encountered")

    ticket = make_ticket(seconds=2)
    container = opened(told, loads)
    assert container.run(ticket) == "gone"
    assert container.is_spent
    assert bucket.failed(ticket.job_id) is None


def test_a_start_that_fails_for_no_known_reason_fails_no_job(
    opened: Open, told: dict[str, str], bucket: Storage, site: EventSite, make_ticket: MakeTicket
) -> None:
    """A machine that cannot load would end every job that waits, one a second, before another machine got any."""

    def cannot(*_: object) -> Renders:
        raise OSError("the disk cannot be read")

    told = told | {"CLIPWRIGHT_BUILD": make_ticket().job_id}  # starts of this test's own
    ticket = make_ticket(seconds=2)
    lost = opened(told, cannot)
    assert lost.is_spent
    assert lost.run(ticket) == "gone"
    assert bucket.failed(ticket.job_id) is None
    assert site.types() == []
    assert opened(told).run(ticket) == "finished"
    assert bucket.done(ticket.job_id) is not None


def test_a_clip_that_fails_by_itself_ends_no_container(
    opened: Open, told: dict[str, str], make_ticket: MakeTicket
) -> None:
    container = opened(told, lambda *_: Interrupted(RuntimeError("a broken clip")))
    assert container.run(make_ticket(seconds=2)) == "finished"
    assert not container.is_spent


def test_preemption_leaves_no_claim_and_the_next_container_delivers(
    opened: Open, told: dict[str, str], bucket: Storage, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(seconds=2)
    taken = opened(told, lambda *_: Interrupted(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        taken.run(ticket)
    taken.close()
    assert not bucket.is_claimed(ticket.job_id, 1)
    assert bucket.failed(ticket.job_id) is None
    again = opened(told)
    assert again.run(ticket) == "finished"
    assert bucket.done(ticket.job_id) is not None


def test_a_container_killed_in_the_middle_costs_one_render_however_often_it_is_delivered_again(
    opened: Open, told: dict[str, str], bucket: Storage, make_ticket: MakeTicket
) -> None:
    """What an out-of-memory kill by the system leaves: a fresh claim and nobody behind it."""
    ticket = make_ticket(seconds=2)
    renderers: list[ToldRenderer] = []

    def counted(*_: object) -> Renders:
        renderers.append(ToldRenderer())
        return renderers[-1]

    container = opened(told, counted)
    assert container.run(ticket) == "finished"
    held = bucket.read(claim_key(ticket.job_id, 1), 10_000)
    assert held is not None
    bucket.remove([f"jobs/{ticket.job_id}/done.json"])
    for _ in range(3):  # the platform delivers the same input to one new container after another
        assert opened(told, counted).run(ticket) == "finished"
    assert sum(len(each.seen) for each in renderers) == 1  # nobody rendered again: the site starts attempt 2


def test_closing_clears_the_scratch_folder(
    opened: Open, told: dict[str, str], settings: Settings, make_ticket: MakeTicket
) -> None:
    container = opened(told)
    ticket: Ticket = make_ticket(seconds=2)
    container.run(ticket)
    leftover = settings.state / "scratch" / "left"
    leftover.parent.mkdir(parents=True, exist_ok=True)
    leftover.write_bytes(b"x")
    container.close()
    assert not leftover.exists()
