"""The names of an environment's row against the files that use them: one thing under two names is two things.

Whether the accounts know the names is asked in `infra.doctor.account`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from infra.doctor.account import APP, effective
from infra.doctor.cloudflare import SITE, SWEEPER, read
from infra.findings import Check, Finding, Ground


@dataclass(frozen=True, slots=True)
class Name:
    """A name as the row has it and as a file has it."""

    field: str
    row: str
    where: str
    file: str


def probe(ground: Ground) -> tuple[Name, ...]:
    target = ground.target
    whole = read(ground.root / SITE)
    site, sweeper = effective(whole, target.name), read(ground.root / SWEEPER)
    app = re.search(r'^APP = "([^"]+)"', (ground.root / APP).read_text(encoding="utf-8"), re.MULTILINE)
    names = [
        Name("pages_project", target.pages_project, SITE, whole["name"]),
        Name("modal_app", target.modal_app, APP.as_posix(), app[1] if app else ""),
    ]
    if target.name == "production":
        # A preview's sweeper is the same file under another name, given when it is deployed.
        names.append(Name("sweeper_name", target.sweeper_name, SWEEPER, sweeper["name"]))
    if target.name == "production" or target.name in whole.get("env", {}):
        names.append(Name("database", target.database, SITE, site["d1_databases"][0]["database_name"]))
        names.append(Name("bucket", target.bucket, SITE, site["r2_buckets"][0]["bucket_name"]))
    return tuple(names)


def evaluate(names: Sequence[Name]) -> list[Finding]:
    return [
        Finding(
            "error",
            f"{name.field} is {name.row} in infra/targets.toml and {name.file or 'nothing'} here",
            "give it one name in both places",
            where=name.where,
        )
        for name in names
        if name.row != name.file
    ]


CHECKS: Sequence[Check[tuple[Name, ...]]] = (
    Check("target-names", "Cloudflare", "the environment's names are those of the files", probe, evaluate),
)
