"""The exact settings of a clip, and the facts of the finished file. Knows neither the job nor its price."""

from typing import Literal

from gpu.core.contract.fields import AcrossReleases, Count, Seed
from gpu.core.contract.pictures import Faces


class Resolved(AcrossReleases):
    """Every setting of a render: enough to run it again. A default stands for "not said", by another release."""

    pipeline: str = ""
    checkpoint: str = ""
    lora: str | None = None
    quantization: str | None = None
    gpu: str = ""
    seed: Seed = 0
    num_frames: int = 0
    width: int = 0
    height: int = 0
    frame_rate: int = 0
    steps: int = 0
    guidance: float = 0.0
    guided_steps: int | None = None
    """Number of guided steps, where guidance stops early; None where it is on in all steps, or off."""
    sound_guidance: float | None = None
    """None: as the picture's."""
    stg_scale: float = 0.0
    """Guidance away from a forward whose `stg_blocks` skip self-attention; 0: off."""
    stg_blocks: tuple[int, ...] = ()
    modality_scale: float = 1.0
    """Guidance away from a forward in which picture and sound are apart; 1: off."""
    rescale: float = 0.0
    """How far guidance is scaled back to the spread of the unguided prediction, 0 to 1."""
    sound_rescale: float | None = None
    """None: as the picture's."""
    image_strength: float | None = None
    """Of both stages, unless the second has its own."""
    stage_2_image_strength: float | None = None
    picture_crf: int = 33
    """H.264 quality (CRF) in which the models see the pictures, 0 for unchanged; of both stages, unless the second has
    its own. The default is LTX's."""
    stage_2_picture_crf: int | None = None
    sound: str = "model"
    """`off`: the file has no sound. `own`: it has the person's."""
    loudness: str = "as_made"
    """`even`: brought to -14 LUFS."""
    remade: str | None = None
    """What of a part of a finished clip is made anew: `both`, `picture` or `sound`. None: the clip is all new."""
    remade_from: Count = 0
    """Its first frame."""
    remade_until: Count = 0
    """The frame after its last."""
    frames_before: Count = 0
    """Of a clip that goes on: its frames in front of those that models see, which the numbers above do not count."""
    prompt_sent: str = ""
    negative_prompt: str | None = None
    prompt_tokens_dropped: int | None = None
    """Tokens of the prompt and the negative prompt past the model's 1,024 of each; None until both are encoded."""
    build: str = ""


class Video(AcrossReleases):
    bytes: Count
    width: int = 0
    height: int = 0
    num_frames: int = 0
    frame_rate: int = 0
    seconds: float = 0.0
    frames_hash: str = ""
    """SHA-256 over the decoded RGB frames in order: equal for equal settings on the same machine."""
    sha256: str | None = None
    """SHA-256 of the file as it is stored, in hex; None in markers from before it was kept."""
    content_credentials: Literal["off", "signed", "failed"] = "off"
    """The signed C2PA manifest in the file: not configured, present, or left out because signing failed."""


class Poster(AcrossReleases):
    bytes: Count
    width: int = 0
    height: int = 0


class LastFrame(AcrossReleases):
    """The clip's last frame as a picture that a next clip may begin with: a PNG in the bucket, as models see it."""

    key: str
    bytes: Count
    width: Count = 0
    height: Count = 0
    digest: str = ""
    """What names equal pictures, as in `PictureRead`."""
    faces: Faces = ()


class Quality(AcrossReleases):
    """Measured on the finished frames, which are never altered."""

    pixel_difference: tuple[float, ...] = ()
    """Mean absolute difference to the input picture, 0 to 255, at five checkpoints; empty without a picture."""
    similarity: tuple[float, ...] = ()
    """Structural similarity (SSIM) to the input picture, -1 to 1, at the same checkpoints."""
    motion: float = 0.0
    """Mean absolute change from frame to frame, 0 to 255."""
    flicker: float = 0.0
    """Mean difference of a frame's brightness to the mean of its neighbours', 0 to 255."""
    expression: float | None = None
    """How fast eyes, brows and mouth move against the head: mean eye distances a second. 0 for a still face; None where
    no face is seen at first, or in fewer than half of the looks at it."""
    face_likeness: float | None = None
    """How much the face is like the picture's, 0 to 1, by gradients; a quarter of the looks are less like it. It is no
    face recognition. None as above."""
    faults: tuple[str, ...] = ()
    """Known faults of the model that its frames show, by name; a reader passes over names that it does not know."""
