"""Errors of a render that say something about the card, recognised without torch."""

import pytest

from gpu.core.render_job import CardLost, is_lost, is_out_of_memory


class OutOfMemoryError(RuntimeError):
    """torch's own has this name."""


class AcceleratorError(RuntimeError):
    """torch's own has this name."""


class DerivedOutOfMemoryError(OutOfMemoryError):
    pass


@pytest.mark.parametrize(
    "error", [MemoryError(), OutOfMemoryError(), DerivedOutOfMemoryError()], ids=lambda error: type(error).__name__
)
def test_memory_that_ran_out_is_recognised(error: BaseException) -> None:
    assert is_out_of_memory(error)
    assert not is_lost(error)


@pytest.mark.parametrize("error", [CardLost(), AcceleratorError()], ids=lambda error: type(error).__name__)
def test_a_lost_card_is_recognised(error: BaseException) -> None:
    assert is_lost(error)
    assert not is_out_of_memory(error)


def test_another_error_is_neither() -> None:
    assert not is_out_of_memory(RuntimeError("OutOfMemoryError"))
    assert not is_lost(RuntimeError("CardLost"))
