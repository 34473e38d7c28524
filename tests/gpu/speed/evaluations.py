"""What a transformer is asked, made from a seed: a clip's tokens at one noise level, with pictures held in place.

Shapes and value ranges are those the pipelines hand over; the numbers mean nothing. Knows no pipeline and no weights.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch
from ltx_core.model.transformer import Modality
from torch import Tensor

from gpu.speed.transformer import WHOLE, Asked, LeftOut

HELD = ((12, 0.15),)
"""A first picture: its tokens keep 15 % of the noise level, as at strength 0.85."""

APART, STILL = LeftOut(between=True), LeftOut(picture_blocks=(1,), sound_blocks=(1,))
LEFT_OUT = (WHOLE, WHOLE, STILL, APART)
"""Of a guided step of four evaluations: two prompts, self-attention skipped in a block, picture and sound apart."""


def asked(
    model: Any,
    *,
    tokens: int = 60,
    sounds: int = 11,
    sigma: float = 0.7,
    held: Sequence[tuple[int, float]] = HELD,
    words: int = 24,
    seed: int = 1,
) -> Asked:
    """A clip of `tokens` picture tokens and `sounds` sound tokens for this velocity model. `held`: how many tokens,
    one group after the other from the first, keep which part of the noise level."""
    draw = torch.Generator().manual_seed(seed)
    noise_level = torch.tensor(sigma)
    kept = torch.ones(1, tokens, 1)
    start = 0
    for count, part in held:
        kept[:, start : start + count] = part
        start += count

    def noise(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw).to(model.patchify_proj.weight.dtype)

    def words_for(projection: str, width: int) -> Tensor:
        project = getattr(model, projection, None)
        return noise(1, words, width if project is None else project.linear_1.in_features)

    def stretches(axes: int, count: int, longest: float) -> Tensor:
        start = torch.rand(1, axes, count, 1, generator=draw) * longest
        return torch.cat([start, start + 1 / 24], dim=-1)

    video = Modality(
        latent=noise(1, tokens, model.patchify_proj.in_features),
        sigma=noise_level,
        timesteps=kept * noise_level,
        positions=stretches(3, tokens, 20.0),
        context=words_for("caption_projection", model.inner_dim),
    )
    audio = Modality(
        latent=noise(1, sounds, model.audio_patchify_proj.in_features),
        sigma=noise_level,
        timesteps=torch.ones(1, sounds, 1) * noise_level,
        positions=stretches(1, sounds, 8.0),
        context=words_for("audio_caption_projection", model.audio_inner_dim),
    )
    return video, audio


def with_keyframe(clip: Asked, *, tokens: int = 9) -> Asked:
    """The clip with a picture's tokens appended: free of noise, at places in time and space that others have too."""
    video, audio = clip
    more = dataclasses.replace(
        video,
        latent=torch.cat([video.latent, video.latent[:, :tokens] * 0.5], dim=1),
        timesteps=torch.cat([video.timesteps, torch.zeros(1, tokens, 1)], dim=1),
        positions=torch.cat([video.positions, video.positions[:, :, -tokens:]], dim=2),
    )
    return more, audio


def with_mask(clip: Asked) -> Asked:
    """The clip's last tokens seen by the others in part or not at all, as a control video at half strength is."""
    video, audio = clip
    count = video.latent.shape[1]
    mask = torch.ones(1, count, count)
    mask[:, :-9, -9:] = 0.5
    mask[:, -9:, :9] = 0.0
    return dataclasses.replace(video, attention_mask=mask), audio


def in_other_words(clip: Asked, *, seed: int = 99) -> Asked:
    """The same clip with another prompt: the other half of a guided step."""
    draw = torch.Generator().manual_seed(seed)
    video, audio = (
        dataclasses.replace(each, context=torch.randn(each.context.shape, generator=draw).to(each.context))
        for each in clip
    )
    return video, audio


def at(clip: Asked, sigma: float) -> Asked:
    """The same clip, prompt and places at another noise level, the next step of a schedule."""
    video, audio = (
        dataclasses.replace(
            each, sigma=torch.full_like(each.sigma, sigma), timesteps=each.timesteps / each.sigma * sigma
        )
        for each in clip
    )
    return video, audio
