"""Pictures with the statistics of photographs, drawn by rule: they teach the autoencoder grain, fur and clutter.

Overlapping things of all sizes, each with its own surface (noise whose amplitude falls with frequency as it does in
photographs, often stretched along one direction), lit from one side, throwing soft shadows, with thin lines among them,
under uneven light and with a little grain. Only training uses them; test pictures come from `drawing.py`.

Its shapes depict no real objects.
"""

# torch's Fourier transforms come untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import math

import torch
from torch import Tensor

from tools.tiny_training.drawing import Pen, from_hsv, paint

_SURFACES = 6
_THINGS = 56
_LINES = 14


def scenery(count: int, side: int, generator: torch.Generator) -> Tensor:
    """`count` pictures on the generator's device, [count, 3, side, side] in 0..1."""
    pen = Pen(count, side, generator)
    surfaces = _surfaces(pen)
    hue, spread = pen.dice(0, 1, 1), pen.dice(0.02, 0.5, 1)
    canvas = pen.gradient() + surfaces[:, :1] * pen.dice(0.02, 0.15, 1, 1, 1)
    for thing in range(_THINGS):
        # Radii fall off as a power law, the large ones first.
        radius = (0.7 * (1 - thing / _THINGS) ** 2 + 0.02) * pen.dice(0.4, 1.4)
        angle, flat = pen.dice(0, math.pi), pen.dice(0.15, 1.0)
        dx, dy = pen.x - pen.dice(-1.1, 1.1), pen.y - pen.dice(-1.1, 1.1)
        u, v = dx * angle.cos() + dy * angle.sin(), (dy * angle.cos() - dx * angle.sin()) / flat
        boxed = pen.dice(0, 1) < 0.35
        distance = torch.where(boxed, torch.maximum(u.abs(), v.abs()), (u**2 + v**2).sqrt()).sub(radius) * flat
        # A surface also roughens its outline.
        surface = surfaces[:, thing % _SURFACES]
        distance = distance + surface * pen.dice(0.0, 0.02)
        shade = (0.5 - (distance - 0.03) / pen.dice(0.03, 0.2)).clamp(0, 1) * pen.dice(0.0, 0.4)
        canvas = canvas * (1 - shade.unsqueeze(1))
        colour = from_hsv((hue + spread * pen.dice(-1, 1, 1)) % 1, pen.dice(0.0, 0.6, 1), pen.dice(0.1, 1.0, 1))
        lit = 1 + pen.dice(0.0, 0.6) * (u / radius).clamp(-1, 1) + surface * pen.dice(0.0, 0.35)
        cover = (0.5 - distance / (pen.pixel * pen.dice(0.5, 3.0))).clamp(0, 1)
        canvas = paint(canvas, colour.view(-1, 3, 1, 1) * lit.unsqueeze(1), cover)
    for _ in range(_LINES):
        canvas = paint(canvas, pen.colour((0.0, 0.5), (0.0, 1.0)), _line(pen))
    light = (1 + 0.3 * pen.noise(2, 2)).clamp(0.3, 1.6)
    grain = torch.randn(canvas.shape, generator=generator, device=canvas.device) * pen.dice(0.0, 0.03, 1, 1, 1)
    return (canvas * light + grain + surfaces[:, 1:2] * pen.dice(0.0, 0.08, 1, 1, 1)).clamp(0, 1)


def _surfaces(pen: Pen) -> Tensor:
    """Noise of zero mean and unit spread, [count, surfaces, side, side]; some of it folded into ridges."""
    noise = torch.fft.rfft2(
        torch.randn(pen.count, _SURFACES, pen.side, pen.side, generator=pen.generator, device=pen.x.device)
    )
    down = torch.fft.fftfreq(pen.side, device=pen.x.device).view(1, 1, -1, 1)
    right = torch.fft.rfftfreq(pen.side, device=pen.x.device).view(1, 1, 1, -1)
    angle, stretch = pen.dice(0, math.pi, _SURFACES, 1, 1), pen.dice(0.0, 1.0, _SURFACES, 1, 1) ** 2 * 7 + 1
    along = (right * angle.cos() + down * angle.sin()) * stretch
    across = down * angle.cos() - right * angle.sin()
    frequency = (along.square() + across.square() + 1e-4).sqrt()
    made = torch.fft.irfft2(noise * frequency ** -pen.dice(0.8, 2.0, _SURFACES, 1, 1), s=(pen.side, pen.side))
    made = torch.where(pen.dice(0, 1, _SURFACES, 1, 1) < 0.3, made.abs(), made)
    made = made - made.mean(dim=(2, 3), keepdim=True)
    return made / made.std(dim=(2, 3), keepdim=True)


def _line(pen: Pen) -> Tensor:
    """Coverage of a thin bent line, [count, side, side]."""
    angle = pen.dice(0, math.pi)
    dx, dy = pen.x - pen.dice(-1, 1), pen.y - pen.dice(-1, 1)
    u, v = dx * angle.cos() + dy * angle.sin(), dy * angle.cos() - dx * angle.sin()
    away = (v - pen.dice(-0.6, 0.6) * u**2).abs() - pen.dice(0.002, 0.012)
    return pen.edge(torch.maximum(away, u.abs() - pen.dice(0.1, 1.2)))
