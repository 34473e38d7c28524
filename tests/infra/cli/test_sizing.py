"""The output of the verbs about cards: every figure with its basis and date, and the answer in three parts."""

import re
from collections.abc import Callable
from functools import partial

import pytest

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.geometry import DEFAULT_TIER, geometry
from gpu.core.hardware import GPUS, PRICE_REV
from gpu.core.placement import PLANS
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.pricing import candidates
from infra.cli.main import commands
from infra.cli.sizing import quote_all_report, quote_report, vram_report
from infra.process.shell import InfraError


def test_a_card_too_small_is_answered_in_three_parts() -> None:
    report = vram_report("A10G", "aggressive_quality", "9:16", None, 8)
    assert "1088x1920, frames: 193" in report
    assert re.search(r"1\. all models resident: no, [\d.]+ GiB short in decode", report)
    assert re.search(r"2\. split or streamed: yes, as streamed .* but this version cannot run it", report)
    assert re.search(r"3\. cost: [\d.]+ won in \d+ s.*the same clip on an H200: [\d.]+ won", report)
    assert all(name in report for name in PLANS)


def test_a_card_with_room_needs_no_splitting() -> None:
    report = vram_report("H200", "fast", "1:1", "704p", 2)
    assert "1. all models resident: yes" in report
    assert "2. split or streamed: not needed" in report


def test_eight_bit_plans_say_that_they_change_frames() -> None:
    assert "change the frames" in vram_report("L40S", "aggressive_quality", "9:16", None, 8)


def test_every_card_is_quoted_with_basis_and_date_and_one_is_offered() -> None:
    report = quote_report("aggressive_quality", "9:16", None, 8)
    for gpu in GPUS.values():
        line = next(line for line in report.splitlines() if line.startswith(gpu.name + " "))
        assert gpu.speed.basis in line
        assert gpu.speed.as_of in line
    assert [line.split()[0] for line in report.splitlines() if line.endswith("offered")] == ["H100"]
    assert PRICE_REV in report
    assert "not measured yet" in report


def test_the_first_price_that_one_sees_is_that_of_a_clip_as_the_site_makes_it() -> None:
    """And not of the dearest size, which is above the cap."""
    report = quote_report(DEFAULT_PRESET, "9:16", None, 8)
    assert report == quote_report(DEFAULT_PRESET, "9:16", DEFAULT_TIER, 8)
    assert report != quote_report(DEFAULT_PRESET, "9:16", "1088p", 8)


def test_the_verbs_take_the_names_of_the_rows_and_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    parser = commands()[0]
    options = parser.parse_args(["vram", "--gpu", "A10G", "--preset", "aggressive_quality"])
    assert options.run(options) == 0
    assert "A10G, aggressive_quality" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        parser.parse_args(["quote", "--seconds", "7"])


@pytest.mark.parametrize("report", [quote_report, partial(vram_report, "H200")])
def test_a_size_that_a_preset_does_not_offer_has_no_price(report: Callable[..., str]) -> None:
    with pytest.raises(InfraError, match="draft does not support 704p") as refusal:
        report("draft", "9:16", "704p", 8)
    assert "--tier 352p" in refusal.value.fix


def test_every_preset_on_every_card_is_priced_alone_and_in_batches() -> None:
    report = quote_all_report(8)
    for preset in PRESETS:
        assert preset in report
    assert report.count("offered") == sum(len(preset.tiers) for preset in PRESETS.values())
    assert "of 100" in report
    assert "resident_8_bit" in report
    assert "production rounds to 8 bits: no" in report


def test_either_family_of_models_is_answered_for() -> None:
    newer = quote_report("aggressive_quality", "9:16", "704p", 8, "ltx-2.3-22b")
    assert "ltx-2.3-22b" in newer
    assert newer != quote_report("aggressive_quality", "9:16", "704p", 8)
    assert "distilled rank 384" in vram_report("H200", "fast", "9:16", "704p", 8, "ltx-2.3-22b")


def test_what_ltx_2_3_cannot_make_has_no_price() -> None:
    with pytest.raises(InfraError, match=r"ltx-2.3-22b cannot make restyle") as refusal:
        quote_report("restyle", "9:16", "704p", 8, "ltx-2.3-22b")
    with pytest.raises(InfraError, match=r"ltx-2.3-22b cannot make restyle"):
        vram_report("H200", "restyle", "9:16", "704p", 8, "ltx-2.3-22b")
    assert "--preset keyframes" in refusal.value.fix
    assert "restyle" not in refusal.value.fix


def test_the_default_clip_of_ltx_2_3_on_an_h200_costs_at_most_54_won() -> None:
    rows = candidates(PRESETS["aggressive_quality"], geometry("9:16", "704p", 8), CHECKPOINTS["ltx-2.3-22b"])
    row = next(each for each in rows if each.gpu.name == "H200")
    assert row.fits
    assert row.plan.exact
    assert row.micro_won <= 54_000_000
