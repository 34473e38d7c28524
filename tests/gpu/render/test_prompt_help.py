"""A prompt written anew by the tiny set's Gemma, against LTX's own way; and what that leaves of the models."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import inspect
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from gpu.core.problems import JobCanceled, OutOfGpuMemory, RenderFailed
from gpu.core.prompt_help import MOST_TOKENS, PICTURE_SIDE, PROMPT_HELP
from gpu.core.render_job import NOBODY, Follower, Rendered, Wording
from gpu.render import prompt_help
from gpu.render.ltx_patches import allow_cpu
from gpu.render.model_files import ModelFiles
from gpu.render.pipelines import Renderer, stock_pipeline
from gpu.render.without_transformers import with_transformers

RenderClip = Callable[..., Rendered]

KOREAN = Wording("바람에 머리카락이 흔들려요", None, seed=3, most_tokens=12)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    Image.radial_gradient("L").convert("RGB").resize((96, 160)).save(path)
    return path


@pytest.fixture(scope="module")
def stock(tiny_files: ModelFiles) -> Any:
    """LTX's own encoder, with weights of its own."""
    allow_cpu()
    with_transformers()
    return stock_pipeline("TI2VidTwoStagesPipeline", tiny_files).stage_1_model_ledger.text_encoder()


def test_the_words_are_those_of_the_sdk(renderer: Renderer, stock: Any, picture: Path) -> None:
    for wording in (KOREAN, replace(KOREAN, picture=picture)):
        assert renderer.word(wording, NOBODY).text == prompt_help.enhanced(stock, wording)


def test_one_seed_gives_one_text_and_another_another(renderer: Renderer) -> None:
    first = renderer.word(KOREAN, NOBODY).text
    assert renderer.word(KOREAN, NOBODY).text == first
    assert renderer.word(replace(KOREAN, seed=4), NOBODY).text != first
    assert renderer.word(replace(KOREAN, prompt="A calm sea"), NOBODY).text != first


def test_gemma_is_given_the_picture(renderer: Renderer, picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[torch.Tensor] = []
    stock = prompt_help.enhanced

    def watched(encoder: Any, wording: Wording) -> str:
        tower = encoder.model.model.model.vision_tower
        tower.register_forward_pre_hook(
            lambda _, values, named: given.append(named.get("pixel_values", *values)), with_kwargs=True
        )
        return stock(encoder, wording)

    monkeypatch.setattr(prompt_help, "enhanced", watched)
    renderer.word(KOREAN, NOBODY)
    assert given == []
    seen = renderer.word(replace(KOREAN, picture=picture), NOBODY).text
    Image.new("RGB", (96, 160), (10, 200, 90)).save(picture)
    other = renderer.word(replace(KOREAN, picture=picture), NOBODY).text
    assert len(given) == 2
    assert not torch.equal(*given)
    assert seen != other


def test_a_picture_is_handed_over_whole(picture: Path) -> None:
    assert tuple(prompt_help.pixels_of(picture).shape) == (PICTURE_SIDE, int(PICTURE_SIDE * 96 / 160), 3)


def test_the_limit_is_within_the_sdks_and_holds_its_own_example(stock: Any) -> None:
    for method in (stock.enhance_t2v, stock.enhance_i2v):
        assert inspect.signature(method).parameters["max_new_tokens"].default >= MOST_TOKENS
    shown = stock.default_gemma_t2v_system_prompt.rpartition("Output:\n")[2]
    assert 100 < len(shown.split()) < MOST_TOKENS / 1.4  # tokens of English for a word


def test_a_clip_after_it_is_the_clip_before_it(renderer: Renderer, render: RenderClip) -> None:
    before = render().frames_hash
    built = set(renderer.models.built)
    torch.manual_seed(11)
    renderer.word(KOREAN, NOBODY)
    following = torch.rand(4)
    torch.manual_seed(11)
    assert torch.equal(torch.rand(4), following)
    assert render().frames_hash == before
    assert set(renderer.models.built) == built  # the picture tower is gone
    assert PROMPT_HELP in renderer.loaded_presets()


def test_it_shares_the_weights_of_the_pipelines(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    places: dict[str, int] = {}

    def kept(encoder: Any, wording: Wording) -> str:
        del wording
        places.update({name: weight.data_ptr() for name, weight in encoder.model.named_parameters()})
        return "written"

    monkeypatch.setattr(prompt_help, "enhanced", kept)
    assert renderer.word(KOREAN, NOBODY).text == "written"
    gemma = renderer.pipeline("TI2VidTwoStagesPipeline").stage_1_model_ledger.gemma()
    for name, weight in gemma.named_parameters():
        assert places[f"model.model.language_model.{name}"] == weight.data_ptr()
    assert places["model.lm_head.weight"] == gemma.embed_tokens.weight.data_ptr()


def test_it_stops_at_the_next_token(renderer: Renderer) -> None:
    asked = threading.Semaphore(3)
    with pytest.raises(JobCanceled):
        renderer.word(KOREAN, Follower(is_canceled=lambda: not asked.acquire(blocking=False)))
    assert renderer.word(KOREAN, NOBODY).text


@pytest.mark.parametrize(("fault", "problem"), [(MemoryError(), OutOfGpuMemory), ("", RenderFailed)])
def test_its_ends_are_a_clips_ends(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch, fault: MemoryError | str, problem: type[Exception]
) -> None:
    def failing(*_: object) -> str:
        if isinstance(fault, str):
            return fault
        raise fault

    monkeypatch.setattr(prompt_help, "enhanced", failing)
    with pytest.raises(problem):
        renderer.word(KOREAN, NOBODY)
