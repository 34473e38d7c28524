"""What a clip's settings become in the call of an LTX pipeline: its arguments, and the denoising passes it will make.

Knows no model and no file but the paths of pictures and of a source clip.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ltx_core.components.guiders import MultiModalGuiderFactory, MultiModalGuiderParams
from ltx_core.components.schedulers import LTX2Scheduler
from ltx_core.model.video_vae import TemporalTilingConfig, TilingConfig
from ltx_pipelines.utils.args import ImageConditioningInput
from ltx_pipelines.utils.constants import DISTILLED_SIGMA_VALUES, STAGE_2_DISTILLED_SIGMA_VALUES

from gpu.core.contract import Resolved
from gpu.core.guidance import guided_evaluations
from gpu.core.presets import HQ_PIPELINE, LIP_SYNC_PIPELINE, ONE_STAGE_PIPELINE, RETAKE_PIPELINE
from gpu.core.render_job import Conditioning
from gpu.media.kept_parts import SourceClip
from gpu.media.source_clip import check_source
from gpu.render.progress import Pass
from gpu.render.staged_pictures import PIPELINES as STAGED
from gpu.render.staged_pictures import StagedPictures

SOURCE_VIDEO_STRENGTH = 1.0
FRAMES_SHARED = 24
"""Overlap of two separately decoded parts of a clip, for blending."""

_DISTILLED_STEPS = len(DISTILLED_SIGMA_VALUES) - 1
_STAGE_2_STEPS = len(STAGE_2_DISTILLED_SIGMA_VALUES) - 1


def call_arguments(
    resolved: Resolved,
    pictures: Sequence[Conditioning],
    source_video: Path | SourceClip | None,
    sound: Path | None = None,
    *,
    frames_decoded: int = 0,
) -> dict[str, Any]:
    """The keyword arguments of the pipeline's call. Raises ValueError for a setting it would silently ignore."""
    name = resolved.pipeline
    if any(not 0 <= each.frame_idx < resolved.num_frames or not 0.0 <= each.strength <= 1.0 for each in pictures):
        raise ValueError("a picture lies outside the clip, or its strength outside 0 to 1")
    if (resolved.num_frames - 1) % 8:
        raise ValueError(f"{resolved.num_frames} frames is not 8k+1")  # LTX would make fewer frames, but all the sound
    if (name == "ICLoraPipeline") != isinstance(source_video, Path) or (name == RETAKE_PIPELINE) != isinstance(
        source_video, SourceClip
    ):
        raise ValueError(f"{name} and a source video do not go together")
    if (name == LIP_SYNC_PIPELINE) != (sound is not None):
        raise ValueError(f"{name} and a sound do not go together")
    if isinstance(source_video, SourceClip):
        return _retake_arguments(resolved, source_video, pictures, frames_decoded)
    arguments: dict[str, Any] = {
        "prompt": resolved.prompt_sent,
        "seed": resolved.seed,
        "height": resolved.height,
        "width": resolved.width,
        "num_frames": resolved.num_frames,
        "frame_rate": float(resolved.frame_rate),
        "images": _pictures(resolved, pictures),
    }
    if name in ("DistilledPipeline", "ICLoraPipeline"):
        _check_distilled(resolved)
    else:
        arguments |= {
            "negative_prompt": resolved.negative_prompt or "",
            "num_inference_steps": resolved.steps,
            "video_guider_params": _guidance(resolved, resolved.guidance, resolved.rescale),
            "audio_guider_params": _guidance(
                resolved, _or(resolved.sound_guidance, resolved.guidance), _or(resolved.sound_rescale, resolved.rescale)
            ),
        }
    if sound is not None:
        if (resolved.sound_guidance, resolved.sound_rescale, resolved.guided_steps) != (None, None, None):
            raise ValueError(f"{name} guides the picture alone, in every step")
        del arguments["audio_guider_params"]
        arguments["audio_path"] = str(sound)
    if name != ONE_STAGE_PIPELINE:  # this pipeline always decodes the whole clip at once
        arguments["tiling_config"] = tiling(frames_decoded)
    if source_video is not None:
        check_source(source_video)
        arguments["video_conditioning"] = [(str(source_video), SOURCE_VIDEO_STRENGTH)]
    return arguments


def _check_distilled(resolved: Resolved) -> None:
    name = resolved.pipeline
    if (resolved.steps, resolved.guidance) != (_DISTILLED_STEPS, 1.0) or resolved.negative_prompt:
        raise ValueError(f"{name} takes {_DISTILLED_STEPS} steps, guidance 1.0 and no negative prompt")
    if guided_evaluations(resolved) > 1:
        raise ValueError(f"{name} takes no guidance")


