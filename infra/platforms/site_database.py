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
from infra.platforms.programs import wrangler
from infra.process.shell import ProgramError, check

EXECUTE_SECONDS = 120.0
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

    def run(self, *statements: str) -> list[list[Row]]:
        """The rows of each statement. Raises ProgramError when wrangler fails, with its words."""
        command = [*wrangler(), "d1", "execute", *self.words, "--json", "--command", "; ".join(statements)]
        output = check(command, timeout_seconds=EXECUTE_SECONDS, cwd=self.root, env=self.environment)
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
