"""The exact settings of a clip, and the facts of the finished file. Knows neither the job nor its price."""

from typing import Literal

from gpu.core.contract.fields import Count, Seed, Wire


class Resolved(Wire):
    """Every setting of a render: enough to run it again."""

    pipeline: str
    checkpoint: str
    lora: str | None
    quantization: str | None
    gpu: str
    seed: Seed
    num_frames: int
    width: int
    height: int
    frame_rate: int
    steps: int
    guidance: float
    guided_steps: int | None = None
    """Number of guided steps, where guidance stops early; None where it is on in all steps, or off."""
    image_strength: float | None
    prompt_sent: str
    negative_prompt: str | None
    prompt_tokens_dropped: int | None
    """Tokens of the prompt and the negative prompt past the model's 1,024 of each; None until both are encoded."""
    build: str


class Video(Wire):
    bytes: Count
    width: int
    height: int
    num_frames: int
    frame_rate: int
    seconds: float
    frames_hash: str
    """SHA-256 over the decoded RGB frames in order: equal for equal settings on the same machine."""
    content_credentials: Literal["off", "signed", "failed"]
    """The signed C2PA manifest in the file: not configured, present, or left out because signing failed."""


class Poster(Wire):
    bytes: Count
    width: int
    height: int


class Quality(Wire):
    """Measured on the finished frames, which are never altered."""

    pixel_difference: tuple[float, ...]
    """Mean absolute difference to the input picture, 0 to 255, at five checkpoints; empty without a picture."""
    similarity: tuple[float, ...]
    """Structural similarity (SSIM) to the input picture, -1 to 1, at the same checkpoints."""
    motion: float
    """Mean absolute change from frame to frame, 0 to 255."""
    flicker: float
    """Mean difference of a frame's brightness to the mean of its neighbours', 0 to 255."""
