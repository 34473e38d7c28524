"""A site, its people, its workers and its GPU service as a machine of steps in any order: hypothesis looks for an order
in which something that must always hold does not.

After each step the books must be right; at the end everything is brought to rest, every job must have ended, and what
was delivered must have arrived.
"""

import time
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from infra.platforms.site_client import ENDED
from tests.drills.invariants import faults_at_rest, faults_now
from tests.drills.lying_gpu import LyingGpu
from tests.drills.told_worker import Release, ToldWorker
from tests.edge.asking import leave_cards, row_of
from tests.edge.bodies import clip
from tests.edge.edge import Edge

Json = dict[str, Any]
MOST_JOBS = 5
ROUNDS = 12
"""Looks of the sweep after which a job must have ended, with every part well again."""
QUIET_SECONDS = 0.05
MOVING = "SELECT id, version, call_id, attempt, lease_until, dispatch_tries FROM jobs WHERE owner = ? ORDER BY id"
ANY = st.integers(min_value=0, max_value=MOST_JOBS - 1)
RELEASES: st.SearchStrategy[Release] = st.sampled_from(("this", "newer", "older"))
PROBLEMS = st.sampled_from(("render-failed", "out-of-gpu-memory", "picture-refused", "deadline-exceeded"))
TAKEN, LATE = 200, 409
PAST = "2020-01-01T00:00:00.000Z"


def chosen(some: list[ToldWorker], which: int) -> ToldWorker:
    return some[which % len(some)]


