"""The figures of a drill: counts of what was done and of what must not have happened."""

from dataclasses import dataclass, field
from typing import cast

import pytest

PROPERTY = "figures of a drill"


@dataclass(slots=True)
class Figures:
    """`done` is for the reader. Each entry of `faults` fails the drill; a kind that was looked for in vain is 0."""

    done: dict[str, int] = field(default_factory=dict[str, int])
    faults: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def count(self, **counts: int) -> None:
        for name, count in counts.items():
            self.done[name.replace("_", " ")] = self.done.get(name.replace("_", " "), 0) + count

    def look_for(self, kind: str, found: list[str]) -> None:
        self.faults.setdefault(kind, []).extend(found)

    def look_at(self, kind: str, what: str, *, is_wrong: bool) -> None:
        self.look_for(kind, [what] if is_wrong else [])

    def line(self) -> str:
        counts = [f"{count} {name}" for name, count in self.done.items()]
        return ", ".join([*counts, *(f"{len(found)} {kind}" for kind, found in self.faults.items())])

    def judge(self) -> None:
        """Fails with the first of each kind."""
        seen = [f"{len(found)} {kind}, as: {'; '.join(found[:5])}" for kind, found in self.faults.items() if found]
        assert seen == [], "\n".join([self.line(), *seen])


def keep(request: pytest.FixtureRequest, figures: Figures) -> None:
    """So that the summary shows the line, also of a run on several processes."""
    item = cast("pytest.Item", request.node)  # pyright: ignore[reportUnknownMemberType]
    item.user_properties.append((PROPERTY, figures.line()))


def lines(reports: list[pytest.TestReport]) -> list[str]:
    """Of a run's reports: a line a drill."""
    return [
        f"{report.nodeid.rpartition('/')[2]}: {value}"
        for report in reports
        for name, value in report.user_properties
        if name == PROPERTY and report.when == "teardown"
    ]
