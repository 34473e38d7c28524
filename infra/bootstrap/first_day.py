"""An operator's first day as a list: commands, pages to open, what is typed, the minutes in which this machine works,
and those in which it waits for others.

Commands and seconds come from a walk against the rehearsed platforms, with real `modal` and real builds
(`tests/infra/release/test_empty_accounts.py`). Pages and what is typed are what `setup-account` itself asks for; a walk
on a terminal compares them (`tests/infra/bootstrap/test_terminal.py`). It asks nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.geometry import DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER
from gpu.core.hardware import FETCH_BYTES_PER_SECOND
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.pricing import COLD_START_SECONDS, estimate
from gpu.core.provenance import Basis
from gpu.core.weight_sources import licences
from infra.bootstrap import person
from infra.build.facts import shown
from infra.build.first_costs import FILES_GB
from infra.language import localized
from infra.platforms.ground import Ground
from infra.platforms.operator_keys import RELEASE_WEBHOOK
from infra.platforms.targets import is_tiny

COMMANDS: tuple[tuple[str, float | None], ...] = (
    ("git config --global user.name", None),
    ("git config --global user.email", None),
    ("git clone", None),
    ("python run.py demo --once", 51.0),
    ("git remote set-url origin", None),
    ("git push -u origin main", None),
    ("python run.py setup-account --plan", 5.0),
    ("python run.py setup-account", 90.0),
)
"""In their order, each with its seconds on two busy cores, 2026-11-27, where it was measured: the demo from an empty
folder; `setup-account` with the tiny set, one stop and one call that goes on, to the address and the clip."""

PAGES_LIMITS = "https://developers.cloudflare.com/pages/platform/limits/"
"""Names 20 minutes as the limit of a build; read 2026-11-22."""


@dataclass(frozen=True, slots=True)
class FirstDay:
    """`dashboards` are pages that a person opens, `typed` what a person answers; the webhook may be skipped."""

    commands: tuple[str, ...]
    dashboards: tuple[str, ...]
    typed: tuple[str, ...]


def first_day(ground: Ground) -> FirstDay:
    found = person.needs(ground)
    pages = [line for need in found for line in need.how if "https://" in line and not line.startswith("git ")]
    typed = [name for need in found for name, _ in need.variables]
    if not is_tiny(ground.target.checkpoint):
        typed += licences(CHECKPOINTS[ground.target.checkpoint].flavour)
    typed.append(RELEASE_WEBHOOK)
    return FirstDay(tuple(command for command, _ in COMMANDS), tuple(pages), tuple(typed))


def lines(ground: Ground) -> Iterator[str]:
    """For a plan: how much it is, and how long it takes."""
    day = first_day(ground)
    minutes = sum(seconds for _, seconds in COMMANDS if seconds is not None) / 60
    yield localized(
        ko=f"  명령 {len(day.commands)}개, 브라우저에서 할 일 {len(day.dashboards)}개, 입력할 것 {len(day.typed)}개",
        en=f"  commands {len(day.commands)}, pages to open {len(day.dashboards)}, things to type {len(day.typed)}",
    )
    yield localized(
        ko=f"  컴퓨터가 일하는 시간 {minutes:.1f}분 (연습용 플랫폼에서 측정, 2026-11-27)",
        en=f"  minutes in which this machine works: {minutes:.1f} (measured against rehearsed platforms, 2026-11-27)",
    )
    yield localized(ko="  다른 곳을 기다리는 시간", en="  minutes of waiting for others")
    yield from (f"    {wait.what}: {wait.long} {wait.source}".rstrip() for wait in waits(ground))


@dataclass(frozen=True, slots=True)
class Wait:
    """What a platform or a person takes, in minutes, and on which basis that is said. `source` is the address of a
    document."""

    what: str
    minutes: float
    basis: Basis
    source: str = ""

    @property
    def long(self) -> str:
        number, basis = f"{self.minutes:.0f}", shown(self.basis)
        if self.basis == "documented":  # a platform's documents name limits
            return localized(ko=f"최대 {number}분 ({basis})", en=f"at most {number} min ({basis})")
        return localized(ko=f"{number}분 ({basis})", en=f"{number} min ({basis})")


def waits(ground: Ground) -> tuple[Wait, ...]:
    """In the order of the day. Nobody has timed one of them: no account of ours was used."""
    found = [
        Wait(localized(ko="계정 네 곳 가입과 카드 등록", en="signing up at four places, with a card"), 30.0, "assumed"),
        Wait(localized(ko="Modal의 이미지 빌드", en="Modal builds the images"), 15.0, "assumed"),
        Wait(
            localized(ko="Cloudflare의 사이트 빌드", en="Cloudflare builds the site"), 20.0, "documented", PAGES_LIMITS
        ),
    ]
    if not is_tiny(ground.target.checkpoint):
        fetch = FILES_GB * 1e9 / FETCH_BYTES_PER_SECOND / 60
        clip = estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER)
        first = (clip.gpu_seconds + COLD_START_SECONDS) / 60
        found.insert(2, Wait(localized(ko="모델 파일 받기", en="fetching the model files"), fetch, "assumed"))
        found.append(
            Wait(localized(ko="첫 영상, 켜는 시간까지", en="the first clip, with the start"), first, "derived")
        )
    return tuple(found)
