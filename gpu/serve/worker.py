"""One attempt at one job, once: claim, render, upload, marker, event.

    done.json there?  ── yes ─→ tell the site again, end
    claim taken?      ── yes ─→ end: another worker has this attempt
    inputs → render → video, poster → done.json → event        the marker is written last and is the truth
    anything else     → failed.json → event                    a canceled attempt too; never beside done.json

Whatever dies between two lines leaves nothing that a repetition could not finish or undo: a claim is released or goes
stale, uploads without a marker are never shown. Does not know Modal, HTTP or torch; it is given what renders.
"""

import logging
import math
import secrets
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from gpu.core import presets, pricing
from gpu.core.contract import (
    Borders,
    Crop,
    Fault,
    InputObject,
    JobRequest,
    KeyframesClip,
    Outcome,
    Poster,
    Quality,
    Resolved,
    RestyleClip,
    Stage,
    Ticket,
    Video,
)
from gpu.core.contract.fields import MAX_UPLOAD_BYTES
from gpu.core.hardware import GIB
from gpu.core.problems import (
    DeadlineExceeded,
    JobCanceled,
    JobNotFound,
    OutOfGpuMemory,
    ProblemError,
    RenderFailed,
    StorageRefused,
    UploadNotFound,
    WorkerLost,
)
from gpu.core.render_job import CardLost, Conditioning, Follower, Rendered, Renders, Shot, is_lost, is_out_of_memory
from gpu.media import pictures
from gpu.serve import eta, storage
from gpu.serve.events import Courier, Site, resend, timestamp
from gpu.serve.settings import Settings
from gpu.serve.storage import Claim, Storage

log = logging.getLogger(__name__)

CLAIM_FRESH_SECONDS = 30 * 60
"""A claim that is older and has no marker belongs to a dead worker: a clip takes less than half of this."""
MAX_TURNS = 3
"""Workers that may claim one attempt, one after another. The platform redelivers without limit after a crash; this
limit ends the loop."""
UPLOAD_PATIENCE_SECONDS = 30.0
"""How long to retry the upload of a finished clip: about as long as making it again would take."""
UPLOAD_PAUSE_SECONDS = 2.0
SCRATCH = "scratch"
"""Folder under the state folder for the current attempt's files; files that a killed worker left may be deleted."""
MAX_SOURCE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Worker:
    """The state that a rendering process keeps from job to job."""

    storage: Storage
    site: Site
    renderer: Renders
    settings: Settings
    times: eta.StageTimes = field(default_factory=eta.StageTimes)

    def run(
        self,
        ticket: Ticket,
        *,
        is_canceled: Callable[[], bool],
        cold_start_seconds: float = 0.0,
        limit_seconds: float = math.inf,
    ) -> Outcome | None:
        """Runs one attempt. Returns the job's outcome, or None where another worker has the attempt.

        `is_canceled` is called thousands of times a clip, so it must be cheap. `cold_start_seconds` is this job's share
        of starting the container. `limit_seconds` from now the attempt stops by itself, even before the ticket's
        deadline, so that an interruption by the platform always means a cancellation. Raises StorageRefused when the
        bucket is unreachable, since then no outcome can be recorded. Passes on exceptions that end the process
        (KeyboardInterrupt, a platform's cancellation). Raises CardLost when the card is at fault; the site then decides
        about another attempt.
        """
        done = self.storage.done(ticket.job_id)
        if done is not None:
            resend(self.site, ticket, done)
            return done
        now = datetime.now(UTC)
        claim = self.storage.claim(
            Claim(
                job_id=ticket.job_id,
                attempt=ticket.attempt,
                token=secrets.token_hex(16),
                at=timestamp(now),
                turn=1,
                released=False,
            ),
            stale_before=timestamp(now - timedelta(seconds=CLAIM_FRESH_SECONDS)),
        )
        if claim is None:
            log.info("job %s attempt %d is claimed by another worker", ticket.job_id, ticket.attempt)
            return None
        attempt = _Attempt(self, ticket, claim, is_canceled, cold_start_seconds, limit_seconds)
        with Courier(self.site, ticket, turn=claim.turn) as courier:
            return attempt.run(courier) if claim.turn <= MAX_TURNS else attempt.give_up(courier)


