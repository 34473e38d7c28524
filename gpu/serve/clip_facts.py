"""What a marker says of the finished file. Knows no job and no bucket."""

import hashlib
from pathlib import Path
from typing import Any

from gpu.core.contract import LastFrame, Poster, Resolved, Video
from gpu.core.render_job import Rendered
from gpu.serve.picture_reader import face_of


def clip_facts(
    rendered: Rendered, resolved: Resolved, digest: str, video_key: str, poster_key: str, last_frame_key: str
) -> dict[str, Any]:
    """The members of an outcome that a finished clip fills. `digest`: the SHA-256 of the file, in hex."""
    return {
        "video_key": video_key,
        "video": video_facts(rendered, resolved, digest),
        "poster_key": poster_key,
        "poster": Poster(bytes=rendered.poster_bytes, width=rendered.width, height=rendered.height),
        "last_frame": last_frame_facts(rendered, last_frame_key),
        "quality": rendered.quality,
    }


def video_facts(rendered: Rendered, resolved: Resolved, digest: str) -> Video:
    """`digest`: the SHA-256 of the file, in hex."""
    return Video(
        bytes=rendered.video_bytes,
        width=rendered.width,
        height=rendered.height,
        num_frames=rendered.num_frames,
        frame_rate=resolved.frame_rate,
        seconds=round(rendered.num_frames / resolved.frame_rate, 3),
        frames_hash=rendered.frames_hash,
        sha256=digest,
        content_credentials=rendered.content_credentials,
    )


def last_frame_facts(rendered: Rendered, key: str) -> LastFrame | None:
    """`key`: where the picture lies in the bucket."""
    kept = rendered.last_frame
    if kept is None:
        return None
    faces = tuple(face_of(box) for box in kept.faces)
    return LastFrame(key=key, bytes=kept.bytes, width=kept.width, height=kept.height, digest=kept.digest, faces=faces)


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
