"""The objects that a ticket names, as files for the models. Knows no bucket and no progress."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gpu.core.contract import (
    Borders,
    Crop,
    ExtendClip,
    InputObject,
    JobRequest,
    KeyframesClip,
    Resolved,
    RestyleClip,
    RetakeClip,
)
from gpu.core.contract.fields import MAX_UPLOAD_BYTES
from gpu.core.problems import JobNotFound, UploadNotFound
from gpu.core.render_job import Conditioning, Shot
from gpu.media import pictures, sounds

MAX_SOURCE_BYTES = 512 * 1024 * 1024


Read = Callable[[InputObject], bytes | None]
"""An object's content; None where it is no longer kept."""


def shot_for(request: JobRequest, inputs: Sequence[InputObject], read: Read, here: Path, resolved: Resolved) -> Shot:
    """The clip to render, with a ticket's inputs as prepared files in the folder `here`. Raises the picture problems,
    UploadNotFound, JobNotFound."""
    conditioning: list[Conditioning] = []
    source: Path | None = None
    sound: Path | None = None
    for number, item in enumerate(inputs):
        data = read(item)
        if item.is_sound:
            sound = sound_for(data, here / "sound.wav", resolved)
        elif item.frame is None:
            source = clip_source(data, here / "source.mp4")
        else:
            conditioning.append(picture_for(item, data, here / f"picture-{number}.png", request, resolved))
    return Shot(resolved, conditioning, source, here / "video.mp4", here / "poster.jpg", here / "last.png", sound)


def most_bytes(item: InputObject) -> int:
    """The largest object that is read for it."""
    return MAX_SOURCE_BYTES if item.frame is None and not item.is_sound else MAX_UPLOAD_BYTES


def clip_source(data: bytes | None, path: Path) -> Path:
    """Writes the clip that is read to `path`. Raises JobNotFound where it is no longer kept."""
    if data is None:
        raise JobNotFound("The clip that it is made from is no longer kept.")
    path.write_bytes(data)
    return path


def sound_for(data: bytes | None, path: Path, resolved: Resolved) -> Path:
    """Writes the person's sound to `path`, exactly as long as the clip. Raises UploadNotFound where it is no longer
    kept."""
    if data is None:
        raise UploadNotFound("The sound is no longer kept.")
    whole = path.with_suffix(".whole.wav")
    whole.write_bytes(data)
    sounds.write_wav(sounds.of_length(sounds.read_wav(whole), resolved.num_frames / resolved.frame_rate), path)
    return path


def picture_for(
    item: InputObject, data: bytes | None, path: Path, request: JobRequest, resolved: Resolved
) -> Conditioning:
    """Writes a picture as the models see it to `path`. Raises UploadNotFound where it is no longer kept, and the
    picture problems."""
    if data is None:
        raise UploadNotFound(f"The {item.frame} picture is no longer kept.")
    crop, borders = framing_of(request, item.frame or "first")
    pictures.prepare(data, path, resolved.width, resolved.height, crop, borders)
    strength = 1.0 if resolved.image_strength is None else resolved.image_strength
    return Conditioning(path, frame_index(item, resolved.num_frames), strength)


def framing_of(request: JobRequest, frame: str) -> tuple[Crop | None, Borders]:
    """The part of a picture that is shown, and how it is fitted to the clip."""
    match request:
        case KeyframesClip():
            crops = {"first": request.first_crop, "middle": request.middle_crop, "last": request.last_crop}
            return crops[frame], request.borders
        case RestyleClip() | RetakeClip() | ExtendClip():
            return None, "cut"
        case _:
            return request.crop, request.borders


def frame_index(item: InputObject, num_frames: int) -> int:
    """The index of the frame that shows a picture: 0, 4k of 8k+1 frames, or the last."""
    return {"first": 0, "middle": (num_frames - 1) // 2, "last": num_frames - 1}[item.frame or "first"]
