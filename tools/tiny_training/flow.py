"""One training step of the tiny transformer: a clip's conditioning, its noise, and the loss on its velocity.

Tokens, positions and time steps are those of LTX's pipelines: a first picture replaces the tokens of latent frame 0,
key frames and reference clips are appended with positions of their own, and a token's time step is sigma times its
share of noise.

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
from ltx_core.model.transformer.rope import generate_freq_grid_np, precompute_freqs_cis
from ltx_core.types import SpatioTemporalScaleFactors, VideoLatentShape
from ltx_core.utils import rms_norm
from torch import Tensor

from gpu.tiny.trained_sizes import LATENT_CHANNELS

DISTILLED = (1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875)
STAGE_2 = (0.909375, 0.725, 0.421875)
_FRAME_RATE = 24.0

HALF_MODES = {"first": 55, "first_and_last": 6, "keys": 8, "fade": 11, "through": 4, "reference": 12, "none": 6}
FULL_MODES = {"first": 60, "first_and_last": 5, "keys": 7, "fade": 11, "through": 4, "none": 20}
"""Kinds of conditioning at each size, with their weights."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The tokens of a batch: a clip of this many latent positions, key frames at these latent frames, a reference clip.
    `span` tokens are one latent frame."""

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
    """A batch: target tokens first, appended ones after. `clean`, `start` [n, tokens, 128]; `mask` [n, frames], the
    share of noise of each latent frame's tokens."""

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
    """A batch with one kind of conditioning. Inputs [n, 128, frames, h, w]; `start` is stage 2's start."""
    count, _, frames, height, width = clean.shape
    device, span = clean.device, height * width
    target, begin = tokens_of(clean), tokens_of(start)
    mask = torch.ones(count, frames, device=device)
    if mode in ("first", "first_and_last"):
        strength = 1.0 if order.random() < 0.4 else 0.85 if order.random() < 0.5 else order.uniform(0.5, 1.0)
        mask[:, 0] = 1.0 - strength
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
    extra = sum(each.shape[1] for each in appended) // span
    strength = 1.0 if order.random() < 0.7 else order.uniform(0.7, 1.0)
    mask = torch.cat([mask, torch.full((count, extra), 1.0 - strength, device=device)], dim=1)
    return Scene(
        torch.cat([target, *appended], dim=1),
        torch.cat([begin, *appended], dim=1),
        mask,
        layout,
    )


@functools.lru_cache(maxsize=8)
def _schedule(steps: int) -> tuple[float, ...]:
    return tuple(float(each) for each in LTX2Scheduler().execute(steps=steps)[:-1])


def draw_sigma(count: int, *, half: bool, order: random.Random) -> Tensor:
    """Noise levels that the samplers visit, with some between: [count], on the CPU."""
    sigmas: list[float] = []
    for _ in range(count):
        dice = order.random()
        if not half:
            sigmas.append(order.choices(STAGE_2, (5, 3, 2))[0] if dice < 0.85 else order.uniform(0.02, 1.0))
        elif dice < 0.45:
            sigmas.append(order.choice(DISTILLED))
        elif dice < 0.8:
            sigmas.append(order.choice(_schedule(order.choice((12, 20)))))
        else:
            sigmas.append(order.uniform(0.02, 1.0))
    return torch.tensor(sigmas)


def through_block(block: Any, hidden: Tensor, context: Tensor, steps: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """The picture's path through one of LTX's transformer blocks, clips that share a text taken together.

    `hidden` [n, frames, span, width]; `context` [texts, 1024, width], n a multiple of texts; `steps` [n, frames, 1,
    6 x width], alike for all tokens of a latent frame.
    """
    values = steps.unflatten(-1, (6, -1)) + block.scale_shift_table
    shift, scale, gate, late_shift, late_scale, late_gate = values.unbind(dim=-2)
    modulated = rms_norm(hidden) * (1 + scale) + shift
    hidden = hidden + block.attn1(modulated.flatten(1, 2), pe=rotary).view(hidden.shape) * gate
    joined = rms_norm(hidden).reshape(len(context), -1, hidden.shape[-1])
    hidden = hidden + block.attn2(joined, context=context).view(hidden.shape)
    return hidden + block.ff(rms_norm(hidden) * (1 + late_scale) + late_shift) * late_gate


def velocity(model: Any, x: Tensor, timesteps: Tensor, rotary: tuple[Tensor, Tensor], context: Tensor) -> Tensor:
    """Velocity of the video stream of an LTX transformer, [n, tokens, 128], without the sound.

    `x` [n, tokens, 128], noisy; `timesteps` [n, frames], one for each latent frame, appended ones too; `rotary` from
    `rotation`; `context` [texts, 1024, width], of which n is a multiple.
    """
    count, frames = timesteps.shape
    hidden = model.patchify_proj(x).unflatten(1, (frames, -1))
    prepare = model.video_args_preprocessor.simple_preprocessor
    steps, embedded = prepare._prepare_timestep(timesteps, model.adaln_single, count, hidden.dtype)
    context = model.caption_projection(context)
    cos, sin = (each.expand(count, -1, -1, -1) for each in rotary)
    for block in model.transformer_blocks:
        hidden = through_block(block, hidden, context, steps.unsqueeze(2), (cos, sin))
    shift, scale = (model.scale_shift_table + embedded.unsqueeze(2)).unsqueeze(2).unbind(dim=-2)
    return model.proj_out((model.norm_out(hidden) * (1 + scale) + shift).flatten(1, 2))


def rotation(model: Any, layout: Layout, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the rotary positions of a layout's tokens, [1, heads, tokens, head width / 2] each."""
    return precompute_freqs_cis(
        layout.positions(device),
        dim=model.inner_dim,
        out_dtype=model.patchify_proj.weight.dtype,
        theta=model.positional_embedding_theta,
        max_pos=model.positional_embedding_max_pos,
        use_middle_indices_grid=True,
        num_attention_heads=model.num_attention_heads,
        rope_type=model.rope_type,
        freq_grid_generator=generate_freq_grid_np,
    )


def loss_of(
    model: Any,
    clean: Tensor,
    start: Tensor,
    mask: Tensor,
    sigma: Tensor,
    counted: Tensor,
    rotary: tuple[Tensor, Tensor],
    context: Tensor,
) -> Tensor:
    """Mean error of the velocity over target tokens, less weight where hardly any noise is left.

    `clean`, `start`, `mask`: a `Scene`'s; `sigma` [n]; `counted` [frames]: 1 for a latent frame of the clip, 0 for an
    appended one.
    """
    share = mask * sigma.view(-1, 1)
    span = clean.shape[1] // mask.shape[1]
    noisy = share.repeat_interleave(span, dim=1).unsqueeze(-1)
    # Only the first step of stage 2 starts from upsampled latents; later ones start from its result.
    begin = torch.where(sigma.view(-1, 1, 1) > 0.9, start, clean)
    x = (1 - noisy) * begin + noisy * torch.randn_like(begin)
    dtype = model.patchify_proj.weight.dtype
    predicted = velocity(model, x.to(dtype), share, rotary, context).float()
    wanted = (x - clean) / noisy.clamp(min=1e-3)
    error = (predicted - wanted).square().mean(dim=-1).unflatten(1, (-1, span)).mean(dim=-1)
    weight = mask * share.square() / (share.square() + 0.05) * counted
    return (error * weight).sum() / (len(clean) * counted.sum())
