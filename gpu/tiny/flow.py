"""One training step of the tiny transformer: what is known of a clip, how much noise, and the loss on its velocity.

Tokens, positions and time steps are those of LTX's pipelines: a first picture replaces the tokens of latent frame 0,
key frames and reference clips are appended with positions of their own, and a token's time step is sigma times its
share of noise. Only the used latent channels are shown; the weights for the others stay zero.

Does not know where latents come from or how texts are encoded.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import functools
import random
from dataclasses import dataclass
from typing import Any

import torch
from ltx_core.components.patchifiers import VideoLatentPatchifier, get_pixel_coords
from ltx_core.components.schedulers import LTX2Scheduler
from ltx_core.model.transformer.attention import PytorchAttention
from ltx_core.model.transformer.rope import generate_freq_grid_np, precompute_freqs_cis
from ltx_core.types import SpatioTemporalScaleFactors, VideoLatentShape
from ltx_core.utils import rms_norm
from torch import Tensor
from torch.nn import functional

from gpu.tiny.trained_sizes import LATENT_CHANNELS, USED_CHANNELS

DISTILLED = (1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875)
STAGE_2 = (0.909375, 0.725, 0.421875)
_FRAME_RATE = 24.0

HALF_MODES = {"first": 55, "first_and_last": 6, "keys": 8, "fade": 11, "through": 4, "reference": 8, "none": 8}
FULL_MODES = {"first": 60, "first_and_last": 5, "keys": 7, "fade": 11, "through": 4, "none": 13}
"""Ways of conditioning at each size, with their weights."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which tokens a batch has: a clip of this many latent positions, key frames at these latent frames, a reference
    clip. `span` tokens make one latent frame."""

    frames: int
    height: int
    width: int
    keys: tuple[int, ...] = ()
    reference: bool = False

    @property
    def span(self) -> int:
        return self.height * self.width

    @property
    def targets(self) -> int:
        return self.frames * self.span

    def positions(self, device: torch.device) -> Tensor:
        """Bounds in seconds and pixels, [1, 3, tokens, 2]."""
        clip = positions_of(self.frames, self.height, self.width, None, device)
        keys = [positions_of(1, self.height, self.width, key * 8, device) for key in self.keys]
        return torch.cat([clip, *keys, *([clip] if self.reference else [])], dim=2)


@dataclass(frozen=True, slots=True)
class Scene:
    """A batch: target tokens first, appended ones after. `clean`, `start` [n, tokens, 64]; `mask` [n, tokens, 1]."""

    clean: Tensor
    start: Tensor
    mask: Tensor
    layout: Layout


def tokens_of(latents: Tensor) -> Tensor:
    """[n, c, frames, h, w] -> [n, frames x h x w, c]."""
    return latents.flatten(2).transpose(1, 2)


def positions_of(frames: int, height: int, width: int, first_frame: int | None, device: torch.device) -> Tensor:
    """Bounds in seconds and pixels, [1, 3, tokens, 2]: of a clip (None) or of a key frame shown at `first_frame`."""
    shape = VideoLatentShape(1, LATENT_CHANNELS, frames, height, width)
    bounds = VideoLatentPatchifier(1).get_patch_grid_bounds(shape, device=device)
    pixels = get_pixel_coords(
        bounds, SpatioTemporalScaleFactors.default(), causal_fix=first_frame is None or first_frame == 0
    ).float()
    pixels[:, 0] = (pixels[:, 0] + (first_frame or 0)) / _FRAME_RATE
    # The pipelines keep a clip's own positions in bfloat16 and those of key frames in float32.
    return pixels.to(torch.bfloat16).float() if first_frame is None else pixels


def scene_of(clean: Tensor, start: Tensor, pictures: Tensor, mode: str, order: random.Random) -> Scene:
    """A batch under one way of conditioning. Inputs [n, 64, frames, h, w]; `start` is where stage 2 begins."""
    count, _, frames, height, width = clean.shape
    device, span = clean.device, height * width
    target, begin = tokens_of(clean), tokens_of(start)
    mask = torch.ones(count, target.shape[1], 1, device=device)
    if mode in ("first", "first_and_last"):
        strength = 1.0 if order.random() < 0.4 else 0.85 if order.random() < 0.5 else order.uniform(0.5, 1.0)
        mask[:, :span] = 1.0 - strength
        begin = torch.cat([target[:, :span], begin[:, span:]], dim=1)
    keys = {
        "first_and_last": (frames - 1,),
        "keys": (0, frames - 1),
        "fade": (0, frames - 1),
        "through": (0, (frames - 1) // 2, frames - 1),
    }.get(mode, ())
    layout = Layout(frames, height, width, keys, reference=mode == "reference")
    appended = [tokens_of(pictures[:, :, key : key + 1]) for key in keys]
    if layout.reference:
        appended.append(target)
    extra = sum(each.shape[1] for each in appended)
    strength = 1.0 if order.random() < 0.7 else order.uniform(0.7, 1.0)
    mask = torch.cat([mask, torch.full((count, extra, 1), 1.0 - strength, device=device)], dim=1)
    return Scene(
        torch.cat([target, *appended], dim=1),
        torch.cat([begin, *appended], dim=1),
        mask,
        layout,
    )


@functools.lru_cache(maxsize=8)
def _schedule(steps: int) -> tuple[float, ...]:
    return tuple(float(each) for each in LTX2Scheduler().execute(steps=steps)[:-1])


def draw_sigma(groups: int, *, half: bool, order: random.Random, device: torch.device) -> Tensor:
    """Noise levels that the samplers visit, with some between: [groups]."""
    sigmas: list[float] = []
    for _ in range(groups):
        dice = order.random()
        if not half:
            sigmas.append(order.choices(STAGE_2, (5, 3, 2))[0] if dice < 0.85 else order.uniform(0.02, 1.0))
        elif dice < 0.45:
            sigmas.append(order.choice(DISTILLED))
        elif dice < 0.8:
            sigmas.append(order.choice(_schedule(order.choice((12, 20)))))
        else:
            sigmas.append(order.uniform(0.02, 1.0))
    return torch.tensor(sigmas, device=device)


def through_block(block: Any, hidden: Tensor, context: Tensor, steps: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """The picture's path through one of LTX's transformer blocks, clips that share a text taken together.

    `hidden` [n, tokens, width]; `context` [texts, 1024, width], n a multiple of texts; `steps` [n, tokens, 6 width].
    """
    values = steps.unflatten(-1, (6, -1)) + block.scale_shift_table.to(steps.dtype)
    shift, scale, gate, late_shift, late_scale, late_gate = values.unbind(dim=2)
    hidden = hidden + block.attn1(rms_norm(hidden) * (1 + scale) + shift, pe=rotary) * gate
    joined = rms_norm(hidden).reshape(len(context), -1, hidden.shape[-1])
    hidden = hidden + block.attn2(joined, context=context).reshape(hidden.shape)
    return hidden + block.ff(rms_norm(hidden) * (1 + late_scale) + late_shift) * late_gate


class VideoFlow:
    """The video stream of an LTX transformer. Without the sound a block is `through_block`, which compiles well."""

    def __init__(self, model: Any, *, compiled: bool = False) -> None:
        self.model = model
        self._through: Any = through_block
        if compiled:
            # LTX makes its attention's callable anew at each call, which compiling takes for a change.
            for block in model.transformer_blocks:
                block.attn1.attention_function = block.attn2.attention_function = PytorchAttention()
            self._through = torch.compile(through_block, dynamic=True)
        self._rotary: dict[Layout, tuple[Tensor, Tensor]] = {}

    def velocity(self, x: Tensor, timesteps: Tensor, layout: Layout, context: Tensor) -> Tensor:
        """Velocity of the used channels, [n, tokens, 64], from noisy tokens, time steps and one context a text."""
        model, count = self.model, len(x)
        hidden = functional.linear(x, model.patchify_proj.weight[:, :USED_CHANNELS], model.patchify_proj.bias)
        prepare = model.video_args_preprocessor.simple_preprocessor
        steps, embedded = prepare._prepare_timestep(timesteps, model.adaln_single, count, hidden.dtype)  # noqa: SLF001
        context = model.caption_projection(context)
        cos, sin = self._rotation(layout, x.device)
        rotary = (cos.expand(count, -1, -1, -1), sin.expand(count, -1, -1, -1))
        for block in model.transformer_blocks:
            hidden = self._through(block, hidden, context, steps, rotary)
        table = model.scale_shift_table[None, None] + embedded[:, :, None]
        shift, scale = table[:, :, 0], table[:, :, 1]
        hidden = model.norm_out(hidden) * (1 + scale) + shift
        return functional.linear(hidden, model.proj_out.weight[:USED_CHANNELS], model.proj_out.bias[:USED_CHANNELS])

    def _rotation(self, layout: Layout, device: torch.device) -> tuple[Tensor, Tensor]:
        if layout not in self._rotary:
            model = self.model
            self._rotary[layout] = precompute_freqs_cis(
                layout.positions(device),
                dim=model.inner_dim,
                out_dtype=torch.float32,
                theta=model.positional_embedding_theta,
                max_pos=model.positional_embedding_max_pos,
                use_middle_indices_grid=True,
                num_attention_heads=model.num_attention_heads,
                rope_type=model.rope_type,
                freq_grid_generator=generate_freq_grid_np,
            )
        return self._rotary[layout]

    def loss(self, scene: Scene, sigma: Tensor, context: Tensor) -> Tensor:
        """Mean error of the velocity over target tokens, less weight where hardly any noise is left."""
        share = scene.mask * sigma.view(-1, 1, 1)
        # Only the first step of stage 2 starts from upsampled latents; later ones start from what it made of them.
        start = torch.where(sigma.view(-1, 1, 1) > 0.9, scene.start, scene.clean)
        x = (1 - share) * start + share * torch.randn_like(start)
        predicted = self.velocity(x, share, scene.layout, context).float()
        wanted = (x - scene.clean) / share.clamp(min=1e-3)
        weight = scene.mask * share.square() / (share.square() + 0.05)
        error = ((predicted - wanted).square() * weight)[:, : scene.layout.targets]
        return error.mean()
