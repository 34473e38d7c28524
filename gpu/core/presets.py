"""The presets, as rows, and the one place where a request becomes exact settings.

A preset names an LTX pipeline and its sampler settings. A person's text is never rewritten: a preset may put its own
words in front, and the result is shown as `prompt_sent`. This module knows no price, file or tensor.
"""

from dataclasses import dataclass
from typing import Literal

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import (
    DraftClip,
    JobRequest,
    KeyframesClip,
    PictureClip,
    PicturePresetName,
    PresetInfo,
    PresetName,
    Resolved,
    RestyleClip,
)
from gpu.core.contract.fields import composed
from gpu.core.geometry import RATIOS, SECONDS, Tier, geometry

CINEMATIC_PREFIX = "Cinematic motion, natural character movement, high dynamic range, subtle motion"
NEGATIVE_PROMPT = (
    "worst quality, blurry, jittery, flickering, distorted face, deformed hands, extra limbs, watermark, subtitles, "
    "text overlay, static image"
)
"""The guided presets' negative prompt when the person gives none; shown in `resolved.negative_prompt`."""

STAGE_2_STEPS = 3
DISTILLED_STEPS = 8
"""Steps, not sigma values: ltx-pipelines 1.0.0's lists hold one value more."""


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
    inputs: Literal["picture", "keyframes", "video"]
    prompt_prefix: str | None = None
    tiers: tuple[Tier, ...] = ("704p", "1088p")
    stage_2_steps: int = STAGE_2_STEPS
    guided_steps: int | None = None
    """Number of guided steps, where guidance stops early."""

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
        """Transformer evaluations before upsampling: CFG alone, so two per guided step."""
        return self.steps + self.stage_1_guided


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
            pipeline="TI2VidOneStagePipeline",
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
        ),
    )
}

DEFAULT_PRESET: PicturePresetName = "aggressive_quality"


def prompt_sent(preset: Preset, prompt: str) -> str:
    """The exact text for the model: the preset's words, then the person's. The pipelines strip outer whitespace, so it
    is stripped here, where the result is shown."""
    text = composed(prompt).strip()
    return f"{preset.prompt_prefix}. {text}" if preset.prompt_prefix else text


def resolve(request: JobRequest, *, seed: int, checkpoint: str, gpu: str, build: str) -> Resolved:
    """The exact settings of one attempt. Pure: equal arguments give equal settings."""
    preset = PRESETS[request.preset]
    weights = CHECKPOINTS[checkpoint]
    shape = geometry(request.ratio, request.tier, request.seconds, weights.scale)
    return Resolved(
        pipeline=preset.pipeline,
        checkpoint=checkpoint,
        lora=_lora(preset, weights.lora, weights.lora_strength),
        quantization=None,
        gpu=gpu,
        seed=seed,
        num_frames=shape.num_frames,
        width=shape.width,
        height=shape.height,
        frame_rate=shape.frame_rate,
        steps=preset.steps,
        guidance=preset.guidance,
        guided_steps=preset.guided_steps,
        image_strength=_image_strength(preset, request),
        sound=request.sound,
        prompt_sent=prompt_sent(preset, request.prompt),
        negative_prompt=composed(request.negative_prompt or NEGATIVE_PROMPT).strip() if preset.guided else None,
        prompt_tokens_dropped=None,
        build=build,
    )


def menu_rows() -> tuple[PresetInfo, ...]:
    """The presets as the site shows them."""
    return tuple(
        PresetInfo(
            name=preset.name,
            title_ko=preset.title_ko,
            title_en=preset.title_en,
            summary_ko=preset.summary_ko,
            summary_en=preset.summary_en,
            pipeline=preset.pipeline,
            tiers=preset.tiers,
            ratios=RATIOS,
            seconds=SECONDS,
            steps=preset.steps,
            guidance=preset.guidance,
            guided_steps=preset.guided_steps,
            image_strength=preset.image_strength,
            prompt_prefix=preset.prompt_prefix,
            negative_prompt=NEGATIVE_PROMPT if preset.guided else None,
            inputs=preset.inputs,
        )
        for preset in PRESETS.values()
    )


def _image_strength(preset: Preset, request: JobRequest) -> float | None:
    match request:
        case PictureClip() | DraftClip() if request.upload_id is None:
            return None
        case PictureClip() | DraftClip() | KeyframesClip():
            return preset.image_strength if request.image_strength is None else request.image_strength
        case RestyleClip():
            return None


def _lora(preset: Preset, lora: str, strength: float) -> str | None:
    """The distilled LoRA runs in stage 2 of the guided two-stage pipelines; the one-stage pipeline has none, and the
    distilled pipelines have it merged into their checkpoint."""
    if preset.pipeline in ("TI2VidTwoStagesPipeline", "KeyframeInterpolationPipeline"):
        return f"{lora} at {strength}"
    return None
