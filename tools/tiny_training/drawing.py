"""Pictures drawn by rule, on any torch device: training data of the tiny set and, with another seed, its test data.

Six kinds: shapes, fallen leaves (overlapping discs of many sizes, which share the statistics of photographs),
landscapes, letters in Hangul and Latin, soft textures and portraits in a flat anime manner. A portrait exists twice,
with open and with closed eyes. Every random number comes from the generator argument, so a seed is a set of pictures.

Does not know motion, latents or files, and draws no real person.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from tools.tiny_training.glyphs import glyph_atlas

KINDS = ("shapes", "leaves", "landscape", "letters", "texture", "portrait")


@dataclass(frozen=True, slots=True)
class Pictures:
    """`open_eyes` and `closed_eyes`: float [count, 3, side, side] in 0..1; the same tensor where there are no eyes."""

    open_eyes: Tensor
    closed_eyes: Tensor


class Pen:
    """A square of `side` pixels for `count` pictures at once: coordinates in -1..1 and the dice."""

    def __init__(self, count: int, side: int, generator: torch.Generator) -> None:
        self.count, self.side, self.generator = count, side, generator
        axis = (torch.arange(side, device=generator.device) + 0.5) / side * 2 - 1
        self.y = axis.view(1, side, 1).expand(count, side, side)
        self.x = axis.view(1, 1, side).expand(count, side, side)
        self.pixel = 2 / side

    def dice(self, low: float, high: float, *shape: int) -> Tensor:
        """Uniform numbers, [count, *shape]; with no shape given, ready to meet a picture plane: [count, 1, 1]."""
        size = (self.count, *(shape or (1, 1)))
        return torch.rand(size, generator=self.generator, device=self.generator.device) * (high - low) + low

    def colour(self, saturation: tuple[float, float] = (0.1, 0.9), value: tuple[float, float] = (0.15, 1.0)) -> Tensor:
        """A colour for each picture, [count, 3, 1, 1] in 0..1."""
        return from_hsv(self.dice(0, 1, 1), self.dice(*saturation, 1), self.dice(*value, 1)).view(-1, 3, 1, 1)

    def ellipse(self, cx: Tensor | float, cy: Tensor | float, rx: Tensor | float, ry: Tensor | float) -> Tensor:
        """Coverage of an ellipse, [count, side, side], softened over one pixel."""
        rx, ry = torch.as_tensor(rx, device=self.x.device), torch.as_tensor(ry, device=self.x.device)
        distance = (((self.x - cx) / rx) ** 2 + ((self.y - cy) / ry) ** 2).sqrt()
        return self.edge((distance - 1) * torch.minimum(rx, ry))

    def box(self, cx: Tensor | float, cy: Tensor | float, rx: Tensor | float, ry: Tensor | float) -> Tensor:
        """Coverage of an upright box."""
        return self.edge(torch.maximum((self.x - cx).abs() - rx, (self.y - cy).abs() - ry))

    def edge(self, distance: Tensor) -> Tensor:
        """Coverage from a signed distance: one inside, zero outside, a pixel of ramp between."""
        return (0.5 - distance / self.pixel).clamp(0, 1)

    def noise(self, cells: int, octaves: int, falloff: float = 0.5, channels: int = 1) -> Tensor:
        """Smooth noise of about unit height, [count, channels, side, side]."""
        total = torch.zeros(self.count, channels, self.side, self.side, device=self.x.device)
        for octave in range(octaves):
            grid = self.dice(-1, 1, channels, cells * 2**octave + 1, cells * 2**octave + 1)
            total += falloff**octave * functional.interpolate(grid, (self.side, self.side), mode="bicubic")
        return total

    def gradient(self) -> Tensor:
        """Two or three colours along a random direction, [count, 3, side, side]."""
        angle = self.dice(0, 2 * math.pi)
        along = ((self.x * angle.cos() + self.y * angle.sin()) * 0.7 + 0.5).clamp(0, 1).unsqueeze(1)
        bend = self.dice(0.3, 3.0, 1, 1, 1)
        return torch.lerp(self.colour(), self.colour(), along**bend)


def from_hsv(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """RGB in 0..1 on a new second axis; hue in turns."""
    channels = [
        value - value * saturation * torch.minimum(k, 4 - k).clamp(0, 1)
        for k in (((n + hue * 6) % 6) for n in (5.0, 3.0, 1.0))
    ]
    return torch.stack(channels, dim=1)


def paint(canvas: Tensor, colour: Tensor, coverage: Tensor) -> Tensor:
    """`colour` ([count, 3, 1 or side, 1 or side]) over the canvas where `coverage` ([count, side, side]) is one."""
    return canvas + (colour - canvas) * coverage.unsqueeze(1)


def draw(kind: str, count: int, side: int, generator: torch.Generator) -> Pictures:
    """`count` pictures of one kind on the generator's device. Raises KeyError for an unknown kind."""
    pen = Pen(count, side, generator)
    if kind == "portrait":
        open_eyes, closed_eyes = _portrait(pen)
        return Pictures(open_eyes.clamp(0, 1), closed_eyes.clamp(0, 1))
    makers = {
        "shapes": _shapes,
        "leaves": _leaves,
        "landscape": _landscape,
        "letters": _letters,
        "texture": _texture,
    }
    picture = makers[kind](pen).clamp(0, 1)
    return Pictures(picture, picture)


