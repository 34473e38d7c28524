"""The reflection log: for each release the predicted and measured figures, the findings, the fixes and the lessons.

Lines are only added to `infra/reflection/reflections.jsonl`: a lesson is a separate line that names its release, and
failed releases and rollbacks are lines too. `infra/reflection/REFLECTIONS.md` is rendered from it. This module releases
nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.language import language, localized
from infra.process.shell import InfraError

LOG = Path("infra", "reflection", "reflections.jsonl")
PAGE = Path("infra", "reflection", "REFLECTIONS.md")
TEMPLATES = Path(__file__).resolve().parent
Outcome = Literal["live", "failed", "rolled_back"]
FIGURES = {
    "won": ("원", "won"),
    "gpu_seconds": ("GPU 초", "GPU seconds"),
    "peak_vram_gib": ("최대 VRAM GiB", "peak VRAM GiB"),
    "cold_start_seconds": ("콜드 스타트 초", "cold start seconds"),
    "video_bytes": ("영상 바이트", "video bytes"),
}
"""The figures of a smoke clip: name -> Korean and English words. A figure that was not reported is left out."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release and its outcome. `predicted` and `measured` hold figures under the names in FIGURES."""

    id: str
    at: str
    environment: str
    commit: str
    outcome: Outcome
    why: str
    found: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    predicted: Mapping[str, float] = field(default_factory=dict[str, float])
    measured: Mapping[str, float] = field(default_factory=dict[str, float])
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    failed_step: str = ""
    trouble: str = ""
    summary: tuple[str, ...] = ()
    """The answers to the five questions before a release, in Korean."""
    choices: Mapping[str, str] = field(default_factory=dict[str, str])
    """Trade-offs between cost and quality: question and prices -> what a person chose."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson from a release, added later."""

    release: str
    at: str
    learned: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A figure of a release, predicted and measured. `share` is measured divided by predicted, minus one."""

    release: str
    name: str
    predicted: float
    measured: float

    @property
    def share(self) -> float:
        return self.measured / self.predicted - 1


@dataclass(frozen=True, slots=True)
class Log:
    """All lines in the order in which they were written. A release may have several lines; the last one counts."""

    releases: tuple[Release, ...]
    lessons: tuple[Lesson, ...]

    def latest(self) -> list[Release]:
        """One row per release, newest first."""
        return list({release.id: release for release in self.releases}.values())[::-1]


def read_log(root: Path) -> Log:
    """Raises InfraError with the number of a line that cannot be read."""
    path = root / LOG
    if not path.is_file():
        return Log((), ())
    releases: list[Release] = []
    lessons: list[Lesson] = []
    # Not splitlines: it would split at U+2028, which JSON strings may contain.
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row: dict[str, Any] = json.loads(line)
                kind = row.pop("kind")
                if kind == "lesson":
                    lessons.append(Lesson(**row))
                else:
                    for name in ("found", "fixed", "left", "summary"):
                        row[name] = tuple(row.get(name, ()))
                    releases.append(Release(**row))
            except (ValueError, TypeError, KeyError) as error:
                raise InfraError(
                    localized(
                        ko=f"{LOG.as_posix()}:{number} 줄을 읽을 수 없어요: {error}",
                        en=f"{LOG.as_posix()}:{number} cannot be read: {error}",
                    ),
                    localized(ko="그 줄을 git에서 되돌려 주세요", en="restore the line from git"),
                ) from error
    return Log(tuple(releases), tuple(lessons))


def append(root: Path, entry: Release | Lesson) -> list[str]:
    """Adds one line and renders the page; returns both paths inside the checkout."""
    row = {"kind": "lesson" if isinstance(entry, Lesson) else "release", **asdict(entry)}
    path = root / LOG
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="\n") as log:
        log.write(json.dumps(row, ensure_ascii=False) + "\n")
    (root / PAGE).write_text(page(read_log(root)), encoding="utf-8", newline="\n")
    return [LOG.as_posix(), PAGE.as_posix()]


def learn(root: Path, release: str, learned: str, at: str) -> list[str]:
    """Adds a lesson to a release. Raises InfraError for a release that is not in the log."""
    known = [row.id for row in read_log(root).latest()]
    if release not in known:
        hint = (
            localized(ko=f"있는 배포: {', '.join(known[:5])}", en=f"known are {', '.join(known[:5])}")
            if known
            else localized(
                ko="기록이 비어 있어요. 배포하면 첫 줄이 생겨요", en="the log is empty; a release writes its first line"
            )
        )
        raise InfraError(localized(ko=f"배포 {release!r} 기록이 없어요", en=f"there is no release {release!r}"), hint)
    return append(root, Lesson(release, at, learned))


def page(log: Log) -> str:
    """The log as Markdown, newest release first, in Korean and English."""
    # Markdown, not HTML.
    template = Environment(  # noqa: S701
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ).get_template("REFLECTIONS.md.j2")
    rows = [
        {
            "release": release,
            "figures": figures_of(release.predicted, release.measured),
            "lessons": [lesson for lesson in log.lessons if lesson.release == release.id],
        }
        for release in log.latest()
    ]
    return template.render(rows=rows)


def figures_of(predicted: Mapping[str, float], measured: Mapping[str, float]) -> list[dict[str, str]]:
    """Predicted beside measured, for the figures that have at least one of them."""
    rows: list[dict[str, str]] = []
    for name, (korean, english) in FIGURES.items():
        before, after = predicted.get(name), measured.get(name)
        if before is None and after is None:
            continue
        rows.append(
            {
                "name": f"{korean} · {english}",
                "ko": korean,
                "en": english,
                "predicted": "–" if before is None else f"{before:,.1f}",
                "measured": "–" if after is None else f"{after:,.1f}",
                "share": f"{after / before - 1:+.0%}" if before and after is not None else "–",
            }
        )
    return rows


def figure_lines(predicted: Mapping[str, float], measured: Mapping[str, float]) -> list[str]:
    """One line per figure for the terminal, with the predicted and measured values that exist."""
    words = {"predicted": localized(ko="예측", en="predicted"), "measured": localized(ko="실제", en="measured")}
    lines: list[str] = []
    for row in figures_of(predicted, measured):
        parts = [f"{word} {row[name]}" for name, word in words.items() if row[name] != "–"]
        share = f" ({row['share']})" if row["share"] != "–" else ""
        lines.append(f"{row[language()]}: {', '.join(parts)}{share}")
    return lines


def drifts(log: Log, environment: str) -> tuple[Drift, ...]:
    """The figures of an environment's newest live release that were both predicted and measured."""
    live = [row for row in log.latest() if row.outcome == "live" and row.environment == environment and row.measured]
    if not live:
        return ()
    release = live[0]
    names: Sequence[str] = [name for name in FIGURES if release.predicted.get(name) and name in release.measured]
    return tuple(Drift(release.id, name, release.predicted[name], release.measured[name]) for name in names)
