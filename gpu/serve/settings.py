"""The GPU service's environment variables: addresses, secrets, and which weights run.

Read once, when a process starts, never at import. It checks that values exist and parse, not that they work.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.geometry import SECONDS, Seconds
from gpu.core.hardware import GPUS, LOCAL_GPU


class SettingsError(Exception):
    """An environment variable is missing or has an impossible value. The message names every such variable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One GPU service. Secrets stay out of `repr`, so that a logged settings object reveals none."""

    site_url: str
    """The site's address, which receives the events of each job."""
    event_secret: str = field(repr=False)
    """The key ring that signs events for the site."""
    r2_endpoint: str
    """The address of the bucket's S3 interface."""
    r2_bucket: str
    """The bucket's name."""
    r2_access_key_id: str = field(repr=False)
    """The id of the bucket's key."""
    r2_secret_access_key: str = field(repr=False)
    """The bucket's key."""
    checkpoint: str
    """The models: a name in `gpu/core/checkpoints.py`."""
    state: Path
    """A folder that this service may write to: models and scratch files."""
    proxy_key: str | None = field(default=None, repr=False)
    """The key of the pair that a caller must show. Modal checks it in production, a laptop's service itself."""
    proxy_secret: str | None = field(default=None, repr=False)
    """The secret of that pair."""
    heartbeat_seconds: float = 10.0
    """Seconds between two reports of a worker, 0.05 to 60."""
    build: str = "dev"
    """The commit that was deployed."""
    deploy: str = "dev"
    """An id that is new at each deploy, even of the same commit."""
    image: str | None = None
    """Digest of the deployed images (`container_images.py`); None on a laptop."""
    code: str | None = None
    """Digest of the deployed source (`container_images.py`); None on a laptop."""
    container: str = "local"
    """The id of this container, or of this process on a laptop."""
    gpu: str = LOCAL_GPU
    """The card that renders here."""
    signing_key: str | None = field(default=None, repr=False)
    """A private key in PEM form; clips carry a C2PA manifest where it is set (`content_credentials.py`)."""
    signing_certificates: str | None = field(default=None, repr=False)
    """The certificates of that key in PEM form."""
    warm_seconds: tuple[Seconds, ...] = ()
    """Seconds of the clips that warm the models before the first job (`warm_up.py`)."""
    visible_mark: bool = False
    """Whether a corner of each clip shows that an AI made it. Its metadata says so in any case."""
    bill_as: str = LOCAL_GPU
    """The card whose price is charged: `gpu`, unless a rehearsal on a laptop needs prices above zero."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises SettingsError, which names all missing variables, so that they can be set in one go."""
        missing = [name for name in REQUIRED if not environment.get(name)]
        if bool(environment.get("CLIPWRIGHT_PROXY_KEY")) != bool(environment.get("CLIPWRIGHT_PROXY_SECRET")):
            missing.append("CLIPWRIGHT_PROXY_KEY or CLIPWRIGHT_PROXY_SECRET (one is set, the other is not)")
        if missing:
            raise SettingsError("these environment variables must be set: " + ", ".join(missing))
        checkpoint = environment["CLIPWRIGHT_CHECKPOINT"]
        if checkpoint not in CHECKPOINTS:
            raise SettingsError(f"CLIPWRIGHT_CHECKPOINT is {checkpoint!r}; known are {', '.join(CHECKPOINTS)}")
        gpu = _card(environment, "CLIPWRIGHT_GPU", LOCAL_GPU)
        return cls(
            site_url=environment["CLIPWRIGHT_SITE_URL"].rstrip("/"),
            event_secret=environment["CLIPWRIGHT_EVENT_SECRET"],
            r2_endpoint=environment["R2_ENDPOINT"],
            r2_bucket=environment["R2_BUCKET"],
            r2_access_key_id=environment["R2_ACCESS_KEY_ID"],
            r2_secret_access_key=environment["R2_SECRET_ACCESS_KEY"],
            checkpoint=checkpoint,
            state=Path(environment["CLIPWRIGHT_STATE"]),
            proxy_key=environment.get("CLIPWRIGHT_PROXY_KEY") or None,
            proxy_secret=environment.get("CLIPWRIGHT_PROXY_SECRET") or None,
            heartbeat_seconds=_seconds(environment, "CLIPWRIGHT_HEARTBEAT_SECONDS", 10.0),
            build=environment.get("CLIPWRIGHT_BUILD") or "dev",
            deploy=environment.get("CLIPWRIGHT_DEPLOY") or environment.get("CLIPWRIGHT_BUILD") or "dev",
            image=environment.get("CLIPWRIGHT_IMAGE") or None,
            code=environment.get("CLIPWRIGHT_CODE") or None,
            container=environment.get("MODAL_TASK_ID") or secrets.token_hex(8),
            gpu=gpu,
            warm_seconds=_lengths(environment, "CLIPWRIGHT_WARM_SECONDS"),
            signing_key=environment.get("CLIPWRIGHT_SIGNING_KEY") or None,
            signing_certificates=environment.get("CLIPWRIGHT_SIGNING_CERTIFICATES") or None,
            visible_mark=environment.get("CLIPWRIGHT_VISIBLE_MARK", "") == "1",
            bill_as=_card(environment, "CLIPWRIGHT_BILL_AS", gpu),
        )


REQUIRED: tuple[str, ...] = (
    "CLIPWRIGHT_SITE_URL",
    "CLIPWRIGHT_EVENT_SECRET",
    "CLIPWRIGHT_CHECKPOINT",
    "CLIPWRIGHT_STATE",
    "R2_ENDPOINT",
    "R2_BUCKET",
    "R2_ACCESS_KEY_ID",
    "R2_SECRET_ACCESS_KEY",
)


def _seconds(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name)
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        raise SettingsError(f"{name} is {text!r}; it must be a number of seconds") from None
    if not 0.05 <= seconds <= 60.0:
        raise SettingsError(f"{name} is {text}; it must lie between 0.05 and 60 seconds")
    return seconds


def _lengths(environment: Mapping[str, str], name: str) -> tuple[Seconds, ...]:
    words = [word.strip() for word in environment.get(name, "").split(",") if word.strip()]
    known: dict[str, Seconds] = {str(seconds): seconds for seconds in SECONDS}
    if any(word not in known for word in words):
        raise SettingsError(f"{name} is {environment[name]!r}; it must be a list of {', '.join(known)}")
    return tuple(known[word] for word in words)


def _card(environment: Mapping[str, str], name: str, default: str) -> str:
    card = environment.get(name) or default
    if card != LOCAL_GPU and card not in GPUS:
        raise SettingsError(f"{name} is {card!r}; known are {LOCAL_GPU}, {', '.join(GPUS)}")
    return card
