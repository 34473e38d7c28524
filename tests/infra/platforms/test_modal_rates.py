"""Prices are read, not typed: Modal's own client asks its control plane, a difference is found, shown and taken."""

from collections.abc import Generator
from decimal import Decimal
from pathlib import Path

import pytest

from gpu.core.hardware import PRICE_REV
from gpu.core.price_list import DOLLAR, PRICE_LIST
from infra.build import price_rows
from infra.platforms.modal_rates import KEYS, todays_rates
from infra.preflight.checks import price_list
from infra.preflight.checks.price_list import Answer, evaluate
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError
from infra.settings import ROOT
from tests.gpu.serve.modal_container import TOKEN, finding
from tests.infra.release.modal_service import Told, modal_service
from tests.infra.release.rehearsal import Rehearsal

LISTED = {name: row.amount for name, row in PRICE_LIST.items() if name != DOLLAR}


@pytest.fixture
def modal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Told]:
    with modal_service() as told:
        for name, value in (finding(told, tmp_path) | TOKEN).items():
            monkeypatch.setenv(name, value)
        yield told


def test_modals_own_client_names_every_price_and_a_change_is_found(modal: Told) -> None:
    ground = ground_of(ROOT, "production")
    assert todays_rates(ROOT) == LISTED
    assert evaluate(price_list.probe(ground)) == []
    modal.rates[KEYS["H100"]] = "3.50"
    del modal.rates[KEYS["B300"]]
    lacking, dearer = evaluate(price_list.probe(ground))
    assert "no price of B300" in lacking.message and not lacking.mendable
    assert "H100 in dollars is 3.95 here and 3.50 at Modal" in dearer.message and dearer.mendable
    modal.rates.clear()
    with pytest.raises(InfraError, match="names no price"):
        todays_rates(ROOT)


def test_where_modal_does_not_answer_the_operator_is_told_how_to_give_prices() -> None:
    found = evaluate(Answer({}, "Modal's prices cannot be read: Token missing", "log in"))
    assert [each.severity for each in found] == ["warning"]
    assert "prices --set" in found[0].commands[0] and not found[0].mendable


def test_an_amount_that_cannot_be_a_price_is_never_taken() -> None:
    found = evaluate(Answer({**LISTED, "H100": Decimal("0.0011"), "H200": Decimal("4.60")}))
    assert len(found) == 2
    assert not any(each.mendable for each in found)


def test_a_clip_costs_in_proportion_and_moves_to_the_card_that_is_cheaper_now() -> None:
    rows = price_rows.clip_prices({name: amount * 2 for name, amount in LISTED.items()})
    assert all(row.new_micro_won == pytest.approx(2 * row.micro_won, abs=2) for row in rows)
    assert all(row.new_micro_won == row.micro_won for row in price_rows.clip_prices({}))
    default = price_rows.clip_prices({"H100": Decimal(8)})[0]
    assert (default.card, default.new_card) == ("H100", "H200")


def test_prices_are_shown_taken_and_leave_a_checkout_that_agrees_with_itself(another: Rehearsal) -> None:
    """First what Modal names, by preflight's mend; then a rate of exchange that the operator gives."""
    another.set_cap(10_000)
    (another.programs / "rates").write_text('{"gpu_hour_cost_h100": "3.60"}', encoding="utf-8")
    another.commit("Before")
    code, said = another.infra("preflight", "--fix", "--only", "price-list", stand_ins=True)
    assert code == 0, said
    assert "H100: 3.95 -> 3.60" in said and "aggressive_quality" in said
    assert "fixed   docs/costs.md  (price-list)" in said
    dollar = ("--set", "dollar=1500.5", "--source", "Bank of Korea", "--date", "2026-11-25")
    code, said = another.infra("prices", *dollar)
    assert code == 0 and "nothing is written" in said, said
    code, said = another.infra("prices", *dollar, "--take")
    assert code == 0 and "wrote docs/costs.md" in said, said
    listed = another.read("gpu/core/price_list.py")
    assert 'Listed("H100", Decimal("3.60"), "Modal\'s client, billing rates", ' in listed
    assert 'Listed("dollar", Decimal("1500.5"), "Bank of Korea", "2026-11-25", "documented"),' in listed
    assert another.findings("--only", "price-revision", "--only", "rates", "--only", "generated-files") == {}
    history = another.read("docs/costs.md").rsplit("## ", 1)[1]
    assert f"| {PRICE_REV} |" in history
    assert "Modal's prices of" in history and "Bank of Korea" in history
    code, said = another.infra("prices", "--set", "dollar=15", "--source", "a slip", "--date", "2026-11-25", "--take")
    assert code == 1 and "nothing was written" in said
