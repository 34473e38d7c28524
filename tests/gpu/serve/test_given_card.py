"""What a container finds when it opens: the card that was really given, a key to sign with, shapes to warm."""

import io
import logging
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gpu.core.contract import Outcome, Ticket
from gpu.core.hardware import GIB, GPUS, Gpu
from gpu.core.problems import OutOfGpuMemory
from gpu.core.render_job import Renders
from gpu.media.content_credentials import read
from gpu.render.given_card import Card, given
from gpu.serve.modal.container import Container
from gpu.serve.open_models import open_models
from gpu.serve.settings import Settings, SettingsError
from gpu.serve.storage import Storage
from tests.gpu.media.certificates import chain
from tests.gpu.serve.surroundings import EVENT_SECRET, EventSite, MakeTicket, ToldRenderer

if TYPE_CHECKING:
    from gpu.render.pipelines import Renderer

Run = Callable[..., Outcome]


# ---------------------------------------------------------------- which card it is


@pytest.mark.parametrize(
    ("asked", "name", "gib", "planned"),
    [
        ("H100", "NVIDIA H100 80GB HBM3", 79.1, "H100"),
        ("H100", "NVIDIA H200", 139.8, "H200"),
        ("A100-40GB", "NVIDIA A100-SXM4-80GB", 79.2, "A100-80GB"),
        ("A100-40GB", "NVIDIA A100-PCIE-40GB", 39.5, "A100-40GB"),
        ("A10G", "NVIDIA A10", 22.1, "A10G"),
        ("L4", "NVIDIA L40S", 44.5, "L40S"),
        ("B200", "NVIDIA B300 SXM6 AC", 268.6, "B300"),
        ("RTX-PRO-6000", "NVIDIA RTX PRO 6000 Blackwell Server Edition", 95.6, "RTX-PRO-6000"),
        ("B200", "NVIDIA R200", 280.0, "NVIDIA R200"),
    ],
)
def test_the_card_given_is_planned_for_as_what_it_is(asked: str, name: str, gib: float, planned: str) -> None:
    row = given(GPUS[asked], Card(name, int(gib * GIB)))
    assert row.name == planned
    assert row.usable_bytes <= int(gib * GIB)


def test_memory_that_the_driver_keeps_is_not_planned_with() -> None:
    assert given(GPUS["H200"], Card("NVIDIA H200", int(138.5 * GIB))).usable_bytes == int(138.5 * GIB)


@pytest.mark.parametrize("card", [None, Card("NVIDIA H100 80GB HBM3", int(79.1 * GIB))])
def test_no_card_and_a_smaller_one_are_refused(card: Card | None) -> None:
    with pytest.raises(OutOfGpuMemory, match="H200"):
        given(GPUS["H200"], card)


# ---------------------------------------------------------------- in a container


@pytest.fixture
def told(settings: Settings) -> dict[str, str]:
    return {
        "CLIPWRIGHT_SITE_URL": settings.site_url,
        "CLIPWRIGHT_EVENT_SECRET": EVENT_SECRET,
        "CLIPWRIGHT_CHECKPOINT": "ltx-2-19b",
        "CLIPWRIGHT_STATE": str(settings.state),
        "CLIPWRIGHT_GPU": "H100",
        "R2_ENDPOINT": settings.r2_endpoint,
        "R2_BUCKET": settings.r2_bucket,
        "R2_ACCESS_KEY_ID": settings.r2_access_key_id,
        "R2_SECRET_ACCESS_KEY": settings.r2_secret_access_key,
    }


@pytest.fixture
def run(bucket: Storage, site: EventSite) -> Generator[Run]:
    """Opens a container on a renderer and a card, runs one ticket, and returns how it ended on record."""
    containers: list[Container] = []

    def run_one(
        told: Mapping[str, str], ticket: Ticket, renderer: Renders | None, card: Card | None, seen: list[Gpu | None]
    ) -> Outcome:
        def opened(settings: Settings, weights: Path, gpu: Gpu | None) -> Renders:
            seen.append(gpu)
            return renderer or open_models(settings, weights, gpu)

        containers.append(Container(Path("no weights here")))
        containers[-1].open(told, opened, lambda: card)
        assert containers[-1].run(ticket) == "finished"
        ended = bucket.done(ticket.job_id) or bucket.failed(ticket.job_id)
        assert ended is not None
        assert site.outcome() == ended
        return ended

    yield run_one
    for each in containers:
        each.close()


def test_a_larger_card_renders_as_itself_and_costs_what_was_asked_for(
    run: Run, told: dict[str, str], make_ticket: MakeTicket, caplog: pytest.LogCaptureFixture
) -> None:
    placed: list[Gpu | None] = []
    with caplog.at_level(logging.INFO):
        outcome = run(told, make_ticket(), ToldRenderer(), Card("NVIDIA H200", int(139.8 * GIB)), placed)
    assert outcome.status == "succeeded"
    assert outcome.resolved is not None
    assert outcome.resolved.gpu == "H200"
    assert outcome.cost.gpu == "H100"
    assert [each.name for each in placed if each] == ["H200"]
    assert "requested H100, got Card(name='NVIDIA H200'" in caplog.text


