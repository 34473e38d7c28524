"""Each planted fault has a Korean title, and no Korean title is left without its fault."""

import re

import pytest

from infra.preflight.self_test.rounds import FAULTS, Outcome, lines_of
from infra.preflight.self_test.titles import KOREAN


def test_each_planted_fault_is_named_in_korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPWRIGHT_LANG", "ko")
    lines = [line for fault in FAULTS for line in lines_of(Outcome(fault, caught=True, said="x"))]
    assert [line for line in lines if not re.search("[가-힣]", line.removeprefix("  잡음"))] == []
    assert KOREAN.keys() <= {fault.words for fault in FAULTS}
