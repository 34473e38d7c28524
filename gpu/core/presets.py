"""The presets, as rows, and the one place where a request becomes exact settings.

A preset names an LTX pipeline and its sampler settings. A person's text is never rewritten: a preset may put its own
words in front, those of chosen motions follow it, and the result is shown as `prompt_sent`. This module knows no price,
file or tensor.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

from gpu.core.checkpoints import CHECKPOINTS, Checkpoint, Flavour
from gpu.core.clip_part import remade
from gpu.core.contract import (
    ExtendClip,
    JobRequest,
    KeyframesClip,
    LipSyncClip,
    Motion,
    PicturePresetName,
    PresetName,
    Resolved,
    RestyleClip,
    RetakeClip,
)
from gpu.core.contract.fields import composed
from gpu.core.geometry import TIERS, Tier, geometry
from gpu.core.guidance import guided_evaluations
from gpu.core.motions import with_motions

CINEMATIC_PREFIX = "Cinematic motion, natural character movement, high dynamic range, subtle motion"
NEGATIVE_PROMPT = (
    "worst quality, blurry, jittery, flickering, distorted face, deformed hands, extra limbs, watermark, subtitles, "
    "text overlay, static image"
)
"""The guided presets' negative prompt when the person gives none; shown in `resolved.negative_prompt`."""

STOCK_PICTURE_CRF = 33
"""ltx-pipelines 1.0.0 compresses each conditioning picture to this, in both stages."""
MAKERS_PICTURE_CRF: dict[Flavour, int] = {"19b": 33, "22b": 18}
"""Of the first stage alone; the second sees the picture unchanged. Source: the image-to-video workflows of
Lightricks/ComfyUI-LTXVideo, 2026-06-30."""
STG_BLOCK: dict[Flavour, int] = {"19b": 29, "22b": 28}
"""Source: ltx-pipelines 1.0.0, `constants.py`."""
TINY_STG_BLOCK = 1
"""A tiny set has two blocks."""
HQ_PIPELINE = "TI2VidTwoStagesHQPipeline"
LIP_SYNC_PIPELINE = "A2VidPipelineTwoStage"
RETAKE_PIPELINE = "RetakePipeline"
ONE_STAGE_PIPELINE = "TI2VidOneStagePipeline"
HQ_LORA_STRENGTHS = (0.25, 0.5)
"""Of the distilled LoRA in each stage of the second-order sampler. Basis: documented; users of LTX-2.3."""

STAGE_2_STEPS = 3
DISTILLED_STEPS = 8
"""Steps, not sigma values: ltx-pipelines 1.0.0's lists hold one value more."""


def denoisings(pipeline: str, steps: int) -> int:
    """How often a pass of so many steps denoises: once a step, or, in second order, twice and once at the end."""
    return 2 * steps + 1 if pipeline == HQ_PIPELINE else steps