def _shapes(pen: Pen) -> Tensor:
    canvas = pen.gradient()
    for _ in range(12):
        angle = pen.dice(0, math.pi)
        dx, dy = pen.x - pen.dice(-1, 1), pen.y - pen.dice(-1, 1)
        u, v = dx * angle.cos() + dy * angle.sin(), dy * angle.cos() - dx * angle.sin()
        rx, ry = pen.dice(0.06, 0.45), pen.dice(0.06, 0.45)
        disc = ((u / rx) ** 2 + (v / ry) ** 2).sqrt().sub(1) * torch.minimum(rx, ry)
        box = torch.maximum(u.abs() - rx, v.abs() - ry)
        wedge = torch.maximum(v.abs() * 0.8 + u * 0.6 - rx * 0.6, -u - rx)
        which = pen.dice(0, 3)
        distance = torch.where(which < 1, disc, torch.where(which < 2, box, wedge))
        ring = torch.where(pen.dice(0, 1) < 0.25, (distance + 0.04).abs() - 0.04, distance)
        stripes = (torch.sin(u * pen.dice(8, 40)) > 0).float() * (pen.dice(0, 1) < 0.2)
        fill = torch.lerp(pen.colour(), pen.colour(), stripes.unsqueeze(1))
        canvas = paint(canvas, fill * (1 + 0.25 * (u / rx).clamp(-1, 1).unsqueeze(1)), pen.edge(ring))
    return canvas


def _leaves(pen: Pen) -> Tensor:
    canvas = pen.gradient()
    hue, spread = pen.dice(0, 1, 1), pen.dice(0.02, 0.5, 1)
    for layer in range(90):
        # Radii fall off as a power law, the large ones first, as in scenes seen by a camera.
        radius = (0.8 * (1 - layer / 90) ** 1.5 + 0.03) * pen.dice(0.5, 1.3)
        angle, flat = pen.dice(0, math.pi), pen.dice(0.35, 1.0)
        dx, dy = pen.x - pen.dice(-1.1, 1.1), pen.y - pen.dice(-1.1, 1.1)
        u, v = dx * angle.cos() + dy * angle.sin(), (dy * angle.cos() - dx * angle.sin()) / flat
        distance = ((u**2 + v**2).sqrt() - radius) * flat
        colour = from_hsv((hue + spread * pen.dice(-1, 1, 1)) % 1, pen.dice(0.0, 0.7, 1), pen.dice(0.05, 1.0, 1)).view(
            -1, 3, 1, 1
        )
        shade = 1 + pen.dice(0.0, 0.5) * (u / radius).clamp(-1, 1)
        softness = pen.pixel * pen.dice(0.5, 6.0)
        canvas = paint(canvas, colour * shade.unsqueeze(1), (0.5 - distance / softness).clamp(0, 1))
    canvas = canvas + pen.noise(12, 4, 0.7) * pen.dice(0.0, 0.12, 1, 1, 1)
    return canvas * (1 - 0.25 * (pen.x**2 + pen.y**2) * pen.dice(0, 1)).unsqueeze(1)


def _texture(pen: Pen) -> Tensor:
    mix = pen.noise(3, 5, 0.6).mul(pen.dice(0.4, 1.5, 1, 1, 1)).add(0.5).clamp(0, 1)
    canvas = torch.lerp(pen.gradient(), pen.gradient(), mix)
    canvas = canvas + pen.noise(2, 3, 0.5, channels=3) * pen.dice(0.0, 0.3, 1, 1, 1)
    for _ in range(5):
        canvas = paint(
            canvas,
            pen.colour(value=(0.5, 1.0)),
            torch.exp(-((pen.x - pen.dice(-1, 1)) ** 2 + (pen.y - pen.dice(-1, 1)) ** 2) / pen.dice(0.01, 0.3))
            * pen.dice(0.2, 0.9),
        )
    return canvas


