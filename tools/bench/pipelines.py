"""Compares cached models with the stock pipeline, which loads all models on each call: one process, the tiny set.

`python -m tools.bench.pipelines [seconds]` prints one table: median seconds of both, their ratio, the stages of a
warm clip and the peak memory of the process. Both make the same frames, which is checked. Nothing here is a test: the
numbers depend on the machine.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil
import torch
from PIL import Image

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import Resolved
from gpu.core.geometry import TINY_SIZES, tiny_frames_for
from gpu.core.presets import PRESETS, Preset, sampler_of
from gpu.core.render_job import NOBODY, Conditioning, Rendered, Shot
from gpu.media.encode import Sound, write_clip
from gpu.media.kept_parts import read_source
from gpu.render.model_files import ModelFiles
from gpu.render.pipeline_call import call_arguments
from gpu.render.pipelines import PIPELINES, Renderer, stock_pipeline
from gpu.tiny.build import build
from infra import console
from infra.language import localized

REPEATS = 3

_Given = TypeVar("_Given")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Row:
    """Median seconds from settings to a finished MP4, both ways, for one preset."""

    preset: str
    frames: int
    stock_seconds: float
    resident_seconds: float
    stage_seconds: dict[str, float]

    @property
    def ratio(self) -> float:
        return self.stock_seconds / self.resident_seconds


def measure(directory: Path, *, clip_seconds: int = 8, repeats: int = REPEATS) -> list[Row]:
    """One row a preset. `directory` takes the model set and the clips.

    The stock calls come first: warming excludes the loaded objects from garbage collection, which would speed up the
    stock calls too.
    """
    renderer = Renderer(build(directory / "tiny-19b", "19b"))
    picture = directory / "picture.png"
    y, x = np.mgrid[0:320, 0:192]
    Image.fromarray(np.stack([x, y // 2, (x + y) % 256], axis=-1).astype(np.uint8)).save(picture)
    clips: list[_Clip] = []
    for preset in sorted(PRESETS.values(), key=lambda each: PIPELINES.index(each.pipeline)):
        reads = preset.inputs in ("video", "clip_part")
        clips.append(
            _Clip(
                _settings(preset, clip_seconds),
                [] if reads else [Conditioning(picture, 0, preset.image_strength or 1.0)],
                directory / f"{clips[0].settings.pipeline}.mp4" if reads else None,
                directory,
            )
        )
    stock = [[_timed(clip.stock, renderer.files) for _ in range(repeats + 1)][1:] for clip in clips]
    renderer.warm()
    resident = [[_timed(clip.resident, renderer) for _ in range(repeats + 1)][1:] for clip in clips]
    rows: list[Row] = []
    for preset_name, clip, cold, warm in zip(_names(), clips, stock, resident, strict=True):
        last = warm[-1][1]
        if clip.source is None and any(digest != last.frames_hash for _, digest in cold):
            raise AssertionError(f"{preset_name}: the resident pipeline made other frames than the stock one")
        rows.append(
            Row(
                preset_name,
                clip.settings.num_frames,
                statistics.median(seconds for seconds, _ in cold),
                statistics.median(seconds for seconds, _ in warm),
                last.stage_seconds,
            )
        )
    return rows


def _names() -> list[str]:
    return [each.name for each in sorted(PRESETS.values(), key=lambda each: PIPELINES.index(each.pipeline))]


@dataclass(frozen=True, slots=True)
class _Clip:
    """One clip to make, either way; named after its pipeline in `directory`."""

    settings: Resolved
    pictures: list[Conditioning]
    source: Path | None
    directory: Path

    @property
    def path(self) -> Path:
        return self.directory / f"{self.settings.pipeline}.mp4"

    def resident(self, renderer: Renderer) -> Rendered:
        shot = Shot(self.settings, self.pictures, self.source, self.path, self.path.with_suffix(".jpg"))
        return renderer.render(shot, NOBODY)

    def stock(self, files: ModelFiles) -> str:
        """The pipeline as its package ships it, through our encoder; returns the frames' hash."""
        digest = hashlib.sha256()
        with torch.inference_mode():
            pipeline = stock_pipeline(self.settings.pipeline, files)
            source = self.source
            if source is not None and self.settings.remade is not None:
                source = read_source(source, self.settings)
            chunks, audio = pipeline(**call_arguments(self.settings, self.pictures, source))
            frames = [chunk.contiguous().numpy() for chunk in chunks]
        for chunk in frames:
            digest.update(chunk.data)
        write_clip(
            (chunk for chunk in frames),
            Sound(audio.waveform.numpy(), audio.sampling_rate),
            self.path,
            num_frames=self.settings.num_frames,
            frame_rate=self.settings.frame_rate,
        )
        return digest.hexdigest()


def _timed(call: Callable[[_Given], _Value], given: _Given) -> tuple[float, _Value]:
    began = time.perf_counter()
    value = call(given)
    return time.perf_counter() - began, value


def _settings(preset: Preset, clip_seconds: int) -> Resolved:
    width, height = TINY_SIZES["9:16"]
    part: dict[str, Any] = {}
    if preset.inputs == "clip_part":
        part = {"remade": "both", "remade_until": tiny_frames_for(clip_seconds)}
    return Resolved(
        **sampler_of(preset, CHECKPOINTS["tiny-19b"]),
        gpu="cpu",
        seed=1,
        num_frames=tiny_frames_for(clip_seconds),
        width=width,
        height=height,
        frame_rate=24,
        prompt_sent="바람에 머리카락이 흔들리고 눈을 깜빡여요",
        negative_prompt="blurry" if preset.guided else None,
        build="bench",
        **part,
    )


def main() -> None:
    clip_seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    with tempfile.TemporaryDirectory() as directory:
        rows = measure(Path(directory), clip_seconds=clip_seconds)
    heads = localized(
        ko="방식|프레임|원래(초)|우리(초)|배|켜진 뒤 영상의 단계(ms)",
        en="preset|frames|stock s|resident s|ratio|stages of a warm clip, ms",
    ).split("|")
    numbers = [console.right(head, width) for head, width in zip(heads[1:-1], (6, 8, 10, 6), strict=True)]
    print(console.left(heads[0], 20), *numbers, "", heads[-1])
    for row in rows:
        stages = " ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in row.stage_seconds.items())
        seconds = f"{row.stock_seconds:8.2f} {row.resident_seconds:10.2f} {row.ratio:6.1f}"
        print(f"{row.preset:20} {row.frames:6} {seconds}  {stages}")
    peak = psutil.Process().memory_info()
    mebibytes, threads = f"{peak.rss / 2**20:.0f}", torch.get_num_threads()
    print(
        localized(
            ko=f"끝날 때 프로세스의 메모리: {mebibytes} MiB, torch 스레드: {threads}",
            en=f"memory of the process at the end: {mebibytes} MiB, torch threads: {threads}",
        )
    )


if __name__ == "__main__":
    main()
