"""Measures the trained tiny set through the real pipelines: the rows of its table, and a contact sheet.

It measures drawings of six kinds, from a seed that training does not use, and photographs where they are installed. A
second process must give the same frames.

Does not change the set.
"""

import hashlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from gpu.core.contract import PresetName
from gpu.core.geometry import TINY_SIZES
from gpu.render.ltx_patches import number_format
from gpu.render.pipelines import Renderer
from gpu.tiny.motions import Motion, moved
from gpu.tiny.sets import TRAINED
from gpu.tiny.trained import build_trained
from tools.tiny_training.measures import decibels, likeness, motion_score, undone
from tools.tiny_training.obedience import shows
from tools.tiny_training.studio import FRAMES, Drawing, Studio, drawings, drawn, photographs

Row = tuple[str, str, str]
"""Figure, target, measured."""

ASKED: tuple[tuple[Motion, str, str], ...] = (
    ("zoom_in", "줌 인", "zoom in"),
    ("zoom_in", "소녀에게 천천히 다가간다", "slowly push in on her face"),
    ("zoom_out", "카메라가 천천히 줌 아웃", "the camera slowly zooms out"),
    ("pan_left", "카메라가 왼쪽으로 움직인다", "pan left"),
    ("pan_right", "오른쪽으로 이동", "the camera pans to the right"),
    ("pan_up", "카메라를 위로", "tilt up"),
    ("pan_down", "아래로 천천히", "pan down slowly"),
    ("still", "가만히 멈춘 화면", "hold still"),
    ("sway", "바람에 흔들린다", "swaying in the wind"),
    ("blink", "눈을 깜빡인다", "she blinks"),
)
"""Ten requested motions in each language."""

_EVALUATED: tuple[PresetName, ...] = ("fast", "aggressive_quality", "draft")
_HASHED: tuple[PresetName, ...] = ("fast", "aggressive_quality")
_ON_PHOTOGRAPHS: tuple[Motion, ...] = ("zoom_in", "zoom_out", "pan_left", "pan_up", "still", "sway")
_WIDTH, _HEIGHT = TINY_SIZES["9:16"]


@dataclass(slots=True)
class _Tally:
    """The measured results of a preset's clips."""

    right: list[bool] = field(default_factory=list[bool])
    last: list[float] = field(default_factory=list[float])
    scores: dict[Motion, list[float]] = field(default_factory=dict[Motion, list[float]])

    def add(self, motion: Motion, clip: Tensor, drawing: Drawing) -> None:
        end = clip.shape[1] - 1
        self.right.append(shows(motion, clip, drawing.picture, drawing.shut))
        back, view = undone(clip[:, end], motion, end)
        self.last.append(likeness(back * view, drawing.picture * view))
        self.scores.setdefault(motion, []).append(motion_score(clip))

    @property
    def found(self) -> str:
        return f"{sum(self.right)} of {len(self.right)}"

    @property
    def ratio(self) -> float:
        """Motion score of a zoom in, relative to a clip that should be still."""
        return statistics.mean(self.scores["zoom_in"]) / max(1e-6, statistics.mean(self.scores["still"]))


def evaluate(renderer: Renderer, checkpoint: str, pictures_each: int = 6) -> Iterator[Row]:
    """Rows of the table, as they are measured. `pictures_each`: clips for each motion, language and preset.

    With six each, one for each kind of drawing, some 420 clips: about a quarter of an hour on one core.
    """
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(renderer, Path(folder), checkpoint)
        yield from _reconstruction(studio)
        for preset in _EVALUATED:
            yield from _drawn_clips(studio, preset, pictures_each)
        yield from _photographed_clips(studio)
        yield from _first_frames(studio)
        yield from _key_frames(studio)
        yield from _restyled(studio)
        yield _second_process()


def _reconstruction(studio: Studio) -> Iterator[Row]:
    pipeline = studio.renderer.pipeline("TI2VidTwoStagesPipeline")
    encoder, decoder = pipeline.stage_1_model_ledger.video_encoder(), pipeline.stage_1_model_ledger.video_decoder()

    @torch.inference_mode()
    def through(clip: Tensor) -> Tensor:
        return decoder(encoder((clip * 2 - 1).to(number_format()))).float().add(1).div(2).clamp(0, 1)

    for name, target, pictures in (
        ("drawn", 24, [*drawn(12, _HEIGHT, _WIDTH)]),
        ("photographs", 20, [*photographs(_HEIGHT, _WIDTH)]),
    ):
        if pictures:
            single = [decibels(through(each[None, :, None])[0, :, 0], each) for each in pictures]
            yield f"reconstruction, picture, {name}: dB", f">= {target}", f"{statistics.mean(single):.1f}"
            motions: tuple[Motion, ...] = ("zoom_in", "pan_left", "still")
            clips = [moved(each[None], 25, motions[i % 3]) for i, each in enumerate(pictures[:6])]
            moving = [decibels(through(clip), clip) for clip in clips]
            yield f"reconstruction, 25 frames, {name}: dB", f">= {target}", f"{statistics.mean(moving):.1f}"


def _drawn_clips(studio: Studio, preset: PresetName, pictures_each: int) -> Iterator[Row]:
    held_out = [*drawings(24, _HEIGHT, _WIDTH)]
    portraits = [each for each in held_out if each.shut is not None]
    both, shown = _Tally(), 0
    for language, place in (("Korean", 1), ("English", 2)):
        tally = _Tally()
        for wish in ASKED:
            motion, text = wish[0], wish[place]
            for _ in range(pictures_each):
                among = portraits if motion == "blink" else held_out
                drawing, shown = among[shown % len(among)], shown + 1
                clip = studio.clip(preset, text, [(drawing.picture, 0)])
                tally.add(motion, clip, drawing)
                both.add(motion, clip, drawing)
        yield f"{preset}: asked motion found, {language}", ">= 9 of 10", tally.found
    yield f"{preset}: last frame, motion undone: SSIM", ">= 0.5", f"{statistics.mean(both.last):.3f}"
    yield f"{preset}: motion score, zoom in against still", ">= 4", f"{both.ratio:.1f}"


