"""What a measured clip is made from, drawn and written here: a picture, a clip, a sound. Knows no model."""

import wave
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from gpu.core.contract import PresetName
from gpu.core.geometry import OVERLAP_SECONDS, Geometry
from gpu.core.presets import PRESETS
from gpu.media.encode import Frames, Sound, write_clip

SOUND_RATE = 48_000


@dataclass(frozen=True, slots=True)
class ClipInputs:
    """Files of one clip; `source` and `sound` are None where its preset takes none."""

    picture: Path
    source: Path | None = None
    sound: Path | None = None


def inputs_of(preset: PresetName, seconds: int, shape: Geometry, folder: Path) -> ClipInputs:
    """Writes what this preset takes, of this shape. Files of the same name are replaced."""
    kind = PRESETS[preset].inputs
    read = replace(shape, num_frames=frames_read(preset, seconds, shape))
    return ClipInputs(
        picture(shape, folder / "picture.png"),
        clip(read, folder / "source.mp4") if kind in ("video", "clip_part") else None,
        sound(shape, folder / "sound.wav") if kind == "sound" else None,
    )


def frames_read(preset: PresetName, seconds: int, shape: Geometry) -> int:
    """Of the clip that one of so many seconds is made from: all, or the end that it goes on from."""
    return (shape.num_frames - 1) * (OVERLAP_SECONDS if preset == "extend" else seconds) // seconds + 1


def picture(shape: Geometry, path: Path) -> Path:
    y, x = np.mgrid[0 : shape.height, 0 : shape.width]
    Image.fromarray(np.stack([x % 256, y % 256, (x + y) % 256], axis=-1).astype(np.uint8)).save(path)
    return path


def clip(shape: Geometry, path: Path) -> Path:
    """With a sound, as a clip that was made here has one."""
    frames: Frames = np.zeros((shape.num_frames, shape.height, shape.width, 3), np.uint8)
    frames += np.arange(shape.num_frames, dtype=np.uint8)[:, None, None, None]
    heard = Sound(_tone(shape) / np.float32(2**15), SOUND_RATE)
    write_clip((part for part in [frames]), heard, path, num_frames=shape.num_frames, frame_rate=shape.frame_rate)
    return path


def sound(shape: Geometry, path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SOUND_RATE)
        file.writeframes(_tone(shape).T.astype("<i2").tobytes())
    return path


def _tone(shape: Geometry) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Two channels that rise and fall, as long as the clip, in steps of 16 bits."""
    at = np.arange(round(shape.num_frames / shape.frame_rate * SOUND_RATE)) / SOUND_RATE
    tone = 8_000 * np.sin(2 * np.pi * 220 * at) * np.sin(np.pi * at)
    return np.stack([tone, -tone]).astype(np.float32)
