"""A request becomes exact settings, and the person's words arrive to the letter."""

import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import JOB_REQUEST, PresetName, Resolved
from gpu.core.contract.fields import composed
from gpu.core.menu import menu_rows
from gpu.core.presets import CINEMATIC_PREFIX, NEGATIVE_PROMPT, PRESETS, presets_of, prompt_sent, resolve
from gpu.core.pricing import all_estimates


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


def test_the_quality_first_recipe_is_guided_by_words_alone_and_sees_one_picture_in_both_stages() -> None:
    ran = settings({"preset": "aggressive_quality", "prompt": "a", "upload_id": "abcdefgh12"})
    assert (ran.sound_guidance, ran.stg_scale, ran.stg_blocks, ran.modality_scale) == (None, 0.0, (), 1.0)
    assert (ran.rescale, ran.sound_rescale) == (0.0, None)
    assert (ran.stage_2_image_strength, ran.picture_crf, ran.stage_2_picture_crf) == (None, 33, None)


@pytest.mark.parametrize(("checkpoint", "crf", "block"), [("ltx-2-19b", 33, 29), ("tiny-22b", 18, 1)])
def test_the_makers_recipe_loosens_the_picture_and_gives_it_back_unchanged(
    checkpoint: str, crf: int, block: int
) -> None:
    body = {"preset": "expressive", "prompt": "a", "upload_id": "abcdefgh12"}
    ran = settings(body, checkpoint)
    assert (ran.steps, ran.guidance, ran.sound_guidance, ran.rescale) == (20, 3.0, 7.0, 0.7)
    assert (ran.image_strength, ran.stage_2_image_strength) == (0.7, 1.0)
    assert (ran.picture_crf, ran.stage_2_picture_crf, ran.stg_blocks) == (crf, 0, ())
    assert ran.prompt_sent == "a"
    strong = settings(body | {"preset": "expressive_strong"}, checkpoint)
    assert (strong.stg_scale, strong.stg_blocks, strong.modality_scale) == (1.0, (block,), 3.0)
    same = {"stg_scale": 0.0, "stg_blocks": (), "modality_scale": 1.0}
    assert strong.model_copy(update=same) == ran


def test_what_a_person_chooses_is_the_first_stage_of_the_makers_recipe_and_both_of_another() -> None:
    chosen = {"prompt": "a", "upload_id": "abcdefgh12", "image_strength": 0.4, "picture_crf": 10, "guidance": 5.0}
    for name, after in (("expressive", (1.0, 0)), ("aggressive_quality", (None, None))):
        ran = settings(chosen | {"preset": name})
        assert (ran.image_strength, ran.picture_crf, ran.guidance) == (0.4, 10, 5.0)
        assert (ran.stage_2_image_strength, ran.stage_2_picture_crf) == after
    assert settings(chosen | {"preset": "fast"}).guidance == 1.0


@pytest.mark.parametrize(
    ("name", "evaluations"),
    [("aggressive_quality", 40), ("expressive", 40), ("expressive_strong", 80), ("hq", 93), ("quality_light", 30),
     ("draft", 24), ("fast", 8)],
)  # fmt: skip
def test_evaluations_of_a_first_stage(name: PresetName, evaluations: int) -> None:
    assert PRESETS[name].stage_1_forwards == evaluations


@given(st.text(min_size=1, max_size=200))
def test_words_of_the_person_reach_the_model_unchanged(prompt: str) -> None:
    for name, preset in PRESETS.items():
        try:
            JOB_REQUEST.validate_python({"preset": "fast", "prompt": prompt})
        except ValidationError:
            return
        assert prompt_sent(preset, prompt).endswith(composed(prompt).strip()), name


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
            if row.inputs == "sound":
                body |= {"sound_upload_id": "abcdefgh12"}
            if row.inputs in ("video", "clip_part"):
                body |= {"source_job_id": "abcdefgh12"}
            if row.name == "retake":
                body |= {"start_seconds": 2, "end_seconds": 4}
            if row.name == "extend":
                body |= {"seconds": 4, "whole_seconds": 10}
            assert settings(body).pipeline == row.pipeline


def test_ltx_2_3_makes_every_preset_but_restyling() -> None:
    older, newer = ({preset.name for preset in presets_of(flavour)} for flavour in ("19b", "22b"))
    assert older == PRESETS.keys()
    assert older - newer == {"restyle"}
    assert {row.name for row in menu_rows("22b")} == newer
    assert {row.preset for row in all_estimates("ltx-2.3-22b")} == newer


def test_hangul_in_parts_and_composed_are_one_prompt() -> None:
    """macOS writes it in parts, and Gemma's tokenizer composes nothing: it would read other letters."""
    written = "왼쪽으로 이동"
    for preset in PRESETS.values():
        sent = prompt_sent(preset, unicodedata.normalize("NFD", written))
        assert sent == prompt_sent(preset, written) == unicodedata.normalize("NFC", sent)


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [(0.0, 8.0, (0, 193)), (2.0, 4.0, (49, 97)), (0.0, 0.5, (0, 17)), (7.5, 8.0, (185, 193)), (2.1, 2.6, (49, 65))],
)
def test_a_part_is_made_anew_from_one_border_of_the_model_s_steps_to_another(
    start: float, end: float, frames: tuple[int, int]
) -> None:
    part = {"preset": "retake", "prompt": "a", "source_job_id": "abcdefgh12", "remake": "picture"}
    ran = settings(part | {"start_seconds": start, "end_seconds": end})
    assert (ran.remade, ran.remade_from, ran.remade_until) == ("picture", *frames)
    assert (ran.num_frames, ran.image_strength, ran.negative_prompt) == (193, None, None)


@pytest.mark.parametrize(
    ("checkpoint", "whole", "frames"),
    [
        ("ltx-2-19b", 10, (144, 49, 97)),
        ("ltx-2-19b", 60, (1344, 49, 97)),
        ("ltx-2-19b", 4, (0, 49, 97)),
        ("tiny-19b", 10, (24, 9, 17)),
    ],
)
def test_a_clip_goes_on_after_its_last_frame(checkpoint: str, whole: int, frames: tuple[int, int, int]) -> None:
    """By two seconds, whatever its length: two of its own are seen, and the rest stands in front of them."""
    body = {"preset": "extend", "prompt": "a", "source_job_id": "abcdefgh12", "seconds": 4, "whole_seconds": whole}
    ran = settings(body, checkpoint)
    assert (ran.remade, ran.frames_before, ran.remade_from, ran.remade_until) == ("both", *frames)
    assert ran.num_frames == frames[2]
