"""The votes of a comparison become one line of the environment's row, and the release's log holds it."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gpu.core.presets import DEFAULT_PRESET
from infra.compare.decision import line_of, read_votes, tally, write_line
from infra.platforms import targets
from infra.process.shell import InfraError
from infra.release.choices import hold_comparison
from infra.release.journal import Journal
from infra.settings import ROOT

DAY = date(2026, 11, 27)


def saved(folder: Path, *presets: str, rows: Sequence[str] = "abcdef", kind: str = "clipwright-votes") -> Path:
    votes = [{"row": row, "preset": preset} for row, preset in zip(rows, presets, strict=False)]
    body = {"kind": kind, "comparison": "c" * 24, "presets": ["draft", "fast"], "rows": 4, "votes": votes}
    path = folder / "표.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


def test_votes_are_counted_the_most_first(tmp_path: Path) -> None:
    votes = read_votes(saved(tmp_path, "fast", "draft", "fast"))
    assert tally(votes) == [("fast", 2), ("draft", 1)]
    assert line_of("fast", votes, DAY) == "fast over draft: 2 of 3 votes, 2026-11-27"


def test_files_that_are_no_votes_are_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_bytes(b"")
    twice = lambda: saved(tmp_path, "fast", "draft", rows="aa")  # noqa: E731
    unknown = lambda: saved(tmp_path, "fast", "best")  # noqa: E731
    other = lambda: saved(tmp_path, "fast", kind="other")  # noqa: E731
    for path in (lambda: tmp_path / "gone.json", lambda: empty, lambda: saved(tmp_path), twice, unknown, other):
        with pytest.raises(InfraError):
            read_votes(path())


def test_the_decision_is_one_line_of_one_environment(tmp_path: Path) -> None:
    path = tmp_path / targets.FILE
    path.parent.mkdir()
    shutil.copy(ROOT / targets.FILE, path)
    before = path.read_text(encoding="utf-8").splitlines()
    line = line_of("fast", read_votes(saved(tmp_path, "fast")), DAY)

    write_line(tmp_path, "preview", line)

    after = path.read_text(encoding="utf-8").splitlines()
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [f'chosen = "{line}"']
    rows = targets.load(tmp_path)
    assert rows["preview"].chosen_preset == "fast"
    assert rows["production"].chosen_preset is None
    with pytest.raises(InfraError):
        write_line(tmp_path, "elsewhere", line)


def test_a_row_that_chose_an_unknown_preset_is_refused() -> None:
    text = (ROOT / targets.FILE).read_text(encoding="utf-8")
    with pytest.raises(InfraError):
        targets.parse(text.replace('chosen = ""', 'chosen = "best over fast: 2 of 3 votes, 2026-11-27"', 1))


def test_a_release_logs_the_decision_and_whether_the_default_follows_it() -> None:
    row = targets.load(ROOT)["production"]
    for preset, lines in ((DEFAULT_PRESET, 0), ("draft", 1)):
        journal, told = Journal("id", "production", "why", "now"), list[str]()
        chosen = f"{preset} over fast: 2 of 3 votes, 2026-11-27"
        hold_comparison(replace(row, chosen=chosen), journal, told.append)
        assert list(journal.choices.values()) == [chosen]
        assert journal.left == told
        assert len(told) == lines
    untouched = Journal("id", "production", "why", "now")
    hold_comparison(replace(row, chosen=""), untouched, print)
    assert untouched.choices == {}
