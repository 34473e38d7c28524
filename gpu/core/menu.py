"""The presets as the site shows them: those that its models can make. Knows no price."""

from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT, Flavour
from gpu.core.contract import PresetInfo
from gpu.core.geometry import RATIOS, SECONDS
from gpu.core.presets import NEGATIVE_PROMPT, presets_of, usual_picture_crf


def menu_rows(flavour: Flavour = CHECKPOINTS[PRODUCTION_CHECKPOINT].flavour) -> tuple[PresetInfo, ...]:
    """The presets as a site with this family's models shows them."""
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
            picture_crf=usual_picture_crf(preset, flavour),
            has_own_second_stage=preset.stage_2_image_strength is not None,
            option_of=preset.option_of,
            prompt_prefix=preset.prompt_prefix,
            negative_prompt=NEGATIVE_PROMPT if preset.guided else None,
            inputs=preset.inputs,
        )
        for preset in presets_of(flavour)
    )
