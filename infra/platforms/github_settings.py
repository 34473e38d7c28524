"""The Actions secrets and variables of a repository at GitHub, through GitHub's own program `gh`.

The person logs in to `gh`. It encrypts each secret before it leaves this machine, as GitHub wants it, and reads the
value from standard input, so no value is on a command line. A secret cannot be read back. It chooses no value.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.language import localized
from infra.platforms.accounts import last_words
from infra.platforms.programs import attempt, gh, json_part, run
from infra.process.shell import InfraError

LIMIT_SECONDS = 60.0
INSTALL = "https://cli.github.com"


@dataclass(frozen=True, slots=True)
class Repository:
    """`name` is `owner/repository`."""

    name: str
    root: Path

    @property
    def secrets_page(self) -> str:
        return f"https://github.com/{self.name}/settings/secrets/actions"

    @property
    def variables_page(self) -> str:
        return f"https://github.com/{self.name}/settings/variables/actions"

    def trouble(self) -> str:
        """Why `gh` cannot be used here; empty when it can."""
        version = attempt([*gh(), "--version"], cwd=self.root, timeout_seconds=LIMIT_SECONDS)
        if version.exit_code != 0:
            return localized(ko=f"gh 프로그램이 없어요 ({INSTALL})", en=f"gh is not installed ({INSTALL})")
        status = attempt(
            [*gh(), "auth", "status", "--hostname", "github.com"], cwd=self.root, timeout_seconds=LIMIT_SECONDS
        )
        return (
            ""
            if status.exit_code == 0
            else localized(ko="gh auth login을 먼저 해 주세요", en="run gh auth login first")
        )

    def secrets(self) -> set[str]:
        """Names. Raises InfraError when GitHub does not answer."""
        return {str(row["name"]) for row in self._listed("secret", "name")}

    def variables(self) -> dict[str, str]:
        """Raises InfraError when GitHub does not answer."""
        return {str(row["name"]): str(row["value"]) for row in self._listed("variable", "name,value")}

    def put_secret(self, name: str, value: str) -> None:
        command = [*gh(), "secret", "set", name, "--repo", self.name]
        run(command, cwd=self.root, timeout_seconds=LIMIT_SECONDS, stdin=value)

    def delete_secret(self, name: str) -> None:
        command = [*gh(), "secret", "delete", name, "--repo", self.name]
        run(command, cwd=self.root, timeout_seconds=LIMIT_SECONDS)

    def put_variable(self, name: str, value: str) -> None:
        command = [*gh(), "variable", "set", name, "--repo", self.name, "--body", value]
        run(command, cwd=self.root, timeout_seconds=LIMIT_SECONDS)

    def _listed(self, kind: str, fields: str) -> list[dict[str, Any]]:
        command = [*gh(), kind, "list", "--repo", self.name, "--json", fields]
        finished = attempt(command, cwd=self.root, timeout_seconds=LIMIT_SECONDS)
        if finished.exit_code != 0:
            said = last_words(finished.output)
            raise InfraError(
                localized(ko=f"GitHub에 물어볼 수 없어요: {said}", en=f"GitHub cannot be queried: {said}"),
                localized(
                    ko="이 저장소의 관리자로 로그인해 주세요: gh auth login",
                    en="log in as an administrator of the repository: gh auth login",
                ),
            )
        return json.loads(json_part(finished.output) or "[]")
