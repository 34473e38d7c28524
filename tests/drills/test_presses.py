"""Many clips at one press, on a card that is cold: one card makes them all, and none is started or made for nothing."""

from tests.drills.conftest import Size
from tests.drills.crowd import Crowd
from tests.drills.drilled_stack import Drilled
from tests.drills.ends import count_ends
from tests.drills.figures import Figures

AT_ONCE_PER_SECOND = 1_000.0
CANCELED = 2


def test_a_press_starts_one_card_and_a_cancel_of_what_waits_starts_none(
    drilled: Drilled, size: Size, figures: Figures
) -> None:
    with Crowd(drilled, owners=1) as crowd:
        crowd.submit(size.of(8, 30), AT_ONCE_PER_SECOND)
        waiting = [job_id for job_id, row in crowd.jobs().items() if row["handed_at"] is None][-CANCELED:]
        for job_id in waiting:
            answer = crowd.people[0].post(f"/api/jobs/{job_id}/cancel")
            figures.look_for("not canceled", [] if answer.is_success else [answer.text])
            del crowd.ids[job_id]
        jobs = crowd.wait()
        count_ends(figures, crowd, jobs)
        figures.count(canceled=len(waiting))
        owner = next(iter(jobs.values()))["owner"]
        cards = drilled.cloud.rows("SELECT DISTINCT card FROM jobs WHERE owner = ? AND card IS NOT NULL", owner)
        figures.count(cards=len(cards))
        figures.look_at("cards too many", str(len(cards)), is_wrong=len(cards) != 1)
        figures.look_for("second attempts", [job_id for job_id, row in jobs.items() if row["attempt"] > 1])
        stopped = drilled.cloud.rows("SELECT * FROM jobs WHERE owner = ? AND status = 'canceled'", owner)
        paid = [row["id"] for row in stopped if row["card"] is not None or row["billed_micro_won"] > 0]
        figures.look_for("canceled and not free", paid)
    figures.judge()
