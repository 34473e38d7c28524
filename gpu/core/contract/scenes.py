"""The scene table: a project of scenes, each a picture and a line, and what the clips of each have become.

A cell without a value takes the project's setting. Texts are kept to the letter. It knows no price.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field

from gpu.core.contract.fields import Count, Id, MicroWon, Seed, Timestamp, WholeSeconds, Wire, as_integer
from gpu.core.contract.jobs import BatchNow, JobStatus
from gpu.core.contract.library import MAX_TITLE
from gpu.core.contract.requests import Borders, Crop, Motions, SceneQuality
from gpu.core.geometry import Ratio, Seconds

MAX_SCENES = 200
MAX_PROJECT_BYTES = 1024 * 1024
"""Of one change: a table of 200 scenes fits, unless every text has its full length."""
MAX_LINE = 4_000
"""In characters as they were sent. What is sent to the model, words in front included, has a prompt's own limit."""
MAX_SUBTITLE = 1_000
MAX_SHOWN_VERSIONS = 20

_KEPT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_LINE = r"^[^\x00-\x1f\x7f]*$"
SceneTitle = Annotated[str, Field(max_length=MAX_TITLE, pattern=_LINE)]
SceneLine = Annotated[str, Field(max_length=MAX_LINE, pattern=_KEPT)]
Subtitle = Annotated[str, Field(max_length=MAX_SUBTITLE, pattern=_KEPT)]
NegativeText = Annotated[str, Field(max_length=2_000, pattern=_KEPT)]
WordsInFront = Annotated[str, Field(max_length=1_000, pattern=_KEPT)]
FileName = Annotated[str, Field(max_length=255, pattern=_LINE)]
ProjectTitle = Annotated[str, Field(max_length=MAX_TITLE, pattern=_LINE)]
PresetTitle = Annotated[str, Field(min_length=1, max_length=MAX_TITLE, pattern=_LINE)]

SceneState = Literal[
    "empty", "new", "waiting", "paused", "running", "delivered", "drafted", "changed", "failed", "canceled"
]
"""`waiting`, `paused` and `running`: a clip of it has not ended. `delivered`: what the scene says now is made.
`drafted`: a draft of that is. `changed`: there is a clip, of other inputs. `new`: nothing was made yet."""


class SceneSettings(Wire):
    """What holds for each scene that says nothing else."""

    ratio: Ratio
    seconds: Seconds
    quality: SceneQuality
    sound: bool
    words_in_front: WordsInFront
    negative_prompt: NegativeText
    borders: Borders
    dialogue_motions: bool
    """Whether spoken lines add their motions to what is sent."""


class SceneSettingsChange(Wire):
    """Only what is named changes. None: as a new project has it."""

    ratio: Ratio | None = None
    seconds: WholeSeconds | None = None
    quality: SceneQuality | None = None
    sound: bool | None = None
    words_in_front: WordsInFront | None = None
    negative_prompt: NegativeText | None = None
    borders: Borders | None = None
    dialogue_motions: bool | None = None


class SceneCells(Wire):
    """What a person writes into a scene. None: as the project's settings say."""

    title: SceneTitle | None
    line: SceneLine
    subtitle: Subtitle
    first_upload_id: Id | None
    first_crop: Crop | None
    last_upload_id: Id | None
    last_crop: Crop | None
    picture_name: FileName | None
    """The file that the scene waits for."""
    seconds: Seconds | None
    quality: SceneQuality | None
    sound: bool | None
    seed: Seed | None
    negative_prompt: NegativeText | None
    borders: Borders | None
    motions: Motions | None
    """None: those of the spoken lines, where the project has `dialogue_motions`."""
    chosen_job: Id | None
    """None: the newest clip, a final one before a draft."""

    @classmethod
    def empty(cls) -> Self:
        """A scene that nothing was written into."""
        return cls.model_validate(dict.fromkeys(cls.model_fields) | {"line": "", "subtitle": ""})