@dataclass(frozen=True, slots=True)
class Preset:
    """Sampler settings of one preset. `guidance` 1.0 means one forward per step and an inert negative prompt."""

    name: PresetName
    pipeline: str
    title_ko: str
    title_en: str
    summary_ko: str
    summary_en: str
    steps: int
    guidance: float
    image_strength: float | None
    inputs: Literal["picture", "sound", "keyframes", "video", "clip_part"]
    """`video`: a clip made here, as a whole. `clip_part`: one of which most stays."""
    prompt_prefix: str | None = None
    tiers: tuple[Tier, ...] = ("704p", "1088p")
    stage_2_steps: int = STAGE_2_STEPS
    guided_steps: int | None = None
    """Number of guided steps, where guidance stops early."""
    sound_guidance: float | None = None
    """None: as the picture's."""
    stg_scale: float = 0.0
    modality_scale: float = 1.0
    rescale: float = 0.0
    sound_rescale: float | None = None
    stage_2_image_strength: float | None = None
    """None: as in stage 1."""
    as_the_makers_see_pictures: bool = False
    """Whether the picture's H.264 quality is the makers' in stage 1, and unchanged in stage 2."""
    option_of: PresetName | None = None
    """The preset that this one adds work to."""
    basis: Literal["measured", "derived"] = "measured"
    """Of its price."""
    families: tuple[Flavour, ...] = ("19b", "22b")
    """Families whose models can make it."""

    @property
    def guided(self) -> bool:
        """True when the unconditional pass runs too, so that a negative prompt has an effect."""
        return self.guidance != 1.0

    @property
    def stage_1_guided(self) -> int:
        """Steps of stage 1 under guidance: all, the first few, or none."""
        return self.guided_steps or self.steps if self.guided else 0

    @property
    def stage_1_forwards(self) -> int:
        """Transformer evaluations before upsampling."""
        plain = denoisings(self.pipeline, self.steps) - self.stage_1_guided_denoisings
        return plain + self.stage_1_guided_denoisings * guided_evaluations(self)

    @property
    def stage_1_guided_denoisings(self) -> int:
        """How often stage 1 denoises under guidance."""
        return denoisings(self.pipeline, self.stage_1_guided) if self.guided else 0


_EXPRESSIVE = Preset(
    name="expressive",
    pipeline="TI2VidTwoStagesPipeline",
    title_ko="표정과 움직임",
    title_en="Expressive",
    summary_ko="더 많이 움직이고, 얼굴은 원본 이미지를 따라가요",
    summary_en="The makers' recipe: moves more, and keeps the face of the picture",
    steps=20,
    guidance=3.0,
    sound_guidance=7.0,
    rescale=0.7,
    image_strength=0.7,
    stage_2_image_strength=1.0,
    as_the_makers_see_pictures=True,
    inputs="picture",
)

_RETAKE = Preset(
    name="retake",
    pipeline=RETAKE_PIPELINE,
    title_ko="한 부분 다시 만들기",
    title_en="Retake",
    summary_ko="만든 영상에서 고른 부분만 다시 만들어요",
    summary_en="Makes a part of a clip anew and keeps the rest",
    steps=DISTILLED_STEPS,
    guidance=1.0,
    image_strength=None,
    inputs="clip_part",
    tiers=TIERS,
    stage_2_steps=0,
)
"""By the distilled model, which LTX's pipeline has a switch for: it works at full size from the first step, where 40
guided evaluations would cost five times as much."""

