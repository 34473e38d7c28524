"""Compares the names in an environment's row with the files that use them.

`infra.preflight.checks.account` checks whether the names exist in the accounts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from infra.language import localized
from infra.platforms.accounts import APP
from infra.platforms.cloudflare import SITE, SWEEPER, effective, members, read
from infra.platforms.files import text_of
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the row and in a file."""

    field: str
    row: str
    where: str
    file: str


def probe(ground: Ground) -> tuple[Name, ...]:
    target = ground.target
    whole = read(ground.root / SITE)
    site, sweeper = (effective(config, target.name) for config in (whole, read(ground.root / SWEEPER)))
    app = re.search(r'^APP = "([^"]+)"', text_of(ground.root, APP.as_posix()), re.MULTILINE)
    names = [
        Name("pages_project", target.pages_project, SITE, str(whole.get("name", ""))),
        Name("modal_app", target.modal_app, APP.as_posix(), app[1] if app else ""),
        Name("sweeper_name", target.sweeper_name, SWEEPER, str(sweeper.get("name", ""))),
    ]
    for where, config in ((SITE, site), (SWEEPER, sweeper)):
        # A preview that was never set up has no bindings yet; that is another check's finding.
        for field, key, member in (
            ("database", "d1_databases", "database_name"),
            ("bucket", "r2_buckets", "bucket_name"),
        ):
            names += [Name(field, getattr(target, field), where, found) for found in members(config, key, member)]
    return tuple(names)


def evaluate(names: Sequence[Name]) -> list[Finding]:
    return [
        Finding(
            "error",
            localized(
                ko=f"{name.field} 값이 infra/targets.toml에는 {name.row}, 여기는 {name.file or '-'}예요",
                en=f"{name.field} is {name.row} in infra/targets.toml, but {name.file or '-'} here",
            ),
            localized(ko="두 파일에서 같은 이름을 써 주세요", en="use the same name in both files"),
            where=name.where,
        )
        for name in names
        if name.row != name.file
    ]


CHECKS: Sequence[Check[tuple[Name, ...]]] = (
    Check(
        "target-names",
        "Cloudflare",
        "the environment's names agree with the files",
        "환경 이름이 파일과 같은지",
        probe,
        evaluate,
        of_the_tree=True,
    ),
)
