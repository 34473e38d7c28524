"""Measures the trained tiny set through the real pipelines and prints the table; writes a contact sheet.

Held-out pictures are drawn from a seed that training never used; photographs are scikit-image's bundled ones where that
package is installed (it is no dependency) and are left out where it is not.

Does not know how to mend what it finds.
"""

# LTX comes with gaps in its types; what it hands over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import importlib.util
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from gpu.contract import PresetName, Resolved
from gpu.pipelines import Renderer, call_arguments
from gpu.presets import NEGATIVE_PROMPT, PRESETS, prompt_sent
from gpu.rendering import Conditioning
from gpu.tiny.drawing import KINDS, draw
from gpu.tiny.measures import decibels, fit, likeness, motion_score, obeys, undone
from gpu.tiny.motions import Motion, frame_size, moved
from gpu.tiny.trained import build_trained

HELD_OUT_SEED = 20_261_123
FRAMES = 33
ASKED: tuple[tuple[Motion, str, str], ...] = (
    ("zoom_in", "줌 인", "zoom in"),
    ("zoom_out", "카메라가 천천히 줌 아웃", "the camera slowly zooms out"),
    ("pan_left", "카메라가 왼쪽으로 움직인다", "pan left"),
    ("pan_right", "오른쪽으로 이동", "the camera pans to the right"),
    ("pan_up", "카메라를 위로", "tilt up"),
    ("pan_down", "아래로 천천히", "pan down slowly"),
    ("still", "가만히 멈춘 화면", "hold still"),
)
_EVALUATED: tuple[PresetName, ...] = ("fast", "aggressive_quality")
_PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "retina.jpg")


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
    ) -> Tensor:
        """Frames in 0..1, [3, frames, height, width]; the clip is as large as the first picture."""
        row = PRESETS[preset]
        height, width = pictures[0][0].shape[1:]
        strength = (row.image_strength or 1.0) if strength is None else strength
        resolved = Resolved(
            pipeline=row.pipeline,
            checkpoint=self.checkpoint,
            lora=None,
            quantization=None,
            gpu="cpu",
            seed=seed,
            num_frames=frames,
            width=width,
            height=height,
            frame_rate=24,
            steps=row.steps,
            guidance=row.guidance,
            image_strength=strength,
            prompt_sent=prompt_sent(row, prompt),
            negative_prompt=NEGATIVE_PROMPT if row.guided else None,
            prompt_tokens_dropped=None,
            build="evaluation",
        )
        conditions = [Conditioning(self.save(picture), index, strength) for picture, index in pictures]
        chunks, _ = self.renderer.pipeline(row.pipeline)(**call_arguments(resolved, conditions, None))
        frames_seen = torch.cat([chunk.float().cpu() / 255 for chunk in chunks])
        return frames_seen.permute(3, 0, 1, 2)


def drawn(count: int, height: int, width: int, seed: int = HELD_OUT_SEED) -> Iterator[Tensor]:
    """Held-out drawings in turn of each kind, [3, height, width] in 0..1; portraits first."""
    generator = torch.Generator().manual_seed(seed)
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    for index in range(count):
        kind = KINDS[(len(KINDS) - 1 + index) % len(KINDS)]
        yield draw(kind, 1, side, generator).open_eyes[0][:, top : top + height, left : left + width]


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


def evaluate(renderer: Renderer, checkpoint: str, pictures_each: int = 1) -> Iterator[tuple[str, str, str]]:
    """Rows of the table as they are measured: figure, target, value. `pictures_each`: clips for each wish and language.

    With one clip each, 32 clips: about two minutes on two idle cores.
    """
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(renderer, Path(folder), checkpoint)
        yield from _reconstruction(studio)
        held_out = [*drawn(12, 320, 192)]
        for preset in _EVALUATED:
            yield from _obedience(studio, preset, held_out, pictures_each)
        for strength, target in ((1.0, 0.80), (0.85, 0.70)):
            found = [
                likeness(studio.clip("aggressive_quality", "zoom in", [(each, 0)], strength=strength)[:, 0], each)
                for each in held_out[: 2 * pictures_each]
            ]
            yield f"first frame, strength {strength}: SSIM", f">= {target:.2f}", f"{statistics.mean(found):.3f}"


