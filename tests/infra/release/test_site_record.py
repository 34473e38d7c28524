"""What a release writes into the site's database: whole texts, in ASCII, small enough for a command line of Windows."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

from gpu.core.contract import ReleaseEntry
from infra.reflection.release_log import Release, append, learn, read_log
from infra.release.site_record import KEPT, NEWEST, entries, statement
from infra.release.steps import all_steps
from infra.settings import ROOT
from tests.infra.release.test_reflection import FIRST

MIGRATIONS = sorted((ROOT / "functions" / "migrations").glob("*.sql"))
HOSTILE = '\'); DROP TABLE jobs; -- 😀 "%PATH%" $(x)\n둘째 줄'


def told(database: sqlite3.Connection, root: Path) -> list[ReleaseEntry]:
    database.executescript(statement(entries(read_log(root), "production")))
    rows = database.execute("SELECT body FROM releases ORDER BY at DESC").fetchall()
    return [ReleaseEntry.model_validate_json(body) for (body,) in rows]


def release(number: int, **fields: object) -> Release:
    day = f"{number % 28 + 1:02d}"
    return replace(FIRST, id=f"2026{number // 28 + 1:02d}{day}-010203-abcdef1", at=f"2026-01-{number:06d}", **fields)  # type: ignore[arg-type]


def test_the_page_has_a_word_for_each_step_that_may_stop() -> None:
    words = json.loads((ROOT / "frontend" / "words" / "operator.json").read_text(encoding="utf-8"))
    assert {name for name in words if name.startswith("step_")} == {f"step_{step.name}" for step in all_steps()}


def database_of_the_site() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    for path in MIGRATIONS:
        database.executescript(path.read_text(encoding="utf-8"))
    return database


def test_the_site_gets_every_text_as_it_was_with_its_lessons(tmp_path: Path) -> None:
    said, chosen = ("메모리가 충분한가요? 예. 61.0 / 78.0 GiB",), {"card 35.0 37.5": "H100 37.5원 (B200 35.0원 대신)"}
    append(tmp_path, replace(FIRST, why=HOSTILE, left=(HOSTILE,), summary=said, choices=chosen))
    append(tmp_path, replace(FIRST, id="elsewhere", environment="preview"))
    learn(tmp_path, FIRST.id, "작게 나눠 배포해요", "2026-11-24")
    database = database_of_the_site()
    (entry,) = told(database, tmp_path)
    assert (entry.id, entry.outcome, entry.why, entry.left) == (FIRST.id, "live", HOSTILE, (HOSTILE,))
    assert (entry.answers, entry.choices) == (said, ("H100 37.5원 (B200 35.0원 대신)",))
    assert entry.lessons == ("작게 나눠 배포해요",)
    won = next(figure for figure in entry.figures if figure.name == "won")
    assert (won.predicted, won.measured) == (137.2, 160.0)
    append(tmp_path, replace(FIRST, outcome="rolled_back"))
    assert [entry.outcome for entry in told(database, tmp_path)] == ["rolled_back"]
    database.close()


def test_the_statement_is_ascii_and_fits_a_command_line_whatever_was_found(tmp_path: Path) -> None:
    long = tuple(f"{HOSTILE} {'가' * 3_000}" for _ in range(40))
    for number in range(NEWEST + 1):
        append(tmp_path, release(number, found=long, left=long, fixed=long, summary=long, why="나" * 9_000))
    words = statement(entries(read_log(tmp_path), "production"))
    assert words.isascii()
    assert "\n" not in words
    assert len(words) < 30_000


def test_the_site_keeps_the_newest(tmp_path: Path) -> None:
    database = database_of_the_site()
    for number in range(KEPT + 3):
        (tmp_path / "infra" / "reflection" / "reflections.jsonl").unlink(missing_ok=True)
        append(tmp_path, release(number))
        told(database, tmp_path)
    found = told(database, tmp_path)
    assert len(found) == KEPT
    assert found[0].at == f"2026-01-{KEPT + 2:06d}"
    database.close()
