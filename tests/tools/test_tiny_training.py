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
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from gpu.tiny.sizes import HIDDEN
from gpu.tiny.trained_sizes import COMPONENT_CHANNELS, LATENT_CHANNELS, PLACE_CHANNELS
from tools.tiny_training.components import Components
from tools.tiny_training.flow import Layout, rotation, scene_of, velocity
from tools.tiny_training.learning import Replayed, Weights
from tools.tiny_training.measures import likeness
from tools.tiny_training.muon import Muon, orthogonal
from tools.tiny_training.scenery import scenery
from tools.tiny_training.state_files import save
from tools.tiny_training.studio import drawn
from tools.tiny_training.train import main
from tools.tiny_training.train_data import Pool, wild_clips
from tools.tiny_training.train_transformer import is_sound, new_transformer
from tools.tiny_training.train_upsampler import new_upsampler
from tools.tiny_training.train_vae import new_autoencoder, similarity, start

CPU = torch.device("cpu")
LAYOUT = Layout(frames=3, height=2, width=3, keys=(2,))


def numbers(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.fixture(scope="module")
def pool() -> Pool:
    """A few canvases of every kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tools.tiny_training.train_data._DRAWN_AT_ONCE", 4)
        return Pool(48, 3, CPU)


@pytest.fixture
def model() -> Any:
    torch.manual_seed(3)
    return new_transformer(CPU)


STEPS = torch.rand(2, LAYOUT.frames + 1, generator=torch.Generator().manual_seed(1))
"""Of two clips, for each latent frame and key frame."""


def velocity_of(model: Any) -> Tensor:
    """Of two clips that share a text."""
    x = numbers(2, LAYOUT.targets + LAYOUT.span, LATENT_CHANNELS)
    with torch.no_grad():
        return velocity(model, x, STEPS, rotation(model, LAYOUT, CPU), numbers(1, 1024, HIDDEN))


def test_training_computes_what_the_pipelines_compute(model: Any) -> None:
    video = Modality(
        latent=numbers(2, LAYOUT.targets + LAYOUT.span, LATENT_CHANNELS),
        sigma=torch.ones(2),
        timesteps=STEPS.repeat_interleave(LAYOUT.span, dim=1).unsqueeze(-1),
        positions=LAYOUT.positions(CPU).expand(2, -1, -1, -1),
        context=numbers(1, 1024, HIDDEN).expand(2, -1, -1),
    )
    with torch.no_grad():
        whole, _ = model(video, None, BatchedPerturbationConfig.empty(2))
    assert torch.allclose(whole, velocity_of(model), atol=1e-4)


@pytest.mark.parametrize("mode", ["first", "keys", "through", "reference", "none"])
def test_a_scene_has_a_token_for_every_place_of_its_layout(mode: str) -> None:
    clean, start, pictures = (numbers(2, LATENT_CHANNELS, 5, 2, 3) + index for index in range(3))
    scene = scene_of(clean, start, pictures, mode, random.Random(1))
    tokens = scene.mask.shape[1] * scene.layout.span
    assert scene.clean.shape[1] == scene.start.shape[1] == tokens == scene.layout.positions(CPU).shape[2]
    assert torch.equal(scene.clean[:, : scene.layout.targets], clean.flatten(2).transpose(1, 2))
    assert bool((scene.mask[:, 0] == 1).all()) == (mode != "first")


@pytest.mark.parametrize("shape", [(3, 24, 60), (3, 60, 24)])
def test_a_step_moves_rare_directions_as_far_as_common_ones(shape: tuple[int, int, int]) -> None:
    matrices = numbers(*shape) * torch.logspace(0, -2, shape[-1])
    before, after = torch.linalg.svdvals(matrices), torch.linalg.svdvals(orthogonal(matrices))
    assert bool((before[:, 0] > 10 * before[:, -1]).all())
    assert bool((after.amin(dim=1) > 0.3).all())
    assert float(after.max()) < 1.3


def test_a_step_descends_by_the_rate() -> None:
    weight = numbers(1, 8, 8)
    before = weight.clone()
    gradient = torch.zeros_like(weight)
    muon = Muon([weight], [gradient])
    for _ in range(50):
        gradient.copy_(2 * weight)
        muon.step(0.01)
    way = weight - before
    assert float((way * before).sum()) < 0
    assert 0.5 < float(way.square().mean().sqrt()) / (50 * 0.01 * 0.2) < 1.5


def test_weights_on_one_vector_learn_and_bear_a_step_that_overflows() -> None:
    torch.manual_seed(4)
    layers = [torch.nn.Linear(8, 8), torch.nn.Linear(8, 8), torch.nn.Linear(8, 4)]
    model = torch.nn.Sequential(*layers).bfloat16()
    named = dict(model.named_parameters())
    matrices = {name: each for name, each in named.items() if each.shape == (8, 8)}
    weights = Weights({name: each for name, each in named.items() if name not in matrices}, matrices)
    given = numbers(64, 8).bfloat16()
    wanted = given[:, :4] * 2

    def learn(scale: Tensor) -> Tensor:
        loss = (model(given) - wanted).float().square().mean()
        (loss * scale).backward()
        weights.step()
        return loss.detach()

    step, before = Replayed(learn, CPU), {name: each.detach().clone() for name, each in named.items()}
    weights.rate.fill_(0.02)
    losses: list[float] = []
    for index in range(60):
        weights.follow.fill_(1.0)
        losses.append(float(step(torch.tensor(float("inf") if index == 30 else 1.0))))
    assert losses[-1] < 0.7 * losses[0]
    assert all(bool((each != before[name]).any()) for name, each in named.items())
    for name, average in weights.averaged().items():
        assert torch.equal(average.bfloat16(), named[name])


def test_components_keep_brightness_first() -> None:
    pictures = [torch.stack([*drawn(6, 128, 128)]) * 2 - 1]
    components = Components(pictures, 48)
    codes = components.codes(pictures[0].unsqueeze(2))
    assert codes.shape == (6, 48, 1, 4, 4)
    spreads = codes.square().mean(dim=(0, 2, 3, 4)).sqrt()
    assert float(spreads[0]) == pytest.approx(3, rel=1e-3)  # at one the optimizer would lose the weak ones
    assert bool((spreads.diff() < 1e-3).all())
    assert float(spreads[-1]) > 1
    left = components.pictures(codes[:, :, 0]) - pictures[0]
    grey = left.mean(dim=1, keepdim=True)
    assert float(grey.square().mean()) < 0.5 * float((left - grey).square().mean())


def test_an_autoencoder_in_closed_form_shows_pictures_and_stands_still(pool: Pool) -> None:
    torch.manual_seed(7)
    encoder, decoder = new_autoencoder(CPU)
    components = start(pool, encoder, decoder, shrink=48)
    picture = wild_clips(pool, 1, 1, 192, 192)
    with torch.no_grad():
        codes = components.codes(picture)
        latents = encoder(picture)[:, PLACE_CHANNELS : PLACE_CHANNELS + COMPONENT_CHANNELS]
        assert float((latents - codes).square().mean()) < 0.7 * float(codes.square().mean())
        assert float(similarity(decoder(encoder(picture))[:, :, 0], picture[:, :, 0])) > 0.3
        clip = decoder(encoder(picture.expand(-1, -1, 9, -1, -1)))
    assert clip.shape == (1, 3, 9, 192, 192)
    assert float((clip[:, :, 1:] - clip[:, :, :-1]).abs().max()) < 1e-3


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


def test_a_transformer_learns_from_latents_and_goes_on_from_its_file(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On clips of two latent positions a side."""
    for user in ("latent_store", "train_upsampler", "train_transformer"):
        monkeypatch.setattr(f"tools.tiny_training.{user}.GRIDS", ((2, 2),))
    monkeypatch.setattr("tools.tiny_training.train_data.Pool", lambda *_: pool)
    torch.manual_seed(8)
    save(new_autoencoder(CPU)[0], tmp_path / "encoder.safetensors")
    options = ["--parts", str(tmp_path), "--out", str(tmp_path), "--minutes", "0.02", "--shrink", "1000"]

    def learned(*more: str) -> dict[str, Tensor]:
        monkeypatch.setattr(sys, "argv", ["train", "transformer", *options, *more])
        assert main() == 0
        return load_file(tmp_path / "transformer.safetensors")

    first, later = learned(), learned("--resume")
    fresh = new_transformer(CPU).state_dict()
    assert set(first) == set(later) == {name for name in fresh if not is_sound(name)}
    assert all(bool(torch.isfinite(each).all()) for each in later.values())
    way = max(float((later[name] - first[name]).abs().max()) for name in first)
    assert 0 < way < 0.1 < max(float((later[name] - fresh[name]).abs().max()) for name in first)


@pytest.mark.parametrize("stage", ["decoder", "steady"])
def test_a_decoder_learns_behind_an_encoder_that_stays(
    stage: str, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(6)
    monkeypatch.setattr("tools.tiny_training.train_data.Pool", lambda *_: pool)
    parts, out = tmp_path / "부품", tmp_path / "out"
    parts.mkdir()
    encoder, decoder = new_autoencoder(CPU)
    save(encoder, parts / "encoder.safetensors")
    save(decoder, parts / "decoder.safetensors")
    options = ["--parts", str(parts), "--out", str(out), "--minutes", "0.0001", "--shrink", "1000"]
    monkeypatch.setattr(sys, "argv", ["train", stage, *options])
    assert main() == 0
    assert [each.name for each in out.iterdir()] == ["decoder.safetensors"]
    before, after = (load_file(each / "decoder.safetensors") for each in (parts, out))
    moved = max(float((after[name] - before[name]).abs().max()) for name in before)
    assert moved > 0.1 if stage == "decoder" else 0 < moved < 0.1
    assert all(bool(torch.isfinite(each).all()) for each in after.values())


def test_the_encoder_reads_no_tap_of_an_earlier_latent() -> None:
    encoder, _ = new_autoencoder(CPU)
    encoder(numbers(1, 3, 9, 64, 64)).square().mean().backward()
    for layer in (encoder.down_blocks[-1].conv.conv, encoder.conv_out.conv):
        for each in (layer.weight, layer.weight.grad):
            assert not each[:, :, :-1].any()
            assert each[:, :, -1].any()


def test_the_upsampler_reads_one_latent_frame() -> None:
    upsampler = new_upsampler(CPU)
    latents = numbers(1, LATENT_CHANNELS, 3, 2, 2)
    other = latents.clone()
    other[:, :, 2] += 1
    weight = upsampler.initial_conv.weight
    upsampler(latents).square().mean().backward()
    assert weight.grad[:, :, 1].any()
    for each in (weight, weight.grad):
        assert not each[:, :, 0].any()
        assert not each[:, :, 2].any()
    seen: list[Tensor] = []
    upsampler.initial_conv.register_forward_hook(lambda *given: seen.append(given[2]))
    for each in (latents, other):
        upsampler(each)
    assert torch.equal(seen[0][:, :, :2], seen[1][:, :, :2])
    assert not torch.equal(seen[0][:, :, 2], seen[1][:, :, 2])
