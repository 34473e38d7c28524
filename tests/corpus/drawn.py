"""Large pictures that a careless reader turns into moiré, drawn here: text, stripes, hair, a checker."""

from typing import Literal, get_args

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Kind = Literal["text", "stripes", "hair", "checker"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WIDTH, HEIGHT = 2268, 4032


def drawn(kind: Kind) -> Image.Image:
    """9 million pixels, as a phone's."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    match kind:
        case "text":
            page = Image.new("RGB", (WIDTH, HEIGHT), "white")
            pen, font = ImageDraw.Draw(page), ImageFont.load_default(22)
            for top in range(0, HEIGHT, 28):
                pen.text((8, top), "the quick brown fox jumps over the lazy dog " * 6, font=font, fill="black")
            return page
        case "stripes":
            levels = np.where(((x + (20 * np.sin(y / 200)).astype(int)) // 4) % 2, 235, 40)
        case "hair":
            levels = 128 + 100 * np.sin((x + 30 * np.sin(y / 300)) * 2 * np.pi / 5)
        case "checker":
            levels = np.where((x // 6 + y // 6) % 2, 255, 0)
    return Image.fromarray(levels.astype(np.uint8)).convert("RGB")