def _landscape(pen: Pen) -> Tensor:
    up = (pen.y * 0.5 + 0.5).unsqueeze(1)
    canvas = torch.lerp(pen.colour((0.2, 0.8), (0.3, 1.0)), pen.colour((0.0, 0.5), (0.7, 1.0)), up)
    clouds = pen.noise(3, 4, 0.55).squeeze(1).sub(0.3).mul(2).clamp(0, 0.8)
    canvas = paint(canvas, torch.ones(1, 3, 1, 1, device=up.device), clouds * pen.dice(0, 1))
    sun = pen.dice(0.06, 0.25)
    canvas = paint(
        canvas, pen.colour((0.1, 0.7), (0.9, 1.0)), pen.ellipse(pen.dice(-0.8, 0.8), pen.dice(-0.8, 0), sun, sun)
    )
    horizon = -0.3
    for layer in range(5):
        ridge = pen.noise(2 + layer, 5, 0.5)[:, 0, :1, :].mul(0.18 + 0.02 * layer)
        line = pen.y - (horizon + ridge + pen.dice(-0.05, 0.05))
        colour = pen.colour((0.2, 0.7), (0.15, 0.75)) * (1 + 0.3 * pen.noise(10, 3)).clamp(0.6, 1.4)
        canvas = paint(canvas, colour, pen.edge(-line))
        horizon += 0.28
    for _ in range(8):
        x, y, tall = pen.dice(-1, 1), pen.dice(0.0, 0.8), pen.dice(0.08, 0.3)
        trunk = pen.box(x, y + tall, tall * 0.08, tall * 0.4)
        canvas = paint(canvas, pen.colour((0.3, 0.6), (0.1, 0.3)), trunk)
        canvas = paint(canvas, pen.colour((0.3, 0.8), (0.15, 0.6)), pen.ellipse(x, y, tall * 0.45, tall * 0.8))
    return canvas


def _letters(pen: Pen) -> Tensor:
    canvas = pen.gradient()
    bands = pen.edge((pen.y - pen.dice(-0.6, 0.6)).abs() - pen.dice(0.05, 0.4))
    canvas = paint(canvas, pen.colour(), bands)
    atlas = glyph_atlas(pen.generator.device)
    for slot in range(7):
        pick = torch.randint(len(atlas), (pen.count,), generator=pen.generator, device=pen.generator.device)
        size, angle = pen.dice(0.12, 0.5), pen.dice(-0.3, 0.3)
        dx = pen.x - (-0.8 + 0.27 * slot + pen.dice(-0.1, 0.1))
        dy = pen.y - pen.dice(-0.7, 0.7)
        u, v = (dx * angle.cos() + dy * angle.sin()) / size, (dy * angle.cos() - dx * angle.sin()) / size
        glyph = functional.grid_sample(atlas[pick], torch.stack([u, v], dim=-1), align_corners=False)
        canvas = paint(canvas, pen.colour(value=(0.0, 1.0)), glyph[:, 0])
    return canvas


