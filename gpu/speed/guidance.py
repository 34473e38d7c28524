"""A guided step that requests both of its evaluations at once, so that a transformer can make them in one forward.

Replaces `multi_modal_guider_factory_denoising_func` of ltx-pipelines 1.0.0. LTX's own function still runs for any other
guidance than classifier-free, and for a transformer without `both`; the guider is always LTX's own.
Does not know which evaluations are faster together.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

from ltx_core.components.guiders import MultiModalGuider, MultiModalGuiderFactory
from ltx_core.types import LatentState
from ltx_pipelines.utils.helpers import modality_from_latent_state, multi_modal_guider_denoising_func
from ltx_pipelines.utils.types import DenoisingFunc
from torch import Tensor

from gpu.speed.transformer import Asked


def guided_in_pairs(
    video_guider_factory: MultiModalGuiderFactory,
    audio_guider_factory: MultiModalGuiderFactory | None,
    v_context: Tensor,
    a_context: Tensor,
    transformer: Any,
) -> DenoisingFunc:
    """The function that makes one step of a clip: latents and noise levels in, denoised picture and sound out."""
    both = getattr(transformer, "both", None)
    levels: list[float] = []
    last: tuple[Any, Any] = None, None

    def step(
        video_state: LatentState, audio_state: LatentState, sigmas: Tensor, step_index: int
    ) -> tuple[Tensor, Tensor]:
        nonlocal last
        if not levels:  # copied from the card once a clip
            levels.extend(sigmas.tolist())
        video_guider = video_guider_factory.build_from_sigma(levels[step_index])
        audio_guider = (audio_guider_factory or video_guider_factory).build_from_sigma(levels[step_index])

        def modalities(video_words: Any, audio_words: Any) -> Asked:
            return (
                modality_from_latent_state(video_state, video_words, sigmas[step_index]),
                modality_from_latent_state(audio_state, audio_words, sigmas[step_index]),
            )

        if both is not None and _by_prompt_alone(video_guider) and _by_prompt_alone(audio_guider):
            positive = modalities(v_context, a_context)
            negative = modalities(video_guider.negative_context, audio_guider.negative_context)
            (video, audio), (negative_video, negative_audio) = both(positive, negative)
            last = (
                video_guider.calculate(video, negative_video, 0.0, 0.0),
                audio_guider.calculate(audio, negative_audio, 0.0, 0.0),
            )
        else:
            ltx_s_own = multi_modal_guider_denoising_func(
                video_guider,
                audio_guider,
                v_context,
                a_context,
                transformer,
                last_denoised_video=last[0],
                last_denoised_audio=last[1],
            )
            last = ltx_s_own(video_state, audio_state, sigmas, step_index)
        return last

    return step


def _by_prompt_alone(guider: MultiModalGuider) -> bool:
    """True where a step consists of exactly the two evaluations, for the prompt and the negative prompt."""
    return (
        guider.do_unconditional_generation()
        and guider.negative_context is not None
        and not guider.do_perturbed_generation()
        and not guider.do_isolated_modality_generation()
        and guider.params.skip_step == 0
    )
