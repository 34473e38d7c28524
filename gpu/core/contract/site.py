"""What the site tells that is no job: the menu, a picture that was kept, and which version answers."""

from typing import Literal

from gpu.core.contract.fields import Count, Id, Timestamp, Wire
from gpu.core.contract.prices import Estimate
from gpu.core.contract.requests import PresetName
from gpu.core.geometry import Ratio, Seconds, Tier


class PresetInfo(Wire):
    """One row of the menu, with the price of each legal choice."""

    name: PresetName
    title_ko: str
    title_en: str
    summary_ko: str
    summary_en: str
    pipeline: str
    tiers: tuple[Tier, ...]
    ratios: tuple[Ratio, ...]
    seconds: tuple[Seconds, ...]
    steps: int
    guidance: float
    guided_steps: int | None
    """The first steps, where guidance stops before the last."""
    image_strength: float | None
    prompt_prefix: str | None
    negative_prompt: str | None
    """The default; None where the sampler has no use for one, and a negative prompt would be inert."""
    inputs: Literal["picture", "keyframes", "video"]


class Menu(Wire):
    """`GET /api/presets`: what can be asked for here, and what it costs."""

    default_preset: PresetName
    presets: tuple[PresetInfo, ...]
    estimates: tuple[Estimate, ...]
    price_rev: str
    checkpoint: str | None
    """What renders here; None until the GPU service has answered once."""
    is_tiny_model: bool
    max_prompt_characters: int
    max_upload_bytes: int


class Upload(Wire):
    id: Id
    content_type: Literal["image/png", "image/jpeg", "image/webp"]
    bytes: Count
    width: int
    height: int
    expires_at: Timestamp


class Version(Wire):
    """`GET /api/version` of the site and `GET /version` of the sweeper."""

    service: Literal["site", "gpu", "sweeper"]
    build: str
    contract: str
    """Digest of the schema: site and GPU service must agree on it."""
    app_version: str
    checkpoint: str | None
    weights_revision: str | None
    """Changes with any weight file of the GPU service's checkpoint; None where there are none to tell of."""


class GpuVersion(Version):
    """`GET /version` of the GPU service. What it was told and is made of, so that a release can compare all of it."""

    visible_mark: bool
    """Whether clips show in a corner that an AI made them."""
    image: str | None
    """Digest of what its images are made of; None where it runs in none."""
    code: str | None
    """Digest of its source as it was deployed; None where it was not."""
