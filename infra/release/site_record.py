"""Writes the newest entries of the log of releases into the site's database, for the operator's page.

The right to do so is the operator's own right to the database, as for the smoke clip's token: the site has no route
that takes an entry, and holds no key to git. The statement carries every text in hexadecimal, so no quote and no code
page of a terminal can change it. Entries that were not written follow with the next release. It judges nothing.
"""

from collections.abc import Sequence

from gpu.core.contract import ReleaseEntry, ReleaseFigure
from infra.language import localized
from infra.platforms.ground import Ground
from infra.process.shell import InfraError
from infra.reflection.release_log import FIGURES, Log, Release, read_log
from infra.release.smoke_token import execute

NEWEST = 3
"""Entries that are written each time, so that a lesson, and an entry that was not written, follow later."""
KEPT = 50
MOST_LINES = 8
MOST_CHARACTERS = (200, 120, 60, 30)
"""Of each text: the first limit with which an entry is small enough."""
MOST_BYTES = 4_000
"""Of an entry: the statement is an argument of a program, which Windows limits to 32,767 characters."""


def tell_site(ground: Ground) -> str:
    """Returns in words whether the site has the entries."""
    try:
        execute(ground, statement(entries(read_log(ground.root), ground.target.name)))
    except InfraError as error:
        words = str(error).splitlines()[0]
        return localized(
            ko=f"운영자 화면에는 다음 배포 때 나타나요. 사이트 데이터베이스가 받지 않았어요: {words}",
            en=f"the operator's page shows this with the next release; the site's database did not take it: {words}",
        )
    return localized(
        ko="사이트의 운영자 화면에 이 배포가 나타나요", en="the operator's page of the site shows this release"
    )


def entries(log: Log, environment: str) -> list[ReleaseEntry]:
    """The newest releases of an environment, the newest first."""
    releases = [release for release in log.latest() if release.environment == environment][:NEWEST]
    lessons = {
        release.id: [lesson.learned for lesson in log.lessons if lesson.release == release.id] for release in releases
    }
    return [small(release, lessons[release.id]) for release in releases]


def small(release: Release, lessons: Sequence[str]) -> ReleaseEntry:
    *larger, smallest = (entry_of(release, lessons, most) for most in MOST_CHARACTERS)
    return next((entry for entry in larger if len(entry.model_dump_json().encode()) <= MOST_BYTES), smallest)


def entry_of(release: Release, lessons: Sequence[str], most: int) -> ReleaseEntry:
    """With texts of at most so many characters."""

    def cut(text: str) -> str:
        return text if len(text) <= most else text[: most - 1] + "…"

    def cut_lines(lines: Sequence[str]) -> tuple[str, ...]:
        return tuple(cut(line) for line in lines[:MOST_LINES])

    return ReleaseEntry(
        id=release.id,
        at=release.at,
        commit=release.commit,
        outcome=release.outcome,
        why=cut(release.why),
        failed_step=release.failed_step,
        trouble=cut(release.trouble),
        found=cut_lines(release.found),
        fixed=cut_lines(release.fixed),
        left=cut_lines(release.left),
        figures=tuple(
            ReleaseFigure(name=name, predicted=release.predicted.get(name), measured=release.measured.get(name))
            for name in FIGURES
            if name in release.predicted or name in release.measured
        ),
        lessons=cut_lines(lessons),
        answers=cut_lines(release.summary),
        choices=cut_lines(list(release.choices.values())),
    )


def statement(found: Sequence[ReleaseEntry]) -> str:
    """SQL of ASCII alone. Raises InfraError where the log is empty."""
    if not found:
        raise InfraError(
            localized(ko="배포 기록이 비어 있어요", en="the log of releases is empty"),
            localized(ko="배포하면 첫 줄이 생겨요", en="a release writes its first line"),
        )
    rows = ", ".join(f"({text(entry.id)}, {text(entry.at)}, {text(entry.model_dump_json())})" for entry in found)
    return (
        f"INSERT INTO releases (id, at, body) VALUES {rows}"  # noqa: S608  # the values are hexadecimal
        " ON CONFLICT (id) DO UPDATE SET at = excluded.at, body = excluded.body;"
        f" DELETE FROM releases WHERE id NOT IN (SELECT id FROM releases ORDER BY at DESC LIMIT {KEPT})"
    )


def text(value: str) -> str:
    return f"CAST(X'{value.encode('utf-8').hex()}' AS TEXT)"
