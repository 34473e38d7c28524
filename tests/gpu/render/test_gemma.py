"""Our Gemma against transformers' own, as LTX builds it: the same tokens and the same hidden states, to the bit."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

import pytest
import torch

from gpu.render.gemma import PROMPT_TOKENS, PromptTokenizer
from gpu.render.model_files import ModelFiles
from gpu.render.pipelines import Renderer, stock_pipeline

PROMPTS = [
    "바람에 머리카락이 흔들려요",
    "  A woman   turns her head,\nand smiles.  ",
    "",
    "🙂 é ſ 한 <bos> <pad>",
    "long " * (2 * PROMPT_TOKENS),  # more than LTX reads, so no place is filled up
]


@pytest.fixture(scope="module")
def stock(tiny_files: ModelFiles) -> Any:
    return stock_pipeline("TI2VidTwoStagesPipeline", tiny_files).stage_1_model_ledger.text_encoder()


@pytest.mark.parametrize("prompt", PROMPTS, ids=["korean", "spaces", "empty", "signs", "long"])
def test_a_prompt_gives_the_hidden_states_of_transformers(renderer: Renderer, stock: Any, prompt: str) -> None:
    ours = renderer.pipeline("TI2VidTwoStagesPipeline").stage_1_model_ledger.gemma()
    with torch.inference_mode():
        states, mask = ours.encode(prompt)
        known_states, known_mask = stock.encode(prompt)
    assert torch.equal(mask, known_mask)
    assert len(states) == len(known_states)
    for state, known in zip(states, known_states, strict=True):
        assert torch.equal(state, known)


@pytest.mark.parametrize("prompt", PROMPTS, ids=["korean", "spaces", "empty", "signs", "long"])
def test_the_tokens_are_counted_as_transformers_counts_them(tiny_files: ModelFiles, stock: Any, prompt: str) -> None:
    known = stock.tokenizer.tokenizer(prompt.strip(), truncation=False, verbose=False).input_ids
    assert PromptTokenizer(tiny_files.gemma_root).ids(prompt) == known
