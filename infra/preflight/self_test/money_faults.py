"""Faults of money: prices, caps, memory, and what ends a job that is lost."""

import json
import re
from collections.abc import Callable

from infra.preflight.self_test.code_faults import SWEEPER, migrated
from infra.preflight.self_test.copies import Copy
from infra.preflight.self_test.fault import Fault, changed

HARDWARE, PRICES = "gpu/core/hardware.py", "gpu/core/price_list.py"
QUOTES = "functions/_generated/quotes.json"
TARGETS = "infra/targets.toml"
LOG = "infra/reflection/reflections.jsonl"
CONTRACT = "functions/_generated/contract.schema.json"
TABLE = "functions/migrations"


def replaced(name: str, pattern: str, text: str) -> Callable[[Copy], None]:
    """Replaces the first match of the pattern, whatever its current figure is."""

    def plant(copy: Copy) -> None:
        before = copy.read(name)
        after = re.sub(pattern, text, before, count=1, flags=re.MULTILINE)
        if after == before:
            copy.change(name, pattern, text)  # raises an error that names the missing text
        copy.write(name, after)

    return plant


def rendered(plant: Callable[[Copy], None]) -> Callable[[Copy], None]:
    """The same, and renders the generated files again."""

    def both(copy: Copy) -> None:
        plant(copy)
        copy.python("-m", "infra", "render")

    return both


def drifted(copy: Copy) -> None:
    row: dict[str, object] = {
        "kind": "release", "id": "20261101-000000-abcdef1", "at": "2026-11-01T00:00:00Z", "environment": "production",
        "commit": copy.git("rev-parse", "HEAD").strip(), "outcome": "live", "why": "", "found": [], "fixed": [],
        "left": [], "predicted": {"won": 100.0}, "measured": {"won": 130.0}, "versions": {}, "failed_step": "",
        "trouble": "",
    }  # fmt: skip
    copy.write(LOG, json.dumps(row) + "\n")


def edited_when_live(copy: Copy) -> None:
    drifted(copy)
    copy.append(f"{TABLE}/0002_losses.sql", "-- afterwards\n")


CARD = r'(Listed\("H100".*?Decimal\(")\d'
"""Dollars an hour."""


def unreadable_when_live(copy: Copy) -> None:
    """Takes a member away that the live release needs to settle a job."""
    drifted(copy)
    schema = json.loads(copy.read(CONTRACT))
    outcome = schema["$defs"]["Outcome"]
    del outcome["properties"][outcome["required"].pop(0)]
    copy.write(CONTRACT, json.dumps(schema))


FAULTS = (
    Fault("a card that does not hold the default clip", "vram", QUOTES,
          changed(QUOTES, '"gpu": "H200"', '"gpu": "A10G"')),
    Fault("weights that fit no card", "vram", QUOTES,
          replaced("gpu/core/checkpoints.py", r"transformer=[\d_]+", "transformer=437_752_349_184"), apart=True),
    Fault("weights that fit no card, as the price's check says it", "cost-cap", "",
          replaced("gpu/core/checkpoints.py", r"transformer=[\d_]+", "transformer=437_752_349_184"), apart=True),
    Fault("a cap below the default clip's price", "cost-cap", TARGETS,
          replaced(TARGETS, r"^cap_won = \d+", "cap_won = 20")),
    Fault("a cap below what the default clip costs", "cost-cap", TARGETS,
          replaced(TARGETS, r"^cap_won = \d+", "cap_won = 30")),
    Fault("prices changed, revision forgotten", "price-revision", HARDWARE,
          rendered(replaced(PRICES, CARD, r"\g<1>5")), changes=(QUOTES, PRICES, TARGETS)),
    Fault("a cap that stops nothing", "target-limits", TARGETS, replaced(TARGETS, r"^cap_won = \d+", "cap_won = 5400")),
    Fault("production on the tiny set", "target-limits", TARGETS,
          replaced(TARGETS, r'^checkpoint = ".*"', 'checkpoint = "tiny-trained"')),
    Fault("prices older than a year", "price-age", PRICES,
          replaced(PRICES, r'(Listed\("L4",.*")\d{4}-', r"\g<1>2024-")),
    Fault("a rate of exchange without its last digit", "rates", PRICES,
          replaced(PRICES, r'(Listed\("dollar", Decimal\("?)\d{4}', r"\g<1>145"), changes=(TARGETS,)),
    Fault("a card's price with a misplaced point", "rates", PRICES,
          replaced(PRICES, r'(Listed\("B200", Decimal\("\d)\.', r"\g<1>0"), apart=True),
    Fault("the last release was dearer than predicted", "prediction-drift", LOG, drifted),
    Fault("a migration edited after a release", "d1-applied", f"{TABLE}/0002_losses.sql", edited_when_live,
          changes=(LOG,)),
    Fault("a marker that the live release cannot read", "neighbours", "gpu/core/contract/", unreadable_when_live,
          changes=(LOG, CONTRACT)),
    Fault("the sweeper's cron deleted", "lost-jobs", SWEEPER, replaced(SWEEPER, r"^crons = .*$", "crons = []")),
    Fault("a lease shorter than a worker's silence", "lost-jobs", "wrangler.toml",
          replaced("wrangler.toml", r'^LEASE_SECONDS = ".*"', 'LEASE_SECONDS = "5"')),
    Fault("a cap on open jobs that is gone", "caps", TABLE,
          migrated("DELETE FROM count_limits WHERE name = 'owner_open_jobs';\n")),
    Fault("a cap on a day that is gone", "caps", TABLE, migrated("DELETE FROM limits WHERE name = 'site_day';\n")),
    Fault("a cap on a job without a bound", "caps", TABLE,
          migrated("UPDATE limits SET micro_won = 9000000000000 WHERE name = 'job';\n")),
)  # fmt: skip
