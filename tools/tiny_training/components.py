"""A first autoencoder in closed form: principal components of pictures, written into LTX's encoder and decoder.

`Components` are those of 32 x 32 pixel patches, brightness weighted above colour as in every picture codec. Both halves
begin as nearly linear maps: the encoder's blocks pass on the leading directions of pictures made of these components,
the decoder's layers predict each finer level from the coarser one and its neighbours, and the last layer of each is
fitted by least squares through its norm. Training continues from there.

Does not know optimizers or latent statistics.
"""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable, Sequence
from typing import Any

import torch
from ltx_core.model.video_vae.ops import patchify
from ltx_core.model.video_vae.sampling import DepthToSpaceUpsample
from torch import Tensor, nn
from torch.nn import functional

PATCH = 32
_CHROMA = 0.3
"""Weight of the two colour axes relative to brightness: faces keep their tints, and detail is mostly brightness."""
_PADDING = "reflect"
"""LTX's padding of the decoder's convolutions in space; it pads the encoder's with zeros."""
_STRONGEST, _FALL = 3.0, 0.2
"""The spread of the strongest component's codes, and the power of their strength by which the others' spreads fall."""
_FINEST = 4
"""Pixels along a side of a patch at the decoder's end."""
CONSTANTS = 2
_CONSTANT = 40.0
"""Constant channels before the decoder's last norm, and their value, where the others have a spread of one."""
_OFFSET = 12.0
"""Constant part of the encoder's last norm's input, in spreads of the rest: it keeps that norm nearly linear."""
_EVENED = 0.3
"""How far the channels' spreads are equalised: 0 not at all, 1 fully."""
_RIDGE = 1e-4
_DIFFERENCES = 16
"""Channels of the encoder's last block that begin as the change within a latent frame."""
_ROWS = 120_000


class Components:
    """The leading `count` principal components of patches of `pictures` [n, 3, height, width] in -1..1, each batch."""

    @torch.no_grad()
    def __init__(self, pictures: Sequence[Tensor], count: int) -> None:
        rows = torch.cat([_rows(_patches(each)) for each in pictures]).double()
        device = rows.device
        luma = torch.tensor([0.299, 0.587, 0.114]) * 3**0.5
        red = torch.tensor([0.5, -0.5, 0.0]) * 2**0.5 * _CHROMA
        blue = torch.tensor([-0.25, -0.25, 0.5]) * 2**0.5 * _CHROMA
        colours = torch.stack([luma, red, blue]).double().to(device)
        self.mean = rows.mean(0)
        seen = _recoloured(rows - self.mean, colours)
        values, vectors = torch.linalg.eigh(seen.T @ seen / len(seen))
        kept = slice(-count, None)
        vectors, strengths = vectors[:, kept].flip(1), values[kept].flip(0).sqrt()
        ratios = (strengths / (_STRONGEST * (strengths / strengths[0]) ** _FALL)).unsqueeze(1)
        self.basis = (_recoloured(vectors.T, colours.T) / ratios).T.float()
        self.back = (_recoloured(vectors.T, torch.linalg.inv(colours)) * ratios).float()
        self.mean = self.mean.float()

    def codes(self, clips: Tensor) -> Tensor:
        """Of every eighth frame, [n, count, latent frames, height / 32, width / 32].

        Their spreads are 3 to about 1.25. An optimizer moves every weight by about its rate, however small the weight
        is: with a spread of one, training loses the weaker components within minutes.
        """
        frames = clips[:, :, ::8].transpose(1, 2)
        patches = _patches(frames.flatten(0, 1)) - self.mean.view(1, -1, 1, 1)
        codes = torch.einsum("nphw,pk->nkhw", patches, self.basis)
        return codes.unflatten(0, frames.shape[:2]).transpose(1, 2)

    def pictures(self, codes: Tensor) -> Tensor:
        """The pictures [n, 3, 32 h, 32 w] for codes [n, count, h, w]."""
        patches = torch.einsum("nkhw,kp->nphw", codes, self.back) + self.mean.view(1, -1, 1, 1)
        return functional.pixel_shuffle(patches, PATCH)


