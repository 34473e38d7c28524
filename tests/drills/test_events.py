"""Events that come late, twice, in another order, forged or from long ago: a job ends once, as its worker said."""

import random
import time
from dataclasses import dataclass
from typing import Any

import httpx

from tests.drills.conftest import Size
from tests.drills.figures import Figures
from tests.drills.invariants import faults_at_rest
from tests.edge.asking import put_marker, row_of, submit
from tests.edge.bodies import event, outcome
from tests.edge.edge import Edge

Json = dict[str, Any]
FORGED = 0.2
"""Share of the events before which somebody sends a forged one."""
AGO_SECONDS = 600
FOREIGN_SECRET = "whsec_" + "A" * 43 + "="
TAKEN, LATE = 200, 409


@dataclass(frozen=True, slots=True)
class Told:
    """One job's story as its worker tells it, with the clip already in the bucket."""

    job_id: str
    story: list[Json]


def story_of(edge: Edge, job_id: str) -> Told:
    body = outcome(job_id)
    edge.put(body["video_key"], b"v" * body["video"]["bytes"], "video/mp4")
    edge.put(body["poster_key"], b"p" * body["poster"]["bytes"], "image/jpeg")
    put_marker(edge, "done", body)
    steps = [event(job_id, seq) for seq in range(2, 6)]
    return Told(job_id, [event(job_id, 1, "started"), *steps, event(job_id, 6, "ended", outcome=body)])


def seen_of(edge: Edge, job_id: str) -> Json:
    """The job's row, but for the time of its lease, which moves without anybody's event."""
    return {name: value for name, value in row_of(edge, job_id).items() if name != "lease_until"}


def forged(edge: Edge, dice: random.Random, one: Json) -> tuple[str, httpx.Response]:
    """An event that no worker has sent, or long ago."""
    bad = event(one["job_id"], 7, "ended", outcome=outcome(one["job_id"], "failed"))
    match dice.randrange(4):
        case 0:
            return "a foreign secret", edge.send_event(bad, secret=FOREIGN_SECRET)
        case 1:
            return "of ten minutes ago", edge.send_event(bad, at=time.time() - AGO_SECONDS)
        case 2:
            return "of ten minutes ahead", edge.send_event(bad, at=time.time() + AGO_SECONDS)
        case _:
            return "no signature", edge.send_event(bad, headers={"webhook-signature": ""})


def test_a_job_ends_as_its_worker_said_however_it_is_told(
    drilled_edge: Edge, size: Size, figures: Figures, dice: random.Random
) -> None:
    edge = drilled_edge
    with edge.person() as person:
        told = [story_of(edge, submit(person)["id"]) for _ in range(size.of(6, 100))]
        sent = [(story, one) for story in told for one in story.story for _ in range(dice.choice((1, 1, 2)))]
        dice.shuffle(sent)
        for story, one in sent:
            if dice.random() < FORGED:
                before = seen_of(edge, story.job_id)
                how, answer = forged(edge, dice, one)
                status = answer.status_code
                figures.count(forged=1)
                figures.look_at("forged and taken", f"{how}: {status}", is_wrong=status not in (400, 401))
                figures.look_at("forged and heard", how, is_wrong=seen_of(edge, story.job_id) != before)
            answer = edge.send_event(one)
            what = f"{answer.status_code} {answer.text[:99]}"
            figures.look_at("answered otherwise", what, is_wrong=answer.status_code not in (TAKEN, LATE))
        figures.count(jobs=len(told), events=len(sent))
        for story in told:
            job = person.get(f"/api/jobs/{story.job_id}").json()
            wanted = ("succeeded", min(outcome(story.job_id)["cost"]["micro_won"], job["cost"]["reserved_micro_won"]))
            seen = (job["status"], job["cost"]["billed_micro_won"])
            figures.look_at("ended otherwise", f"{story.job_id}: {seen}", is_wrong=seen != wanted)
        owner = row_of(edge, told[0].job_id)["owner"]
        figures.look_for("wrong in database or bucket", faults_at_rest(edge, owner))
    figures.judge()
