"""The motions the trained tiny set knows: their names, the words that ask for them and what they do to a picture.

A motion maps a pixel of frame t to the place in the first frame that has its colour; outside the first frame its mirror
image continues, so picture and motion determine a clip. Distances are shares of the frame's size (the geometric mean of
its sides), so that the half-size and the full-size stage show the same motion.

Does not know latents or files. Camera words move the camera: after "pan left" the scene drifts to the right.
"""

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Motion = Literal[
    "still", "zoom_in", "zoom_out", "pan_left", "pan_right", "pan_up", "pan_down", "sway", "blink", "unasked"
]
"""`unasked` is the motion for a text without a motion word: a slow zoom in."""

MOTIONS: tuple[Motion, ...] = (
    "still",
    "zoom_in",
    "zoom_out",
    "pan_left",
    "pan_right",
    "pan_up",
    "pan_down",
    "sway",
    "blink",
    "unasked",
)

RATE_FRAMES = 32
"""Frames over which the amounts below are reached; a longer clip goes further."""

ZOOM = 0.25
"""Logarithm of the scale: 1.28 times."""
UNASKED_ZOOM = 0.08
PAN = 0.14
SWAY = 0.06
SWAY_FRAMES = 24
BLINKS = (16.0, 40.0)
"""Frames at which the eyes are shut. Slow, and at the end of a latent frame: the autoencoder loses a faster blink."""

WORDS: dict[Motion, tuple[str, ...]] = {
    "still": (
        "hold still", "keep still", "stays still", "stay still", "stand still", "completely still", "static camera",
        "static shot", "fixed camera", "locked camera", "no camera movement", "no motion", "motionless", "still",
        "정지", "고정", "가만히", "멈춰", "멈춘", "움직이지 않", "움직임 없",
    ),
    "zoom_in": (
        "zoom in", "zooms in", "zooming in", "zoom-in", "push in", "pushes in", "pushing in", "push-in", "dolly in",
        "move closer", "moves closer", "moving closer", "closer", "줌 인", "줌인", "줌-인", "확대", "다가가", "다가간",
        "다가와", "다가온", "가까이", "가까워", "클로즈업", "당겨",
    ),
    "zoom_out": (
        "zoom out", "zooms out", "zooming out", "zoom-out", "pull out", "pulls out", "pull back", "pulls back",
        "pulling back", "dolly out", "move away", "moves away", "줌 아웃", "줌아웃", "줌-아웃", "축소", "멀어지",
        "멀어진", "멀어져", "물러나", "물러난", "뒤로 빠",
    ),
    "pan_left": (
        "pan left", "pans left", "panning left", "pan to the left", "pans to the left", "to the left", "leftward",
        "leftwards", "move left", "moves left", "왼쪽으로", "왼쪽 이동", "왼쪽 팬", "왼쪽 패닝", "좌측으로", "왼편으로",
    ),
    "pan_right": (
        "pan right", "pans right", "panning right", "pan to the right", "pans to the right", "to the right",
        "rightward", "rightwards",
        "move right", "moves right", "오른쪽으로", "오른쪽 이동", "오른쪽 팬", "오른쪽 패닝", "우측으로",
        "오른편으로",
    ),
    "pan_up": (
        "pan up", "pans up", "panning up", "tilt up", "tilts up", "tilting up", "upward", "upwards", "moves up",
        "위로", "위쪽으로", "틸트 업", "틸트업", "올려다",
    ),
    "pan_down": (
        "pan down", "pans down", "panning down", "tilt down", "tilts down", "tilting down", "downward", "downwards",
        "moves down", "아래로", "아래쪽으로", "틸트 다운", "틸트다운", "내려다",
    ),
    "sway": (
        "sway", "sways", "swaying", "swing", "swings", "swinging", "wind", "windy", "breeze", "흔들", "바람", "살랑",
        "일렁", "휘날", "흩날", "나부",
    ),
    "blink": (
        "blink", "blinks", "blinking", "wink", "winks", "winking", "closes her eyes", "closes his eyes",
        "closes their eyes", "깜빡", "깜박", "윙크", "눈을 감",
    ),
    "unasked": (),
}  # fmt: skip
"""Texts that ask for a motion, in lower case. Each is one token of the trained set's tokenizer."""

