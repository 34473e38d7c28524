"""Between the site and the GPU service: an uploaded sound is read once, on a CPU, before any job may use it."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from gpu.core.contract.fields import AcrossReleases, Count, Wire
from gpu.core.contract.pictures import ObjectKey

LEAST_SOUND_SECONDS = 0.5
MOST_SOUND_SECONDS = 60
"""A clip lasts ten at most, and plays a sound from its start."""
MP4_SOUND_BRANDS = ("M4A ", "M4B ", "mp41", "mp42", "isom", "iso2")
"""Of MP4 files that may hold a sound; other brands are pictures (HEIC, AVIF)."""

SoundReason = Literal["damaged", "no_sound", "too_short", "too_long", "too_many_channels", "too_slow"]
SOUND_REASONS: tuple[SoundReason, ...] = get_args(SoundReason)
"""Why a sound is refused, on the wire at the pointer `/reason`; the site words it in the reader's language."""


class SoundToRead(Wire):
    """`POST /sounds` of the GPU service: the bucket object with the uploaded file."""

    key: ObjectKey


class SoundRead(AcrossReleases):
    """The answer: the bucket object with the sound as models hear it, a WAV of 48 kHz in stereo. Equal sounds are one
    object, named by the SHA-256 of its samples. For an unusable file the answer is a problem instead."""

    key: ObjectKey
    bytes: Count
    seconds: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
    channels: Count
    """Of the uploaded file."""
