"""The site's answers besides jobs: the menu, an accepted picture, and the version."""

from typing import Literal

from gpu.core.contract.fields import AcrossReleases, Count, Id, Timestamp, Wire
from gpu.core.contract.pictures import Faces
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
    """Number of guided steps, where guidance stops early."""
    image_strength: float | None
    picture_crf: int
    """H.264 quality in which the models see the pictures, 0 for unchanged."""
    has_own_second_stage: bool
    """Whether the second stage follows the picture by a strength of its own, whatever is chosen for the first."""
    option_of: PresetName | None
    """The preset that this one is an option of: the same clip with more work."""
    prompt_prefix: str | None
    negative_prompt: str | None
    """The default; None where a negative prompt would have no effect on the sampler."""
    inputs: Literal["picture", "sound", "keyframes", "video", "clip_part"]
    """`sound`: a picture and a sound."""


class Menu(Wire):
    """`GET /api/presets`: every choice of this site, with its price."""

    default_preset: PresetName
    presets: tuple[PresetInfo, ...]
    estimates: tuple[Estimate, ...]
    price_rev: str
    checkpoint: str | None
    """The checkpoint that renders here; None until the GPU service has answered once."""
    is_tiny_model: bool
    max_prompt_characters: int
    max_upload_bytes: int


class Upload(Wire):
    id: Id
    content_type: Literal["image/png", "image/jpeg", "image/webp", "audio/wav", "audio/mpeg", "audio/mp4"]
    bytes: Count
    width: int
    """0 of a sound, as its height."""
    height: int
    sound_seconds: float | None
    """None of a picture."""
    faces: Faces
    """Those in the picture, the largest first, so that the first part that a clip shows can hold them."""
    expires_at: Timestamp
    name: str | None
    """The file's, where its sender told it."""


class Version(AcrossReleases):
    """`GET /api/version` of the site and `GET /version` of the sweeper."""

    service: Literal["site", "gpu", "sweeper"]
    build: str
    contract: str = ""
    """Digest of the schema: site and GPU service must agree on it."""
    app_version: str = ""
    checkpoint: str | None = None
    weights_revision: str | None = None
    """Changes with any weight file of the GPU service's checkpoint; None where no weights are known."""


class GpuVersion(Version):
    """`GET /version` of the GPU service: its settings and digests, so that a release can compare them."""

    visible_mark: bool = False
    """Whether a corner of each clip shows that an AI made it."""
    image: str | None = None
    """Digest of its container images' inputs; None where it runs outside a container."""
    code: str | None = None
    """Digest of its deployed source; None where it was not deployed."""
