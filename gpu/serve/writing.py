"""A ticket of prompt help, as work for the text model. Knows no bucket, no progress and no marker."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import InputObject, TextRequest
from gpu.core.contract.texts import MAX_WRITTEN_CHARACTERS
from gpu.core.problems import RenderFailed, UploadNotFound
from gpu.core.prompt_help import PICTURE_SIDE, most_tokens
from gpu.core.render_job import Worded, Wording
from gpu.media import pictures
from gpu.serve.inputs import Read


def wording_for(
    request: TextRequest, inputs: Sequence[InputObject], read: Read, here: Path, seed: int, checkpoint: str
) -> Wording:
    """The words for Gemma, and the first of the ticket's pictures as a file in the folder `here`. Raises the picture
    problems and UploadNotFound."""
    seen = [_seen_picture(read(item), here / "picture.png") for item in inputs[:1]]
    return Wording(request.prompt.strip(), seen[0] if seen else None, seed, most_tokens(CHECKPOINTS[checkpoint].scale))


def _seen_picture(data: bytes | None, path: Path) -> Path:
    """The whole picture, as large as Gemma takes it."""
    if data is None:
        raise UploadNotFound("The picture is no longer kept.")
    picture = pictures.normalize(data)
    picture.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
    picture.save(path, "PNG", compress_level=1)
    return path


def text_of(answer: Worded) -> str:
    """The answer as a marker can hold it, and as a prompt may be sent. Raises RenderFailed where nothing of it is
    left."""
    text = "".join(letter for letter in answer.text if letter in "\t\n\r" or not _is_control(letter)).strip()
    if not text:
        raise RenderFailed("Gemma wrote nothing that can be read.")
    return text[:MAX_WRITTEN_CHARACTERS]


def _is_control(letter: str) -> bool:
    """Of those that no prompt may hold: control characters and the replacement of broken bytes."""
    return unicodedata.category(letter) in ("Cc", "Cs") or letter == "\ufffd"