def _reconstruction(studio: Studio) -> Iterator[tuple[str, str, str]]:
    pipeline = studio.renderer.pipeline("TI2VidTwoStagesPipeline")
    encoder, decoder = pipeline.stage_1_model_ledger.video_encoder(), pipeline.stage_1_model_ledger.video_decoder()

    @torch.inference_mode()
    def through(clip: Tensor) -> Tensor:
        return decoder(encoder((clip * 2 - 1).to(torch.bfloat16))).float().add(1).div(2).clamp(0, 1)

    for name, target, pictures in (
        ("drawn", 24, [*drawn(12, 320, 192)]),
        ("photographs", 20, [*photographs(320, 192)]),
    ):
        if pictures:
            single = [decibels(through(each[None, :, None])[0, :, 0], each) for each in pictures]
            yield f"reconstruction, picture, {name}: dB", f">= {target}", f"{statistics.mean(single):.1f}"
            motions: tuple[Motion, ...] = ("zoom_in", "pan_left", "still")
            clips = [moved(each[None], 25, motions[i % 3]) for i, each in enumerate(pictures[:6])]
            moving = [decibels(through(clip), clip) for clip in clips]
            yield f"reconstruction, 25 frames, {name}: dB", f">= {target}", f"{statistics.mean(moving):.1f}"


def _obedience(
    studio: Studio, preset: PresetName, held_out: list[Tensor], pictures_each: int
) -> Iterator[tuple[str, str, str]]:
    right: dict[str, list[bool]] = {"Korean": [], "English": []}
    kept: list[float] = []
    scores: dict[Motion, list[float]] = {}
    shown = 0
    for motion, korean, english in ASKED:
        for language, text in (("Korean", korean), ("English", english)):
            for _ in range(pictures_each):
                picture, shown = held_out[shown % len(held_out)], shown + 1
                clip = studio.clip(preset, text, [(picture, 0)])
                last = clip.shape[1] - 1
                found = fit(clip[:, 0], clip[:, last])
                right[language].append(obeys(motion, found, frame_size(*picture.shape[1:])))
                back, view = undone(clip[:, last], motion, last)
                kept.append(likeness(back * view, picture * view))
                scores.setdefault(motion, []).append(motion_score(clip))
    for language, hits in right.items():
        yield f"{preset}: asked motion found, {language}", ">= 9 of 10", f"{sum(hits)} of {len(hits)}"
    yield f"{preset}: last frame, motion undone: SSIM", ">= 0.5", f"{statistics.mean(kept):.3f}"
    ratio = statistics.mean(scores["zoom_in"]) / max(1e-6, statistics.mean(scores["still"]))
    yield f"{preset}: motion score, zoom in against still", ">= 4", f"{ratio:.1f}"


def sheet(renderer: Renderer, checkpoint: str, path: Path) -> None:
    """Writes a contact sheet: five clips, five frames each."""
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(renderer, Path(folder), checkpoint)
        pictures = [*drawn(5, 320, 192)]
        wishes: list[tuple[PresetName, str]] = [
            ("aggressive_quality", "줌 인"),
            ("aggressive_quality", "pan left"),
            ("fast", "zoom out"),
            ("fast", "바람에 흔들린다"),
            ("keyframes", "still"),
        ]
        rows: list[Tensor] = []
        for index, (preset, prompt) in enumerate(wishes):
            shown: list[tuple[Tensor, int]] = [(pictures[index], 0)]
            if preset == "keyframes":
                shown.append((pictures[0], FRAMES - 1))
            clip = studio.clip(preset, prompt, shown)
            rows.append(torch.cat([clip[:, frame] for frame in (0, 8, 16, 24, 32)], dim=2))
        whole = (torch.cat(rows, dim=1).permute(1, 2, 0) * 255).round().byte().numpy()
        Image.fromarray(whole).save(path)


def renderer_for(directory: Path) -> Renderer:
    """A renderer over the trained set, built under `directory` if it is not there."""
    return Renderer(build_trained(directory))
