"""An optimizer for the matrices inside a transformer: momentum whose singular values are made alike before each step.

Muon (K. Jordan, 2024): five Newton-Schulz rounds bring a gradient's singular values near one, so that rare directions
move as far as common ones. Matrices of one shape are stacked and take their step together. A step is as long as AdamW's
would be at the same rate (J. Liu et al., 2025, arXiv 2502.16982), so one schedule serves both.

Does not know models, nor schedules: the rate comes with each step.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

_MOMENTUM = 0.95
_WEIGHT_DECAY = 0.01
_LIKE_ADAMW = 0.2
_ROUNDS = 5
_FIRST, _THIRD, _FIFTH = 3.4445, -4.7750, 2.0315
"""Coefficients of the odd polynomial in a singular value that Muon's author tuned."""


class Muon:
    """Steps for stacks of matrices alike, [count, rows, columns] each, along their gradients, which are read anew."""

    def __init__(self, stacks: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        self._groups = [(*pair, torch.zeros_like(pair[0])) for pair in zip(stacks, gradients, strict=True)]

    @torch.no_grad()
    def step(self, rate: float | Tensor) -> None:
        """Moves every matrix by its gradient, with Nesterov's momentum."""
        for matrices, gradient, momentum in self._groups:
            momentum.lerp_(gradient, 1 - _MOMENTUM)
            moves = orthogonal(gradient.lerp(momentum, _MOMENTUM))
            length = rate * _LIKE_ADAMW * max(moves.shape[1:]) ** 0.5
            matrices.mul_(1 - rate * _WEIGHT_DECAY).sub_(moves * length)


def orthogonal(matrices: Tensor) -> Tensor:
    """[count, rows, columns] with the singular vectors of each matrix kept and its singular values brought near one."""
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x * (x.square().sum(dim=(1, 2), keepdim=True) + 1e-18).rsqrt()
    for _ in range(_ROUNDS):
        square = x @ x.transpose(1, 2)
        x = _FIRST * x + (_THIRD * square + _FIFTH * square @ square) @ x
    return x.transpose(1, 2) if tall else x
