"""What training shares with the pipelines: the velocity of LTX's own forward pass, models that grow, what is drawn."""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import random
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from ltx_core.guidance.perturbations import BatchedPerturbationConfig
from ltx_core.model.transformer.modality import Modality
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from gpu.tiny.flow import Layout, VideoFlow, scene_of
from gpu.tiny.measures import likeness
from gpu.tiny.muon import Muon, orthogonal
from gpu.tiny.scenery import scenery
from gpu.tiny.sizes import HIDDEN
from gpu.tiny.studio import drawn
from gpu.tiny.train import main, save
from gpu.tiny.train_data import Pool
from gpu.tiny.train_transformer import load_shallower, new_transformer
from gpu.tiny.train_vae import load_decoder, new_autoencoder, refine, similarity
from gpu.tiny.trained_sizes import LATENT_CHANNELS, LAYERS, USED_CHANNELS

CPU = torch.device("cpu")
LAYOUT = Layout(frames=3, height=2, width=3, keys=(2,))


def numbers(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.fixture
def model() -> Any:
    torch.manual_seed(3)
    return new_transformer(CPU)


def velocity(model: Any, layout: Layout = LAYOUT) -> Tensor:
    """Of two clips that share a text."""
    tokens = layout.targets + layout.span * len(layout.keys)
    steps = torch.rand(2, tokens, 1, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return VideoFlow(model).velocity(
            numbers(2, tokens, USED_CHANNELS), steps, layout, numbers(1, 1024, HIDDEN)
        )  # fmt: skip


def test_training_computes_what_the_pipelines_compute(model: Any) -> None:
    tokens = LAYOUT.targets + LAYOUT.span
    noisy = torch.cat([numbers(2, tokens, USED_CHANNELS), 5 * numbers(2, tokens, LATENT_CHANNELS - USED_CHANNELS)], -1)
    video = Modality(
        latent=noisy,
        sigma=torch.ones(2),
        timesteps=torch.rand(2, tokens, 1, generator=torch.Generator().manual_seed(1)),
        positions=LAYOUT.positions(CPU).expand(2, -1, -1, -1),
        context=numbers(1, 1024, HIDDEN).expand(2, -1, -1),
    )
    with torch.no_grad():
        whole, _ = model(video, None, BatchedPerturbationConfig.empty(2))
    assert torch.allclose(whole[..., :USED_CHANNELS], velocity(model), atol=1e-4)
    assert not whole[..., USED_CHANNELS:].any()


def test_a_grown_transformer_begins_as_the_one_it_came_from(model: Any, tmp_path: Path) -> None:
    shallow = new_transformer(CPU)
    shallow.transformer_blocks = shallow.transformer_blocks[: LAYERS - 2]
    save(shallow, tmp_path / "shallow.safetensors")
    load_shallower(model, tmp_path / "shallow.safetensors")
    assert len(model.transformer_blocks) == LAYERS
    assert torch.allclose(velocity(model), velocity(shallow), atol=1e-5)
    save(model, tmp_path / "deep.safetensors")
    again = new_transformer(CPU)
    load_shallower(again, tmp_path / "deep.safetensors")
    assert torch.equal(velocity(again), velocity(model))


@pytest.mark.parametrize("mode", ["first", "keys", "through", "reference", "none"])
def test_a_scene_has_a_token_for_every_place_of_its_layout(mode: str) -> None:
    clean, start, pictures = (numbers(2, USED_CHANNELS, 5, 2, 3) + index for index in range(3))
    scene = scene_of(clean, start, pictures, mode, random.Random(1))
    assert scene.clean.shape[1] == scene.mask.shape[1] == scene.layout.positions(CPU).shape[2]
    assert torch.equal(scene.clean[:, : scene.layout.targets], clean.flatten(2).transpose(1, 2))
    assert bool((scene.mask[:, : scene.layout.span] == 1).all()) == (mode != "first")


@pytest.mark.parametrize("shape", [(3, 24, 60), (3, 60, 24)])
def test_a_step_moves_rare_directions_as_far_as_common_ones(shape: tuple[int, int, int]) -> None:
    matrices = numbers(*shape) * torch.logspace(0, -2, shape[-1])
    before, after = torch.linalg.svdvals(matrices), torch.linalg.svdvals(orthogonal(matrices))
    assert bool((before[:, 0] > 10 * before[:, -1]).all())
    assert bool((after.amin(dim=1) > 0.3).all())
    assert float(after.max()) < 1.3


def test_a_step_descends_by_the_rate_and_leaves_the_rest_alone() -> None:
    weight, other = (torch.nn.Parameter(numbers(8, 8)) for _ in range(2))
    before = weight.detach().clone()
    muon = Muon([weight])
    for _ in range(50):
        (weight.square().sum() + other.sum()).backward()
        muon.step(0.01)
        weight.grad = None
    way = weight.detach() - before
    assert float((way * before).sum()) < 0
    assert 0.5 < float(way.square().mean().sqrt()) / (50 * 0.01 * 0.2) < 1.5
    assert torch.equal(other, numbers(8, 8))


def test_a_grown_decoder_begins_as_the_one_it_came_from(tmp_path: Path) -> None:
    torch.manual_seed(5)
    _, decoder = new_autoencoder(CPU)
    save(decoder, tmp_path / "decoder.safetensors")
    whole = load_file(tmp_path / "decoder.safetensors")
    added = {name for name in whole if "res_blocks." in name and "res_blocks.0." not in name}
    assert added
    save_file({name: each for name, each in whole.items() if name not in added}, tmp_path / "smaller.safetensors")
    idle = {name: torch.zeros_like(each) if name in added and ".conv2." in name else each
            for name, each in whole.items()}  # fmt: skip
    _, grown = new_autoencoder(CPU)
    load_decoder(grown, tmp_path / "smaller.safetensors")
    decoder.load_state_dict(idle)
    latents = functional.pad(numbers(1, USED_CHANNELS, 1, 2, 2), (0, 0, 0, 0, 0, 0, 0, LATENT_CHANNELS - USED_CHANNELS))
    with torch.no_grad():
        assert torch.allclose(grown(latents), decoder(latents), atol=1e-5)


def test_the_similarity_of_training_is_that_of_the_table() -> None:
    for picture in drawn(3, 128, 96):
        soft = functional.avg_pool2d(functional.pad(picture[None], (2, 2, 2, 2), mode="reflect"), 5, stride=1)[0]
        trained_on = similarity(soft[None] * 2 - 1, picture[None] * 2 - 1)
        assert likeness(soft, picture) < 0.97
        assert abs(float(trained_on) - likeness(soft, picture)) < 0.03
        assert float(similarity(picture[None], picture[None])) == pytest.approx(1, abs=1e-4)


def test_scenery_follows_its_seed_and_falls_with_frequency_as_photographs_do() -> None:
    first, again, other = (scenery(2, 128, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert bool(((first >= 0) & (first <= 1)).all())
    pictures = torch.cat([first, other]).mean(dim=1)
    amplitude = torch.fft.fft2(pictures - pictures.mean(dim=(1, 2), keepdim=True)).abs().mean(dim=0)
    axis = torch.fft.fftfreq(128)
    radius = (axis.view(-1, 1) ** 2 + axis**2).sqrt() * 128
    low, high = (amplitude[(radius > at * 0.8) & (radius < at * 1.25)].mean() for at in (5, 40))
    # Amplitude falls about as 1 / frequency in photographs.
    slope = float(torch.log(high / low) / torch.log(torch.tensor(8.0)))
    assert -1.6 < slope < -0.7


def test_the_mean_of_two_decoders_lies_between_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("한쪽", "other"):
        (tmp_path / name).mkdir()
        save(new_autoencoder(CPU)[1], tmp_path / name / "decoder.safetensors")
    folders = ["--parts", str(tmp_path / "한쪽"), "--and", str(tmp_path / "other"), "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["train", "mean", *folders])
    assert main() == 0
    one, other, mean = (
        load_file(tmp_path / folder / "decoder.safetensors")["conv_in.conv.weight"] for folder in ("한쪽", "other", "")
    )
    assert not torch.equal(one, other)
    assert torch.equal(mean, (one + other) / 2)


@pytest.mark.parametrize("both", [False, True])
def test_refining_moves_what_it_should_and_no_spare_channel(both: bool) -> None:
    torch.manual_seed(6)
    encoder, decoder = new_autoencoder(CPU)
    before = {name: each.clone() for name, each in encoder.state_dict().items()}
    pool = Pool(32, 1, CPU)
    encoder, refined = refine(pool, encoder, decoder, 0.01, 0, 1000, both=both)
    changed = [name for name, each in encoder.state_dict().items() if not torch.equal(each, before[name])]
    assert bool(changed) == both
    assert not encoder.conv_out.conv.weight[USED_CHANNELS:].any()
    assert not refined.conv_in.conv.weight[:, USED_CHANNELS:].any()
