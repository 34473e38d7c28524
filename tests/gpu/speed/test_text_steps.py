"""Gemma's answers token by token, beside those of transformers' own `generate`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false, reportUnknownLambdaType=false

from typing import Any

import pytest
import torch

from gpu.render.ltx_patches import use_gemma_config
from gpu.render.pipelines import stock_pipeline
from gpu.speed import text_steps
from gpu.tiny.build import build

TOKENS = 24
TEMPERATURE = 0.7


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    files = build(tmp_path_factory.mktemp("set"), "22b")
    use_gemma_config(files.gemma_root)
    return stock_pipeline("TI2VidTwoStagesPipeline", files).stage_1_model_ledger.text_encoder().model


def _prompt(model: Any, *, tokens: int, filled_up: int = 0, picture: bool = False) -> dict[str, Any]:
    """Filled up at its end, as LTX's encoder does."""
    config = model.config
    draw = torch.Generator().manual_seed(7)
    ids = torch.randint(4, config.text_config.vocab_size // 2, (1, tokens + filled_up), generator=draw)
    mask = torch.ones_like(ids)
    mask[:, tokens:] = 0
    asked: dict[str, Any] = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
    if picture:
        ids[:, 2 : 2 + config.mm_tokens_per_image] = config.image_token_id
        asked["token_type_ids"][:, 2 : 2 + config.mm_tokens_per_image] = 1
        side = config.vision_config.image_size
        asked["pixel_values"] = torch.randn((1, 3, side, side), generator=draw).to(model.dtype)
    return asked


def _generated(model: Any, asked: dict[str, Any], seed: int, tokens: int = TOKENS) -> list[int]:
    torch.manual_seed(seed)
    with torch.inference_mode():
        found = model.generate(**asked, max_new_tokens=tokens, do_sample=True, temperature=TEMPERATURE)
    return found[0].tolist()


def _written(model: Any, asked: dict[str, Any], seed: int, tokens: int = TOKENS, **more: Any) -> list[int]:
    torch.manual_seed(seed)
    with torch.inference_mode():
        return text_steps.write(model, asked, most_tokens=tokens, temperature=TEMPERATURE, **more)[0].tolist()


@pytest.mark.parametrize("filled_up", [0, 5])
@pytest.mark.parametrize("picture", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_an_answer_is_that_of_transformers_own_loop(model: Any, *, picture: bool, filled_up: int, seed: int) -> None:
    tokens = 12 + (model.config.mm_tokens_per_image if picture else 0)
    asked = _prompt(model, tokens=tokens, filled_up=filled_up, picture=picture)
    assert _written(model, asked, seed) == _generated(model, asked, seed)


def test_layers_that_see_only_near_tokens_forget_the_others(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for layer in model.model.language_model.layers:
        if layer.attention_type == "sliding_attention":
            monkeypatch.setattr(layer.self_attn, "sliding_window", 8)
    monkeypatch.setattr(model.model.language_model.config, "sliding_window", 8)
    monkeypatch.setattr(model.config.text_config, "sliding_window", 8)
    asked = _prompt(model, tokens=20)
    assert _written(model, asked, 3) == _generated(model, asked, 3)


def test_an_answer_ends_with_the_end_of_text(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _prompt(model, tokens=12)
    whole = _written(model, asked, 4)
    monkeypatch.setattr(model.generation_config, "eos_token_id", [whole[17]])
    shorter = _written(model, asked, 4)
    assert len(shorter) < len(whole)
    assert shorter == _generated(model, asked, 4)
    assert shorter[-1] == whole[17]


def test_a_stop_between_two_tokens_ends_the_answer(model: Any) -> None:
    class StoppedError(Exception):
        pass

    asked: list[int] = []

    def before_token() -> None:
        asked.append(1)
        if len(asked) == 5:
            raise StoppedError

    with pytest.raises(StoppedError):
        _written(model, _prompt(model, tokens=12), 5, before_token=before_token)
    assert len(asked) == 5


def test_an_answer_goes_on_where_a_step_cannot_be_captured(
    model: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: object) -> None:
        raise RuntimeError("no graphs here")

    monkeypatch.setattr(text_steps, "_has_graphs", lambda _: True)
    monkeypatch.setattr(torch.cuda, "Stream", refused)
    asked = _prompt(model, tokens=12)
    assert _written(model, asked, 7) == _generated(model, asked, 7)
    assert caplog.text.count("cannot be replayed") == 1


def test_an_answer_goes_on_where_a_replay_fails(
    model: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Graph:
        def replay(self) -> None:
            raise RuntimeError("lost")

    monkeypatch.setattr(text_steps, "_has_graphs", lambda _: True)
    monkeypatch.setattr(text_steps._Step, "_capture", lambda step: setattr(step, "_graph", Graph()))
    asked = _prompt(model, tokens=12)
    assert _written(model, asked, 8) == _generated(model, asked, 8)
    assert caplog.text.count("cannot be replayed") == 1


def test_one_token_needs_no_step(model: Any) -> None:
    asked = _prompt(model, tokens=12)
    assert _written(model, asked, 6, tokens=1) == _generated(model, asked, 6, tokens=1)