class _Attempt:
    """One claimed attempt: its clock, its settings, its progress."""

    def __init__(
        self,
        worker: Worker,
        ticket: Ticket,
        claim: Claim,
        is_canceled: Callable[[], bool],
        cold_start_seconds: float,
        limit_seconds: float,
    ) -> None:
        self._worker = worker
        self._ticket = ticket
        self._claim = claim
        self._is_canceled = is_canceled
        self._cold_start_seconds = cold_start_seconds
        self._began = time.monotonic()
        left = (datetime.fromisoformat(ticket.deadline_at) - datetime.now(UTC)).total_seconds()
        self._deadline = self._began + min(left, limit_seconds)
        self._stage: Stage = "starting"
        self._stage_began = self._began
        self._stage_seconds: dict[Stage, float] = {}
        self._resolved: Resolved | None = None

    def run(self, courier: Courier) -> Outcome | None:
        try:
            outcome = self._finish(courier)
        except Exception as error:
            if courier.unwanted:
                log.info("job %s no longer needs attempt %d", self._ticket.job_id, self._ticket.attempt)
                return None
            if is_lost(error):
                # The clip is not the cause. Without a marker the site sends the job again, free, to another card.
                log.error(
                    "job %s attempt %d: the GPU failed", self._ticket.job_id, self._ticket.attempt, exc_info=error
                )
                raise CardLost(type(error).__name__) from None
            outcome = self._fail(self._classified(error))
        except (KeyboardInterrupt, SystemExit) as leaving:
            # The platform preempts this machine and redelivers the job: leave the attempt to the next worker.
            with suppress(StorageRefused):
                self._worker.storage.release(self._claim)
            raise leaving.with_traceback(None) from None
        except BaseException as ending:
            # The platform cancels: the owner stopped the job, or its time is up. Report, then raise it again.
            with suppress(StorageRefused):
                courier.ended(self._fail(self._why_stopped()))
            raise ending.with_traceback(None) from None
        courier.ended(outcome)
        return outcome

    def give_up(self, courier: Courier) -> Outcome:
        """Ends the attempt without rendering, because it has crashed too many workers. Raises StorageRefused."""
        log.error("job %s attempt %d: %d workers crashed", self._ticket.job_id, self._ticket.attempt, MAX_TURNS)
        outcome = self._fail(WorkerLost(f"{MAX_TURNS} workers were lost in one attempt."))
        courier.ended(outcome)
        return outcome

    def _finish(self, courier: Courier) -> Outcome:
        worker, ticket = self._worker, self._ticket
        resolved = self._resolved = presets.resolve(
            ticket.request,
            seed=ticket.seed,
            checkpoint=worker.settings.checkpoint,
            gpu=worker.settings.gpu,
            build=worker.settings.build,
        )
        courier.started(resolved)
        scratch = worker.settings.state / SCRATCH
        scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as folder:
            self._check(courier)
            shot = self._shot(Path(folder), resolved, courier)
            follower = Follower(
                on_progress=lambda stage, step, steps: self._report(courier, stage, step, steps),
                is_canceled=lambda: self._must_stop(courier),
            )
            rendered = worker.renderer.render(shot, follower)
            found = {
                "prompt_tokens_dropped": rendered.prompt_tokens_dropped,
                "quantization": rendered.quantization,
            }
            resolved = self._resolved = resolved.model_copy(update=found)
            self._report(courier, "upload", None, None)

            def deliver() -> Outcome:
                worker.storage.upload(self._video_key, shot.video_path, storage.VIDEO_TYPE)
                worker.storage.upload(self._poster_key, shot.poster_path, storage.POSTER_TYPE)
                return worker.storage.mark_done(self._delivered(resolved, rendered))

            outcome = self._patiently(deliver, courier)
        self._close_stage()
        if outcome.attempt != ticket.attempt:
            # Another attempt that the site had written off has delivered first. A job has one clip and one charge: keep
            # that clip, delete ours.
            worker.storage.remove((self._video_key, self._poster_key))
        if not rendered.loading_seconds:  # loading models distorts the times of this clip
            worker.times.remember(resolved, self._stage_seconds)
        return outcome

    def _patiently(self, deliver: Callable[[], Outcome], courier: Courier) -> Outcome:
        """Retries the delivery of a finished clip: the bucket may recover in a moment, and waiting costs less than
        rendering again. Raises StorageRefused when the time limit is over, JobCanceled, DeadlineExceeded."""
        give_up_at = time.monotonic() + UPLOAD_PATIENCE_SECONDS
        while True:
            try:
                return deliver()
            except StorageRefused:
                if time.monotonic() + UPLOAD_PAUSE_SECONDS > give_up_at:
                    raise
            log.warning("job %s: the bucket refused the clip; the upload is retried", self._ticket.job_id)
            time.sleep(UPLOAD_PAUSE_SECONDS)
            self._check(courier)

    # ------------------------------------------------------------ inputs

    def _shot(self, here: Path, resolved: Resolved, courier: Courier) -> Shot:
        """The clip to render, with the ticket's inputs as prepared files in the folder `here`. Raises the picture
        problems, UploadNotFound, JobNotFound."""
        conditioning: list[Conditioning] = []
        source: Path | None = None
        for number, item in enumerate(self._ticket.inputs):
            limit = MAX_SOURCE_BYTES if item.frame is None else MAX_UPLOAD_BYTES
            data = self._worker.storage.read(item.key, limit)
            self._check(courier)
            if item.frame is None:
                if data is None:
                    raise JobNotFound("The clip to restyle is no longer kept.")
                source = here / "source.mp4"
                source.write_bytes(data)
                continue
            if data is None:
                raise UploadNotFound(f"The {item.frame} picture is no longer kept.")
            path = here / f"picture-{number}.png"
            crop, borders = framing_of(self._ticket.request, item.frame)
            pictures.prepare(data, path, resolved.width, resolved.height, crop, borders)
            strength = 1.0 if resolved.image_strength is None else resolved.image_strength
            conditioning.append(Conditioning(path, frame_index(item, resolved.num_frames), strength))
        return Shot(resolved, conditioning, source, here / "video.mp4", here / "poster.jpg")

    # ------------------------------------------------------------ progress and stopping

    def _report(self, courier: Courier, stage: Stage, step: int | None, steps: int | None) -> None:
        if stage != self._stage:
            self._close_stage()
            self._stage = stage
        assert self._resolved is not None
        spent = dict(self._stage_seconds)
        spent[stage] = time.monotonic() - self._stage_began
        courier.progress(stage, eta.progress(self._worker.times, self._resolved, stage, step, steps, spent))

    def _close_stage(self) -> None:
        now = time.monotonic()
        self._stage_seconds[self._stage] = self._stage_seconds.get(self._stage, 0.0) + now - self._stage_began
        self._stage_began = now

    def _must_stop(self, courier: Courier) -> bool:
        return self._is_canceled() or courier.cancel_requested or courier.unwanted or time.monotonic() >= self._deadline

    def _check(self, courier: Courier) -> None:
        if self._must_stop(courier):
            raise self._why_stopped()

    def _why_stopped(self) -> ProblemError:
        if time.monotonic() >= self._deadline:
            return DeadlineExceeded(f"It was stopped in stage {self._stage}, when its time was up.")
        return JobCanceled(f"It was stopped in stage {self._stage}.")

    # ------------------------------------------------------------ the end

    def _classified(self, error: Exception) -> ProblemError:
        """The problem to report for an error. The only place where the trace of a failed attempt is logged."""
        if isinstance(error, JobCanceled):
            return self._why_stopped()
        if isinstance(error, ProblemError):
            log.warning("job %s attempt %d: %s: %s", self._ticket.job_id, self._ticket.attempt, error.slug, error)
            return error
        log.error("job %s attempt %d failed", self._ticket.job_id, self._ticket.attempt, exc_info=error)
        if is_out_of_memory(error):
            return OutOfGpuMemory(f"It ran out of memory in stage {self._stage}.")
        return RenderFailed(f"It failed in stage {self._stage}.")

    def _fail(self, problem: ProblemError) -> Outcome:
        """Writes the marker of a failed or canceled attempt. Raises StorageRefused where it cannot be written: only a
        recorded failure may be announced, since another attempt may have delivered the clip."""
        status = "canceled" if isinstance(problem, JobCanceled) else "failed"
        fault = Fault(type=problem.slug, detail=problem.detail or problem.title_en)
        return self._worker.storage.mark_failed(self._outcome(status, fault=fault))

    def _delivered(self, resolved: Resolved, rendered: Rendered) -> Outcome:
        video = Video(
            bytes=rendered.video_bytes,
            width=rendered.width,
            height=rendered.height,
            num_frames=rendered.num_frames,
            frame_rate=resolved.frame_rate,
            seconds=round(rendered.num_frames / resolved.frame_rate, 3),
            frames_hash=rendered.frames_hash,
            content_credentials=rendered.content_credentials,
        )
        return self._outcome(
            "succeeded",
            video=video,
            poster=Poster(bytes=rendered.poster_bytes, width=rendered.width, height=rendered.height),
            quality=rendered.quality,
            peak_bytes=rendered.peak_bytes,
            loading_seconds=rendered.loading_seconds,
        )

    def _outcome(
        self,
        status: Literal["succeeded", "failed", "canceled"],
        *,
        video: Video | None = None,
        poster: Poster | None = None,
        quality: Quality | None = None,
        peak_bytes: int | None = None,
        loading_seconds: float = 0.0,
        fault: Fault | None = None,
    ) -> Outcome:
        used_seconds = time.monotonic() - self._began - loading_seconds
        start_seconds = self._cold_start_seconds + loading_seconds
        cost = pricing.attempt_cost(self._worker.settings.bill_as, used_seconds, start_seconds)
        peak_vram_gib = None if peak_bytes is None else round(peak_bytes / GIB, 2)
        return Outcome(
            job_id=self._ticket.job_id,
            attempt=self._ticket.attempt,
            status=status,
            finished_at=timestamp(),
            resolved=self._resolved,
            video_key=self._video_key if video else None,
            poster_key=self._poster_key if poster else None,
            video=video,
            poster=poster,
            quality=quality,
            cost=cost.model_copy(update={"peak_vram_gib": peak_vram_gib}),
            fault=fault,
        )

    @property
    def _video_key(self) -> str:
        return storage.video_key(self._ticket.job_id, self._ticket.attempt)

    @property
    def _poster_key(self) -> str:
        return storage.poster_key(self._ticket.job_id, self._ticket.attempt)


def framing_of(request: JobRequest, frame: str) -> tuple[Crop | None, Borders]:
    """The part of a picture that is shown, and how it is fitted to the clip."""
    match request:
        case KeyframesClip():
            crops = {"first": request.first_crop, "middle": request.middle_crop, "last": request.last_crop}
            return crops[frame], request.borders
        case RestyleClip():
            return None, "cut"
        case _:
            return request.crop, request.borders


def frame_index(item: InputObject, num_frames: int) -> int:
    """The index of the frame that shows a picture: 0, 4k of 8k+1 frames, or the last."""
    return {"first": 0, "middle": (num_frames - 1) // 2, "last": num_frames - 1}[item.frame or "first"]