PRESETS: dict[PresetName, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="aggressive_quality",
            pipeline="TI2VidTwoStagesPipeline",
            title_ko="고급",
            title_en="Quality",
            summary_ko="표정과 움직임을 가장 먼저 챙겨요",
            summary_en="Expression and motion come first",
            steps=20,
            guidance=3.0,
            image_strength=0.85,
            inputs="picture",
            prompt_prefix=CINEMATIC_PREFIX,
        ),
        _EXPRESSIVE,
        replace(
            _EXPRESSIVE,
            name="expressive_strong",
            title_ko="표정 강화",
            title_en="Expressive, stronger",
            summary_ko="표정과 움직임을 더 또렷하게 다듬고, 소리와 입을 더 잘 맞춰요",
            summary_en="The same with two more guides a step: clearer motion, and sound that fits the picture",
            stg_scale=1.0,
            modality_scale=3.0,
            option_of="expressive",
        ),
        Preset(
            name="hq",
            pipeline=HQ_PIPELINE,
            title_ko="최고 화질",
            title_en="Finest",
            summary_ko="한 단계를 두 번씩 계산해 더 세밀하게 만들어요",
            summary_en="A sampler of second order, two denoisings a step: 15 steps",
            steps=15,
            guidance=3.0,
            sound_guidance=7.0,
            modality_scale=3.0,
            rescale=0.45,
            sound_rescale=1.0,
            image_strength=0.7,
            stage_2_image_strength=1.0,
            as_the_makers_see_pictures=True,
            inputs="picture",
        ),
        Preset(
            name="quality_light",
            pipeline="TI2VidTwoStagesPipeline",
            title_ko="고급 절약",
            title_en="Quality, lighter",
            summary_ko="고급보다 싸요. 화질은 조금 다를 수 있어요",
            summary_en="Cheaper than Quality; the picture may differ a little",
            steps=20,
            guidance=3.0,
            guided_steps=10,
            image_strength=0.85,
            inputs="picture",
            prompt_prefix=CINEMATIC_PREFIX,
        ),
        Preset(
            name="fast",
            pipeline="DistilledPipeline",
            title_ko="표준",
            title_en="Fast",
            summary_ko="빠르고 싸게 만들어요",
            summary_en="Quick and cheap",
            steps=DISTILLED_STEPS,
            guidance=1.0,
            image_strength=1.0,
            inputs="picture",
        ),
        Preset(
            name="draft",
            pipeline=ONE_STAGE_PIPELINE,
            title_ko="초안",
            title_en="Draft",
            summary_ko="작은 화면으로 움직임만 먼저 확인해요",
            summary_en="A small one, to see the motion first",
            steps=12,
            guidance=3.0,
            image_strength=0.85,
            inputs="picture",
            tiers=("352p",),
            stage_2_steps=0,
        ),
        Preset(
            name="lip_sync",
            pipeline=LIP_SYNC_PIPELINE,
            title_ko="립싱크",
            title_en="Lip sync",
            summary_ko="올린 목소리나 음악에 맞춰 움직여요",
            summary_en="Moves to a voice or music of your own",
            steps=20,
            guidance=3.0,
            # What makes the picture follow the sound. Source: ltx-pipelines 1.0.0, defaults of this pipeline.
            modality_scale=3.0,
            rescale=0.7,
            image_strength=0.85,
            inputs="sound",
        ),
        Preset(
            name="keyframes",
            pipeline="KeyframeInterpolationPipeline",
            title_ko="첫·끝 이미지",
            title_en="Keyframes",
            summary_ko="첫 이미지에서 끝 이미지로 자연스럽게 이어요",
            summary_en="Moves from a first picture to a last one",
            steps=20,
            guidance=3.0,
            image_strength=1.0,
            inputs="keyframes",
        ),
        Preset(
            name="restyle",
            pipeline="ICLoraPipeline",
            title_ko="스타일 바꾸기",
            title_en="Restyle",
            summary_ko="만든 영상의 분위기를 바꿔요",
            summary_en="Changes the mood of a clip made here",
            steps=DISTILLED_STEPS,
            guidance=1.0,
            image_strength=None,
            inputs="video",
            families=("19b",),  # the LoRA that it needs was made for LTX-2 alone
        ),
        _RETAKE,
        replace(
            _RETAKE,
            name="extend",
            title_ko="길이 늘리기",
            title_en="Extend",
            summary_ko="만든 영상의 끝에서 움직임을 이어 가요",
            summary_en="Goes on after a clip's end, in its motion",
        ),
    )
}

DEFAULT_PRESET: PicturePresetName = "aggressive_quality"


def presets_of(flavour: Flavour) -> tuple[Preset, ...]:
    """The presets that this family's models can make, in the order of the menu."""
    return tuple(preset for preset in PRESETS.values() if flavour in preset.families)


def prompt_sent(preset: Preset, prompt: str, motions: Collection[Motion] = ()) -> str:
    """The exact text for the model: the preset's words, the person's, the motions'. The pipelines strip outer
    whitespace, so it is stripped here, where the result is shown."""
    text = with_motions(composed(prompt).strip(), motions)
    return f"{preset.prompt_prefix}. {text}" if preset.prompt_prefix else text


