"""Many clips at once: each ends once, plays, is what its marker says, and is charged as the books say."""

from tests.drills.conftest import Size
from tests.drills.crowd import Crowd
from tests.drills.drilled_stack import Drilled
from tests.drills.ends import count_ends
from tests.drills.figures import Figures

PER_SECOND = 50.0


def test_every_clip_of_a_crowd_is_delivered_at_the_first_attempt(
    drilled: Drilled, size: Size, figures: Figures
) -> None:
    with Crowd(drilled, owners=size.of(4, 20)) as crowd:
        crowd.submit(size.of(12, 200), PER_SECOND)
        jobs = crowd.wait()
        count_ends(figures, crowd, jobs)
        figures.look_for("second attempts", [job_id for job_id, row in jobs.items() if row["attempt"] > 1])
    figures.judge()
