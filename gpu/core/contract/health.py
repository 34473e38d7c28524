"""`GET /api/health`: whether each part that the site needs works. It holds no secret and no count."""

from typing import Literal

from gpu.core.contract.fields import Timestamp, Wire

PartStatus = Literal["ok", "slow", "failed"]
"""`slow`: no answer in time, as of a service that starts from nothing. It fails no check."""


class HealthParts(Wire):
    database: PartStatus
    bucket: PartStatus
    gpu: PartStatus
    sweeper: PartStatus
    """`failed` where no sweep ended in the last five minutes."""
    migrations: PartStatus
    """`failed` where the database is older than this build needs."""


class Health(Wire):
    """Answered with 200, or with 503 where a part failed."""

    status: Literal["ok", "failed"]
    at: Timestamp
    build: str
    parts: HealthParts
    last_sweep_at: Timestamp | None
