"""The tables of prices for people say what the price table says, and a README keeps its other lines."""

import re

import pytest

from gpu.core.hardware import PRICE_REV
from gpu.core.presets import PRESETS
from gpu.core.pricing import all_estimates
from infra.build import costs


def test_every_price_that_can_be_named_for_eight_seconds_is_in_the_document() -> None:
    document = costs.document()
    for row in all_estimates():
        if (row.ratio, row.seconds) == (costs.SHOWN_RATIO, costs.SHOWN_SECONDS):
            cells = (f"`{row.preset}`", row.tier, row.gpu, f"{row.gpu_seconds:.1f}", f"{row.micro_won / 1e6:.1f}")
            assert f"| {' | '.join(cells)} |" in document
            assert f"| {row.high_micro_won / 1e6:.1f} |" in document


def test_the_document_ends_with_todays_price_once() -> None:
    history = costs.document().rsplit("## ", 1)[1]
    revisions = re.findall(r"^\| (\d{4}-\d\d-\d\d\.\d+) ", history, re.MULTILINE)
    assert revisions[-1] == PRICE_REV
    assert revisions == sorted(set(revisions))


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_readme_gets_its_table_anew_and_keeps_the_rest(language: costs.Language) -> None:
    text = f"before\n\n{costs.BEGIN}\nold\n{costs.END}\n\nafter\n"
    made = costs.in_readme(text, language)
    assert made.startswith("before\n\n") and made.endswith("\n\nafter\n")
    assert "old" not in made
    assert all(f"`{preset}`" in made for preset in PRESETS)
    assert costs.in_readme(made, language) == made
