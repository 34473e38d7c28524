"""The API token with which a release asks for its smoke clip, so that a closed site lets it in.

It ends within the hour, and may spend one clip at the defaults. Only its SHA-256 leaves this process, as a row of D1.
All tries of a release have one owner, so another try, on any machine, follows the same clip. It knows no other table.
"""

import hashlib
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from infra.platforms.cloudflare import SITE, read
from infra.platforms.ground import Ground
from infra.platforms.programs import run, wrangler
from infra.preflight.checks.money import default_estimate
from infra.process.shell import InfraError

LIFE_SECONDS = 3600
WRANGLER_SECONDS = 120.0


def owner_of(release: str) -> str:
    return f"release-{release}"


@contextmanager
def smoke_token(ground: Ground, release: str) -> Generator[str]:
    """A token for the block; revoked behind it. Raises InfraError when D1 does not take it."""
    token = f"cw_{secrets.token_urlsafe(32)}"
    now = datetime.now(UTC)
    row = {
        "id": f"smoke-{secrets.token_hex(8)}",
        "hash": hashlib.sha256(token.encode("ascii")).hexdigest(),
        "owner": owner_of(release),
        "name": "smoke clip of a release",
        "scopes": "read create",
        "cap_micro_won": default_estimate().high_micro_won,
        "created_at": iso(now),
        "expires_at": iso(now + timedelta(seconds=LIFE_SECONDS)),
    }
    values = ", ".join(str(value) if isinstance(value, int) else f"'{value}'" for value in row.values())
    execute(ground, f"INSERT INTO tokens ({', '.join(row)}) VALUES ({values})")  # noqa: S608  # values of this function
    try:
        yield token
    finally:
        with suppress(InfraError):  # it ends by itself; the clip's own outcome is what the step reports
            execute(ground, f"UPDATE tokens SET revoked_at = '{iso(datetime.now(UTC))}' WHERE id = '{row['id']}'")  # noqa: S608


def execute(ground: Ground, sql: str) -> None:
    """Not with --file: D1 imports a file and serves nobody meanwhile. The statement holds no secret."""
    run(execute_command(ground, sql), cwd=ground.root, timeout_seconds=WRANGLER_SECONDS)


def execute_command(ground: Ground, sql: str) -> list[str]:
    target = ground.target
    command = [*wrangler(), "d1", "execute", target.database, "--remote", "--yes", "--command", sql]
    return [*command, "--env", target.name] if target.name in read(ground.root / SITE).get("env", {}) else command


def iso(moment: datetime) -> str:
    """With milliseconds, as the site compares times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
