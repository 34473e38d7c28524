"""Constants of infra: folders, ports, names of configuration files. Importing this module reads nothing.

It holds no secrets (`infra.dev.local_secrets` makes them for a local stack, `infra.bootstrap.secrets` for the accounts)
and knows neither models nor prices (those are in `gpu`).
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".clipwright"
"""State of the local product: database, bucket, tiny model and logs. Git ignores it."""
OUT = ROOT / "out"

DEPENDENCY_GROUPS = ("base", "site", "service", "render", "operator", "test")

DEFAULT_SITE_PORT = 8788
SITE_CONFIG = ROOT / "wrangler.toml"
SWEEPER_CONFIG = ROOT / "functions" / "_sweeper" / "wrangler.toml"
SWEEPER_CRON = "* * * * *"
DATABASE_BINDING = "DB"
LOCAL_CHECKPOINT = "tiny-trained"

SWEEP_PERIOD_SECONDS = 60.0
"""Cloudflare runs the cron of functions/_sweeper each minute; `dev` does the same."""

SAMPLE_PICTURE = ROOT / "infra" / "release" / "samples" / "portrait.png"
SAMPLE_PROMPT = "창가에 앉은 여자가 천천히 고개를 돌려 부드럽게 미소 짓는다. 머리카락이 바람에 살짝 흔들린다."
