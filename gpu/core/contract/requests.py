"""A person's request.

Every field is a finite list or a bounded text, so each legal combination can be quoted and tested. Knows no price.
"""

from typing import Annotated, Any, Literal, cast, get_args

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter

from gpu.core.contract.fields import (
    Id,
    Seed,
    Strength,
    Text,
    WholeSeconds,
    Wire,
    as_integer,
    without_unknown_members,
)
from gpu.core.geometry import (
    DEFAULT_RATIO,
    DEFAULT_SECONDS,
    DEFAULT_TIER,
    LONGEST_WHOLE_SECONDS,
    SECONDS,
    Ratio,
    Tier,
)
from gpu.core.prompt_help import PROMPT_HELP

TwoStageTier = Literal["704p", "1088p"]
PicturePresetName = Literal["aggressive_quality", "expressive", "expressive_strong", "hq", "quality_light", "fast"]
"""Two-stage presets that take at most one picture. They differ only in their row of `gpu/core/presets.py`."""
PresetName = Literal[PicturePresetName, "draft", "lip_sync", "keyframes", "restyle", "retake", "extend"]


Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
LeastShare = Annotated[float, Field(ge=0.02, le=1.0, allow_inf_nan=False)]


class Crop(Wire):
    """The part of an upright picture to show, in shares of the picture's width and height. Any part outside the picture
    is left out. Where its ratio differs from the clip's, its middle is cut out."""

    left: Share
    top: Share
    width: LeastShare
    height: LeastShare


Borders = Literal["cut", "blurred"]
"""How a picture of another ratio fills the clip: cropped, or shown whole in front of itself, blurred."""


WithinSeconds = Annotated[int, Field(ge=60, le=86_400), BeforeValidator(as_integer)]
"""Counted from the press."""


SoundKind = Literal["model", "off"]
"""The model makes the sound together with the picture, but for a clip made to a sound of one's own. `off` leaves it out
of the file. The price is the same."""
Loudness = Literal["as_made", "even"]
"""`even`: the sound is brought to -14 LUFS, which platforms expect. The price is the same."""


Motion = Literal["turn_head", "nod", "lean_in"]


def _each_once(motions: tuple[Motion, ...]) -> tuple[Motion, ...]:
    if len(set(motions)) < len(motions):
        raise ValueError("each motion once")
    return motions


def _as_tuple(motions: object) -> object:
    """In an `AcceptedRequest`, whose members were looked through, a JSON array is a list by now."""
    return tuple(cast("list[object]", motions)) if isinstance(motions, list) else motions


Motions = Annotated[
    tuple[Motion, ...],
    AfterValidator(_each_once),
    BeforeValidator(_as_tuple),
    Field(json_schema_extra={"uniqueItems": True}),
]
"""Sentences of `gpu/core/motions.py` that follow the person's words, in the order of their table. The price is the
same."""


Guidance = Annotated[float, Field(ge=1.5, le=8.0, allow_inf_nan=False)]
"""How closely the picture follows the words. Without effect where the preset is not guided. The price is the same."""
PictureCrf = Annotated[int, Field(ge=0, le=51), BeforeValidator(as_integer)]
"""H.264 quality in which the model sees the pictures, 0 for unchanged: compressed a little, they move more."""


class _Clip(Wire):
    prompt: Text
    motions: Motions = ()
    negative_prompt: Text | None = None
    guidance: Guidance | None = None
    ratio: Ratio = DEFAULT_RATIO
    seconds: WholeSeconds = DEFAULT_SECONDS
    seed: Seed | None = None
    within_seconds: WithinSeconds | None = None
    """The clip is wanted so many seconds after the press, and may then cost more cards. None: as cheaply as can be."""
    sound: SoundKind = "model"
    loudness: Loudness = "as_made"


class _FirstFrameClip(_Clip):
    upload_id: Id | None = None
    crop: Crop | None = None
    borders: Borders = "cut"
    image_strength: Strength | None = None
    """Of the first stage alone where the preset has another strength for the second."""
    picture_crf: PictureCrf | None = None


class PictureClip(_FirstFrameClip):
    preset: PicturePresetName
    tier: TwoStageTier = DEFAULT_TIER


class DraftClip(_FirstFrameClip):
    preset: Literal["draft"]
    tier: Literal["352p"] = "352p"


