"""A guided step that requests all of its evaluations at once, so that a transformer can make them in few forwards.

Replaces `multi_modal_guider_factory_denoising_func` and `multi_modal_guider_denoising_func` of ltx-pipelines 1.0.0.
LTX's own functions still run where steps are skipped, and for a transformer without `together`; the guider is always
LTX's own. Does not know which evaluations are faster together.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

from ltx_core.components.guiders import MultiModalGuider, MultiModalGuiderFactory
from ltx_core.types import LatentState
from ltx_pipelines.utils.helpers import modality_from_latent_state, multi_modal_guider_denoising_func
from ltx_pipelines.utils.types import DenoisingFunc
from torch import Tensor

from gpu.speed.transformer import WHOLE, Asked, LeftOut


def guided_by_noise_level(
    video_guider_factory: MultiModalGuiderFactory,
    audio_guider_factory: MultiModalGuiderFactory | None,
    v_context: Tensor,
    a_context: Tensor,
    transformer: Any,
) -> DenoisingFunc:
    """The function that makes one step of a clip: latents and noise levels in, denoised picture and sound out. The
    guiders may change with the noise level."""
    levels: list[float] = []
    last: tuple[Any, Any] = None, None

    def step(
        video_state: LatentState, audio_state: LatentState, sigmas: Tensor, step_index: int
    ) -> tuple[Tensor, Tensor]:
        nonlocal last
        if not levels:  # copied from the card once a clip
            levels.extend(sigmas.tolist())
        denoise = guided(
            video_guider_factory.build_from_sigma(levels[step_index]),
            (audio_guider_factory or video_guider_factory).build_from_sigma(levels[step_index]),
            v_context,
            a_context,
            transformer,
            last_denoised_video=last[0],
            last_denoised_audio=last[1],
        )
        last = denoise(video_state, audio_state, sigmas, step_index)
        return last

    return step


def guided(
    video_guider: MultiModalGuider,
    audio_guider: MultiModalGuider,
    v_context: Tensor,
    a_context: Tensor,
    transformer: Any,
    *,
    last_denoised_video: Any = None,
    last_denoised_audio: Any = None,
) -> DenoisingFunc:
    """The same with one guider for the picture and one for the sound at every noise level."""
    guiders = video_guider, audio_guider
    together = getattr(transformer, "together", None)
    if together is None or not all(_is_complete(guider) for guider in guiders):
        return multi_modal_guider_denoising_func(
            video_guider,
            audio_guider,
            v_context,
            a_context,
            transformer,
            last_denoised_video=last_denoised_video,
            last_denoised_audio=last_denoised_audio,
        )

    def step(
        video_state: LatentState, audio_state: LatentState, sigmas: Tensor, step_index: int
    ) -> tuple[Tensor, Tensor]:
        def modalities(video_words: Any, audio_words: Any) -> Asked:
            return (
                modality_from_latent_state(video_state, video_words, sigmas[step_index]),
                modality_from_latent_state(audio_state, audio_words, sigmas[step_index]),
            )

        positive = modalities(v_context, a_context)
        asked: dict[str, tuple[Asked, LeftOut]] = {"words": (positive, WHOLE)}
        if any(guider.do_unconditional_generation() for guider in guiders):
            words = [
                _or(guider.negative_context, own) for guider, own in zip(guiders, (v_context, a_context), strict=True)
            ]
            asked["other words"] = modalities(*words), WHOLE
        if any(guider.do_perturbed_generation() for guider in guiders):
            asked["perturbed"] = positive, LeftOut(_skipped(video_guider), _skipped(audio_guider))
        if any(guider.do_isolated_modality_generation() for guider in guiders):
            asked["apart"] = positive, LeftOut(between=True)
        found = together([each for each, _ in asked.values()], [left_out for _, left_out in asked.values()])
        results = dict(zip(asked, found, strict=True))
        nothing = 0.0, 0.0
        video, audio = (
            guider.calculate(
                results["words"][stream],
                results.get("other words", nothing)[stream],
                results.get("perturbed", nothing)[stream],
                results.get("apart", nothing)[stream],
            )
            for stream, guider in enumerate(guiders)
        )
        return video, audio

    return step


def _is_complete(guider: MultiModalGuider) -> bool:
    """Whether every step is guided, and all that it needs is named."""
    has_words = guider.negative_context is not None or not guider.do_unconditional_generation()
    return guider.params.skip_step == 0 and guider.params.stg_blocks is not None and has_words


def _or(words: Tensor | None, others: Tensor) -> Tensor:
    return others if words is None else words


def _skipped(guider: MultiModalGuider) -> tuple[int, ...]:
    return tuple(guider.params.stg_blocks or ()) if guider.do_perturbed_generation() else ()
