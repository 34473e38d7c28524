"""Prompt help through the worker: a text in the marker, told to the site, with a clip's ends."""

import io
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PIL import Image

from gpu.core.contract import InputObject, JobEvent, Outcome, TextRequest, Ticket
from gpu.core.contract.texts import MAX_WRITTEN_CHARACTERS
from gpu.core.problems import RenderFailed, WeightsUnusable
from gpu.core.prompt_help import PICTURE_SIDE, TINY_MOST_TOKENS
from gpu.core.render_job import NOBODY, CardLost, Follower, MachineFault, Rendered, Shot, Wording, worded
from gpu.media.content_credentials import Signer, SigningRenderer
from gpu.serve.modal.container import Unusable
from gpu.serve.storage import Storage
from gpu.serve.worker import Worker
from tests.gpu.serve.surroundings import LASTING_SECONDS, EventSite, MakeTicket, ToldRenderer, fault

PICTURE = InputObject(key="inputs/picture01", frame="first")


def never() -> bool:
    return False


def of_words(ticket: Ticket, *inputs: InputObject) -> Ticket:
    return ticket.model_copy(update={"request": TextRequest(prompt="  고개를 든다 "), "inputs": inputs})


def run(worker: Worker, ticket: Ticket) -> Outcome:
    outcome = worker.run(ticket, is_canceled=never)
    assert outcome is not None
    return outcome


def put_picture(bucket: Storage, folder: Path, width: int, height: int) -> None:
    data = io.BytesIO()
    Image.new("RGB", (width, height), (200, 100, 50)).save(data, "PNG")
    path = folder / "object"
    path.write_bytes(data.getvalue())
    bucket.upload(PICTURE.key, path, "image/png")


def test_the_text_is_in_the_marker_before_the_last_event(
    worker: Worker, bucket: Storage, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    ticket = of_words(make_ticket())
    seen: list[tuple[str, bool]] = []

    def look(event: JobEvent) -> None:
        seen.append((event.type, bucket.done(ticket.job_id) is not None))

    site.on_event = look
    outcome = run(worker, ticket)
    assert (outcome.status, outcome.text) == ("succeeded", renderer_told.text)
    assert (outcome.video_key, outcome.video, outcome.resolved, outcome.last_frame) == (None, None, None, None)
    assert bucket.done(ticket.job_id) == outcome == site.outcome()
    assert (seen[0][0], seen[-1]) == ("started", ("ended", True))
    assert site.events[0].resolved is None
    assert outcome.cost.peak_vram_gib == 3.5
    assert renderer_told.worded == [Wording("고개를 든다", None, ticket.seed, TINY_MOST_TOKENS)]
    assert renderer_told.seen == []


def test_a_picture_is_seen_whole_and_no_larger_than_gemma_takes_it(
    worker: Worker, bucket: Storage, make_ticket: MakeTicket, renderer_told: ToldRenderer, tmp_path: Path
) -> None:
    put_picture(bucket, tmp_path, 1_200, 2_000)
    sizes: list[tuple[int, int]] = []

    def measured(_: int) -> None:
        picture = renderer_told.worded[-1].picture
        assert picture is not None
        with Image.open(picture) as image:
            sizes.append(image.size)

    renderer_told.in_step = measured
    assert run(worker, of_words(make_ticket(), PICTURE)).status == "succeeded"
    assert sizes[0] == (round(PICTURE_SIDE * 0.6), PICTURE_SIDE)


def test_a_picture_that_is_gone_costs_no_writing(
    worker: Worker, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    gone = InputObject(key="inputs/gone0001", frame="first")
    assert fault(run(worker, of_words(make_ticket(), gone))) == "upload-not-found"
    assert renderer_told.worded == []


def test_a_cancellation_stops_it_and_says_what_it_used(
    worker: Worker, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    renderer_told.step_seconds = LASTING_SECONDS

    def wish(step: int) -> None:
        del step
        site.cancel_requested = True

    renderer_told.in_step = wish
    outcome = run(worker, of_words(make_ticket()))
    assert (outcome.status, outcome.text) == ("canceled", None)
    assert outcome.cost.gpu_seconds > 0


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


@pytest.mark.parametrize(
    ("error", "slug"),
    [(OutOfMemoryError(), "out-of-gpu-memory"), (RenderFailed("Gemma wrote nothing."), "render-failed")],
)
def test_a_failure_is_its_own(
    worker: Worker, bucket: Storage, make_ticket: MakeTicket, renderer_told: ToldRenderer, error: Exception, slug: str
) -> None:
    renderer_told.fails_with = error
    ticket = of_words(make_ticket())
    assert fault(run(worker, ticket)) == slug
    assert bucket.done(ticket.job_id) is None


def test_a_lost_card_leaves_the_attempt_to_another(
    worker: Worker, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    renderer_told.fails_with = CardLost("gone")
    ticket = of_words(make_ticket())
    with pytest.raises(MachineFault):
        worker.run(ticket, is_canceled=never)
    renderer_told.fails_with = None
    assert run(worker, ticket).text == renderer_told.text


def test_a_text_beyond_every_limit_is_cut_to_what_a_marker_holds(
    worker: Worker, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    renderer_told.text = "가" * (MAX_WRITTEN_CHARACTERS + 5)
    assert run(worker, of_words(make_ticket())).text == renderer_told.text[:-5]


def test_what_no_prompt_may_hold_is_left_out(
    worker: Worker, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    renderer_told.text = " A\x07 woman\n\ufffdturns\x7f. "
    assert run(worker, of_words(make_ticket())).text == "A woman\nturns."


def test_a_text_of_which_nothing_is_left_is_a_failure(
    worker: Worker, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    renderer_told.text = "\x00\ufffd "
    assert fault(run(worker, of_words(make_ticket()))) == "render-failed"


def test_every_renderer_of_the_service_passes_it_on(renderer_told: ToldRenderer) -> None:
    wording = Wording("a sea", None, 7, 8)
    signed = SigningRenderer(renderer_told, cast("Signer", None))  # nothing of a text is signed
    assert worded(signed, wording, NOBODY).text == renderer_told.text
    with pytest.raises(WeightsUnusable):
        worded(Unusable(WeightsUnusable("none")), wording, NOBODY)


class DrawsOnly:
    """A renderer of before there was prompt help."""

    def render(self, shot: Shot, follower: Follower) -> Rendered:
        raise NotImplementedError


def test_a_renderer_that_cannot_write_says_so(worker: Worker, make_ticket: MakeTicket) -> None:
    assert fault(run(replace(worker, renderer=DrawsOnly()), of_words(make_ticket()))) == "invalid-job"
