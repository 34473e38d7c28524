"""All weights as one vector for the optimizer, and training steps replayed as CUDA graphs.

A tiny model's step is thousands of kernels of a few microseconds; launching them one by one from Python takes more than
twice as long as running them. So all weights are in one vector (one kernel each for clipping, AdamW, averaging and
rounding), and the whole step is recorded once per batch shape and then replayed as one CUDA graph.

Does not know models, data or schedules.
"""

# torch comes with gaps in its types; what it hands over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from collections.abc import Callable, Mapping
from itertools import groupby

import torch
from torch import Tensor, nn

from tools.tiny_training.muon import Muon

_ALIGNED = 64
"""Each weight's offset is a multiple of this, since matrix products need aligned rows."""
_LONGEST_GRADIENT = 1.0


class Weights:
    """Parameters by name, as views on one vector: `plain` ones learn by AdamW, `matrices`, if any, by Muon.

    The parameters themselves, and their gradients, become bfloat16, as the pipelines run them; the optimizers work on
    float32. `rate` and `follow` (how far a step moves the average towards the weights) are numbers on the device; fill
    them before a step.
    """

    def __init__(self, plain: Mapping[str, nn.Parameter], matrices: Mapping[str, nn.Parameter]) -> None:
        def shape_of(item: tuple[str, nn.Parameter]) -> tuple[int, ...]:
            return tuple(item[1].shape)

        stacked = sorted(matrices.items(), key=shape_of)
        self._parameters = dict([*plain.items(), *stacked])
        self._starts: dict[str, int] = {}
        size = 0
        for name, each in self._parameters.items():
            self._starts[name] = size
            size += -(-each.numel() // _ALIGNED) * _ALIGNED
        device = next(iter(plain.values())).device
        self._exact = torch.zeros(size, device=device)
        for name, each in self._parameters.items():
            self._view(self._exact, name).copy_(each.detach())
        self._average, self._slope = self._exact.clone(), torch.zeros_like(self._exact)
        self._used = self._exact.to(torch.bfloat16)
        self._given = torch.zeros_like(self._used)
        for name, each in self._parameters.items():
            each.data = self._view(self._used, name)
            each.grad = self._view(self._given, name)
        self.rate, self.follow = torch.zeros((), device=device), torch.zeros((), device=device)

        first = self._starts[stacked[0][0]] if stacked else size
        rest = nn.Parameter(self._exact[:first])
        rest.grad = self._slope[:first]
        # A rate on the device needs `capturable` there, and must not have it elsewhere.
        self._adam = torch.optim.AdamW(
            [rest], lr=self.rate, betas=(0.9, 0.98), weight_decay=0.01, foreach=False, capturable=device.type == "cuda"
        )
        stacks: list[tuple[int, int, tuple[int, ...]]] = []
        for shape, alike in groupby(stacked, shape_of):
            names = [name for name, _ in alike]
            stacks.append((self._starts[names[0]], len(names), shape))
        self._muon = Muon(*([_stack(each, *place) for place in stacks] for each in (self._exact, self._slope)))

    def _view(self, vector: Tensor, name: str) -> Tensor:
        shape = self._parameters[name].shape
        return vector[self._starts[name] :][: shape.numel()].view(shape)

    @torch.no_grad()
    def step(self) -> None:
        """Updates the weights by the gradients of a backward pass, clears the gradients, and updates the averages."""
        # An overflow in one step must not destroy the weights.
        slope = torch.nan_to_num(self._given.float(), 0.0, 0.0, 0.0)
        self._slope.copy_(slope * (_LONGEST_GRADIENT / slope.norm()).clamp(max=1))
        self._adam.step()
        self._muon.step(self.rate)
        self._average.lerp_(self._exact, self.follow)
        self._used.copy_(self._exact)
        self._given.zero_()

    def averaged(self) -> dict[str, Tensor]:
        """Each weight's running average by name, float32."""
        return {name: self._view(self._average, name) for name in self._parameters}


def _stack(vector: Tensor, start: int, count: int, shape: tuple[int, ...]) -> Tensor:
    """`count` matrices that lie behind one another in `vector`."""
    size = shape[0] * shape[1]
    assert size % _ALIGNED == 0
    return vector[start : start + count * size].view(count, *shape)


class Replayed:
    """A function of tensors that a GPU replays from a recording, one for each combination of shapes; a CPU calls it.

    The next call with the same shapes overwrites its result.
    """

    def __init__(self, function: Callable[..., Tensor], device: torch.device) -> None:
        self._function = function
        self._device = device
        self._recordings: dict[tuple[torch.Size, ...], tuple[tuple[Tensor, ...], torch.cuda.CUDAGraph, Tensor]] = {}
        self._memory = torch.cuda.graph_pool_handle() if device.type == "cuda" else None

    def __call__(self, *given: Tensor) -> Tensor:
        if self._device.type != "cuda":
            return self._function(*given)
        shapes = tuple(each.shape for each in given)
        if shapes not in self._recordings:
            return self._record(shapes, given)
        kept, graph, result = self._recordings[shapes]
        for old, new in zip(kept, given, strict=True):
            old.copy_(new)
        graph.replay()
        return result

    def _record(self, shapes: tuple[torch.Size, ...], given: tuple[Tensor, ...]) -> Tensor:
        """Runs the function once normally, for set-up that cannot be recorded, and then records it."""
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            first = self._function(*given).clone()
        torch.cuda.current_stream().wait_stream(aside)
        kept, graph = tuple(each.clone() for each in given), torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._memory):
            result = self._function(*kept)
        self._recordings[shapes] = kept, graph, result
        return first
