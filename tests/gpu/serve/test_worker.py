"""The worker protocol against a real bucket and a site that checks signatures: order of effects, ends, repetitions."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gpu.core.contract import Face, InputObject, JobEvent, Outcome, Ticket
from gpu.core.problems import ProblemError, StorageRefused, WeightsUnusable
from gpu.serve import storage as keys
from gpu.serve.events import SEQ_PER_TURN, Site, timestamp
from gpu.serve.inputs import frame_index
from gpu.serve.scratch import SCRATCH
from gpu.serve.settings import Settings
from gpu.serve.storage import Claim, Storage
from gpu.serve.worker import Worker
from tests.gpu.serve.surroundings import LASTING_SECONDS, EventSite, MakeTicket, ToldRenderer, make_outcome, until
from tests.hand_clock import HandClock

PICTURE = {"key": "inputs/picture01", "frame": "first"}
HASH = "ab" * 32


def never() -> bool:
    return False


def run(worker: Worker, ticket: Ticket) -> Outcome:
    outcome = worker.run(ticket, is_canceled=never)
    assert outcome is not None
    return outcome


def put(bucket: Storage, folder: Path, key: str, data: bytes) -> None:
    path = folder / "object"
    path.write_bytes(data)
    bucket.upload(key, path, "application/octet-stream")


def png(width: int = 80, height: int = 70) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 100, 50)).save(out, "PNG")
    return out.getvalue()


# ---------------------------------------------------------------- the ordinary way


def test_a_job_ends_with_clip_poster_marker_and_event(
    worker: Worker, bucket: Storage, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    ticket = make_ticket()
    outcome = run(worker, ticket)
    assert outcome.status == "succeeded"
    assert bucket.done(ticket.job_id) == outcome == site.outcome()
    assert outcome.video_key is not None
    assert bucket.read(outcome.video_key, 10_000) == renderer_told.video
    assert outcome.poster_key is not None
    assert bucket.read(outcome.poster_key, 10_000) == renderer_told.poster
    last = outcome.last_frame
    assert last is not None
    assert bucket.read(last.key, 10_000) == renderer_told.last_frame
    assert (last.key, last.width, last.digest) == (f"jobs/{ticket.job_id}/last-1.png", 64, "cd" * 32)
    assert last.faces == (Face(left=0.25, top=0.125, width=0.5, height=0.3333),)
    assert outcome.video is not None
    assert (outcome.video.bytes, outcome.video.frames_hash) == (len(renderer_told.video), HASH)
    assert outcome.resolved is not None
    assert (outcome.resolved.seed, outcome.resolved.checkpoint, outcome.resolved.gpu) == (7, "tiny-19b", "local-cpu")
    assert outcome.resolved.prompt_tokens_dropped == 0
    assert outcome.cost.peak_vram_gib == 3.5
    assert site.types()[0] == "started"
    assert outcome.fault is None


def test_the_marker_is_in_the_bucket_before_the_last_event_and_after_the_clip(
    worker: Worker, bucket: Storage, site: EventSite, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket()
    seen: list[tuple[str, bool, bool]] = []

    def look(event: JobEvent) -> None:
        video = bucket.read(keys.video_key(ticket.job_id, 1), 10_000)
        seen.append((event.type, video is not None, bucket.done(ticket.job_id) is not None))

    site.on_event = look
    run(worker, ticket)
    assert seen[-1] == ("ended", True, True)
    assert all(video for _, video, done in seen if done)


def test_seconds_are_metered_and_priced_as_the_card_says(
    worker: Worker, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    renderer_told.step_seconds = 0.1
    outcome = worker.run(make_ticket(), is_canceled=never, cold_start_seconds=2.0)
    assert outcome is not None
    assert outcome.cost.gpu == "H200"
    assert outcome.cost.gpu_seconds >= 0.3
    assert outcome.cost.parts.cold_start > 0
    assert outcome.cost.micro_won == sum(outcome.cost.parts.model_dump().values())


def test_what_made_the_weights_smaller_is_told_with_the_clip(
    worker: Worker, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    """A plan in fp8 changes frames, so the marker, the event and with them the site must say so."""
    renderer_told.quantization = "fp8"
    outcome = run(worker, make_ticket())
    assert outcome.resolved is not None
    assert outcome.resolved.quantization == "fp8"
    assert site.outcome() == outcome


def test_pictures_are_prepared_and_placed(
    worker: Worker, bucket: Storage, make_ticket: MakeTicket, renderer_told: ToldRenderer, tmp_path: Path
) -> None:
    put(bucket, tmp_path, "inputs/picture01", png())
    put(bucket, tmp_path, "inputs/picture02", png(90, 90))
    inputs = [PICTURE, {"key": "inputs/picture02", "frame": "last"}]
    pictures = {"first_upload_id": "picture01", "last_upload_id": "picture02"}
    outcome = run(worker, make_ticket(inputs=inputs, preset="keyframes", image_strength=0.4, **pictures))
    assert outcome.status == "succeeded"
    shot = renderer_told.seen[0]
    assert [each.frame_idx for each in shot.pictures] == [0, shot.resolved.num_frames - 1]
    assert ({each.strength for each in shot.pictures}, shot.source_video) == ({0.4}, None)


def test_a_clip_made_here_is_the_source_of_a_restyle(
    worker: Worker, bucket: Storage, make_ticket: MakeTicket, renderer_told: ToldRenderer, tmp_path: Path
) -> None:
    put(bucket, tmp_path, "jobs/earlierjob/video-1.mp4", b"an earlier clip")
    ticket = make_ticket(
        inputs=[{"key": "jobs/earlierjob/video-1.mp4", "frame": None}], preset="restyle", source_job_id="earlierjob"
    )
    run(worker, ticket)
    shot = renderer_told.seen[0]
    assert shot.pictures == []
    assert shot.source_video is not None


@pytest.mark.parametrize(("frame", "index"), [("first", 0), ("middle", 96), ("last", 192)])
def test_where_a_picture_stands_in_193_frames(frame: Any, index: int) -> None:
    assert frame_index(InputObject(key="inputs/picture01", frame=frame), 193) == index


def test_nothing_stays_in_the_scratch_folder(worker: Worker, settings: Settings, make_ticket: MakeTicket) -> None:
    run(worker, make_ticket())
    assert list((settings.state / SCRATCH).iterdir()) == []


# ---------------------------------------------------------------- repetitions


def test_a_delivered_job_is_told_again_and_not_made_again(
    worker: Worker, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    first = run(worker, make_ticket())
    again = run(worker, make_ticket())
    later = run(worker, make_ticket(attempt=2))
    assert first == again == later
    assert len(renderer_told.seen) == 1
    assert site.types().count("ended") == 3
    assert site.events[-1].attempt == 2


def test_an_attempt_that_somebody_works_on_is_left_alone(
    worker: Worker, bucket: Storage, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    ticket = make_ticket()
    assert bucket.claim(other_claim(ticket, datetime.now(UTC)), timestamp())
    assert worker.run(ticket, is_canceled=never) is None
    assert (renderer_told.seen, site.events) == ([], [])


@pytest.mark.parametrize("released", [True, False])
def test_an_attempt_of_a_dead_or_departed_worker_is_taken_over(
    worker: Worker, bucket: Storage, site: EventSite, make_ticket: MakeTicket, *, released: bool
) -> None:
    ticket = make_ticket()
    made = datetime.now(UTC) - timedelta(hours=0 if released else 2)
    claim = bucket.claim(other_claim(ticket, made), timestamp())
    assert claim is not None
    if released:
        bucket.release(claim)
    assert run(worker, ticket).status == "succeeded"
    assert site.events[0].seq == SEQ_PER_TURN + 1


def other_claim(ticket: Ticket, made: datetime) -> Claim:
    return Claim(
        job_id=ticket.job_id, attempt=ticket.attempt, token="other", at=timestamp(made), turn=1, released=False
    )


def test_of_two_attempts_that_both_finish_one_clip_stands(
    worker: Worker, bucket: Storage, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    """The first attempt was given up for dead while it still rendered, and delivers while the second is at work."""
    first = make_outcome(make_ticket().job_id, status="succeeded")

    renderer_told.in_step = lambda _: bucket.mark_done(first)
    outcome = run(worker, make_ticket(attempt=2))
    assert outcome == first == bucket.done(first.job_id) == site.outcome()
    for key in (keys.video_key, keys.poster_key, keys.last_frame_key):
        assert bucket.read(key(first.job_id, 2), 10_000) is None


def test_an_attempt_that_the_site_no_longer_waits_for_stops_and_leaves_no_marker(
    worker: Worker, bucket: Storage, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    site.answers = [409]
    renderer_told.step_seconds = LASTING_SECONDS
    ticket = make_ticket()
    assert worker.run(ticket, is_canceled=never) is None
    assert bucket.failed(ticket.job_id) is bucket.done(ticket.job_id) is None
    assert site.events == []


# ---------------------------------------------------------------- ends without a clip


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


@pytest.mark.parametrize(
    ("error", "slug"),
    [
        (OutOfMemoryError("CUDA out of memory; tried to allocate 2 GiB at 0x7f"), "out-of-gpu-memory"),
        (MemoryError(), "out-of-gpu-memory"),
        (WeightsUnusable("The transformer could not be built."), "weights-unusable"),
        (ValueError("secret path /root/models/x"), "render-failed"),
    ],
)
def test_failures_are_classified_marked_and_told(
    worker: Worker,
    bucket: Storage,
    site: EventSite,
    make_ticket: MakeTicket,
    renderer_told: ToldRenderer,
    error: Exception,
    slug: str,
) -> None:
    renderer_told.fails_with = error
    ticket = make_ticket()
    outcome = run(worker, ticket)
    assert outcome.status == "failed"
    assert outcome == bucket.failed(ticket.job_id) == site.outcome()
    assert outcome.fault is not None
    assert outcome.fault.type == slug
    if not isinstance(error, ProblemError):
        assert str(error) == "" or str(error) not in outcome.model_dump_json()
    assert bucket.done(ticket.job_id) is None


def test_a_picture_that_is_none_ends_the_job_before_the_model_runs(
    worker: Worker, bucket: Storage, make_ticket: MakeTicket, renderer_told: ToldRenderer, tmp_path: Path
) -> None:
    put(bucket, tmp_path, "inputs/picture01", png()[:60])
    outcome = run(worker, make_ticket(inputs=[PICTURE], upload_id="picture01"))
    assert outcome.fault is not None
    assert outcome.fault.type == "picture-refused"
    assert renderer_told.seen == []


def test_a_missing_input_is_named(worker: Worker, make_ticket: MakeTicket) -> None:
    outcome = run(worker, make_ticket(inputs=[{"key": "inputs/gone0000", "frame": "first"}], upload_id="gone0000"))
    assert outcome.fault is not None
    assert outcome.fault.type == "upload-not-found"


def test_a_canceled_job_stops_inside_a_step_and_bills_its_seconds(
    worker: Worker, bucket: Storage, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    begun: list[int] = []
    renderer_told.step_seconds, renderer_told.in_step = LASTING_SECONDS, begun.append
    ticket = make_ticket()
    outcome = worker.run(ticket, is_canceled=lambda: begun == [1])
    assert outcome is not None
    assert begun == [1]
    assert (outcome.status, outcome.fault and outcome.fault.type) == ("canceled", "job-canceled")
    assert outcome.cost.micro_won > 0
    assert outcome == bucket.failed(ticket.job_id) == site.outcome()


def test_the_sites_answer_to_a_heartbeat_cancels_too(
    worker: Worker, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    renderer_told.step_seconds = LASTING_SECONDS
    site.cancel_requested = True
    assert run(worker, make_ticket()).status == "canceled"


def test_a_call_canceled_before_its_turn_never_reaches_the_model(
    worker: Worker, bucket: Storage, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    ticket = make_ticket()
    outcome = worker.run(ticket, is_canceled=lambda: True)
    assert outcome is not None
    assert outcome == bucket.failed(ticket.job_id)
    assert outcome.status == "canceled"
    assert renderer_told.seen == []


def test_the_deadline_ends_a_render_that_takes_too_long(
    worker: Worker, make_ticket: MakeTicket, renderer_told: ToldRenderer, worker_clock: HandClock
) -> None:
    renderer_told.in_step = lambda _: worker_clock.sleep(250)
    outcome = run(worker, make_ticket(deadline_seconds=600.0))
    assert (outcome.status, outcome.fault and outcome.fault.type) == ("failed", "deadline-exceeded")


# ---------------------------------------------------------------- when the surroundings break


def test_without_the_site_the_clip_is_in_the_bucket_all_the_same(
    settings: Settings, bucket: Storage, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    dead = Site(replace(settings, site_url="http://127.0.0.1:9"))
    dead.silent = True  # as after an earlier job, so that the test need not wait out the full patience
    ticket = make_ticket()
    outcome = Worker(bucket, dead, renderer_told, settings).run(ticket, is_canceled=never)
    dead.close()
    assert outcome is not None
    assert outcome == bucket.done(ticket.job_id)


def test_without_the_bucket_a_worker_waits_to_its_limit_and_promises_nothing(
    settings: Settings, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer, worker_clock: HandClock
) -> None:
    nowhere = Storage(replace(settings, r2_endpoint="http://127.0.0.1:9"), tries=1)
    told, began = Site(settings), worker_clock.now
    with pytest.raises(StorageRefused):
        Worker(nowhere, told, renderer_told, settings).run(make_ticket(), is_canceled=never, limit_seconds=9.0)
    told.close()
    assert 0 < worker_clock.now - began <= 9.0
    assert site.events == []


def test_a_worker_sent_away_gives_the_attempt_to_the_next(
    worker: Worker, bucket: Storage, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer
) -> None:
    renderer_told.fails_with = KeyboardInterrupt()
    ticket = make_ticket()
    with pytest.raises(KeyboardInterrupt):
        worker.run(ticket, is_canceled=never)
    assert bucket.failed(ticket.job_id) is None
    assert "ended" not in site.types()
    renderer_told.fails_with = None
    assert run(worker, ticket).status == "succeeded"
    assert site.types()[-1] == "ended"


# ---------------------------------------------------------------- how long it will take


def test_the_second_clip_of_the_same_settings_has_a_measured_eta(
    worker: Worker, site: EventSite, make_ticket: MakeTicket, renderer_told: ToldRenderer, worker_clock: HandClock
) -> None:
    def until_told(step: int) -> None:
        until(lambda: any(event.progress and event.progress.step == step for event in list(site.events)))

    renderer_told.steps, renderer_told.step_seconds, renderer_told.in_step = 8, 60.0, until_told
    renderer_told.clock = worker_clock
    run(worker, make_ticket(attempt=1))
    bases = {event.progress.eta_basis for event in site.events if event.progress}
    assert "measured" not in bases
    assert "estimated" in bases
    site.events.clear()
    other = make_ticket().model_copy(update={"job_id": "anotherjob" + make_ticket().job_id[-9:]})
    run(worker, other)
    etas = [event.progress for event in site.events if event.progress]
    assert {each.eta_basis for each in etas} == {"measured"}
    left = {each.step: each.eta_seconds for each in etas}
    assert [left[step] for step in (1, 5, 8)] == [480.0, 240.0, 60.0]
    paced = [each for each in etas if each.step]
    assert {each.step for each in paced} >= {1, 5, 8}
    assert [each.step_seconds for each in paced] == [pytest.approx(60.0)] * len(paced), "known from the first step on"
    assert all(each.step_began_at for each in paced)
    assert not any(each.step_seconds or each.step_began_at for each in etas if not each.step)
