"""Trade-offs between cost and quality for the default clip, as questions: what is cheaper, and what it would change.

The cheaper way is named first, and neither is chosen here: what the repository says stays until a person changes it.
Predictions alone, by `gpu.core.pricing`; nothing is rendered.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.geometry import DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER, TIERS, Tier, geometry
from gpu.core.hardware import GPUS
from gpu.core.memory import EIGHT_BIT_ATTENTION_SINCE, fit
from gpu.core.placement import PLANS, ROUNDING
from gpu.core.presets import DEFAULT_PRESET, PRESETS, Preset
from gpu.core.pricing import candidate, candidates, estimate
from infra.language import language, localized
from infra.platforms.targets import Target, is_tiny
from infra.preflight.checks.money import default_estimate

LEAST_SHARE = 0.03
"""A way that saves less than this share of the price is no question."""
ROUNDED_PLANS = ("resident_8_bit", "text_apart_8_bit")


@dataclass(frozen=True, slots=True)
class TradeOff:
    """`won` of the cheaper way and of what the repository says. `means` is what the cheaper way changes, `how` where a
    person changes it."""

    name: str
    won: float
    now_won: float
    cheaper: str
    now: str
    means: str
    how: str

    @property
    def question(self) -> str:
        return localized(
            ko=f"1) {self.cheaper} {self.won:.1f}원: {self.means}  2) 지금대로 {self.now} {self.now_won:.1f}원",
            en=f"1) {self.cheaper} {self.won:.1f} won: {self.means}  2) as it is, {self.now} {self.now_won:.1f} won",
        )

    @property
    def key(self) -> str:
        """Equal for the same question at the same prices: an answer holds until a price changes."""
        return f"{self.name} {self.won:.1f} {self.now_won:.1f}"


def trade_offs(target: Target) -> list[TradeOff]:
    """The cheapest first. None for a tiny set, to whose clips no price applies."""
    if is_tiny(target.checkpoint):
        return []
    now = default_estimate()
    found = [
        found
        for found in (eight_bits(target), other_card(target), lighter_preset(), smaller_tier())
        if found is not None
    ]
    worth = [each for each in found if each.won < now.micro_won / 1e6 * (1 - LEAST_SHARE)]
    return sorted(worth, key=lambda each: each.won)


def eight_bits(target: Target) -> TradeOff | None:
    now, shape = default_estimate(), geometry(DEFAULT_RATIO, DEFAULT_TIER, DEFAULT_SECONDS)
    checkpoint = CHECKPOINTS[target.checkpoint]
    gpu, preset = GPUS[now.gpu], PRESETS[DEFAULT_PRESET]
    if ROUNDING or gpu.compute_capability < EIGHT_BIT_ATTENTION_SINCE:
        return None
    for name in ROUNDED_PLANS:
        if fit(preset, shape, checkpoint, gpu, PLANS[name]).fits:
            row = candidate(preset, shape, checkpoint, gpu, PLANS[name], fits=True)
            return TradeOff(
                "eight-bits",
                row.micro_won / 1e6,
                now.micro_won / 1e6,
                localized(ko="8비트 계산", en="8 bits"),
                localized(ko="16비트", en="16 bits"),
                localized(
                    ko="화면이 조금 달라져요. 아직 실제 영상으로 비교하지 않았어요",
                    en="frames change a little; not yet compared on real clips",
                ),
                "gpu/core/placement.py: ROUNDING = True",
            )
    return None


def other_card(target: Target) -> TradeOff | None:
    """A cheaper card whose speed is only derived: the price table does not offer it."""
    now, shape = default_estimate(), geometry(DEFAULT_RATIO, DEFAULT_TIER, DEFAULT_SECONDS)
    rows = candidates(PRESETS[DEFAULT_PRESET], shape, CHECKPOINTS[target.checkpoint])
    row = next((row for row in rows if row.fits and row.plan.exact and row.gpu.speed.basis != "measured"), None)
    if row is None:
        return None
    return TradeOff(
        "card",
        row.micro_won / 1e6,
        now.micro_won / 1e6,
        row.gpu.name,
        now.gpu,
        localized(
            ko="속도를 아직 재지 않아서 실제 금액이 다를 수 있어요",
            en="its speed was not measured, so the price may differ",
        ),
        f"python run.py measure ({row.gpu.name})",
    )


def lighter_preset() -> TradeOff | None:
    """A cheaper preset that makes a clip of the same size and length by the same pipeline."""
    now = default_estimate()
    preset = PRESETS[DEFAULT_PRESET]
    same = [each for each in PRESETS.values() if each.pipeline == preset.pipeline and each is not preset]
    rows = [(estimate(each, DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER), each) for each in same]
    if not rows:
        return None
    best, lighter = min(rows, key=lambda row: row[0].micro_won)
    summary = lighter.summary_ko if language() == "ko" else lighter.summary_en
    return TradeOff(
        "preset",
        best.micro_won / 1e6,
        now.micro_won / 1e6,
        title_of(lighter),
        title_of(preset),
        localized(
            ko=f"크기와 길이는 같아요. {summary}",
            en=f"the same size and length; {summary}",
        ),
        f'gpu/core/presets.py: DEFAULT_PRESET = "{best.preset}"',
    )


def title_of(preset: Preset) -> str:
    return preset.title_ko if language() == "ko" else preset.title_en


def smaller_tier() -> TradeOff | None:
    """The next smaller size."""
    smaller: list[Tier] = [tier for tier in TIERS if pixels(tier) < pixels(DEFAULT_TIER)]
    if not smaller:
        return None
    tier = max(smaller, key=pixels)
    row, now = estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, tier), default_estimate()
    return TradeOff(
        "tier",
        row.micro_won / 1e6,
        now.micro_won / 1e6,
        tier,
        DEFAULT_TIER,
        localized(
            ko=f"화면이 {now.width}x{now.height}에서 {row.width}x{row.height}으로 작아져요",
            en=f"frames of {row.width}x{row.height} in place of {now.width}x{now.height}",
        ),
        f'gpu/core/geometry.py: DEFAULT_TIER = "{tier}"',
    )


def pixels(tier: Tier) -> int:
    shape = geometry(DEFAULT_RATIO, tier, DEFAULT_SECONDS)
    return shape.width * shape.height


def unanswered(target: Target, answered: Mapping[str, str]) -> list[TradeOff]:
    """`answered`: the keys in the log with what was chosen."""
    return [each for each in trade_offs(target) if each.key not in answered]