def _retake_arguments(
    resolved: Resolved, source: SourceClip, pictures: Sequence[Conditioning], frames_decoded: int
) -> dict[str, Any]:
    """The part is named by times within its first and its last frame, so that no rounding moves its borders."""
    _check_distilled(resolved)
    if pictures:
        raise ValueError(f"{resolved.pipeline} takes no pictures")
    if resolved.remade is None or not 0 <= resolved.remade_from < resolved.remade_until <= resolved.num_frames:
        raise ValueError(f"frames {resolved.remade_from} to {resolved.remade_until} of {resolved.num_frames}")
    return {
        "video_path": source,
        "prompt": resolved.prompt_sent,
        "seed": resolved.seed,
        "start_time": (resolved.remade_from + 0.5) / resolved.frame_rate,
        "end_time": (resolved.remade_until - 0.5) / resolved.frame_rate,
        "regenerate_video": resolved.remade != "sound",
        "regenerate_audio": resolved.remade != "picture",
        "distilled": True,
        "tiling_config": tiling(frames_decoded),
    }


def _pictures(resolved: Resolved, pictures: Sequence[Conditioning]) -> list[ImageConditioningInput]:
    """The pictures as each stage sees them. Raises ValueError where a pipeline shows one list to both stages."""

    def shown(strength: float | None, crf: int) -> list[ImageConditioningInput]:
        return [
            ImageConditioningInput(str(each.path), each.frame_idx, _or(strength, each.strength), crf)
            for each in pictures
        ]

    first = shown(None, resolved.picture_crf)
    if resolved.stage_2_image_strength is None and resolved.stage_2_picture_crf is None:
        return first
    if resolved.pipeline not in STAGED:
        raise ValueError(f"{resolved.pipeline} shows the same pictures to both stages")
    second = shown(resolved.stage_2_image_strength, _second_crf(resolved))
    return StagedPictures(first, second, resolved.height // 2)


def _second_crf(resolved: Resolved) -> int:
    return resolved.picture_crf if resolved.stage_2_picture_crf is None else resolved.stage_2_picture_crf


def _guidance(resolved: Resolved, words: float, rescale: float) -> MultiModalGuiderParams | MultiModalGuiderFactory:
    """Of the picture or of the sound. Early stopping ends it half-way between the noise levels of the last guided step
    and the next one. Raises ValueError for an impossible number of guided steps."""
    guided = MultiModalGuiderParams(
        cfg_scale=words,
        stg_scale=resolved.stg_scale,
        stg_blocks=list(resolved.stg_blocks),
        rescale_scale=rescale,
        modality_scale=resolved.modality_scale,
    )
    if resolved.guided_steps is None:
        return guided
    if resolved.guidance == 1.0 or not 0 < resolved.guided_steps < resolved.steps:
        raise ValueError(f"guidance {resolved.guidance} on {resolved.guided_steps} of {resolved.steps} steps")
    if resolved.pipeline == HQ_PIPELINE:
        raise ValueError(f"{resolved.pipeline} guides every step")
    sigmas = LTX2Scheduler().execute(steps=resolved.steps).tolist()
    last, after = sigmas[resolved.guided_steps - 1 : resolved.guided_steps + 1]
    return MultiModalGuiderFactory.from_dict({float("inf"): guided, (last + after) / 2: MultiModalGuiderParams()})


def _or(chosen: float | None, usual: float) -> float:
    return usual if chosen is None else chosen


def tiling(frames: int) -> TilingConfig:
    """How to cut a clip for the decoder: into parts of whole frames, or, for 0, into small tiles."""
    if not frames:
        return TilingConfig.default()
    return TilingConfig(temporal_config=TemporalTilingConfig(frames, FRAMES_SHARED))


def denoising_passes(resolved: Resolved) -> list[Pass]:
    """The denoising passes of a render, for exact progress."""
    each_guided = guided_evaluations(resolved)
    guided = 0 if each_guided == 1 else resolved.guided_steps or resolved.steps
    rest = resolved.steps - guided
    if resolved.pipeline == HQ_PIPELINE:  # two denoisings a step, and one after the last
        return [
            Pass("stage_1", resolved.steps, 2 * each_guided, evaluations_after=each_guided),
            Pass("stage_2", _STAGE_2_STEPS, 2, evaluations_after=1),
        ]
    first = [Pass("stage_1", guided, each_guided, steps_after=rest), Pass("stage_1", rest, 1, steps_before=guided)]
    if resolved.pipeline not in (ONE_STAGE_PIPELINE, RETAKE_PIPELINE):
        first.append(Pass("stage_2", _STAGE_2_STEPS, 1))
    return [each for each in first if each.steps]
