"""Money: compares the default clip's price with the cap, checks the age of prices and the last release's prediction.

`gpu.core.pricing` computes prices, and the reflection log holds the measured figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gpu.core.contract import Estimate
from gpu.core.geometry import DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER
from gpu.core.hardware import FX, MODAL_PRICES, PRICE_REV, Provenance
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.pricing import NoCardError, estimate
from infra.build import facts
from infra.language import localized
from infra.platforms.ground import Ground
from infra.platforms.targets import Target
from infra.preflight.checks.contract import no_card_fix
from infra.preflight.findings import Check, Finding
from infra.process.shell import InfraError
from infra.reflection.release_log import Drift, drifts, read_log

STALE_PRICE_DAYS = 60
OLD_PRICE_DAYS = 365
"""Prices have changed about once a year so far. A release needs prices that are younger."""
SET_DOLLAR = 'python run.py prices --set dollar=1450 --source "…" --date 2026-11-26 --take'
DRIFT_LIMIT = 0.10
ROUNDING = 1e-9
"""Tolerance of the comparison with DRIFT_LIMIT, for floating-point rounding."""


@dataclass(frozen=True, slots=True)
class Price:
    """The default clip's estimate, and the environment with its cap."""

    estimate: Estimate
    target: Target


@dataclass(frozen=True, slots=True)
class Age:
    name: str
    row: Provenance
    days: int


def default_estimate() -> Estimate:
    """The clip at the defaults, to which the cap applies. Raises InfraError when it fits on no card."""
    try:
        return estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER)
    except (NoCardError, ValueError) as error:
        raise InfraError(
            localized(ko=f"기본 영상의 값을 계산할 수 없어요: {error}", en=f"the default clip has no price: {error}"),
            no_card_fix(),
        ) from error


def probe_price(ground: Ground) -> Price:
    return Price(default_estimate(), ground.target)


def evaluate_price(price: Price) -> list[Finding]:
    won = price.estimate.micro_won / 1e6
    target = price.target
    if won <= target.cap_won:
        return []
    row = price.estimate
    what = f"{row.gpu}, {row.preset} {row.tier} {row.seconds} s"
    return [
        Finding(
            "error",
            localized(
                ko=f"{what}: {won:.1f}원이라서 한도 {target.cap_won}원을 넘어요",
                en=f"{what} costs {won:.1f} won, the cap is {target.cap_won}",
            ),
            localized(
                ko=f"영상 값을 낮추거나(더 빠른 코드, 더 싼 GPU, 더 작은 기본값) [{target.name}]의 "
                "cap_won을 올려 주세요",
                en="make the clip cheaper (faster code, cheaper card, smaller default), or raise cap_won of "
                f"[{target.name}]",
            ),
            ("python run.py quote",),
            where="infra/targets.toml",
        )
    ]


def probe_ages(ground: Ground) -> tuple[Age, ...]:
    rows = (
        (localized(ko="GPU, CPU, 메모리 단가", en="GPU, CPU and memory prices"), MODAL_PRICES),
        (localized(ko="환율(1달러의 원화 값)", en="won per dollar"), FX),
    )
    return tuple(Age(name, row, (ground.today - date.fromisoformat(row.as_of)).days) for name, row in rows)


def evaluate_ages(ages: Sequence[Age]) -> list[Finding]:
    return [
        Finding(
            "error" if age.days > OLD_PRICE_DAYS else "warning",
            localized(
                ko=f"{age.name}: {age.days}일 지났어요 ({age.row.as_of}, {facts.shown(age.row.source)}; {PRICE_REV})",
                en=f"{age.name}: age in days {age.days} ({age.row.as_of}, {facts.shown(age.row.source)}; {PRICE_REV})",
            ),
            localized(
                ko="오늘 값을 출처와 날짜와 함께 받아 와 주세요", en="take today's prices, each with its source and day"
            ),
            ("python run.py prices", "python run.py prices --take") if age.row != FX else (SET_DOLLAR,),
            where="gpu/core/price_list.py",
        )
        for age in ages
        if age.days > STALE_PRICE_DAYS
    ]


def probe_drift(ground: Ground) -> tuple[Drift, ...]:
    return drifts(read_log(ground.root), ground.target.name)


def evaluate_drift(found: Sequence[Drift]) -> list[Finding]:
    return [
        Finding(
            "warning",
            localized(
                ko=f"배포 {drift.release}: {drift.name} 예측 {drift.predicted:g}, 실제 {drift.measured:g} "
                f"({drift.share:+.0%})",
                en=f"release {drift.release}: {drift.name} predicted {drift.predicted:g}, measured {drift.measured:g} "
                f"({drift.share:+.0%})",
            ),
            localized(
                ko="그 수가 나온 gpu/core의 값(pricing.py, memory.py, hardware.py)을 출처와 날짜와 함께 고쳐 주세요",
                en="correct the figure behind it in gpu/core (pricing.py, memory.py or hardware.py), with source and "
                "date",
            ),
            ("python run.py render", f'python run.py reflect {drift.release} --learned "…"'),
            where="infra/reflection/reflections.jsonl",
        )
        for drift in found
        if abs(drift.share) > DRIFT_LIMIT + ROUNDING
    ]


PRICE_CHECK = Check(
    "cost-cap", "Money", "the default clip costs no more than the cap", "기본 영상 값이 한도 안인지",
    probe_price, evaluate_price, of_the_tree=True,
)  # fmt: skip
CHECKS = (
    PRICE_CHECK,
    Check("price-age", "Money", "price rows are recent", "가격표가 오래되지 않았는지", probe_ages, evaluate_ages),
    Check(
        "prediction-drift",
        "Money",
        "the last release cost what was predicted",
        "지난 배포의 값이 예측과 같았는지",
        probe_drift,
        evaluate_drift,
    ),
)
