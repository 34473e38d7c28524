"""The trained tiny set: the packed weights, the words it knows, and clips that move as asked."""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from gpu.render.ltx_patches import number_format
from gpu.render.pipelines import Renderer
from gpu.tiny import packing
from gpu.tiny.motions import MOTIONS, WORDS, Motion, frame_size, moved
from gpu.tiny.trained import build_trained
from gpu.tiny.trained_sizes import WORD_TOKENS
from tools.tiny_training.measures import decibels, fit, likeness, motion_score, obeys, undone
from tools.tiny_training.obedience import shows
from tools.tiny_training.scenery import scenery
from tools.tiny_training.studio import Studio, drawn
from tools.tiny_training.text_features import TextBank, contexts, load_gemma

DIRECTIONS: tuple[Motion, ...] = ("zoom_in", "zoom_out", "pan_left", "pan_right", "pan_up", "pan_down", "still")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("학습된 세트") / "tiny trained"


@pytest.fixture(scope="module")
def renderer(directory: Path) -> Renderer:
    return Renderer(build_trained(directory), threads=1)


@pytest.fixture(scope="module")
def studio(renderer: Renderer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    yield Studio(renderer, tmp_path_factory.mktemp("pictures"), "tiny-trained")


def ledger(renderer: Renderer) -> Any:
    return renderer.pipeline("DistilledPipeline").model_ledger


def test_weights_stay_under_eight_megabytes() -> None:
    assert packing.WEIGHTS.stat().st_size <= 8_000_000


def test_packing_keeps_values_within_a_step_and_cut_zeros(tmp_path: Path) -> None:
    weight = torch.randn(40, 30, 3, generator=torch.Generator().manual_seed(0))
    weight[32:], weight[:, 25:] = 0, 0
    for name in ("encoder", "decoder", "upsampler", "transformer", "text"):
        save_file({"weight": weight, "bias": weight[0, :, 0].contiguous()}, tmp_path / f"{name}.safetensors")
    packing.pack(tmp_path, tmp_path / "packed.safetensors")
    keys = {key for key in load_file(tmp_path / "packed.safetensors") if "|" not in key}
    found = packing.unpack({key: weight.shape if key.endswith("weight") else torch.Size([30]) for key in keys},
                           tmp_path / "packed.safetensors")  # fmt: skip
    step = weight.flatten(1).abs().amax(dim=1).view(-1, 1, 1) / 127
    assert bool(((found["vae.encoder.weight"].float() - weight).abs() <= step * 1.1 + weight.abs() / 128).all())
    assert torch.equal(found["vae.encoder.weight"][32:], torch.zeros(8, 30, 3, dtype=torch.bfloat16))


@pytest.mark.parametrize(("cut", "taps"), [([0], 2), ([0, 2], 1)])
def test_packing_keeps_small_weights_beside_one_that_passes_a_channel_on(
    cut: list[int], taps: int, tmp_path: Path
) -> None:
    """A blend of two frames that training refined: rounded by the row's largest weight, every second frame differed."""
    weight = torch.randn(8, 32, 3, 3, 3, generator=torch.Generator().manual_seed(0)) * 1e-3
    weight[torch.arange(8), torch.arange(8), 1, 1, 1] = 1.0
    weight[:, :, cut] = 0
    for name in ("encoder", "decoder", "upsampler", "transformer", "text"):
        save_file({"weight": weight}, tmp_path / f"{name}.safetensors")
    packing.pack(tmp_path, tmp_path / "packed.safetensors")
    stored = load_file(tmp_path / "packed.safetensors")
    assert stored["vae.encoder.weight"].shape == (8, 32, taps, 3, 3)
    keys = {key: weight.shape for key in stored if "|" not in key}
    found = packing.unpack(keys, tmp_path / "packed.safetensors")["vae.encoder.weight"].float()
    assert float((found - weight).abs().max()) < 1e-4
    assert not found[:, :, cut].any()
    # Rounding does not shift what a constant input gives.
    assert float((found - weight).sum(dim=(1, 2, 3, 4)).abs().max()) < 2e-4


def test_a_set_is_built_once(directory: Path, renderer: Renderer) -> None:
    before = renderer.files.checkpoint.stat().st_mtime_ns
    assert build_trained(directory).checkpoint.stat().st_mtime_ns == before


def test_the_text_encoder_has_the_same_bytes_on_every_machine(renderer: Renderer) -> None:
    """Its directions come from LAPACK, whose last digits follow the CPU: an AMD and an Intel machine once disagreed."""
    weights = (renderer.files.gemma_root / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == "8489544bcd6e31094702b1df243f04bd42f897f993fb248b45e8c09f9262975d"


def test_frames_do_not_follow_the_instructions_that_a_cpu_has() -> None:
    """The command sets the instruction set itself, whatever the machine would choose."""

    def printed(**environment: str) -> str:
        program = [sys.executable, "-X", "utf8", "-m", "tools.tiny_training", "--hash"]
        done = subprocess.run(
            program, check=True, capture_output=True, env=os.environ | environment, encoding="utf-8", errors="replace"
        )
        return done.stdout.strip()

    found = printed()
    assert len(found) == 64
    assert printed(ATEN_CPU_CAPABILITY="default", ONEDNN_MAX_CPU_ISA="SSE41") == found


def ltx_s_gemma(renderer: Renderer) -> Any:
    """The text encoder that the training uses, with the tokenizer of transformers."""
    return load_gemma(renderer.files.gemma_root, torch.device("cpu")).to(number_format())


def test_words_that_ask_for_the_same_are_one_direction(renderer: Renderer) -> None:
    gemma = ltx_s_gemma(renderer)
    tokenizer = gemma.tokenizer.tokenizer
    embedding = gemma.model.model.language_model.embed_tokens.weight.float()
    asked = {motion: {tuple(embedding[tokenizer(f"x {word} ").input_ids].tolist()[-2]) for word in words}
             for motion, words in WORDS.items() if words}  # fmt: skip
    assert all(len(rows) == 1 for rows in asked.values())
    assert len({next(iter(rows)) for rows in asked.values()}) == len(asked) == len(MOTIONS) - 1


def test_a_word_is_found_in_a_sentence_and_not_in_another_word(renderer: Renderer) -> None:
    tokenizer = ltx_s_gemma(renderer).tokenizer.tokenizer
    first = tokenizer.get_vocab()["zoom in"]

    def asked(text: str) -> set[str]:
        ids = tokenizer(text).input_ids
        return {
            WORD_TOKENS[index - first + NUMBER["zoom in"]][0] for index in ids if index >= first - NUMBER["zoom in"]
        }

    assert asked("카메라가 천천히 줌 인 합니다") == {"줌 인"}
    assert asked("Slowly ZOOM IN on her face") == {"zoom in"}
    assert asked("a window") == set()
    assert asked("바람에 머리카락이 흩날린다") == {"바람", "흩날"}


NUMBER = {word: number for number, (word, _) in enumerate(WORD_TOKENS)}


def test_a_batch_of_texts_is_encoded_as_ltx_encodes_each(renderer: Renderer) -> None:
    texts = ["줌 인", "the camera pans left over a quiet lake", "worst quality, blurry"]
    with torch.inference_mode():
        gemma, processor = ltx_s_gemma(renderer), ledger(renderer).embeddings_processor()
        bank = TextBank(gemma, texts)
        batched = contexts(processor, bank.states, bank.lengths)
        for row, text in enumerate(texts):
            states, mask = gemma.encode(text)
            alone = processor.process_hidden_states(states, mask).video_encoding[0]
            assert decibels(batched[row].float(), alone.float()) > 30


def test_the_autoencoder_keeps_a_drawing(renderer: Renderer) -> None:
    encoder, decoder = ledger(renderer).video_encoder(), ledger(renderer).video_decoder()
    (picture,) = drawn(1, 192, 192)
    with torch.inference_mode():
        latents = encoder((picture[None, :, None] * 2 - 1).to(number_format()))
        back = decoder(latents).float()[0, :, 0].add(1).div(2).clamp(0, 1)
    assert decibels(back, picture) > 24


@pytest.mark.parametrize(("text", "motion"), [("줌 인", "zoom_in"), ("pan left", "pan_left"), ("가만히", "still")])
def test_a_clip_shows_the_picture_and_moves_as_asked(studio: Studio, text: str, motion: Motion) -> None:
    (picture,) = drawn(1, 320, 192)
    clip = studio.clip("fast", text, [(picture, 0)])
    assert likeness(clip[:, 0], picture) > 0.7
    assert obeys(motion, fit(clip[:, 0], clip[:, -1]), frame_size(320, 192))


def test_the_first_frame_keeps_detail_such_as_photographs_have(studio: Studio) -> None:
    """64 components of a patch kept 0.55 of this one."""
    picture = scenery(1, 320, torch.Generator().manual_seed(20261124))[0][:, :, 64:256]
    for strength in (1.0, 0.85):
        clip = studio.clip("fast", "zoom in", [(picture, 0)], strength=strength)
        assert likeness(clip[:, 0], picture) > 0.7


def test_keyframes_begin_and_end_where_asked(studio: Studio) -> None:
    first, last = drawn(2, 256, 256)
    clip = studio.clip("keyframes", "", [(first, 0), (last, 16)], frames=17)
    assert decibels(clip[:, 0], first) > decibels(clip[:, 0], last) + 3
    assert decibels(clip[:, -1], last) > decibels(clip[:, -1], first) + 3


def test_a_restyled_clip_keeps_its_source_and_its_motion(studio: Studio) -> None:
    picture, other = drawn(2, 320, 192)
    source = studio.clip("fast", "pan left", [(picture, 0)])
    again = studio.clip("restyle", "pan left", [], source=source)
    for frame in (0, 16, 32):
        assert likeness(again[:, frame], source[:, frame]) > 0.65
        assert likeness(again[:, frame], other) < 0.6
    assert shows("pan_left", again, picture)


def test_still_is_stiller_than_a_zoom_and_strength_holds_the_picture(studio: Studio) -> None:
    (picture,) = drawn(1, 320, 192)
    scores = [motion_score(studio.clip("fast", text, [(picture, 0)])) for text in ("zoom in", "hold still")]
    assert scores[0] > 3 * scores[1]
    loose, firm = (studio.clip("fast", "still", [(picture, 0)], strength=each)[:, 0] for each in (0.5, 1.0))
    assert decibels(firm, picture) > decibels(loose, picture)


def test_the_sound_is_silence(renderer: Renderer) -> None:
    decoder, vocoder = ledger(renderer).audio_decoder(), ledger(renderer).vocoder()
    with torch.inference_mode():
        wave = vocoder(decoder(torch.randn(1, 8, 20, 16, dtype=number_format())))
    assert float(wave.abs().max()) == 0.0


@pytest.mark.parametrize("motion", DIRECTIONS)
def test_motion_is_measured_and_undone(motion: Motion) -> None:
    _, picture = drawn(2, 192, 192)
    clip = moved(picture[None], 33, motion)[0]
    assert obeys(motion, fit(clip[:, 0], clip[:, -1]), frame_size(192, 192))
    others: list[Motion] = [other for other in DIRECTIONS if other != motion]
    assert not any(obeys(other, fit(clip[:, 0], clip[:, -1]), frame_size(192, 192)) for other in others)
    back, view = undone(clip[:, -1], motion, 32)
    assert likeness(back * view, picture * view) > 0.9
    assert (motion_score(clip) == 0) == (motion == "still")