class LipSyncClip(_FirstFrameClip):
    """Made for a sound of one's own, from its start: the file plays that sound, and the model hears it."""

    preset: Literal["lip_sync"]
    tier: TwoStageTier = DEFAULT_TIER
    sound_upload_id: Id


class KeyframesClip(_Clip):
    preset: Literal["keyframes"]
    tier: TwoStageTier = DEFAULT_TIER
    first_upload_id: Id
    first_crop: Crop | None = None
    middle_upload_id: Id | None = None
    middle_crop: Crop | None = None
    last_upload_id: Id
    last_crop: Crop | None = None
    borders: Borders = "cut"
    image_strength: Strength | None = None
    picture_crf: PictureCrf | None = None


class RestyleClip(_Clip):
    """Video to video: the source is a clip made on this site, so it is already checked and of a known shape."""

    preset: Literal["restyle"]
    tier: TwoStageTier = DEFAULT_TIER
    source_job_id: Id


Remade = Literal["both", "picture", "sound"]
TimeInClip = Annotated[float, Field(ge=0.0, le=SECONDS[-1], allow_inf_nan=False)]
"""Seconds from the clip's start."""


class RetakeClip(_Clip):
    """A part of a clip made on this site, made anew by other words; all else stays as it was. Ratio, tier, seconds
    and loudness are the clip's. The times go to the nearest third of a second, in which the model works."""

    preset: Literal["retake"]
    tier: Tier = DEFAULT_TIER
    source_job_id: Id
    start_seconds: TimeInClip
    end_seconds: TimeInClip
    remake: Remade = "both"


class ExtendClip(_Clip):
    """A clip made on this site, going on after its end. `seconds` is what the model works on: the clip's last two,
    which it keeps, and what is added. Ratio, tier and loudness are the clip's."""

    preset: Literal["extend"]
    tier: Tier = DEFAULT_TIER
    source_job_id: Id
    whole_seconds: Annotated[int, Field(ge=4, le=LONGEST_WHOLE_SECONDS), BeforeValidator(as_integer)]
    """The length of the whole: the clip's and what is added."""


JobRequest = Annotated[
    PictureClip | DraftClip | LipSyncClip | KeyframesClip | RestyleClip | RetakeClip | ExtendClip,
    Field(discriminator="preset"),
]
"""`POST /api/jobs`. A missing seed is drawn at submit and stored; a missing strength, quality or
guidance is the preset's."""

JOB_REQUEST: TypeAdapter[JobRequest] = TypeAdapter(JobRequest)


class TextRequest(Wire):
    """`POST /api/texts`: the person's words, in any language, to be written anew in English. With a picture, Gemma sees
    it. A missing seed is drawn at submit."""

    preset: Literal["prompt_help"] = PROMPT_HELP
    prompt: Text
    upload_id: Id | None = None
    seed: Seed | None = None


def _model_of(request: object) -> type[Wire] | None:
    preset: Any = cast("dict[str, Any]", request).get("preset") if isinstance(request, dict) else None
    for model in (PictureClip, DraftClip, LipSyncClip, KeyframesClip, RestyleClip, RetakeClip, ExtendClip, TextRequest):
        if preset in get_args(model.model_fields["preset"].annotation):
            return model
    return None


AnyRequest = Annotated[
    PictureClip | DraftClip | LipSyncClip | KeyframesClip | RestyleClip | RetakeClip | ExtendClip | TextRequest,
    Field(discriminator="preset"),
]
AcceptedRequest = Annotated[AnyRequest, without_unknown_members(_model_of)]
"""A request that the site has accepted, perhaps of a later release than its reader."""


class SceneQuality(Wire):
    """The quality of a clip of one picture or none. Of a scene, one of two pictures is made by the preset of keyframes,
    in this tier."""

    preset: Literal[PicturePresetName, "draft"]
    tier: Tier


class EstimateRequest(Wire):
    """`POST /api/estimate`: the choices that the price depends on."""

    preset: PresetName
    ratio: Ratio
    seconds: WholeSeconds
    tier: Tier


class RerunRequest(Wire):
    """`POST /api/jobs/{id}/rerun`: the same settings with the same seed or a new one, perhaps in another quality: a
    draft's at full size. Only a clip of one picture or none has another."""

    seed: Literal["same", "new"]
    quality: SceneQuality | None = None
