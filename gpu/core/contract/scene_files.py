"""Scene files: what a text, table, subtitle or scene file holds, and which pictures belong to which of its scenes.

It knows neither the formats nor how names are compared.
"""

from typing import Annotated, Literal

from pydantic import Field

from gpu.core.contract.fields import Count, Id, Seed, Wire
from gpu.core.contract.requests import SceneQuality
from gpu.core.contract.scenes import MAX_SCENES
from gpu.core.geometry import Seconds

MAX_SCENE_FILE_BYTES = 2 * 1024 * 1024
"""200 scenes with the longest prompt and subtitle, in UTF-8, and as much again."""
MAX_SCENE_PICTURES = 1_000
MAX_FILE_NAME = 255
MAX_ZIPPED = 200
"""Clips in one ZIP. Each is one request to the bucket."""

SceneFileFormat = Literal["text", "table", "srt", "json"]
SceneFileEncoding = Literal["utf-8", "utf-16", "cp949"]
SceneField = Literal[
    "number", "title", "line", "line_ko", "subtitle", "seconds", "start", "end", "quality", "sound", "seed",
    "negative_prompt", "picture_name", "last_picture_name", "first_upload_id", "last_upload_id",
]  # fmt: skip
"""What a column may be. `line_ko` is the line where `line` is empty; `start` and `end` give the seconds."""
PairedBy = Literal["name", "number", "order"]


class SceneFileColumn(Wire):
    heading: str
    """As the file has it; empty where it has none."""
    field: SceneField | None
    """None: nothing is taken from this column."""
    samples: tuple[str, ...]
    """Its first cells."""


class SceneFileRow(Wire):
    """A scene as the file has it. None: the file says nothing."""

    at: Count
    """Its line in the file, from 1; in a scene file, its place."""
    number: str | None
    title: str | None
    line: str
    subtitle: str
    seconds: Seconds | None
    """The offered length nearest to the file's."""
    quality: SceneQuality | None
    sound: bool | None
    seed: Seed | None
    negative_prompt: str | None
    picture_name: str | None
    last_picture_name: str | None
    first_upload_id: Id | None
    """Pictures by their ids, as the product's own files have them. Only their owner may use them."""
    last_upload_id: Id | None


class SceneFileNote(Wire):
    """Something that was taken otherwise than the file says, in the reader's language."""

    at: Count
    """The line in the file, from 1."""
    field: SceneField | None
    words: str


class SceneFile(Wire):
    """`POST /api/scenes/read`: nothing is stored."""

    format: SceneFileFormat
    encoding: SceneFileEncoding
    delimiter: Literal[",", ";", "\t"] | None
    """Of a table."""
    has_heading: bool
    columns: tuple[SceneFileColumn, ...]
    """Of a table, in order."""
    rows: tuple[SceneFileRow, ...]
    notes: tuple[SceneFileNote, ...]
    notes_left: Count
    """Further notes, which are not listed."""


FileName = Annotated[str, Field(max_length=MAX_FILE_NAME)]


class SceneToPair(Wire):
    number: FileName | None = None
    """None: its place, counted from 1."""
    picture_name: FileName | None = None
    """The picture that it asks for."""


class PicturesToPair(Wire):
    """`POST /api/scenes/pictures`: names of pictures, and the scenes that have none yet, in order."""

    pictures: Annotated[tuple[FileName, ...], Field(max_length=MAX_SCENE_PICTURES)]
    scenes: Annotated[tuple[SceneToPair, ...], Field(max_length=MAX_SCENES)]


class ScenePair(Wire):
    """Both are places in their lists, from 0."""

    scene: Count
    picture: Count
    by: PairedBy


class PairedPictures(Wire):
    pairs: tuple[ScenePair, ...]
    pictures_left: tuple[Count, ...]
    scenes_left: tuple[Count, ...]