def _photographed_clips(studio: Studio) -> Iterator[Row]:
    tally = _Tally()
    for index, picture in enumerate(photographs(_HEIGHT, _WIDTH)):
        for motion in _ON_PHOTOGRAPHS:
            text = next(wish for wish in ASKED if wish[0] == motion)[1 + index % 2]
            tally.add(motion, studio.clip("aggressive_quality", text, [(picture, 0)]), Drawing(picture, None))
    if tally.right:
        yield "photographs: asked motion found", ">= 9 of 10", tally.found
        yield "photographs: last frame, motion undone: SSIM", ">= 0.5", f"{statistics.mean(tally.last):.3f}"
        yield "photographs: motion score, zoom in against still", ">= 4", f"{tally.ratio:.1f}"


def _first_frames(studio: Studio) -> Iterator[Row]:
    for name, pictures in (
        ("drawn", [*drawn(6, _HEIGHT, _WIDTH)]),
        ("photographs", [*photographs(_HEIGHT, _WIDTH)]),
    ):
        for strength, target in ((1.0, 0.80), (0.85, 0.70)):
            found = [
                likeness(studio.clip("aggressive_quality", "zoom in", [(each, 0)], strength=strength)[:, 0], each)
                for each in pictures
            ]
            if found:
                figure = f"first frame, {name}, strength {strength}: SSIM"
                yield figure, f">= {target:.2f}", f"{statistics.mean(found):.3f}"


def _key_frames(studio: Studio) -> Iterator[Row]:
    pictures = [*drawn(6, _HEIGHT, _WIDTH)]
    ends: list[tuple[float, float]] = []
    for first, last in zip(pictures[:3], pictures[3:], strict=True):
        clip = studio.clip("keyframes", "", [(first, 0), (last, FRAMES - 1)])
        ends.append((likeness(clip[:, 0], first), likeness(clip[:, -1], last)))
    first_mean, last_mean = (statistics.mean(each) for each in zip(*ends, strict=True))
    yield "keyframes: first, last frame against their pictures: SSIM", "", f"{first_mean:.3f}, {last_mean:.3f}"


def _restyled(studio: Studio) -> Iterator[Row]:
    """A restyle keeps its source's scene, and its motion if the text names no other."""
    kept: list[float] = []
    right: list[bool] = []
    asked: tuple[tuple[Motion, str], ...] = (("zoom_in", "줌 인"), ("pan_left", "pan left"), ("pan_up", "tilt up"))
    for (motion, text), picture in zip(asked, drawn(3, _HEIGHT, _WIDTH), strict=True):
        source = studio.clip("fast", text, [(picture, 0)])
        again = studio.clip("restyle", text, [], source=source)
        kept += [likeness(again[:, frame], source[:, frame]) for frame in (0, FRAMES // 2, FRAMES - 1)]
        right.append(shows(motion, again, picture))
    yield "restyle: frames against the source's: SSIM", "", f"{statistics.mean(kept):.3f}"
    yield "restyle: the source's motion found", "", f"{sum(right)} of {len(right)}"


def frames_hash(studio: Studio) -> str:
    """SHA-256 over the frames of two small clips, one of each sampler."""
    (picture,) = drawn(1, 192, 128)
    digest = hashlib.sha256()
    for preset in _HASHED:
        frames = studio.clip(preset, "줌 인", [(picture, 0)], frames=17)
        digest.update((frames * 255).round().byte().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _second_process() -> Row:
    program = [sys.executable, "-m", "tools.tiny_training", "--hash"]
    one, other = (
        subprocess.run(program, check=True, capture_output=True, encoding="utf-8", errors="replace").stdout
        for _ in range(2)
    )
    return "same seed, second process, one thread: frame hash", "equal", "equal" if one == other else "differs"


def sheet(renderer: Renderer, checkpoint: str, path: Path) -> None:
    """Writes a contact sheet: five clips, five frames each."""
    wishes: tuple[tuple[PresetName, str], ...] = (
        ("aggressive_quality", "줌 인"),
        ("aggressive_quality", "pan left"),
        ("fast", "zoom out"),
        ("fast", "바람에 흔들린다"),
        ("keyframes", "still"),
    )
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(renderer, Path(folder), checkpoint)
        pictures = [*drawn(len(wishes), _HEIGHT, _WIDTH)]
        rows: list[Tensor] = []
        for (preset, prompt), picture in zip(wishes, pictures, strict=True):
            shown = [(picture, 0)]
            if preset == "keyframes":
                shown.append((pictures[0], FRAMES - 1))
            rows.append(strip(studio.clip(preset, prompt, shown)))
        whole = (torch.cat(rows, dim=1).permute(1, 2, 0) * 255).round().byte().numpy()
        Image.fromarray(whole).save(path)


def strip(clip: Tensor, frames: Sequence[int] = (0, 8, 16, 24, 32)) -> Tensor:
    """Frames of a clip side by side, [3, height, frames x width]."""
    return torch.cat([clip[:, frame] for frame in frames], dim=2)


def renderer_for(directory: Path) -> Renderer:
    """A renderer over the trained set, built under `directory` if it is not there, on one thread."""
    return Renderer(build_trained(directory), threads=1)


def studio_in(folder: Path) -> Studio:
    """A studio over the trained set, both under `folder`."""
    return Studio(renderer_for(folder / TRAINED), folder, TRAINED)
