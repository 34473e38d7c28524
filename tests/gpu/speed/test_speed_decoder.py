"""The quick picture decoder beside the stock one: the same pictures where it knows the shape, untouched elsewhere."""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import copy
from typing import Any

import pytest
import torch
from ltx_core.model.video_vae import TemporalTilingConfig, TilingConfig, VideoDecoderConfigurator, decode_video
from torch import Tensor

from gpu.core.problems import JobCanceled
from gpu.render.pipelines import Renderer
from gpu.speed.decoder import quicken
from gpu.speed.pixels import opened, padded
from tools.measure import real_size, released

LATENT = (1, 128, 4, 3, 5)


def decoder(**changes: Any) -> Any:
    """The released shape with fewer blocks and channels, filled with noise."""
    config = released.checkpoint()
    res, up = ["res_x", {"num_layers": 2}], ["compress_all", {"residual": True, "multiplier": 2}]
    config["vae"] |= {"decoder_base_channels": 8, "decoder_blocks": [res, up, res, up, res, up, res]} | changes
    made: Any = VideoDecoderConfigurator.from_config(config)  # pyright: ignore[reportAttributeAccessIssue]
    real_size.stir([made])
    return made.eval()


def latent(dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(LATENT, generator=torch.Generator().manual_seed(2), dtype=torch.float32).to(dtype)


def error(ours: Tensor, exact: Tensor) -> float:
    return ((ours.float() - exact.float()).norm() / exact.float().norm()).item()


NEWER: dict[str, Any] = {
    "spatial_padding_mode": "zeros",
    "decoder_blocks": [
        ["res_x", {"num_layers": 1}], ["compress_space", {"multiplier": 2}], ["res_x", {"num_layers": 2}],
        ["compress_time", {"multiplier": 2}], ["res_x", {"num_layers": 1}], ["compress_all", {"multiplier": 1}],
        ["res_x", {"num_layers": 1}], ["compress_all", {"multiplier": 2}], ["res_x", {"num_layers": 1}],
    ],
}  # fmt: skip
"""The shape of LTX-2.3's, with fewer blocks."""


@pytest.fixture(scope="module", params=[{}, NEWER], ids=["LTX-2", "LTX-2.3"])
def stock(request: pytest.FixtureRequest) -> Any:
    return decoder(**request.param)


@torch.inference_mode()
def test_in_float32_the_pictures_are_the_stock_decoder_s(stock: Any) -> None:
    ours = copy.deepcopy(stock)
    assert quicken(ours)
    pictures, known = ours(latent()), stock(latent())
    assert pictures.shape == known.shape == (1, 3, 25, 96, 160)
    assert known.std() > 0.005
    assert error(pictures, known) < 1e-5


@torch.inference_mode()
def test_in_bf16_it_is_as_near_to_float32_as_the_stock_decoder(stock: Any) -> None:
    exact = stock(latent(torch.bfloat16).float())
    plain = copy.deepcopy(stock).to(torch.bfloat16)
    ours = copy.deepcopy(plain)
    assert quicken(ours)
    assert 0 < error(ours(latent(torch.bfloat16)), exact) < 1.1 * error(plain(latent(torch.bfloat16)), exact)


@torch.inference_mode()
def test_tiles_are_cut_and_blended_as_before(stock: Any) -> None:
    ours = copy.deepcopy(stock)
    quicken(ours)
    for cut in (TilingConfig(temporal_config=TemporalTilingConfig(16, 8)), TilingConfig.default(), None):
        frames, known = (torch.cat(list(decode_video(latent(), each, cut))) for each in (ours, stock))
        assert frames.shape == (25, 96, 160, 3)
        assert (frames.int() - known.int()).abs().max() <= 1


@torch.inference_mode()
def test_it_asks_before_each_part_and_stops_when_told(stock: Any) -> None:
    asked = 0

    def stopping() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise JobCanceled("Enough.")

    ours = copy.deepcopy(stock)
    quicken(ours, stopping)
    with pytest.raises(JobCanceled):
        ours(latent())
    assert asked == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"causal_decoder": True},
        {"timestep_conditioning": True},
        {"norm_layer": "group_norm", "decoder_base_channels": 32},
        {"spatial_padding_mode": "replicate"},
        {"decoder_base_channels": 12},
        {"decoder_blocks": [["res_x", {"num_layers": 1, "inject_noise": True}]]},
    ],
    ids=lambda changes: next(iter(changes)),
)
@torch.inference_mode()
def test_a_decoder_of_another_shape_stays_as_it_is(changes: dict[str, Any]) -> None:
    other = decoder(**changes)
    before = {name: tensor.clone() for name, tensor in other.state_dict().items()}
    assert not quicken(other)
    assert "forward" not in vars(other)
    assert all(torch.equal(tensor, before[name]) for name, tensor in other.state_dict().items())


def test_a_renderer_without_a_card_keeps_the_stock_decoder(renderer: Renderer) -> None:
    ledger = renderer.pipeline("TI2VidTwoStagesPipeline").stage_2_model_ledger
    assert "forward" not in vars(ledger.video_decoder())


def test_a_card_s_renderer_decodes_the_same_clip_quickly(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = renderer.pipeline("TI2VidTwoStagesPipeline").stage_2_model_ledger
    monkeypatch.setattr(renderer.models, "built", {})
    monkeypatch.setattr(renderer.models, "quick_decoder", True)
    assert "forward" in vars(ledger.video_decoder())


def test_around_the_picture_lie_its_mirror_and_its_first_and_last_frame() -> None:
    raw = torch.arange(2 * 3 * 4, dtype=torch.float32).view(2, 3, 4, 1)
    out, whole = padded(raw, torch.tensor([100.0]), raw, keep=True)
    assert torch.equal(whole, 2 * raw + 100)
    assert torch.equal(out[1:-1, 1:-1, 1:-1], whole)
    assert torch.equal(out[0], out[1])
    assert torch.equal(out[-1], out[-2])
    assert torch.equal(out[:, 0], out[:, 2])
    assert torch.equal(out[:, :, -1], out[:, :, -3])


def test_around_a_picture_of_the_newer_decoder_lies_nothing() -> None:
    raw = torch.ones(2, 3, 4, 1)
    out, _ = padded(raw, mirrored=False)
    assert out[:, 1:-1, 1:-1].eq(1).all()
    assert out.sum() == 4 * 3 * 4


def test_a_place_opens_into_two_frames_two_rows_and_two_columns() -> None:
    raw = torch.zeros(1, 1, 1, 16)
    raw[..., ::2] = torch.arange(8.0)  # the first channel of each part
    first = opened(raw, torch.zeros(16), torch.zeros(1, 1, 1, 8))
    assert first.shape == (1, 2, 2, 2)
    assert first[0, :, :, 0].tolist() == [[4.0, 5.0], [6.0, 7.0]]  # the earlier frame falls away
    whole = torch.arange(8.0).view(1, 1, 1, 8)
    assert torch.equal(opened(torch.zeros(1, 1, 1, 16), torch.zeros(16), whole)[..., 1], first[..., 0])
