"""The site under steps in any order: people, workers of this and of neighbouring releases, crashes, sweeps, purges."""

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.drills.conftest import Size
from tests.drills.figures import Figures
from tests.drills.lying_gpu import LyingGpu
from tests.drills.site_machine import SiteMachine
from tests.edge.edge import Edge


def test_no_order_of_steps_breaks_what_must_hold(
    drilled_edge: Edge, gpu: LyingGpu, size: Size, figures: Figures
) -> None:
    class Machine(SiteMachine):
        pass

    Machine.edge, Machine.gpu = drilled_edge, gpu
    orders = settings(
        max_examples=size.of(3, 60),
        stateful_step_count=size.of(25, 50),
        database=None,
        deadline=None,
        # The shortest order that fails takes minutes to find.
        phases=(Phase.generate, Phase.shrink) if size.is_whole else (Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    try:
        run_state_machine_as_test(seed(size.seed)(Machine), settings=orders)
    finally:
        figures.count(orders=orders.max_examples, looks_at_the_books=Machine.looks)
