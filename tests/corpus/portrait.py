"""A photograph of a person, and the same in other shapes.

`astronaut.jpg` shows Eileen Collins, photographed by NASA in 1992: in the public domain.
"""

import io
from pathlib import Path

from PIL import Image

FILE = Path(__file__).with_name("astronaut.jpg")
FACE = (0.35, 0.12, 0.18, 0.22)
"""Left, top, width and height of the face, in shares of the photograph."""


def photograph() -> Image.Image:
    with Image.open(FILE) as image:
        return image.convert("RGB")


def on(width: int, height: int, *places: tuple[int, int], scale: float = 1.0) -> Image.Image:
    """A grey picture with the photograph at these places."""
    canvas = Image.new("RGB", (width, height), (128, 128, 128))
    one = photograph()
    one = one.resize((round(one.width * scale), round(one.height * scale)))
    for place in places:
        canvas.paste(one, place)
    return canvas


def as_png(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()
