"""Wrangler's two configurations: their values for an environment, and the arguments that select the sweeper."""

from pathlib import Path
from typing import Any

from infra.platforms.files import toml_of
from infra.platforms.targets import Target

SITE = "wrangler.toml"


SWEEPER = "functions/_sweeper/wrangler.toml"


SECRETS = ("GPU_URL", "GPU_KEY", "GPU_SECRET", "EVENT_SECRET", "COOKIE_SECRET")
"""Set on the platform, per environment. GPU_URL too: a variable in wrangler.toml would override it."""


SECRETS_BY_ACCESS = {"access": ("OPERATORS",), "public": ("TURNSTILE_SECRET",)}
"""Further secrets of the site alone, by its mode of access."""


NOT_INHERITED = ("vars", "d1_databases", "r2_buckets")


def members(config: dict[str, Any], key: str, member: str) -> list[str]:
    return sorted(row.get(member, "") for row in config.get(key, []))


def read(path: Path) -> dict[str, Any]:
    """Raises UnreadableError."""
    return toml_of(path.parent, path.name)


def effective(config: dict[str, Any], environment: str) -> dict[str, Any]:
    """A configuration for an environment. Production is the top level. The block of another environment overrides it;
    bindings are never inherited, so without a block there are none."""
    if environment == "production":
        return config
    rest = {key: value for key, value in config.items() if key not in NOT_INHERITED}
    return rest | config.get("env", {}).get(environment, {})


def of_sweeper(target: Target) -> list[str]:
    """The arguments that select the sweeper. Without them wrangler reads the Pages project's file and refuses commands
    for Workers."""
    block = [] if target.name == "production" else ["--env", target.name]
    return ["--config", SWEEPER, *block]
