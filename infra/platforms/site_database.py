"""The site's D1 database, asked through wrangler: the one of an environment, or the one of a local stack.

Callers write the SQL and put no foreign text into it. It knows no table.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

from infra.language import localized
from infra.platforms.cloudflare import SITE, read
from infra.platforms.ground import Ground
from infra.platforms.programs import QUIET, wrangler
from infra.process.shell import ProgramError, check

EXECUTE_SECONDS = 120.0
DUMP_SECONDS = 1800.0
LOCAL_BINDING = "DB"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SiteDatabase:
    root: Path
    words: tuple[str, ...]
    """What selects the database on wrangler's command line."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @classmethod
    def of_environment(cls, ground: Ground) -> Self:
        target = ground.target
        words = [target.database, "--remote"]
        if target.name in read(ground.root / SITE).get("env", {}):
            words += ["--env", target.name]
        return cls(ground.root, tuple(words))

    @classmethod
    def of_local_stack(cls, root: Path, state: Path, environment: Mapping[str, str]) -> Self:
        return cls(root, (LOCAL_BINDING, "--local", "--persist-to", str(state)), environment)

    def dump(self, path: Path) -> None:
        """Writes every table, row, index and trigger to a file of SQL. D1 serves nobody meanwhile."""
        command = [*wrangler(), "d1", "export", *self.words, "--output", str(path)]
        check(command, timeout_seconds=DUMP_SECONDS, cwd=self.root, env=QUIET | dict(self.environment))

    def load(self, path: Path) -> None:
        """Runs a file of SQL as a whole: D1 takes all of it or nothing. D1 serves nobody meanwhile."""
        command = [*wrangler(), "d1", "execute", *self.words, "--yes", "--file", str(path)]
        check(command, timeout_seconds=DUMP_SECONDS, cwd=self.root, env=QUIET | dict(self.environment))

    def counts(self) -> dict[str, int]:
        """Table -> rows, of every table but those of SQLite and D1 themselves."""
        (names,) = self.run(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            " AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY name"
        )
        tables = [str(row["name"]) for row in names]
        if not tables:
            return {}
        found = self.run(*(f'SELECT count(*) AS n FROM "{table}"' for table in tables))  # noqa: S608  # names of tables
        return {table: int(rows[0]["n"]) for table, rows in zip(tables, found, strict=True)}

    def run(self, *statements: str) -> list[list[Row]]:
        """The rows of each statement. Raises ProgramError when wrangler fails, with its words."""
        command = [*wrangler(), "d1", "execute", *self.words, "--json", "--command", "; ".join(statements)]
        output = check(command, timeout_seconds=EXECUTE_SECONDS, cwd=self.root, env=QUIET | dict(self.environment))
        try:
            results = cast("list[dict[str, Any]]", json.loads(output))
            return [result["results"] for result in results]
        except (ValueError, KeyError, TypeError) as error:
            raise ProgramError(
                localized(
                    ko="wrangler의 답이 결과 목록이 아니에요",
                    en="wrangler answered something that is no list of results",
                ),
                output,
            ) from error