def _patches(pictures: Tensor) -> Tensor:
    """[n, 3, height, width] -> [n, 3072, height / 32, width / 32]."""
    return functional.pixel_unshuffle(pictures, PATCH)


def _rows(grid: Tensor) -> Tensor:
    """[n, c, h, w] -> [n h w, c]."""
    return grid.permute(0, 2, 3, 1).flatten(0, 2)


def _recoloured(rows: Tensor, matrix: Tensor) -> Tensor:
    """Applies a 3 x 3 `matrix` to the colours of rows [n, 3 x 1024]."""
    return torch.einsum("ij,njp->nip", matrix, rows.unflatten(1, (3, -1))).flatten(1)


def _captured(module: nn.Module, run: Callable[[], Any]) -> Tensor:
    """The inputs of `module` during `run`."""
    seen: list[Tensor] = []
    hook = module.register_forward_pre_hook(lambda _, taken: seen.append(taken[0]))
    run()
    hook.remove()
    return seen[0]


def _leading(plain: Tensor, rows: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Mean [c] of `rows` [n, c] and the `count` leading directions [c, count] of `plain`; zeros where c is less.

    Their projections of `rows` get more equal spreads (`_EVENED`) and unit size on average: an optimizer moves all
    weights by equal amounts, and weak directions would be lost first.
    """
    plain, rows = plain.double(), rows.double()
    mean = rows.mean(0)
    _, vectors = torch.linalg.eigh((plain - plain.mean(0)).T @ (plain - plain.mean(0)) / len(plain))
    vectors = vectors.flip(1)[:, :count]
    spreads = ((rows - mean) @ vectors).square().mean(0).sqrt()
    spreads = spreads.clamp(min=1e-3 * float(spreads.max()))
    vectors = vectors * spreads**-_EVENED / (spreads ** (1 - _EVENED)).square().mean().sqrt()
    return mean, functional.pad(vectors, (0, count - vectors.shape[1]))


def _around(grid: Tensor, mode: str) -> Tensor:
    """Each position's 3 x 3 neighbourhood, [n, c, h, w] -> [n h w, c x 9]."""
    padded = functional.pad(grid, (1, 1, 1, 1), mode="constant" if mode == "zeros" else mode)
    return functional.unfold(padded, 3).transpose(1, 2).flatten(0, 1)


def _fitted(taken: Tensor, wanted: Tensor) -> Tensor:
    """Least squares with a little ridge, [columns + 1, wanted's columns]: the last row is the constant part."""
    some = torch.randperm(len(taken), device=taken.device)[:_ROWS]
    a, b = taken[some].double(), wanted[some].double()
    mean_a, mean_b = a.mean(0), b.mean(0)
    a, b = a - mean_a, b - mean_b
    square = a.T @ a
    damping = _RIDGE * square.diagonal().mean() * torch.eye(len(square), device=a.device, dtype=a.dtype)
    slopes = torch.linalg.solve(square + damping, a.T @ b)
    return torch.cat([slopes, (mean_b - mean_a @ slopes).unsqueeze(0)]).float()


def _write(conv: nn.Conv3d, tap: int, fitted: Tensor) -> None:
    """Writes a result of `_fitted` to one time tap of a 3 x 3 x 3 convolution."""
    channels = conv.weight.shape[1]
    conv.weight[:, :, tap] = fitted[:-1].T.reshape(-1, channels, 3, 3)
    assert conv.bias is not None
    conv.bias.copy_(fitted[-1])


@torch.no_grad()
def start_encoder(encoder: Any, components: Components, clips: Sequence[Tensor], first: int) -> None:
    """Fills `encoder` so that channels from `first` on hold the components of every eighth frame of a clip, and the
    last channels by how much the leading ones of four frames earlier differed. Others begin at zero.

    `clips`: batches [n, 3, frames, height, width], single pictures among them. The blocks are those of
    `trained_sizes.video_vae`. Each adds means of its input to what its convolution gives, folded; features
    stand where these means fall on the earlier of two frames, which nothing reads at first, or are cancelled.
    """
    pictures = [each for each in clips if each.shape[2] == 1]
    plain = [components.pictures(components.codes(each)[:, :, 0]).unsqueeze(2) for each in pictures]
    both, time, again, space = encoder.down_blocks
    assert [block.stride for block in encoder.down_blocks] == [(2, 2, 2), (2, 1, 1), (2, 2, 2), (1, 2, 2)]
    for module in (encoder.conv_in, *(block.conv for block in encoder.down_blocks), encoder.conv_out):
        module.conv.weight.zero_()
        module.conv.bias.zero_()

    def fill(module: Any, taken: Tensor, given: Tensor) -> None:
        """Lets `module` give the leading directions of its input channels `taken` as its channels `given`."""
        seen, seen_of_plain = (
            torch.cat([_rows(_captured(module, lambda one=each: encoder(one))[:, taken, -1]) for each in some])
            for some in (pictures, plain)
        )
        mean, directions = _leading(seen_of_plain, seen, len(given))
        module.conv.weight[given.unsqueeze(1), taken, -1, 1, 1] = directions.T.float()
        module.conv.bias[given] = -(mean @ directions).float()

    channels = torch.arange(encoder.conv_in.conv.out_channels, device=clips[0].device)
    held = channels[channels % 8 < 4][: both.conv.conv.out_channels]  # their means fall on earlier frames
    fill(encoder.conv_in, torch.arange(encoder.conv_in.conv.in_channels, device=held.device), held)
    fill(both.conv, held, channels[: len(held)])
    even = channels[: time.conv.conv.out_channels : 2]
    fill(time.conv, channels[channels % 8 >= 4], even)
    time.conv.conv.weight[even, 2 * even + 1, -2:, 1, 1] -= 0.5  # cancels the mean of two frames
    fill(again.conv, 2 * even + 1, channels[: again.conv.conv.out_channels])
    folded = torch.arange(8 * again.conv.conv.out_channels, device=held.device)
    later, earlier = folded[folded // 4 % 2 == 1], folded[folded // 4 % 2 == 0]
    given = channels[: space.conv.conv.out_channels].view(-1, 2).T.flatten()
    fill(space.conv, later, given[:-_DIFFERENCES])
    fill(space.conv, later, given[-_DIFFERENCES:])
    changes = given[-_DIFFERENCES:].unsqueeze(1)
    space.conv.conv.weight[changes, earlier, -1, 1, 1] = -space.conv.conv.weight[changes, later, -1, 1, 1]

    space.conv.conv.bias.add_(_OFFSET)
    free = encoder.latent_channels - first - components.basis.shape[1]
    taken, wanted = [], []
    for each in clips:
        seen, codes = _captured(encoder.conv_out, lambda one=each: encoder(one)), components.codes(each)
        for frame in range(seen.shape[2]):
            taken.append(_around(seen[:, :, frame], "zeros"))
            before = components.codes(each[:, :, max(0, 8 * frame - 4) :])[:, :, 0]
            change = (before - codes[:, :, frame])[:, :free]
            wanted.append(_rows(torch.cat([codes[:, :, frame], change], dim=1)))
    fitted = _fitted(torch.cat(taken), torch.cat(wanted))
    rows = slice(first, first + fitted.shape[1])
    weight = encoder.conv_out.conv.weight
    weight[rows, :, -1] = fitted[:-1].T.reshape(-1, weight.shape[1], 3, 3)
    encoder.conv_out.conv.bias[rows] = fitted[-1]


@torch.no_grad()
def start_decoder(decoder: Any, encoder: Any, pictures: Sequence[Tensor]) -> None:
    """Fills `decoder` so that it inverts `encoder` on pictures; frames between are blends.

    `pictures`: batches [n, 3, height, width] in -1..1. Both halves have the same statistics. Two channels become a
    constant before the last norm, far larger than the rest, which leaves that norm and SiLU nearly linear for the rest.
    """
    latents = [encoder(each.unsqueeze(2)) for each in pictures]
    decoder.conv_in.conv.weight.zero_()
    decoder.conv_in.conv.bias.zero_()
    statistics = decoder.per_channel_statistics
    means, spreads = (statistics.get_buffer(name) for name in ("mean-of-means", "std-of-means"))
    for channel in range(len(spreads)):
        decoder.conv_in.conv.weight[channel, channel, 1, 1, 1] = 1 / spreads[channel]
    decoder.conv_in.conv.bias.copy_(-means / spreads)
    hidden = [_captured(decoder.up_blocks[0], lambda one=each: decoder(one))[:, :, 0] for each in latents]
    side = PATCH
    for block in decoder.up_blocks:
        if not isinstance(block, DepthToSpaceUpsample):
            for layer in block.res_blocks:
                layer.conv2.conv.weight.zero_()
                layer.conv2.conv.bias.zero_()
            continue
        conv: Any = block.conv
        if block.stride[0] == 2:
            _blend(conv.conv)
        else:
            side //= 2
            hidden = _refine(conv.conv, hidden, pictures, side, side == _FINEST)
    last = decoder.up_blocks[-1].res_blocks[-1].conv2.conv
    last.bias[-CONSTANTS:] = _CONSTANT
    seen = [_captured(decoder.conv_out, lambda one=each: decoder(one))[:, :, 0] for each in latents]
    for each in seen:
        each[:, -CONSTANTS:] = 0  # nor does what follows read them
    decoder.conv_out.conv.weight.zero_()
    wanted = torch.cat([_rows(patchify(each, _FINEST)) for each in pictures])
    _write(decoder.conv_out.conv, 1, _fitted(torch.cat([_around(each, _PADDING) for each in seen]), wanted))


def _blend(conv: nn.Conv3d) -> None:
    """Of the two frames that one becomes, the second is at its time, the first half-way from the one before."""
    conv.weight.zero_()
    assert conv.bias is not None
    conv.bias.zero_()
    for channel in range(conv.weight.shape[1]):
        conv.weight[2 * channel, channel, :2, 1, 1] = 0.5
        conv.weight[2 * channel + 1, channel, 1, 1, 1] = 1.0


def _refine(
    conv: nn.Conv3d, hidden: list[Tensor], pictures: Sequence[Tensor], side: int, is_last: bool
) -> list[Tensor]:
    """Fits one doubling in space: patches of `side` pixels, in their leading directions, from the coarser level's
    `hidden` features. Returns the finer ones, [n, channels, 2h, 2w]."""
    channels = conv.out_channels // 4
    kept = channels - CONSTANTS if is_last else channels
    rows = torch.cat([_rows(functional.pixel_unshuffle(each, side)) for each in pictures])
    mean, directions = _leading(rows, rows, kept)

    def features(picture: Tensor) -> Tensor:
        patches = functional.pixel_unshuffle(picture, side) - mean.float().view(1, -1, 1, 1)
        found = torch.einsum("nphw,pk->nkhw", patches, directions.float())
        return functional.pad(found, (0, 0, 0, 0, 0, channels - kept))

    wanted = torch.cat([_rows(functional.pixel_unshuffle(features(each), 2)) for each in pictures])
    around = [_around(each, _PADDING) for each in hidden]
    fitted = _fitted(torch.cat(around), wanted)
    conv.weight.zero_()
    _write(conv, 1, fitted)
    finer: list[Tensor] = []
    for each, rows in zip(hidden, around, strict=True):
        count, _, height, width = each.shape
        made = (rows @ fitted[:-1] + fitted[-1]).view(count, height, width, -1).permute(0, 3, 1, 2)
        finer.append(functional.pixel_shuffle(made, 2))
    return finer
