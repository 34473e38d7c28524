"""A request becomes exact settings, and the person's words arrive to the letter."""

import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import JOB_REQUEST, Resolved
from gpu.core.presets import CINEMATIC_PREFIX, NEGATIVE_PROMPT, PRESETS, menu_rows, prompt_sent, resolve


def settings(body: Mapping[str, object], checkpoint: str = "ltx-2-19b") -> Resolved:
    request = JOB_REQUEST.validate_python(body)
    return resolve(request, seed=7, checkpoint=checkpoint, gpu="H200", build="test")


def test_the_default_preset_is_the_quality_first_recipe() -> None:
    ran = settings({"preset": "aggressive_quality", "prompt": "눈을 깜빡인다", "upload_id": "abcdefgh12"})
    assert (ran.pipeline, ran.steps, ran.guidance, ran.image_strength) == ("TI2VidTwoStagesPipeline", 20, 3.0, 0.85)
    assert (ran.width, ran.height, ran.num_frames, ran.frame_rate) == (704, 1280, 193, 24)
    assert ran.lora == "distilled rank 175 fp8 at 0.6"
    assert ran.prompt_sent == f"{CINEMATIC_PREFIX}. 눈을 깜빡인다"
    assert ran.negative_prompt == NEGATIVE_PROMPT


@given(st.text(min_size=1, max_size=200))
def test_words_of_the_person_reach_the_model_unchanged(prompt: str) -> None:
    for name, preset in PRESETS.items():
        try:
            JOB_REQUEST.validate_python({"preset": "fast", "prompt": prompt})
        except ValidationError:
            return
        assert prompt_sent(preset, prompt).endswith(prompt.strip()), name


@pytest.mark.parametrize("preset", ["fast", "restyle"])
def test_an_inert_negative_prompt_is_not_claimed_to_have_been_used(preset: str) -> None:
    body: dict[str, object] = {"preset": preset, "prompt": "a", "negative_prompt": "b"}
    if preset == "restyle":
        body["source_job_id"] = "abcdefgh12"
    assert settings(body).negative_prompt is None


def test_strength_given_by_the_person_wins_and_is_absent_without_a_picture() -> None:
    with_picture = {"preset": "fast", "prompt": "a", "upload_id": "abcdefgh12"}
    assert settings(with_picture).image_strength == 1.0
    assert settings(with_picture | {"image_strength": 0.5}).image_strength == 0.5
    assert settings({"preset": "fast", "prompt": "a", "image_strength": 0.5}).image_strength is None


def test_the_tiny_set_runs_at_its_own_geometry_and_says_so() -> None:
    ran = settings({"preset": "aggressive_quality", "prompt": "a"}, "tiny-19b")
    assert (ran.checkpoint, ran.width, ran.height, ran.num_frames) == ("tiny-19b", 192, 320, 33)
    assert CHECKPOINTS["tiny-19b"].scale == "tiny"


def test_the_menu_offers_only_tiers_that_the_contract_accepts() -> None:
    for row in menu_rows():
        for tier in row.tiers:
            body: dict[str, object] = {"preset": row.name, "prompt": "a", "tier": tier}
            if row.inputs == "keyframes":
                body |= {"first_upload_id": "abcdefgh12", "last_upload_id": "abcdefgh13"}
            if row.inputs == "video":
                body |= {"source_job_id": "abcdefgh12"}
            assert settings(body).pipeline == row.pipeline


def test_hangul_in_parts_and_composed_are_one_prompt() -> None:
    """macOS writes it in parts, and Gemma's tokenizer composes nothing: it would read other letters."""
    written = "왼쪽으로 이동"
    for preset in PRESETS.values():
        sent = prompt_sent(preset, unicodedata.normalize("NFD", written))
        assert sent == prompt_sent(preset, written) == unicodedata.normalize("NFC", sent)