@pytest.mark.parametrize("card", [None, Card("NVIDIA L40S", int(44.5 * GIB))])
def test_a_smaller_card_loads_nothing_and_ends_the_job_with_that(
    run: Run, told: dict[str, str], make_ticket: MakeTicket, card: Card | None
) -> None:
    renderer, placed = ToldRenderer(), list[Gpu | None]()
    outcome = run(told, make_ticket(), renderer, card, placed)
    assert outcome.fault is not None
    assert outcome.fault.type == "out-of-gpu-memory"  # so the site tries the next larger card, once
    assert (renderer.seen, placed) == ([], [])


# ---------------------------------------------------------------- signing


def signing_settings() -> dict[str, str]:
    key, certificates = chain()
    return {"CLIPWRIGHT_SIGNING_KEY": key, "CLIPWRIGHT_SIGNING_CERTIFICATES": certificates}


def test_a_clip_of_a_container_with_a_key_is_signed_in_the_bucket(
    run: Run, told: dict[str, str], make_ticket: MakeTicket, bucket: Storage, renderer: "Renderer"
) -> None:
    told |= {"CLIPWRIGHT_CHECKPOINT": "tiny-19b"} | signing_settings()
    outcome = run(told, make_ticket(), renderer, None, [])
    assert outcome.video is not None
    assert outcome.video.content_credentials == "signed"
    assert outcome.video_key is not None
    data = bucket.read(outcome.video_key, 10_000_000)
    assert data is not None
    assert len(data) == outcome.video.bytes
    assert read(io.BytesIO(data))[0] == "Valid"


def test_a_clip_that_cannot_be_signed_is_delivered_and_says_so(
    run: Run, told: dict[str, str], make_ticket: MakeTicket, bucket: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    told |= signing_settings()
    renderer = ToldRenderer()  # what it writes is no MP4, which nobody can sign
    outcome = run(told, make_ticket(), renderer, Card("NVIDIA H200", int(139.8 * GIB)), [])
    assert outcome.status == "succeeded"
    assert outcome.video is not None
    assert (outcome.video.content_credentials, outcome.video.bytes) == ("failed", len(renderer.video))
    assert outcome.video_key is not None
    assert bucket.read(outcome.video_key, 10_000) == renderer.video
    assert "a clip could not be signed" in caplog.text
    assert "PRIVATE" not in caplog.text


@pytest.mark.parametrize("missing", ["CLIPWRIGHT_SIGNING_KEY", "CLIPWRIGHT_SIGNING_CERTIFICATES", "expired"])
def test_a_key_that_cannot_sign_ends_the_job_before_a_model_is_loaded(
    run: Run, told: dict[str, str], make_ticket: MakeTicket, missing: str
) -> None:
    told |= signing_settings()
    if missing == "expired":
        told["CLIPWRIGHT_SIGNING_KEY"], told["CLIPWRIGHT_SIGNING_CERTIFICATES"] = chain(begins_days=-9, ends_days=-1)
    else:
        told[missing] = ""
    placed: list[Gpu | None] = []
    outcome = run(told, make_ticket(), ToldRenderer(), Card("NVIDIA H200", int(139.8 * GIB)), placed)
    assert outcome.fault is not None
    assert outcome.fault.type == "signing-unusable"
    assert placed == []


# ---------------------------------------------------------------- warming


def test_the_shapes_named_are_gone_through_before_the_first_job(
    run: Run, told: dict[str, str], make_ticket: MakeTicket
) -> None:
    renderer = ToldRenderer()
    told |= {"CLIPWRIGHT_WARM_SECONDS": "2, 8", "CLIPWRIGHT_GPU": "H200"}
    outcome = run(told, make_ticket(), renderer, Card("NVIDIA H200", int(139.8 * GIB)), [])
    assert outcome.status == "succeeded"
    made = [shot.resolved for shot in renderer.seen]
    shapes = [(each.num_frames, each.width, each.height, each.steps) for each in made]
    assert shapes[:2] == [(49, 704, 1280, 1), (193, 704, 1280, 1)]
    assert len(shapes) == 3


def test_one_step_goes_through_the_real_pipeline(
    run: Run, told: dict[str, str], make_ticket: MakeTicket, renderer: "Renderer", caplog: pytest.LogCaptureFixture
) -> None:
    told |= {"CLIPWRIGHT_CHECKPOINT": "tiny-19b", "CLIPWRIGHT_WARM_SECONDS": "2"}
    with caplog.at_level(logging.INFO):
        assert run(told, make_ticket(), renderer, None, []).status == "succeeded"
    assert "the warm-up clip of 2 s took" in caplog.text


def test_what_fails_while_warming_is_left_to_the_jobs(run: Run, told: dict[str, str], make_ticket: MakeTicket) -> None:
    renderer = ToldRenderer(fails_with=RuntimeError("a shape that cannot be compiled"))
    told |= {"CLIPWRIGHT_WARM_SECONDS": "8"}
    outcome = run(told, make_ticket(), renderer, Card("NVIDIA H200", int(139.8 * GIB)), [])
    assert outcome.fault is not None
    assert outcome.fault.type == "render-failed"


@pytest.mark.parametrize("lengths", ["3", "8s", "8;2"])
def test_lengths_that_nobody_can_ask_for_are_refused_by_name(told: dict[str, str], lengths: str) -> None:
    with pytest.raises(SettingsError, match="CLIPWRIGHT_WARM_SECONDS"):
        Settings.from_environment(told | {"CLIPWRIGHT_WARM_SECONDS": lengths})