REFUSALS: tuple[str, ...] = (
    "worst quality", "low quality", "bad quality", "blurry", "blur", "jittery", "flickering", "distorted", "deformed",
    "disfigured", "extra limbs", "watermark", "subtitles", "text overlay", "static image", "inconsistent motion",
    "저화질", "흐릿", "흐린", "왜곡", "워터마크", "자막", "깨진", "일그러",
)  # fmt: skip
"""Texts of negative prompts. With such a text and no motion word, the clip may move in any way."""


def frame_size(height: int, width: int) -> float:
    """The unit of distances, in pixels."""
    return math.sqrt(height * width)


def sources(motion: Motion, frame: Tensor, x: Tensor, y: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """The place in the first frame of the pixel (x, y) of `frame`; all in pixels from the centre, broadcast."""
    share = frame / RATE_FRAMES
    size = frame_size(height, width)
    match motion:
        case "zoom_in" | "zoom_out" | "unasked":
            rate = {"zoom_in": -ZOOM, "zoom_out": ZOOM, "unasked": -UNASKED_ZOOM}[motion]
            scale = torch.exp(rate * share)
            return x * scale, y * scale
        case "pan_left" | "pan_right":
            return x + (-1 if motion == "pan_left" else 1) * PAN * size * share, y + 0 * frame
        case "pan_up" | "pan_down":
            return x + 0 * frame, y + (-1 if motion == "pan_up" else 1) * PAN * size * share
        case "sway":
            lean = SWAY * size * torch.sin(2 * math.pi * frame / SWAY_FRAMES)
            return x + lean * (0.5 - y / height), y + 0 * frame
        case "still" | "blink":
            return x + 0 * frame, y + 0 * frame


def eyes_closed(frame: Tensor) -> Tensor:
    """How far a blink has shut the eyes at a frame, 0 to 1."""
    shut = torch.zeros_like(frame)
    for middle in BLINKS:
        shut = torch.maximum(shut, (1.75 - (frame - middle).abs() / 4).clamp(0, 1))
    return shut


def mirrored(place: Tensor, length: float) -> Tensor:
    """Folds a coordinate measured from the centre back into a side of `length`, as mirrors at both ends would."""
    turn = torch.remainder(place + length / 2, 2 * length)
    return torch.minimum(turn, 2 * length - turn) - length / 2


def moved(first: Tensor, frames: int, motion: Motion) -> Tensor:
    """The clip that `motion` makes of pictures [batch, 3, height, width]: [batch, 3, frames, height, width].

    Bilinear. A blink needs two pictures and is not drawn here: it stays still.
    """
    batch, _, height, width = first.shape
    device = first.device
    frame = torch.arange(frames, device=device, dtype=torch.float32).view(frames, 1, 1)
    y = torch.arange(height, device=device, dtype=torch.float32).view(1, height, 1) + 0.5 - height / 2
    x = torch.arange(width, device=device, dtype=torch.float32).view(1, 1, width) + 0.5 - width / 2
    sx, sy = sources(motion, frame, x, y, height, width)
    sx, sy = (side.expand(frames, height, width) for side in (sx, sy))
    grid = torch.stack([mirrored(sx, width) * 2 / width, mirrored(sy, height) * 2 / height], dim=-1)
    grid = grid.reshape(1, frames * height, width, 2).expand(batch, -1, -1, -1)
    warped = functional.grid_sample(first.float(), grid, padding_mode="border", align_corners=False)
    return warped.view(batch, 3, frames, height, width)
