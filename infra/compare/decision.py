"""The votes of a comparison as they were saved on its page, counted, and the line about them in `infra/targets.toml`.

It decides nothing: most votes are named, and a person has agreed before the line is written.
"""

import re
from collections import Counter
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ValidationError

from gpu.core.presets import PRESETS
from infra.language import localized
from infra.platforms.targets import FILE, load
from infra.process.shell import InfraError

KEY = "chosen"


class Vote(BaseModel):
    row: str
    preset: str


class Votes(BaseModel):
    """The file that the page saves."""

    kind: str
    comparison: str
    presets: list[str]
    rows: int
    votes: list[Vote]


def read_votes(path: Path) -> Votes:
    """Raises InfraError for a file that is none, or without a vote."""
    try:
        votes = Votes.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise _unusable(path) from error
    one_a_row = len({vote.row for vote in votes.votes}) == len(votes.votes)
    are_known = {vote.preset for vote in votes.votes} <= set(votes.presets) <= set(PRESETS)
    if votes.kind != "clipwright-votes" or not votes.votes or not one_a_row or not are_known:
        raise _unusable(path)
    return votes


def _unusable(path: Path) -> InfraError:
    return InfraError(
        localized(ko=f"{path} 파일에서 표를 읽을 수 없어요", en=f"{path} holds no votes that can be read"),
        localized(
            ko="비교 페이지에서 '표 파일로 저장'을 다시 눌러 주세요",
            en="press “Save the votes as a file” on the page again",
        ),
    )


def tally(votes: Votes) -> list[tuple[str, int]]:
    """Presets with their votes, most first."""
    counted = Counter(vote.preset for vote in votes.votes)
    return sorted(((preset, counted[preset]) for preset in votes.presets), key=lambda each: -each[1])


def line_of(preset: str, votes: Votes, on: date) -> str:
    """`fast over draft: 5 of 9 votes, 2026-11-27`."""
    counted = dict(tally(votes))
    others = ", ".join(name for name in votes.presets if name != preset)
    return f"{preset} over {others}: {counted[preset]} of {len(votes.votes)} votes, {on.isoformat()}"


def write_line(root: Path, environment: str, line: str) -> None:
    """Changes the one line of the environment's row. Raises InfraError where there is no such row."""
    path = root / FILE
    text = path.read_text(encoding="utf-8")
    row = re.compile(rf'(^\[{re.escape(environment)}\]$.*?^{KEY} = )"[^"\n]*"', re.MULTILINE | re.DOTALL)
    if environment not in load(root) or not row.search(text):
        raise InfraError(
            localized(ko=f"{environment!r} 환경은 없어요", en=f"there is no environment {environment!r}"),
            localized(ko=f"{FILE.as_posix()} 파일을 확인해 주세요", en=f"look at {FILE.as_posix()}"),
        )
    path.write_text(row.sub(lambda found: f'{found[1]}"{line}"', text, count=1), encoding="utf-8", newline="\n")
    load(root)
