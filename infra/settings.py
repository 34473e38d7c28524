"""Names and limits of the development side: folders, ports, secrets. Constants only, nothing is read at import.

It does not know values of secrets (those are made per stack in `infra.secrets` or set on the platforms) and nothing
about models or prices (those are rows in `gpu`).
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".clipwright"
"""What the product writes while it runs here: the local database, bucket, tiny model and logs. Git-ignored."""
OUT = ROOT / "out"

DEPENDENCY_GROUPS = ("base", "site", "service", "render", "operator", "test")

DEFAULT_SITE_PORT = 8788
SITE_CONFIG = ROOT / "wrangler.toml"
SWEEPER_CONFIG = ROOT / "functions" / "_sweeper" / "wrangler.toml"
SWEEPER_CRON = "* * * * *"
DATABASE_BINDING = "DB"
LOCAL_CHECKPOINT = "tiny-trained"

SWEEP_PERIOD_SECONDS = 60.0
"""The cron of functions/_sweeper fires each minute in production; `dev` fires it as often."""

SAMPLE_PICTURE = ROOT / "infra" / "release" / "samples" / "portrait.png"
SAMPLE_PROMPT = "창가에 앉은 여자가 천천히 고개를 돌려 부드럽게 미소 짓는다. 머리카락이 바람에 살짝 흔들린다."
ENGLISH = {"accept-language": "en"}
"""For a command that uses the site: commands speak English, and so must the problems they print."""
