"""What a clip costs, as tables for people: `docs/costs.md`, and the short table inside both READMEs.

Every figure comes from `gpu.core`. Only `past_prices.py` is kept by hand. Writing the files
is not done here (that is `infra.build.render`).
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from jinja2 import Environment, StrictUndefined

from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT
from gpu.core.contract import Estimate
from gpu.core.delivered import CLOSING_SECONDS, card_named
from gpu.core.geometry import DEFAULT_TIER, RATIOS, SECONDS, Ratio, Seconds, geometry
from gpu.core.hardware import FX, GPUS, MODAL_PRICES, PRICE_REV, WON_PER_USD, Provenance
from gpu.core.placement import ROUNDING
from gpu.core.presets import DEFAULT_PRESET, PRESETS, presets_of
from gpu.core.pricing import COLD_START_SECONDS, SPREAD, all_estimates, price
from infra.build import evening_tables
from infra.build.codegen import MARK
from infra.build.past_prices import PAST_PRICES
from infra.language import speaking

Language = Literal["ko", "en"]
READMES: dict[str, Language] = {"README.md": "en", "README.ko.md": "ko"}
SHOWN_RATIO: Ratio = "9:16"
SHOWN_SECONDS: Seconds = 8
TEMPLATE = Path(__file__).with_name("costs.md.j2")
BEGIN, END = f"<!-- costs: {MARK} -->", "<!-- end of costs -->"
HEADINGS_BY_CHOICE = (
    "preset",
    "size",
    "card",
    "seconds on the card",
    "warm",
    "start on a cold card",
    "most that is billed",
)
HEADINGS: dict[Language, tuple[str, ...]] = {
    "ko": ("방식", "704p", "1088p"),
    "en": ("preset", "704p", "1088p"),
}


def document() -> str:
    """`docs/costs.md`, in English whoever renders it. Raises NoCardError as `all_estimates` does."""
    with speaking("en"):
        return in_english()


def in_english() -> str:
    rows = {(row.preset, row.tier, row.ratio, row.seconds): row for row in all_estimates()}
    production = CHECKPOINTS[PRODUCTION_CHECKPOINT]
    choices = [(preset.name, tier) for preset in presets_of(production.flavour) for tier in preset.tiers]
    others = [row.name for row in CHECKPOINTS.values() if row.components and row is not production]
    default = rows[DEFAULT_PRESET, DEFAULT_TIER, SHOWN_RATIO, SHOWN_SECONDS]
    idle = price(default.gpu, float(CLOSING_SECONDS))
    preset, shape = PRESETS[DEFAULT_PRESET], geometry(SHOWN_RATIO, DEFAULT_TIER, SHOWN_SECONDS)
    card = card_named(preset, shape, default.gpu)
    values = {
        "mark": MARK,
        "revision": PRICE_REV,
        "rent": origin(MODAL_PRICES),
        "won_per_usd": WON_PER_USD,
        "exchange": origin(FX),
        "speed": origin(GPUS[default.gpu].speed),
        "rounding": "8-bit layers and attention" if ROUNDING else "bf16, nothing rounded to 8 bits",
        "cold_start_seconds": f"{COLD_START_SECONDS:.0f}",
        "shown_seconds": SHOWN_SECONDS,
        "shown_ratio": SHOWN_RATIO,
        "spread": f"{SPREAD:.0%}",
        "closing_seconds": CLOSING_SECONDS,
        "idle": won(idle.gpu + idle.cpu + idle.memory),
        "default": default,
        "by_choice": table(
            HEADINGS_BY_CHOICE,
            shown_choices(production.name),
        ),
        "by_length": table(
            ("preset", "size", *(f"{seconds} s" for seconds in SECONDS)),
            (
                (f"`{preset}`", tier, *(won(rows[preset, tier, SHOWN_RATIO, each].micro_won) for each in SECONDS))
                for preset, tier in choices
            ),
        ),
        "by_shape": table(
            ("preset", "size", *RATIOS),
            (
                (f"`{preset}`", tier, *(won(rows[preset, tier, each, SHOWN_SECONDS].micro_won) for each in RATIOS))
                for preset, tier in choices
            ),
        ),
        "models": production.name,
        "other_models": [(name, table(HEADINGS_BY_CHOICE, shown_choices(name))) for name in others],
        "policies": evening_tables.policies(),
        "by_number": table(*evening_tables.by_number(card)),
        "shown_press": evening_tables.words_of(evening_tables.SHOWN),
        "by_deadline": table(*evening_tables.by_deadlines(card, evening_tables.SHOWN)),
        "by_card": table(*evening_tables.by_card(preset, shape, evening_tables.SHOWN)),
        "evening_basis": evening_tables.basis(),
        "by_revision": table(("price revision", "won", "seconds on the card", "what changed"), revisions(default)),
    }
    template = TEMPLATE.read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True, trim_blocks=True)  # noqa: S701
    return environment.from_string(template).render(values)


def shown_choices(models: str) -> Iterable[tuple[str, ...]]:
    """The clips of one length and ratio, made with these models."""
    return (of_choice(row) for row in all_estimates(models) if (row.ratio, row.seconds) == (SHOWN_RATIO, SHOWN_SECONDS))


def of_choice(row: Estimate) -> tuple[str, ...]:
    warm, cold, most = (won(each) for each in (row.micro_won, row.cold_start_micro_won, row.high_micro_won))
    return f"`{row.preset}`", row.tier, row.gpu, f"{row.gpu_seconds:.1f}", warm, cold, most


def revisions(default: Estimate) -> list[tuple[str, ...]]:
    """What the default clip cost, revision by revision; the last row is worked out."""
    why = next((words for revision, *_, words in PAST_PRICES if revision == PRICE_REV), "")
    past = [row for row in PAST_PRICES if row[0] != PRICE_REV]
    return [*past, (PRICE_REV, won(default.micro_won), f"{default.gpu_seconds:.1f}", why)]


def in_readme(text: str, language: Language) -> str:
    """`text` with the short table between its two marks made anew; without the marks, `text` as it is."""
    block = f"{BEGIN}\n\n{short_table(language)}\n\n{END}"
    return re.sub(rf"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: block, text, flags=re.DOTALL)


def short_table(language: Language) -> str:
    """Warm prices of a clip of 8 seconds, one row a preset, and the sentence that says what they leave out."""
    rows = [row for row in all_estimates() if (row.ratio, row.seconds) == (SHOWN_RATIO, SHOWN_SECONDS)]
    lines: list[list[str]] = []
    for preset in presets_of(CHECKPOINTS[PRODUCTION_CHECKPOINT].flavour):
        prices = {row.tier: won(row.micro_won) for row in rows if row.preset == preset.name}
        title = preset.title_ko if language == "ko" else preset.title_en
        large = [prices.get(tier, "") for tier in ("704p", "1088p")]
        own = large if any(large) else [f"{prices['352p']} (352p)", ""]
        lines.append([f"{title} `{preset.name}`", *own])
    cold = max(row.cold_start_micro_won for row in rows) / 1e6
    note = {
        "ko": f"{SHOWN_SECONDS}초, {SHOWN_RATIO}, 컨테이너가 켜져 있을 때의 원화 값이에요 (가격표 `{PRICE_REV}`). "
        f"컨테이너를 새로 켜면 {cold:.1f}원이 더 들어요.",
        "en": f"Won for {SHOWN_SECONDS} seconds at {SHOWN_RATIO} with a warm container (price revision `{PRICE_REV}`). "
        f"Starting a container adds {cold:.1f}.",
    }
    return f"{table(HEADINGS[language], lines)}\n\n{note[language]}"


def origin(fact: Provenance) -> str:
    return f"{fact.source}, {fact.as_of}, {fact.basis}"


def won(micro_won: int) -> str:
    return f"{micro_won / 1e6:.1f}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(cells)} |" for cells in (headings, *rows)]
    return "\n".join((lines[0], "|" + "---|" * len(headings), *lines[1:]))
