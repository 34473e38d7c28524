"""The measures of the trained set's evaluation: signal to noise, likeness, and the motion found in the pixels.

Motion is found by fitting shift and scale between two frames, coarse to fine, by Gauss-Newton on brightness; undoing a
motion resamples a frame by the map of `motions.py`. Pictures are float32 [3, height, width] in 0..1.

Does not know models.
"""

# torch's linear algebra comes untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from gpu.tiny.motions import Motion, mirrored, sources


@dataclass(frozen=True, slots=True)
class Fit:
    """The motion from `first` to `later`: content at p moved to scale x p + (right, down), in pixels."""

    right: float
    down: float
    scale: float


def decibels(one: Tensor, other: Tensor) -> float:
    """Peak signal to noise ratio of two pictures or clips in 0..1."""
    return -10 * math.log10(max(float((one - other).square().mean()), 1e-10))


def likeness(one: Tensor, other: Tensor) -> float:
    """Structural similarity of brightness under an 11-pixel Gaussian window, -1 to 1 (Wang et al. 2004)."""
    axis = torch.arange(11, dtype=torch.float32) - 5
    line = torch.exp(-(axis**2) / (2 * 1.5**2))
    window = (line.view(-1, 1) * line).div(line.sum() ** 2).view(1, 1, 11, 11)

    def blur(picture: Tensor) -> Tensor:
        return functional.conv2d(picture, window)

    a, b = (_luma(each).view(1, 1, *each.shape[1:]) for each in (one, other))
    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b, both = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2, blur(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    map_ = (2 * mean_a * mean_b + c1) * (2 * both + c2) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    return float(map_.mean())


def motion_score(clip: Tensor) -> float:
    """Mean absolute change from frame to frame of [3, frames, height, width], in grey levels of 255."""
    return float((clip[:, 1:] - clip[:, :-1]).abs().mean()) * 255


def fit(first: Tensor, later: Tensor) -> Fit:
    """Shift and scale between two pictures, by Gauss-Newton on a pyramid of blurred brightness."""
    height, width = first.shape[1:]
    right = down = logarithm = 0.0
    # Shift alone comes first: with both free, a large shift is easily taken for a scale.
    for shrink, zooms in ((16, 0.0), (8, 0.0), (16, 1.0), (8, 1.0), (4, 1.0), (2, 1.0)):
        a = functional.avg_pool2d(_luma(first).view(1, 1, height, width), shrink)
        b = functional.avg_pool2d(_luma(later).view(1, 1, height, width), shrink)
        h, w = a.shape[2:]
        y = (torch.arange(h, dtype=torch.float32) + 0.5 - h / 2).view(h, 1).expand(h, w) * shrink
        x = (torch.arange(w, dtype=torch.float32) + 0.5 - w / 2).view(1, w).expand(h, w) * shrink
        for _ in range(12):
            scale = math.exp(logarithm)
            sx, sy = x * scale + right, y * scale + down
            grid = torch.stack([sx * 2 / width, sy * 2 / height], dim=-1)[None]
            seen = functional.grid_sample(b, grid, padding_mode="border", align_corners=False)[0, 0]
            inside = ((grid.abs() < 1).all(dim=-1)[0]).float()
            dx, dy = torch.zeros_like(seen), torch.zeros_like(seen)
            dx[:, 1:-1] = (seen[:, 2:] - seen[:, :-2]) / (2 * shrink * scale)
            dy[1:-1] = (seen[2:] - seen[:-2]) / (2 * shrink * scale)
            error = (a[0, 0] - seen) * inside
            columns = torch.stack([dx, dy, (dx * x + dy * y) * scale * zooms], dim=-1) * inside.unsqueeze(-1)
            columns = columns.flatten(0, 1)
            damped = columns.T @ columns + 1e-4 * torch.eye(3)
            step = torch.linalg.solve(damped, columns.T @ error.flatten())
            right += float(step[0].clamp(-8, 8))
            down += float(step[1].clamp(-8, 8))
            logarithm += zooms * float(step[2].clamp(-0.05, 0.05))
    return Fit(right, down, math.exp(logarithm))


def obeys(motion: Motion, found: Fit, size: float) -> bool:
    """Whether the motion found between a clip's first and last frame is the one asked for, by sign and at least a
    quarter of what 33 frames should bring. `size`: the length of which distances are shares, in pixels."""
    shift, zoom = 0.25 * 0.14 * size, 0.25 * 0.25
    logarithm = math.log(found.scale)
    match motion:
        case "zoom_in":
            return logarithm > zoom
        case "zoom_out":
            return logarithm < -zoom
        case "pan_left":
            return found.right > shift and found.right > abs(found.down)
        case "pan_right":
            return found.right < -shift and -found.right > abs(found.down)
        case "pan_up":
            return found.down > shift and found.down > abs(found.right)
        case "pan_down":
            return found.down < -shift and -found.down > abs(found.right)
        case "still":
            return abs(logarithm) < zoom and max(abs(found.right), abs(found.down)) < shift
        case _:
            raise ValueError(f"{motion} has no direction to find")


def undone(later: Tensor, motion: Motion, frame: int) -> tuple[Tensor, Tensor]:
    """`later` with the motion undone, and a mask of the pixels that were in view, [height, width] 0 or 1."""
    _, height, width = later.shape
    y = (torch.arange(height, dtype=torch.float32) + 0.5 - height / 2).view(height, 1)
    x = (torch.arange(width, dtype=torch.float32) + 0.5 - width / 2).view(1, width)
    at = torch.tensor(float(frame))
    # The maps are shift and scale: their inverse is found from two points.
    x0, y0 = sources(motion, at, torch.tensor(0.0), torch.tensor(0.0), height, width)
    x1, _ = sources(motion, at, torch.tensor(1.0), torch.tensor(0.0), height, width)
    scale = x1 - x0
    sx, sy = ((x - x0) / scale).expand(height, width), ((y - y0) / scale).expand(height, width)
    if motion == "sway":
        # A lean moves each row separately: its inverse is the same distance in the other direction.
        there, _ = sources(motion, at, x, y, height, width)
        sx = 2 * x - there
    grid = torch.stack([sx * 2 / width, sy * 2 / height], dim=-1)
    back = functional.grid_sample(later[None], grid[None], padding_mode="border", align_corners=False)[0]
    return back, (grid.abs() <= 1).all(dim=-1).float()


def moved_picture(first: Tensor, motion: Motion, frame: int) -> Tensor:
    """The expected frame of `motion`, made from `first`."""
    _, height, width = first.shape
    y = (torch.arange(height, dtype=torch.float32) + 0.5 - height / 2).view(height, 1)
    x = (torch.arange(width, dtype=torch.float32) + 0.5 - width / 2).view(1, width)
    sx, sy = sources(motion, torch.tensor(float(frame)), x, y, height, width)
    grid = torch.stack(
        [
            mirrored(sx, width).expand(height, width) * 2 / width,
            mirrored(sy, height).expand(height, width) * 2 / height,
        ],
        dim=-1,
    )
    return functional.grid_sample(first[None], grid[None], padding_mode="border", align_corners=False)[0]


def _luma(picture: Tensor) -> Tensor:
    return 0.299 * picture[0] + 0.587 * picture[1] + 0.114 * picture[2]