def _portrait(pen: Pen) -> tuple[Tensor, Tensor]:
    """Shoulders, neck, face, hair and, last, the eyes, twice."""
    canvas = torch.where(pen.dice(0, 1, 1, 1, 1) < 0.5, pen.gradient(), _texture(pen))
    skin = from_hsv(pen.dice(0.03, 0.1, 1), pen.dice(0.12, 0.5, 1), pen.dice(0.6, 1.0, 1)).view(-1, 3, 1, 1)
    hair, cloth, iris = pen.colour(value=(0.05, 0.95)), pen.colour(), pen.colour((0.4, 1.0), (0.3, 0.9))
    ink = hair * 0.35
    size = pen.dice(0.3, 0.5)
    cx, cy = pen.dice(-0.25, 0.25), pen.dice(-0.25, 0.1)
    wide = size * pen.dice(0.78, 0.9)
    long_hair = pen.dice(0.2, 1.6)
    canvas = paint(
        canvas, hair * 0.85, pen.ellipse(cx, cy + size * 0.3 * long_hair, wide * 1.3, size * (1 + 0.5 * long_hair))
    )
    canvas = paint(canvas, cloth, pen.ellipse(cx, cy + size * 2.6, size * 1.9, size * 1.25))
    canvas = paint(canvas, cloth * 0.75, pen.ellipse(cx, cy + size * 1.55, size * 0.5, size * 0.3))
    canvas = paint(canvas, skin * 0.9, pen.box(cx, cy + size * 1.1, size * 0.25, size * 0.4))
    # The face is an ellipse that narrows towards the chin.
    down = ((pen.y - cy) / size).clamp(-1, 1)
    narrow = 1 - 0.28 * down.clamp(0, 1) ** 1.5
    distance = (((pen.x - cx) / (wide * narrow)) ** 2 + ((pen.y - cy) / size) ** 2).sqrt() - 1
    canvas = paint(canvas, skin, pen.edge(distance * size * 0.8))
    for side in (-1.0, 1.0):
        blush = torch.exp(-(((pen.x - cx - side * wide * 0.55) / 0.07) ** 2 + ((pen.y - cy - size * 0.42) / 0.04) ** 2))
        canvas = paint(canvas, torch.tensor([1.0, 0.45, 0.45], device=skin.device).view(1, 3, 1, 1), blush * 0.4)
    smile = pen.y - cy - size * 0.62 + ((pen.x - cx) / size) ** 2 * pen.dice(-0.3, 0.5)
    mouth = pen.edge(torch.maximum(smile.abs() - size * 0.025, (pen.x - cx).abs() - size * pen.dice(0.1, 0.25)))
    canvas = paint(canvas, skin * torch.tensor([0.75, 0.4, 0.4], device=skin.device).view(1, 3, 1, 1), mouth)
    canvas = paint(canvas, skin * 0.8, pen.ellipse(cx, cy + size * 0.36, size * 0.035, size * 0.025))
    closed = canvas
    gap, eye_y = wide * pen.dice(0.4, 0.5), cy + size * pen.dice(0.02, 0.15)
    tall, broad = size * pen.dice(0.14, 0.24), size * pen.dice(0.14, 0.2)
    for side in (-1.0, 1.0):
        ex = cx + side * gap
        canvas = paint(canvas, torch.ones_like(skin), pen.ellipse(ex, eye_y, broad, tall))
        canvas = paint(canvas, iris, pen.ellipse(ex, eye_y + tall * 0.1, broad * 0.68, tall * 0.85))
        canvas = paint(canvas, ink * 0.5, pen.ellipse(ex, eye_y + tall * 0.15, broad * 0.34, tall * 0.5))
        canvas = paint(
            canvas, torch.ones_like(skin), pen.ellipse(ex - broad * 0.25, eye_y - tall * 0.3, broad * 0.2, tall * 0.2)
        )
        lash = pen.y - eye_y + tall * 0.9 - ((pen.x - ex) / broad) ** 2 * tall * 0.4
        canvas = paint(canvas, ink, pen.edge(torch.maximum(lash.abs() - size * 0.03, (pen.x - ex).abs() - broad * 1.1)))
        lid = pen.y - eye_y - tall * 0.45 + ((pen.x - ex) / broad) ** 2 * tall * 0.4
        closed = paint(closed, ink, pen.edge(torch.maximum(lid.abs() - size * 0.03, (pen.x - ex).abs() - broad * 1.1)))
    pictures: list[Tensor] = []
    fringe = [(pen.dice(-1, 1) * 0.9, pen.dice(0.25, 0.5), pen.dice(0.35, 0.62)) for _ in range(5)]
    brow = pen.dice(0.3, 0.42)
    for face in (canvas, closed):
        finished = face
        for side in (-1.0, 1.0):
            arch = pen.y - (eye_y - size * brow) - ((pen.x - cx - side * gap) / broad) ** 2 * size * 0.06
            line = pen.edge(torch.maximum(arch.abs() - size * 0.02, (pen.x - cx - side * gap).abs() - broad))
            finished = paint(finished, ink, line)
        for place, thick, drop in fringe:
            lock = pen.ellipse(cx + place * wide * 0.8, cy - size * 0.95, wide * thick, size * drop)
            finished = paint(finished, hair, lock)
        cap = pen.ellipse(cx, cy - size * 0.75, wide * 1.12, size * 0.48)
        pictures.append(paint(finished, hair, cap))
    return pictures[0], pictures[1]
