"""The real pipelines on one tiny set, pictures in and frames out, and the held-out pictures to try them on.

Pictures are drawn from a seed that training never used; photographs are scikit-image's bundled ones where that package
is installed (it is no dependency) and are left out where it is not.

Does not judge the frames.
"""

# LTX comes with gaps in its types; what it hands over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import importlib.util
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import PresetName, Resolved
from gpu.core.presets import NEGATIVE_PROMPT, PRESETS, prompt_sent, sampler_of
from gpu.core.render_job import Conditioning
from gpu.media.encode import write_clip
from gpu.render.pipeline_call import call_arguments
from gpu.render.pipelines import Renderer
from tools.tiny_training.drawing import KINDS, draw

HELD_OUT_SEED = 20_261_123
FRAMES = 33
_PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "retina.jpg")
_FRAME_RATE = 24


@dataclass(frozen=True, slots=True)
class Drawing:
    """A held-out drawing, [3, height, width] in 0..1, and the same with its eyes shut where it is a portrait."""

    picture: Tensor
    shut: Tensor | None


class Studio:
    """The pipelines on one set of weights, pictures in and frames out."""

    def __init__(self, renderer: Renderer, folder: Path, checkpoint: str) -> None:
        self.renderer, self.folder, self.checkpoint = renderer, folder, checkpoint
        self._saved = 0

    def save(self, picture: Tensor) -> Path:
        """Writes a picture [3, h, w] in 0..1 as PNG."""
        self._saved += 1
        path = self.folder / f"picture-{self._saved}.png"
        Image.fromarray((picture.permute(1, 2, 0) * 255).round().byte().numpy()).save(path)
        return path

    def film(self, clip: Tensor | None) -> Path | None:
        """Writes a clip as MP4, as a source for restyling; nothing for None."""
        if clip is None:
            return None
        self._saved += 1
        path = self.folder / f"clip-{self._saved}.mp4"
        write_clip(_chunks(clip), None, path, num_frames=clip.shape[1], frame_rate=_FRAME_RATE)
        return path

    @torch.inference_mode()
    def clip(
        self,
        preset: PresetName,
        prompt: str,
        pictures: list[tuple[Tensor, int]],
        *,
        strength: float | None = None,
        frames: int = FRAMES,
        seed: int = 1,
        source: Tensor | None = None,
    ) -> Tensor:
        """Frames in 0..1, [3, frames, height, width]; as large as the first picture, or as the `source` clip."""
        row = PRESETS[preset]
        height, width = (source if source is not None else pictures[0][0]).shape[-2:]
        strength = (row.image_strength or 1.0) if strength is None else strength
        settings: dict[str, Any] = sampler_of(row, CHECKPOINTS[self.checkpoint]) | {"image_strength": strength}
        resolved = Resolved(
            **settings,
            gpu="cpu",
            seed=seed,
            num_frames=frames,
            width=width,
            height=height,
            frame_rate=_FRAME_RATE,
            prompt_sent=prompt_sent(row, prompt),
            negative_prompt=NEGATIVE_PROMPT if row.guided else None,
            build="evaluation",
        )
        conditions = [Conditioning(self.save(picture), index, strength) for picture, index in pictures]
        chunks, _ = self.renderer.pipeline(row.pipeline)(**call_arguments(resolved, conditions, self.film(source)))
        frames_seen = torch.cat([chunk.float().cpu() / 255 for chunk in chunks])
        return frames_seen.permute(3, 0, 1, 2)


def _chunks(clip: Tensor) -> Generator[NDArray[np.uint8], None, None]:
    yield (clip.permute(1, 2, 3, 0) * 255).round().byte().numpy()


def drawings(count: int, height: int, width: int, seed: int = HELD_OUT_SEED) -> Iterator[Drawing]:
    """Held-out drawings in turn of each kind; portraits first."""
    generator = torch.Generator().manual_seed(seed)
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    for index in range(count):
        kind = KINDS[(len(KINDS) - 1 + index) % len(KINDS)]
        pictures = draw(kind, 1, side, generator)
        opened, shut = (
            each[0][:, top : top + height, left : left + width] for each in (pictures.open_eyes, pictures.closed_eyes)
        )
        yield Drawing(opened, shut if kind == "portrait" else None)


def drawn(count: int, height: int, width: int, seed: int = HELD_OUT_SEED) -> Iterator[Tensor]:
    """The same without shut eyes, [3, height, width] each."""
    return (each.picture for each in drawings(count, height, width, seed))


def photographs(height: int, width: int) -> Iterator[Tensor]:
    """scikit-image's bundled photographs, scaled to cover and cropped; nothing where it is not installed."""
    package = importlib.util.find_spec("skimage")
    if package is None or package.origin is None:
        return
    folder = Path(package.origin).parent / "data"
    for name in _PHOTOGRAPHS:
        if (folder / name).exists():
            with Image.open(folder / name) as image:
                cover = ImageOps.fit(image.convert("RGB"), (width, height), Image.Resampling.LANCZOS)
            yield torch.from_numpy(np.asarray(cover).copy()).permute(2, 0, 1).float() / 255
