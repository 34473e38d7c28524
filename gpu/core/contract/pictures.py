"""Between the site and the GPU service: an uploaded picture is read once, on a CPU, before any job may use it."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from gpu.core.contract.fields import AcrossReleases, Count, Wire
from gpu.core.contract.requests import LeastShare, Share

ObjectKey = Annotated[str, Field(pattern=r"^inputs/[0-9a-z./-]{1,100}$")]


RefusalReason = Literal["damaged", "too_small", "too_large", "too_many_scans", "too_slow"]
REASON_POINTER = "/reason"
REFUSAL_REASONS: tuple[RefusalReason, ...] = get_args(RefusalReason)
"""Why a file is refused, on the wire at the pointer `/reason`; the site words it in the reader's language."""


class Face(AcrossReleases):
    """Where a face is, in shares of the upright picture's width and height."""

    left: Share
    top: Share
    width: LeastShare
    height: LeastShare


Faces = tuple[Face, ...]


class PictureToRead(Wire):
    """`POST /pictures` of the GPU service: the bucket object with the uploaded file."""

    key: ObjectKey


class PictureRead(AcrossReleases):
    """The answer: the bucket object with the picture as models see it, upright 8-bit sRGB. Equal pictures are one
    object, named by the SHA-256 of its pixels. `faces` are those that were found, the largest first. For an unusable
    file the answer is a problem instead."""

    key: ObjectKey
    width: Count
    height: Count
    bytes: Count
    faces: Faces = ()
