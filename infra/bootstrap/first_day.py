"""An operator's first day as a list: commands, pages to open, what is typed, and the minutes in which a machine works.

Commands and seconds come from a walk against the rehearsed platforms, with real `modal` and real builds
(`tests/infra/release/test_empty_accounts.py`). The rest is what `setup-account` itself asks for. It asks nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.weight_sources import licences
from infra.bootstrap import person
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


@dataclass(frozen=True, slots=True)
class FirstDay:
    """`dashboards` are pages that a person opens, `typed` what a person answers; the webhook may be
    skipped."""

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
    """For a plan: how much it is, and what nobody measured."""
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
    yield localized(
        ko="  재지 않은 것: 가입, Modal의 이미지 빌드, Cloudflare의 빌드, 모델 파일 다운로드, GPU로 만드는 첫 영상",
        en="  not measured: signing up, Modal's build of images, Cloudflare's build, the download of the model files, "
        "the first clip of a real card",
    )
