"""The tiny model set and one warm renderer, made once a run and only when a test asks for them."""

# Libraries load when a fixture is used: the pure core's tests need none of them, nor wait four seconds for torch.
# pyright: reportUnknownMemberType=false

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gpu.core.contract import Resolved
from gpu.core.render_job import NOBODY, Conditioning, Follower, Rendered, Shot

if TYPE_CHECKING:
    from gpu.render.model_files import ModelFiles
    from gpu.render.pipelines import Renderer

RenderClip = Callable[..., Rendered]

LIP_SYNC = "A2VidPipelineTwoStage"
RETAKE = "RetakePipeline"
DISTILLED = ("DistilledPipeline", "ICLoraPipeline", RETAKE)


def settings(pipeline: str = "TI2VidTwoStagesPipeline", **changes: Any) -> Resolved:
    """The smallest clip that every pipeline can make: 64x64, 9 frames, 2 guided steps or the distilled 8."""
    distilled = pipeline in DISTILLED
    base: dict[str, Any] = {
        "pipeline": pipeline,
        "checkpoint": "tiny-19b",
        "lora": None,
        "quantization": None,
        "gpu": "cpu",
        "seed": 7,
        "num_frames": 9,
        "width": 64,
        "height": 64,
        "frame_rate": 24,
        "steps": 8 if distilled else 2,
        "guidance": 1.0 if distilled else 3.0,
        "image_strength": 0.85,
        "prompt_sent": "바람에 머리카락이 흔들려요",
        "negative_prompt": None if distilled else "blurry",
        "prompt_tokens_dropped": None,
        "build": "test",
    }
    return Resolved(**(base | changes))


def spoken(path: Path, seconds: float = 9 / 24, pitch: float = 220.0) -> Path:
    """A sound whose loudness goes up and down, as a voice's does."""
    import numpy as np

    from gpu.media.sounds import RATE, write_wav

    at = np.arange(round(seconds * RATE)) / RATE
    wave = np.sin(2 * np.pi * pitch * at) * np.sin(2 * np.pi * 4 * at) * 4_000
    write_wav(np.stack([wave, wave], axis=1).astype(np.int16), path)
    return path


@pytest.fixture
def blocks_run(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[int]]:
    """Gives, for a transformer of two blocks, a list that grows with each that runs: 0, 1, 0, 1 and so on."""

    def watched(transformer: Any) -> list[int]:
        run_block = transformer._run
        ran: list[int] = []

        def counted(*arguments: object) -> object:
            ran.append(len(ran) % 2)
            return run_block(*arguments)

        monkeypatch.setattr(transformer, "_run", counted)
        return ran

    return watched


@pytest.fixture(scope="session")
def make_settings() -> Callable[..., Resolved]:
    return settings


@pytest.fixture(scope="session")
def tiny_files(tmp_path_factory: pytest.TempPathFactory) -> "ModelFiles":
    from gpu.tiny.build import build

    # Hangul and a space: a place like any other.
    return build(tmp_path_factory.mktemp("모델 집합") / "19b", "19b")


@pytest.fixture(scope="session")
def renderer(tiny_files: "ModelFiles") -> "Renderer":
    from gpu.render.pipelines import Renderer

    warm = Renderer(tiny_files, threads=1)
    warm.warm()
    return warm


@pytest.fixture(scope="session")
def gradient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A colourful picture, 120x96."""
    import numpy as np
    from PIL import Image

    y, x = np.mgrid[0:96, 0:120]
    pixels = np.stack([x * 2, y * 2, (x + y) % 256], axis=-1).astype(np.uint8)
    path = tmp_path_factory.mktemp("그림") / "gradient.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def render(renderer: "Renderer", gradient: Path, tmp_path: Path) -> RenderClip:
    """Renders one clip with the session's renderer: render(pipeline, pictures=…, source=…, **changes of settings)."""

    def run(
        pipeline: str = "TI2VidTwoStagesPipeline",
        *,
        pictures: Sequence[Conditioning] | None = None,
        source: Path | None = None,
        own_sound: Path | None = None,
        follower: Follower = NOBODY,
        made_by: "Renderer | None" = None,
        **changes: Any,
    ) -> Rendered:
        usual = [] if pipeline == RETAKE else [Conditioning(gradient, 0, 0.85)]
        shown = usual if pictures is None else pictures
        files = tmp_path / "clip.mp4", tmp_path / "poster.jpg", tmp_path / "last.png"
        heard = spoken(tmp_path / "말소리.wav") if pipeline == LIP_SYNC and own_sound is None else own_sound
        shot = Shot(settings(pipeline, **changes), shown, source, *files, heard)
        return (made_by or renderer).render(shot, follower)

    return run


@pytest.fixture(scope="session")
def source_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip to restyle: 9 frames of 64x64 that brighten."""
    import numpy as np

    from gpu.media.encode import write_clip

    frames = np.full((9, 64, 64, 3), 40, np.uint8) + np.arange(9, dtype=np.uint8)[:, None, None, None] * 20
    path = tmp_path_factory.mktemp("원본") / "source.mp4"
    write_clip((chunk for chunk in [frames]), None, path, num_frames=9, frame_rate=24)
    return path
