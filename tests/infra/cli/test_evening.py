"""`quote --day`: the tables say what the simulation says, the plot is plain and true, wrong days are refused."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu.core.delivered import BY_PLATFORM, Presses, by_deadline, card_named, delivered
from gpu.core.evening import PARTS, Policy, Work, play
from gpu.core.geometry import geometry
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from infra.build import evening_tables
from infra.build.evening_tables import words_of
from infra.cli.main import commands
from infra.cli.timeline import LABEL, SIGNS, lanes, timeline
from infra.cli.timeline_svg import svg
from infra.process.shell import InfraError

CARD = card_named(PRESETS[DEFAULT_PRESET], geometry("9:16", "704p", 8), "H200")
S = 1000
BY_HAND = play([0, 0, 0, 130 * S], Work(60 * S, 20 * S), Policy(most_cards=2, starts="each", idle_ms=60 * S))
"""The evening of `tests/gpu/core/test_evening.py`: 210 seconds of one card, 140 of the other."""


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    options = commands()[0].parse_args(["quote", "--day", *arguments])
    assert options.run(options) == 0
    return capsys.readouterr().out


def drawn(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 (our own)


def test_the_report_shows_both_policies_the_deadlines_the_cards_and_the_basis(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = said(capsys, "--clips", "30", "--gpu", "H200", "--deadline", "5m")
    assert "704x1280, frames: 193, on H200" in report
    for policy, name in ((BY_PLATFORM, "a card each"), (by_deadline(300), "one first")):
        row = delivered(CARD, Presses(30), policy)
        assert re.search(rf"^30 +{name} +{row.micro_won_per_clip / 1e6:.1f} ", report, re.MULTILINE)
    assert re.search(r"^5 min .* yes$", report, re.MULTILINE)
    assert re.search(r"^A100-80GB .* derived ", report, re.MULTILINE)
    assert report.count("(assumed)") >= 3 and "(documented)" in report
    assert report.isascii()


def test_without_a_number_of_clips_all_situations_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    report = said(capsys)
    for words in ("1 ", "5 ", "30 ", "180 ", "180 in 6 equal presses, over 4 h ", "180 one by one, over 4 h "):
        assert len(re.findall(rf"^{words} *(?:a card each|one first) ", report, re.MULTILINE)) == 2
    assert len(re.findall(r"^card \d ", report, re.MULTILINE)) == 5  # four of today's, and the one card


def test_an_evening_can_be_spread_and_drawn_as_a_picture(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "day.svg"
    report = said(capsys, "--clips", "12", "--presses", "3", "--over", "1h", "--lost-every", "0", "--svg", str(picture))
    assert "12 in 3 equal presses, over 1 h" in report
    assert "no attempt is lost" in report
    assert drawn(picture.read_text(encoding="utf-8")).tag.endswith("svg")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--clips", "30"], "belongs to --day"),
        (["--day", "--clips", "0"], "no such evening"),
        (["--day", "--clips", "1001"], "no such evening"),
        (["--day", "--clips", "2", "--presses", "3"], "no such evening"),
        (["--day", "--clips", "2", "--over", "2h"], "no such evening"),
        (["--day", "--lost-every", "1"], "no such evening"),
        (["--day", "--gpu", "A10G"], "A10G"),
        (["--day", "--preset", "draft", "--tier", "704p"], "does not support"),
        (["--day", "--svg", "no/such/folder/day.svg"], "cannot be written"),
    ],
)
def test_a_day_that_cannot_be_is_refused(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = commands()[0].parse_args(["quote", *arguments])
    with pytest.raises(InfraError, match=words) as refusal:
        options.run(options)
    assert refusal.value.fix
    capsys.readouterr()


@pytest.mark.parametrize(
    ("presses", "words"),
    [
        (Presses(30), "30"),
        (Presses(12, 2, 600), "12 in 2 equal presses, over 10 min"),
        (Presses(12, 0, 100), "12 one by one, over 100 s"),
        (Presses(12, 3, 5400), "12 in 3 equal presses, over 1.5 h"),
    ],
)
def test_presses_are_named(presses: Presses, words: str) -> None:
    assert words_of(presses) == words


@pytest.mark.parametrize("text", ["6", "6 m", "0m", "-6m", "1.5h", "6d", ""])
def test_a_duration_has_a_number_and_a_unit(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        commands()[0].parse_args(["quote", "--day", f"--deadline={text}"])
    assert "90s, 6m or 4h" in capsys.readouterr().err


def test_by_hand_a_sign_stands_for_ten_seconds() -> None:
    """210 seconds in 21 columns."""
    lines = ["".join(text for text, _ in line) for line in timeline(BY_HAND, LABEL + 21)]
    assert lines == [
        "card 1 ------####...##......",
        "card 2 ------##......",
        "       0     1 min 2 min 3 min",
        "done   0     0     3     4",
    ]


def test_a_picture_has_a_box_for_each_span() -> None:
    picture = drawn(svg({"a < b": BY_HAND}, "an evening"))
    name, *boxes = [node for node in picture.iter() if node.tag.endswith("title")]
    assert name.text == "an evening"
    spans = [span for card in BY_HAND.cards for span in card]
    assert [(box.text or "").split(":")[0] for box in boxes] == [span.part for span in spans]


@given(st.lists(st.integers(0, 900_000), min_size=1, max_size=12).map(sorted), st.integers(1, 4), st.integers(20, 130))
def test_a_plot_has_a_line_for_each_place_and_no_line_is_too_wide(pressed: list[int], cards: int, width: int) -> None:
    evening = play(pressed, Work(60 * S, 19 * S, 3), Policy(cards, "each", 60 * S))
    places = lanes(evening)
    assert len(places) == evening.cards_at_once
    assert sum(len(place) for place in places) == sum(len(card) for card in evening.cards)
    lines = ["".join(text for text, _ in line) for line in timeline(evening, width)]
    assert [line.startswith("card ") for line in lines] == [True] * len(places) + [False, False]
    assert all(len(line) <= width and set(line[LABEL:]) <= {" ", *SIGNS.values()} for line in lines[: len(places)])
    assert all(line.isascii() for line in lines)


def test_the_parts_of_a_row_are_its_sum() -> None:
    table = evening_tables.by_number(CARD)
    for row in table.rows:
        cells = dict(zip(table.headings, row, strict=True))
        assert sum(float(cells[part]) for part in PARTS) == pytest.approx(float(cells["won a clip"]), abs=0.25)
