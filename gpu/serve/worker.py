"""One attempt at one job, once: claim, render, upload, marker, event.

    done.json there?  ── yes ─→ tell the site again, end
    claim taken?      ── yes ─→ end: another worker has this attempt
    inputs → render → video, poster → done.json → event        the marker is written last and is the truth
    its own failure   → failed.json → event                    the owner's cancellation too; never beside done.json
    the machine's, or an interruption that nobody wished for → claim released, no marker: the site sends it again

Whatever dies between two lines leaves nothing that a repetition could not finish or undo: a claim is released or goes
stale, uploads without a marker are never shown. Out of reach of the bucket it waits with its ticket; that time is not
billed. Does not know Modal, HTTP or torch; it is given what renders.
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
from functools import partial
from pathlib import Path
from typing import Literal

from gpu.core import presets, pricing
from gpu.core.contract import Fault, InputObject, JobRequest, Outcome, Resolved, Stage, TextRequest, Ticket
from gpu.core.hardware import GIB
from gpu.core.problems import (
    DeadlineExceeded,
    JobCanceled,
    OutOfGpuMemory,
    ProblemError,
    RenderFailed,
    StorageRefused,
    WorkerLost,
)
from gpu.core.render_job import (
    CardLost,
    Follower,
    MachineFault,
    Rendered,
    Renders,
    Shot,
    Wording,
    is_lost,
    is_machines_fault,
    is_out_of_memory,
    worded,
)
from gpu.serve import eta, storage
from gpu.serve.clip_facts import clip_facts, sha256_of
from gpu.serve.container_costs import JobsCost
from gpu.serve.events import Courier, Site, resend, seconds_left, timestamp
from gpu.serve.inputs import most_bytes, shot_for
from gpu.serve.job_log import of_job
from gpu.serve.patience import Patience, Result
from gpu.serve.scratch import scratch_folder
from gpu.serve.settings import Settings
from gpu.serve.storage import Claim, Storage
from gpu.serve.writing import text_of, wording_for

log = logging.getLogger(__name__)

CLAIM_FRESH_SECONDS = 30 * 60
"""A claim that is older and has no marker belongs to a dead worker: a clip takes less than half of this."""
MAX_TURNS = 3
"""Workers that may claim one attempt, one after another: the platform redelivers without limit after a crash."""
BUCKET_PATIENCE_SECONDS = 5 * 60.0
"""How long an attempt that has begun waits for the bucket, at most to its own time limit."""


@dataclass(frozen=True, slots=True)
class Worker:
    """The state that a rendering process keeps from job to job."""

    storage: Storage
    site: Site
    renderer: Renders
    settings: Settings
    times: eta.StageTimes = field(default_factory=eta.StageTimes)
    jobs_cost: JobsCost = field(default_factory=JobsCost)

    def run(
        self,
        ticket: Ticket,
        *,
        is_canceled: Callable[[], bool],
        cold_start_seconds: float = 0.0,
        limit_seconds: float = math.inf,
    ) -> Outcome | None:
        """Runs one attempt. Returns the job's outcome, or None where another worker has the attempt, or the job needs
        it no more.

        `is_canceled` is called thousands of times a clip, so it must be cheap. `cold_start_seconds` is this job's share
        of starting the container. `limit_seconds` from now the attempt stops by itself, even before the ticket's
        deadline, so that no interruption by the platform is a time limit. Waits for a bucket that is out of reach, to
        the same limits; then raises StorageRefused, since no outcome can be recorded. Raises MachineFault where not the
        clip but this machine is at fault; the attempt is then free for another one. Passes on exceptions that end the
        process (KeyboardInterrupt, a platform's cancellation).
        """
        with of_job(ticket):
            return self._run(ticket, is_canceled, cold_start_seconds, limit_seconds)

    def _run(
        self, ticket: Ticket, is_canceled: Callable[[], bool], cold_start_seconds: float, limit_seconds: float
    ) -> Outcome | None:
        deadline = time.monotonic() + min(seconds_left(ticket), limit_seconds)

        def begun() -> Outcome | Claim | None:
            done = self.storage.done(ticket.job_id)
            return self._claimed(ticket) if done is None else done

        scratch_folder(self.settings.state)  # before the attempt is begun
        found = Patience(deadline, is_canceled).of(begun)
        if isinstance(found, Outcome):
            resend(self.site, ticket, found)
            return found
        if found is None:
            log.info("the attempt is claimed by another worker")
            return None
        attempt = _Attempt(self, ticket, found, is_canceled, cold_start_seconds, deadline)
        with Courier(self.site, ticket, turn=found.turn) as courier:
            return attempt.run(courier) if found.turn <= MAX_TURNS else attempt.give_up(courier)

    def _claimed(self, ticket: Ticket) -> Claim | None:
        now = datetime.now(UTC)
        stale_before = timestamp(now - timedelta(seconds=CLAIM_FRESH_SECONDS))
        return self.storage.claim(
            Claim(job_id=ticket.job_id, attempt=ticket.attempt, token=secrets.token_hex(16), at=timestamp(now)),
            stale_before,
        )


class _Attempt:
    """One claimed attempt: its clock, its settings, its progress."""

    def __init__(
        self,
        worker: Worker,
        ticket: Ticket,
        claim: Claim,
        is_canceled: Callable[[], bool],
        cold_start_seconds: float,
        deadline: float,
    ) -> None:
        """`deadline` on the monotonic clock."""
        self._worker = worker
        self._ticket = ticket
        self._claim = claim
        self._is_canceled = is_canceled
        self._cold_start_seconds = cold_start_seconds
        self._began = time.monotonic()
        self._deadline = deadline
        self._patience = Patience(deadline, lambda: False)
        self._stage: Stage = "starting"
        self._stage_began = self._began
        self._stage_seconds: dict[Stage, float] = {}
        self._pace = eta.StepPace()
        self._resolved: Resolved | None = None
        self._recorded: Outcome | None = None
        """The end, once it is in the bucket."""

    def run(self, courier: Courier) -> Outcome | None:
        """The platform's interruption may come at any line, while the end is recorded and told too."""
        try:
            outcome = self._ended(courier)
            return None if outcome is None else self._told(courier, outcome)
        except Exception:
            raise
        except (KeyboardInterrupt, SystemExit) as leaving:
            # The platform preempts this machine and redelivers the job: leave the attempt to the next worker.
            if self._recorded is None:
                self._release()
            raise leaving.with_traceback(None) from None
        except BaseException as ending:
            self._interrupted(courier)
            raise ending.with_traceback(None) from None

    def _ended(self, courier: Courier) -> Outcome | None:
        """The recorded end of the attempt; None where the job needs it no more."""
        try:
            return self._finish(courier)
        except Exception as error:
            if courier.unwanted:
                log.info("the job needs this attempt no more")
                return None
            if is_machines_fault(error):
                log.error("this machine failed", exc_info=error)
                self._release()
                raise (CardLost if is_lost(error) else MachineFault)(type(error).__name__) from None
            # A bucket that has refused for so long is not waited for once more.
            patience = 0.0 if isinstance(error, StorageRefused) else BUCKET_PATIENCE_SECONDS
            return self._fail(self._classified(error), patience)

    def _interrupted(self, courier: Courier) -> None:
        """The platform stops this call. That alone is no wish of the owner: only the site knows of one."""
        if self._recorded is not None:
            courier.ended(self._recorded)
            return
        if not self._is_time_up() and not self._is_canceled() and not courier.cancel_requested:
            courier.ask()
            if not courier.cancel_requested:
                log.warning("the platform stopped the call, and the owner did not: the attempt is left to the next one")
                self._release()
                return
        with suppress(StorageRefused):
            self._told(courier, self._fail(self._why_stopped()))

    def _release(self) -> None:
        with suppress(StorageRefused):
            self._worker.storage.release(self._claim)

    def _told(self, courier: Courier, outcome: Outcome) -> Outcome:
        """Tells the site about an end that is in the bucket."""
        self._recorded = outcome
        if outcome.attempt == self._ticket.attempt:
            self._worker.jobs_cost.micro_won += outcome.cost.micro_won
        courier.ended(outcome)
        return outcome

    def give_up(self, courier: Courier) -> Outcome:
        """Ends the attempt without rendering, because it has crashed too many workers. Raises StorageRefused."""
        log.error("%d workers crashed in this attempt", MAX_TURNS)
        return self._told(courier, self._fail(WorkerLost(f"{MAX_TURNS} workers were lost in one attempt.")))

    def _finish(self, courier: Courier) -> Outcome:
        settings, request = self._worker.settings, self._ticket.request
        if isinstance(request, TextRequest):
            make = partial(self._written, request)
        else:
            resolved = self._resolved = presets.resolve(
                request, seed=self._ticket.seed, checkpoint=settings.checkpoint, gpu=settings.gpu, build=settings.build
            )
            make = partial(self._rendered, request, resolved)
        courier.started(self._resolved)  # before anything that a bad machine may refuse
        follower = Follower(partial(self._report, courier), partial(self._must_stop, courier))
        scratch = scratch_folder(settings.state)
        with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as folder:
            self._check(courier)
            return make(Path(folder), courier, follower)

    def _written(self, request: TextRequest, here: Path, courier: Courier, follower: Follower) -> Outcome:
        answer = worded(self._worker.renderer, self._wording(request, here, courier), follower)
        bare = self._outcome("succeeded", peak_bytes=answer.peak_bytes, loading_seconds=answer.loading_seconds)
        outcome = bare.model_copy(update={"text": text_of(answer)})
        return self._patiently(lambda: self._worker.storage.mark_done(outcome), courier)

    def _rendered(
        self, request: JobRequest, resolved: Resolved, here: Path, courier: Courier, follower: Follower
    ) -> Outcome:
        worker, ticket = self._worker, self._ticket
        shot = self._shot(request, here, resolved, courier)
        rendered = worker.renderer.render(shot, follower)
        found = {"prompt_tokens_dropped": rendered.prompt_tokens_dropped, "quantization": rendered.quantization}
        resolved = self._resolved = resolved.model_copy(update=found)
        self._report(courier, "upload", None, None)
        digest = sha256_of(shot.video_path)

        def deliver() -> Outcome:
            worker.storage.upload(self._key(storage.video_key), shot.video_path, storage.VIDEO_TYPE)
            worker.storage.upload(self._key(storage.poster_key), shot.poster_path, storage.POSTER_TYPE)
            if rendered.last_frame is not None and shot.last_frame_path is not None:
                worker.storage.upload(self._key(storage.last_frame_key), shot.last_frame_path, storage.LAST_FRAME_TYPE)
            return worker.storage.mark_done(self._delivered(resolved, rendered, digest))

        outcome = self._patiently(deliver, courier)
        self._close_stage()
        if outcome.attempt != ticket.attempt:
            # Another attempt that the site had written off has delivered first. A job has one clip and one charge: keep
            # that clip, delete ours.
            with suppress(StorageRefused):
                worker.storage.remove(map(self._key, (storage.video_key, storage.poster_key, storage.last_frame_key)))
        if not rendered.loading_seconds:  # loading models distorts the times of this clip
            worker.times.remember(resolved, self._stage_seconds)
        return outcome

    def _patiently(self, work: Callable[[], Result], courier: Courier) -> Result:
        """Waits for the bucket: it may recover in a moment, and waiting costs less than rendering again. Raises
        StorageRefused when the patience is over, JobCanceled, DeadlineExceeded."""
        tries = 0

        def tried() -> Result:
            nonlocal tries
            if tries:  # a finished clip is delivered whatever was wished meanwhile
                self._check(courier)
            tries += 1
            return work()

        return self._patience.of(tried, BUCKET_PATIENCE_SECONDS)

    # ------------------------------------------------------------ inputs

    def _shot(self, request: JobRequest, here: Path, resolved: Resolved, courier: Courier) -> Shot:
        return shot_for(request, self._ticket.inputs, partial(self._read, courier), here, resolved)

    def _wording(self, request: TextRequest, here: Path, courier: Courier) -> Wording:
        read, checkpoint = partial(self._read, courier), self._worker.settings.checkpoint
        return wording_for(request, self._ticket.inputs, read, here, self._ticket.seed, checkpoint)

    def _read(self, courier: Courier, item: InputObject) -> bytes | None:
        data = self._patiently(partial(self._worker.storage.read, item.key, most_bytes(item)), courier)
        self._check(courier)
        return data

    # ------------------------------------------------------------ progress and stopping

    def _report(self, courier: Courier, stage: Stage, step: int | None, steps: int | None) -> None:
        if stage != self._stage:
            self._close_stage()
            self._stage = stage
        if self._resolved is None:  # of a text there is no time to tell
            courier.progress(stage, None)
            return
        now, times = time.monotonic(), self._worker.times
        spent = dict(self._stage_seconds)
        spent[stage] = now - self._stage_began
        progress = eta.progress(times, self._resolved, stage, step, steps, spent)
        if step and steps:
            seconds = self._pace.begun(times, self._resolved, stage, step, steps, now)
            progress = progress.model_copy(update={"step_began_at": timestamp(), "step_seconds": seconds})
        courier.progress(stage, progress)

    def _close_stage(self) -> None:
        now = time.monotonic()
        self._stage_seconds[self._stage] = self._stage_seconds.get(self._stage, 0.0) + now - self._stage_began
        self._stage_began = now

    def _must_stop(self, courier: Courier) -> bool:
        return self._is_canceled() or courier.cancel_requested or courier.unwanted or self._is_time_up()

    def _is_time_up(self) -> bool:
        return time.monotonic() >= self._deadline

    def _check(self, courier: Courier) -> None:
        if self._must_stop(courier):
            raise self._why_stopped()

    def _why_stopped(self) -> ProblemError:
        if self._is_time_up():
            return DeadlineExceeded(f"It was stopped in stage {self._stage}, when its time was up.")
        return JobCanceled(f"It was stopped in stage {self._stage}.")

    # ------------------------------------------------------------ the end

    def _classified(self, error: Exception) -> ProblemError:
        """The problem to report for an error. The only place where the trace of a failed attempt is logged."""
        if isinstance(error, JobCanceled):
            return self._why_stopped()
        if isinstance(error, ProblemError):
            log.warning("%s: %s", error.slug, error)
            return error
        log.error("the attempt failed", exc_info=error)
        if is_out_of_memory(error):
            return OutOfGpuMemory(f"It ran out of memory in stage {self._stage}.")
        return RenderFailed(f"It failed in stage {self._stage}.")

    def _fail(self, problem: ProblemError, patience_seconds: float = 0.0) -> Outcome:
        """Writes the marker of a failed or canceled attempt. Raises StorageRefused where it cannot be written: only a
        recorded failure may be announced, since another attempt may have delivered the clip."""
        status = "canceled" if isinstance(problem, JobCanceled) else "failed"
        fault = Fault(type=problem.slug, detail=problem.detail or problem.title_en)
        outcome = self._outcome(status, fault=fault)
        return self._patience.of(lambda: self._worker.storage.mark_failed(outcome), patience_seconds)

    def _delivered(self, resolved: Resolved, rendered: Rendered, digest: str) -> Outcome:
        bare = self._outcome("succeeded", peak_bytes=rendered.peak_bytes, loading_seconds=rendered.loading_seconds)
        keys = [self._key(key_of) for key_of in (storage.video_key, storage.poster_key, storage.last_frame_key)]
        return bare.model_copy(update=clip_facts(rendered, resolved, digest, *keys))

    def _outcome(
        self,
        status: Literal["succeeded", "failed", "canceled"],
        *,
        peak_bytes: int | None = None,
        loading_seconds: float = 0.0,
        fault: Fault | None = None,
    ) -> Outcome:
        used_seconds = time.monotonic() - self._began - loading_seconds - self._patience.waited_seconds
        start_seconds = self._cold_start_seconds + loading_seconds
        cost = pricing.attempt_cost(self._worker.settings.bill_as, used_seconds, start_seconds)
        peak_vram_gib = None if peak_bytes is None else round(peak_bytes / GIB, 2)
        return Outcome(
            job_id=self._ticket.job_id,
            attempt=self._ticket.attempt,
            status=status,
            finished_at=timestamp(),
            resolved=self._resolved,
            video_key=None,
            poster_key=None,
            video=None,
            cost=cost.model_copy(update={"peak_vram_gib": peak_vram_gib}),
            fault=fault,
        )

    def _key(self, key_of: Callable[[str, int, int], str]) -> str:
        return key_of(self._ticket.job_id, self._ticket.attempt, self._claim.turn)
