"""An uploaded file becomes the sound that models hear and that the clip plays: stereo, 48 kHz, 16 bits, in a WAV file.

WAV, MP3 and M4A, told by their bytes. Knows limits of length and channels, no clip and no bucket.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from gpu.core.contract.pictures import REASON_POINTER
from gpu.core.contract.sounds import LEAST_SOUND_SECONDS, MOST_SOUND_SECONDS, MP4_SOUND_BRANDS, SoundReason
from gpu.core.problems import SoundRefused, SoundUnsupported

RATE = 48_000
"""Samples a second; that of LTX-2.3's vocoder, above that of LTX-2's."""
CHANNELS = 2
MOST_RATE = 192_000
SIGNATURE_BYTES = 12

Samples = NDArray[np.int16]
"""Shape (samples, 2)."""


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """Of the file as it was uploaded; `digest` is the SHA-256 of the samples that are kept."""

    seconds: float
    channels: int
    digest: str


def format_of(start: bytes) -> str | None:
    """The format that PyAV reads such bytes in: `wav`, `mp3` or `mp4`; None for any other file."""
    if start[:4] == b"RIFF" and start[8:12] == b"WAVE":
        return "wav"
    if start[4:8] == b"ftyp" and start[8:12].decode("latin-1") in MP4_SOUND_BRANDS:
        return "mp4"
    is_frame = len(start) > 1 and start[0] == 0xFF and start[1] & 0xE6 == 0xE2  # MPEG audio, layer III
    return "mp3" if start[:3] == b"ID3" or is_frame else None


def keep_sound(source: Path, made: Path) -> SoundFacts:
    """Decodes a file and writes what is kept of it. Raises SoundUnsupported, SoundRefused with its reason; then no
    file is left."""
    with source.open("rb") as file:
        name = format_of(file.read(SIGNATURE_BYTES))
    if name is None:
        raise SoundUnsupported
    try:
        with av.open(str(source), format=name) as container:
            channels, samples = _decoded(container)
    except (FFmpegError, ValueError, OverflowError):
        raise _refused("damaged", "The sound file is damaged or cut off. Save it again and upload that.") from None
    seconds = len(samples) / RATE
    if seconds < LEAST_SOUND_SECONDS:
        raise _refused("too_short", f"The sound must last at least {LEAST_SOUND_SECONDS:g} seconds.")
    write_wav(samples, made)
    return SoundFacts(round(seconds, 3), channels, hashlib.sha256(samples.tobytes()).hexdigest())


def _decoded(container: Any) -> tuple[int, Samples]:
    if not container.streams.audio:
        raise _refused("no_sound", "There is no sound in the file.")
    stream = container.streams.audio[0]
    channels = int(stream.codec_context.channels)
    if channels > CHANNELS:
        raise _refused("too_many_channels", f"The sound has {channels} channels. Save it in mono or stereo.")
    if not 0 < stream.codec_context.sample_rate <= MOST_RATE:
        raise _refused("damaged", "The sound file is damaged or cut off. Save it again and upload that.")
    parts: list[Samples] = []
    count = 0
    for part in _resampled(container, stream):
        parts.append(part)
        count += len(part)
        if count > MOST_SOUND_SECONDS * RATE:
            raise _refused("too_long", f"The sound must last at most {MOST_SOUND_SECONDS} seconds.")
    return channels, np.concatenate(parts) if parts else np.zeros((0, CHANNELS), np.int16)


def _resampled(container: Any, stream: Any) -> Iterator[Samples]:
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
    for frame in container.decode(stream):
        for made in resampler.resample(frame):
            yield np.asarray(made.to_ndarray(), np.int16).reshape(-1, CHANNELS)
    for made in resampler.resample(None):
        yield np.asarray(made.to_ndarray(), np.int16).reshape(-1, CHANNELS)


def read_wav(path: Path) -> Samples:
    """The samples of a file that `write_wav` wrote. Raises what PyAV raises for another one."""
    with av.open(str(path), format="wav") as container:
        parts = list(_resampled(container, container.streams.audio[0]))
    return np.concatenate(parts)


def write_wav(samples: Samples, path: Path) -> None:
    opened: Any = av.open(str(path), "w", format="wav")
    with opened as container:
        stream: Any = container.add_stream("pcm_s16le", rate=RATE, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def of_length(samples: Samples, seconds: float) -> Samples:
    """From its start, cut or followed by silence: exactly so many seconds."""
    wanted = round(seconds * RATE)
    cut = samples[:wanted]
    return np.concatenate([cut, np.zeros((wanted - len(cut), CHANNELS), np.int16)])


def _refused(reason: SoundReason, detail: str) -> SoundRefused:
    return SoundRefused(detail, ((REASON_POINTER, reason),))
