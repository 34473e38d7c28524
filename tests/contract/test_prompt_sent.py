"""The sentence that a model gets is the one that the page shows before: both sides against the same samples.

The page's side is tests/frontend/prompt-sent.test.ts.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from gpu.core.presets import PRESETS, prompt_sent

SAMPLES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("prompts.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: ascii(sample["prompt"]))
def test_the_model_gets_what_the_samples_say(sample: dict[str, Any]) -> None:
    preset = next(preset for name, preset in PRESETS.items() if name == sample["preset"])
    assert prompt_sent(preset, sample["prompt"], sample.get("motions", [])) == sample["sent"]


def test_the_samples_name_every_preset() -> None:
    assert {sample["preset"] for sample in SAMPLES} == set(PRESETS)
