"""The secrets of a local stack: random, created once per state folder, used nowhere else.

In production the same names are set on Cloudflare and Modal; this module knows nothing of those.
"""

import base64
import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LocalSecrets:
    """The secrets that site, sweeper and GPU service share. A repr shows none of them."""

    gpu_key: str = field(repr=False)
    gpu_secret: str = field(repr=False)
    event_secret: str = field(repr=False)
    """Standard Webhooks form: `whsec_` and base64."""
    cookie_secret: str = field(repr=False)


def local_secrets(state: Path) -> LocalSecrets:
    """The secrets of `state`, created at the first call."""
    path = state / "secrets.json"
    try:
        return LocalSecrets(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        made = LocalSecrets(
            gpu_key="wk-" + secrets.token_hex(12),
            gpu_secret="ws-" + secrets.token_hex(24),
            event_secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii"),
            cookie_secret=secrets.token_hex(32),
        )
        path.write_text(json.dumps(asdict(made)), encoding="utf-8", newline="\n")
        path.chmod(0o600)
        return made