def sampler_of(preset: Preset, weights: Checkpoint) -> dict[str, Any]:
    """The members of `Resolved` that a preset alone decides."""
    return {
        "pipeline": preset.pipeline,
        "checkpoint": weights.name,
        "lora": _lora(preset, weights),
        "steps": preset.steps,
        "guidance": preset.guidance,
        "guided_steps": preset.guided_steps,
        "sound_guidance": preset.sound_guidance,
        "stg_scale": preset.stg_scale,
        "stg_blocks": _stg_blocks(preset, weights),
        "modality_scale": preset.modality_scale,
        "rescale": preset.rescale,
        "sound_rescale": preset.sound_rescale,
        "image_strength": preset.image_strength,
        "stage_2_image_strength": preset.stage_2_image_strength,
        "picture_crf": usual_picture_crf(preset, weights.flavour),
        "stage_2_picture_crf": 0 if preset.as_the_makers_see_pictures else None,
    }


def resolve(request: JobRequest, *, seed: int, checkpoint: str, gpu: str, build: str) -> Resolved:
    """The exact settings of one attempt. Pure: equal arguments give equal settings."""
    preset = PRESETS[request.preset]
    weights = CHECKPOINTS[checkpoint]
    shape = geometry(request.ratio, request.tier, request.seconds, weights.scale)
    settings: dict[str, Any] = sampler_of(preset, weights) | {
        "quantization": None,
        "gpu": gpu,
        "seed": seed,
        "num_frames": shape.num_frames,
        "width": shape.width,
        "height": shape.height,
        "frame_rate": shape.frame_rate,
        "sound": "own" if isinstance(request, LipSyncClip) and request.sound == "model" else request.sound,
        "loudness": request.loudness,
        "prompt_sent": prompt_sent(preset, request.prompt, request.motions),
        "negative_prompt": composed(request.negative_prompt or NEGATIVE_PROMPT).strip() if preset.guided else None,
        "build": build,
        **remade(request, shape, weights.scale),
    }
    return Resolved(**settings | _chosen(preset, request))


def _chosen(preset: Preset, request: JobRequest) -> dict[str, Any]:
    """What the person chose in place of the preset's, and what a clip without a picture has none of."""
    chosen: dict[str, Any] = {}
    if request.guidance is not None and preset.guided:
        chosen["guidance"] = request.guidance
    if isinstance(request, RestyleClip | RetakeClip | ExtendClip):
        return chosen
    if not isinstance(request, KeyframesClip) and request.upload_id is None:
        return {**chosen, "image_strength": None, "stage_2_image_strength": None}
    if request.image_strength is not None:
        chosen["image_strength"] = request.image_strength
    if request.picture_crf is not None:
        chosen["picture_crf"] = request.picture_crf
    return chosen


def _stg_blocks(preset: Preset, weights: Checkpoint) -> tuple[int, ...]:
    if not preset.stg_scale:
        return ()
    return (TINY_STG_BLOCK if weights.scale == "tiny" else STG_BLOCK[weights.flavour],)


def usual_picture_crf(preset: Preset, flavour: Flavour) -> int:
    """H.264 quality of the pictures in the first stage, where a person chooses none."""
    return MAKERS_PICTURE_CRF[flavour] if preset.as_the_makers_see_pictures else STOCK_PICTURE_CRF


def _lora(preset: Preset, weights: Checkpoint) -> str | None:
    """The distilled LoRA runs in stage 2 of the guided two-stage pipelines, with the second-order sampler in both. The
    one-stage pipeline has none, and the distilled pipelines have it merged into their checkpoint."""
    if preset.pipeline == HQ_PIPELINE:
        return f"{weights.lora} at {HQ_LORA_STRENGTHS[0]}, then {HQ_LORA_STRENGTHS[1]}"
    if preset.pipeline in ("TI2VidTwoStagesPipeline", LIP_SYNC_PIPELINE, "KeyframeInterpolationPipeline"):
        return f"{weights.lora} at {weights.lora_strength}"
    return None