class SceneCellsChange(Wire):
    """Only what is named changes."""

    title: SceneTitle | None = None
    line: SceneLine | None = None
    subtitle: Subtitle | None = None
    first_upload_id: Id | None = None
    first_crop: Crop | None = None
    last_upload_id: Id | None = None
    last_crop: Crop | None = None
    picture_name: FileName | None = None
    seconds: WholeSeconds | None = None
    quality: SceneQuality | None = None
    sound: bool | None = None
    seed: Seed | None = None
    negative_prompt: NegativeText | None = None
    borders: Borders | None = None
    motions: Motions | None = None
    chosen_job: Id | None = None


class SceneVersion(Wire):
    """A job that was made from a scene."""

    job_id: Id
    batch_id: Id | None
    status: JobStatus
    paused: bool
    is_draft: bool
    is_current: bool
    """Made from exactly what the scene says now, the seed aside."""
    quality: SceneQuality | None
    """None: of two pictures."""
    seconds: Seconds
    seed: Seed
    created_at: Timestamp
    estimate_micro_won: MicroWon
    billed_micro_won: MicroWon | None
    problem_type: str | None
    has_poster: bool


class Scene(Wire):
    id: Id
    number: Count
    """Its place in the table, from 1."""
    revision: Count
    """The project's revision that changed it last."""
    cells: SceneCells
    state: SceneState
    clip: Id | None
    """The job whose clip is the scene's."""
    billed_micro_won: MicroWon
    versions: tuple[SceneVersion, ...]
    """The newest first, up to a limit."""


class Project(Wire):
    id: Id
    title: str
    revision: Count
    created_at: Timestamp
    updated_at: Timestamp
    deleted_at: Timestamp | None
    settings: SceneSettings
    scenes: tuple[Scene, ...]
    batch: BatchNow | None
    """The newest that has not ended, else the newest."""


class ProjectSummary(Wire):
    id: Id
    title: str
    revision: Count
    created_at: Timestamp
    updated_at: Timestamp
    deleted_at: Timestamp | None
    scenes: Count
    delivered: Count
    """Scenes with a clip."""
    open: Count
    """Jobs that have not ended."""
    billed_micro_won: MicroWon
    poster_job: Id | None


class ProjectList(Wire):
    """`GET /api/projects`: the last changed first."""

    projects: tuple[ProjectSummary, ...]


class ProjectRequest(Wire):
    """`POST /api/projects`."""

    title: ProjectTitle = ""
    settings: SceneSettingsChange | None = None


class SceneChange(Wire):
    """A scene that the project does not have comes into being, with the id that its sender gave it."""

    id: Id
    cells: SceneCellsChange


class ProjectChange(Wire):
    """`PATCH /api/projects/{id}`: only what is named changes; of each cell the last writer wins."""

    base_revision: Annotated[int, Field(ge=0, le=2**53 - 1), BeforeValidator(as_integer)]
    """What the sender knew last."""
    title: ProjectTitle | None = None
    settings: SceneSettingsChange | None = None
    rows: Annotated[tuple[SceneChange, ...], Field(max_length=MAX_SCENES)] = ()
    order: Annotated[tuple[Id, ...], Field(max_length=1_000)] | None = None
    """Those that the sender knows, as they stand. Another one stays behind the one that it stood behind."""
    removed: Annotated[tuple[Id, ...], Field(max_length=MAX_SCENES)] = ()


class Overwritten(Wire):
    """A value of somebody else that this change replaced, unseen by its sender. Without a cell: a scene was removed
    that somebody had changed, or changed, and so brought back, that somebody had removed."""

    scene: Id | None
    """None: of the project itself."""
    cell: str | None
    before: SceneCells | None
    """The scene as it was before this change."""
    settings: SceneSettings | None = None
    """Likewise, of the project."""
    title: str | None = None


class ProjectChanged(Wire):
    revision: Count
    title: str
    settings: SceneSettings
    order: tuple[Id, ...]
    rows: tuple[Scene, ...]
    """Whatever has changed after `base_revision`, whoever changed it."""
    removed: tuple[Id, ...]
    overwritten: tuple[Overwritten, ...]


class ChannelPresetRequest(Wire):
    """`POST /api/channel-presets`: settings under a name, to begin other projects with."""

    name: PresetTitle
    settings: SceneSettingsChange


class ChannelPreset(Wire):
    id: Id
    name: str
    settings: SceneSettings
    updated_at: Timestamp


class ChannelPresets(Wire):
    channel_presets: tuple[ChannelPreset, ...]