class SiteMachine(RuleBasedStateMachine):
    """A subclass names the running `edge` and its `gpu`."""

    edge: Edge
    gpu: LyingGpu
    looks = 0
    """Times that the books were looked at, over all orders."""

    def __init__(self) -> None:
        super().__init__()
        leave_cards(self.edge)
        self.person: httpx.Client = self.edge.person()
        self.gpu.answering = True
        self.jobs: list[str] = []
        self.workers: list[ToldWorker] = []
        self.delivered: set[str] = set()
        """Jobs whose clip was in the bucket before they had ended."""
        self.owner = ""
        self.sent = 0

    # ------------------------------------------------------------ people

    @precondition(lambda self: len(self.jobs) < MOST_JOBS)
    @rule(times=st.integers(1, 2))
    def submit(self, times: int) -> None:
        self.sent += 1
        headers = {"Idempotency-Key": f"machine-{self.sent:04}"}
        answers = [self.person.post("/api/jobs", json=clip(), headers=headers) for _ in range(times)]
        assert {answer.status_code for answer in answers} == {202}, answers[0].text
        (job_id,) = {answer.json()["id"] for answer in answers}
        self.jobs.append(job_id)
        self.owner = row_of(self.edge, job_id)["owner"]

    @precondition(lambda self: self.jobs)
    @rule(which=ANY)
    def cancel(self, which: int) -> None:
        assert self.asks("POST", which, "/cancel").status_code in (200, 404, 409)

    @precondition(lambda self: self.jobs)
    @rule(which=ANY)
    def delete(self, which: int) -> None:
        assert self.asks("DELETE", which).status_code in (204, 404, 409)

    @precondition(lambda self: self.jobs)
    @rule(which=ANY)
    def restore(self, which: int) -> None:
        assert self.asks("POST", which, "/restore").status_code in (200, 404)

    @precondition(lambda self: self.jobs)
    @rule(which=ANY)
    def look(self, which: int) -> None:
        assert self.asks("GET", which).status_code in (200, 404)

    # ------------------------------------------------------------ workers

    @precondition(lambda self: self.waiting())
    @rule(which=ANY, release=RELEASES, tell=st.booleans())
    def begin(self, which: int, release: Release, tell: bool) -> None:
        worker = chosen(self.waiting(), which)
        worker.release = release
        self.workers.append(worker)
        self.gpu.set_state(worker.job_id, worker.attempt, "running")
        if self.heard(worker.begin(self.person, tell=tell)) == LATE:
            self.leave(worker)  # nobody wants this attempt any more

    @precondition(lambda self: self.at_work())
    @rule(which=ANY)
    def progress(self, which: int) -> None:
        self.heard(chosen(self.at_work(), which).progress(self.person))

    @precondition(lambda self: self.at_work())
    @rule(which=ANY, tell=st.booleans())
    def deliver(self, which: int, tell: bool) -> None:
        worker = chosen(self.at_work(), which)
        if row_of(self.edge, worker.job_id)["status"] not in ENDED:
            self.delivered.add(worker.job_id)
        self.heard(worker.deliver(self.person, tell=tell))
        self.leave(worker)

    @precondition(lambda self: self.at_work())
    @rule(which=ANY, problem=PROBLEMS, tell=st.booleans())
    def fail(self, which: int, problem: str, tell: bool) -> None:
        worker = chosen(self.at_work(), which)
        if worker.job_id not in self.delivered:
            self.heard(worker.fail(self.person, problem, tell=tell))
        self.leave(worker)

    @precondition(lambda self: self.at_work())
    @rule(which=ANY, tell=st.booleans())
    def stop(self, which: int, tell: bool) -> None:
        """Because its owner said so; a worker that is stopped by anything else says nothing."""
        worker = chosen(self.at_work(), which)
        if worker.job_id not in self.delivered and row_of(self.edge, worker.job_id)["cancel_requested"]:
            self.heard(worker.stop(self.person, tell=tell))
        self.leave(worker)

    @precondition(lambda self: self.at_work())
    @rule(which=ANY)
    def die(self, which: int) -> None:
        """Without a word; the GPU service sees it."""
        self.leave(chosen(self.at_work(), which))

    @precondition(lambda self: self.workers)
    @rule(which=st.integers(0, 9), said=st.integers(0, 9))
    def event_comes_again(self, which: int, said: int) -> None:
        """Twice, or late: after its attempt or its job is over."""
        self.heard(chosen(self.workers, which).again(self.person, said))

    @precondition(lambda self: self.cards())
    @rule(which=ANY, leaves=st.booleans(), waited=st.sampled_from((0.0, 500.0)))
    def container_asks(self, which: int, leaves: bool, waited: float) -> None:
        """Also one whose worker is at a clip: then nobody is at it any more, for all that the container knows."""
        card = self.cards()[which % len(self.cards())]
        self.given(self.edge.ask(card, is_leaving=leaves, waited_seconds=waited))

    # ------------------------------------------------------------ the site and its surroundings

    @precondition(lambda self: self.jobs)
    @rule(which=ANY)
    def time_passes(self, which: int) -> None:
        """So much that the sweep looks for a job."""
        self.edge.expire_lease(self.jobs[which % len(self.jobs)])
        self.edge.sweep()

    @precondition(lambda self: self.jobs)
    @rule(which=ANY)
    def retention_ends(self, which: int) -> None:
        job_id = self.jobs[which % len(self.jobs)]
        self.edge.rows("UPDATE jobs SET expires_at = ?2 WHERE id = ?1", job_id, PAST)
        self.edge.sweep()

    @precondition(lambda self: self.jobs)
    @rule(which=ANY)
    def service_forgets(self, which: int) -> None:
        """It restarted. Whoever is at work goes on."""
        row = self.row(which)
        if f"{row['id']}.{row['attempt']}" in self.gpu.states:
            self.gpu.forget(row["id"], row["attempt"])

    @rule(answers=st.booleans())
    def service_answers(self, answers: bool) -> None:
        self.gpu.answering = answers

    # ------------------------------------------------------------ what must hold

    @invariant()
    def the_books_are_right(self) -> None:
        if self.owner:
            self.until_quiet()
            type(self).looks += 1
            assert faults_now(self.edge, self.owner) == []

    def teardown(self) -> None:
        try:
            if self.owner:
                self.come_to_rest()
                assert faults_at_rest(self.edge, self.owner) == []
                states = {job_id: row_of(self.edge, job_id)["status"] for job_id in self.delivered}
                assert {job_id: state for job_id, state in states.items() if state != "succeeded"} == {}
        finally:
            self.gpu.answering = True
            self.person.close()

    def come_to_rest(self) -> None:
        """Everything works again, and every worker that gets a ticket delivers."""
        self.gpu.answering = True
        for _ in range(ROUNDS):
            left = self.edge.rows("SELECT id FROM jobs WHERE owner = ? AND status IN ('queued', 'running')", self.owner)
            if not left:
                return
            for each in left:
                self.edge.expire_lease(each["id"])
            self.edge.sweep()
            self.until_quiet()
            for worker in self.waiting():
                self.workers.append(worker)
                if self.heard(worker.begin(self.person, tell=True)) == LATE:
                    self.leave(worker)
            for worker in self.at_work():
                if worker.job_id not in self.delivered:
                    self.heard(worker.deliver(self.person, tell=True))
                self.leave(worker)
            for card in self.cards():
                self.given(self.edge.ask(card, is_leaving=True))

    # ------------------------------------------------------------ the machine's own

    def asks(self, method: str, which: int, action: str = "") -> httpx.Response:
        return self.person.request(method, f"/api/jobs/{self.jobs[which % len(self.jobs)]}{action}")

    def row(self, which: int) -> Json:
        return row_of(self.edge, self.jobs[which % len(self.jobs)])

    def waiting(self) -> list[ToldWorker]:
        """A worker for each ticket that the service holds and has given to none."""
        begun = {(worker.job_id, worker.attempt) for worker in self.workers}
        tickets = [ticket for job_id in self.jobs for ticket in self.gpu.tickets_of(job_id)]
        return [
            ToldWorker(self.edge, ticket["job_id"], ticket["attempt"])
            for ticket in tickets
            if (ticket["job_id"], ticket["attempt"]) not in begun
            and self.gpu.states.get(f"{ticket['job_id']}.{ticket['attempt']}") == "pending"
        ]

    def cards(self) -> list[str]:
        """The cards that are open."""
        return [row["id"] for row in self.edge.rows("SELECT id FROM cards WHERE closed_at IS NULL ORDER BY id")]

    def given(self, answer: httpx.Response) -> None:
        """What a container gets for its question is a ticket like those that the service holds."""
        assert answer.status_code == TAKEN, answer.text
        if (ticket := answer.json()["ticket"]) is None:
            return
        call = f"{ticket['job_id']}.{ticket['attempt']}"
        self.gpu.tickets[call] = ticket
        self.gpu.states[call] = "pending"
        # Whoever was at this attempt is not any more, as far as the container can tell.
        self.workers = [each for each in self.workers if f"{each.job_id}.{each.attempt}" != call]

    def at_work(self) -> list[ToldWorker]:
        return [worker for worker in self.workers if not worker.is_gone]

    def leave(self, worker: ToldWorker) -> None:
        worker.is_gone = True
        self.gpu.set_state(worker.job_id, worker.attempt, "gone")

    def heard(self, status: int | None) -> int | None:
        """The site's answer to an event, which is one of two, if it got there."""
        assert status in (None, TAKEN, LATE), status
        return status

    def until_quiet(self) -> None:
        """What the site does after its answers is over when nothing has changed for a moment."""
        seen: list[Json] = []
        while (rows := self.edge.rows(MOVING, self.owner)) != seen:
            seen = rows
            time.sleep(QUIET_SECONDS)
