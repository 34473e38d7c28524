"""One start, measured from inside: imports as in a container, models, and a job until its first step is denoised.

Prints one JSON row: seconds from the start of this process to each mark. The marks between are the log lines of the
product itself. Started by `start.py`.
"""

# pyright: reportUnknownMemberType=false

import json
import logging
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from gpu.core.contract import PictureClip, Stage
from gpu.core.geometry import geometry
from gpu.core.placement import PLANS
from gpu.core.presets import resolve
from gpu.core.problems import JobCanceled
from gpu.core.render_job import Conditioning, Follower, Shot
from gpu.render.model_files import ModelFiles
from gpu.serve.modal.container import process_began
from gpu.serve.open_models import open_files

PATHS = ("checkpoint", "distilled_checkpoint", "distilled_lora", "ic_lora", "spatial_upsampler", "gemma_root")


class Timeline(logging.Handler):
    """Marks with seconds since this process began; the product's log lines become marks."""

    def __init__(self) -> None:
        super().__init__()
        self._began = process_began()
        self.marks: list[tuple[float, str]] = []

    def mark(self, name: str) -> None:
        self.marks.append((round(time.monotonic() - self._began, 2), name))

    def emit(self, record: logging.LogRecord) -> None:
        self.mark(record.getMessage())


class Pace:
    """Lets so many bytes a second through, from its first call on, for all threads together."""

    def __init__(self, bytes_per_second: float) -> None:
        self._rate = bytes_per_second
        self._lock = threading.Lock()
        self._next = 0.0

    def __call__(self, count: int) -> None:
        with self._lock:
            begins = max(self._next, time.monotonic())
            self._next = begins + count / self._rate
        time.sleep(max(0.0, self._next - time.monotonic()))


def main() -> int:
    asked = json.loads(sys.argv[1])
    if asked["cores"] and sys.platform == "linux":
        os.sched_setaffinity(0, set(range(asked["cores"])))
    timeline = Timeline()
    logging.getLogger("gpu").addHandler(timeline)
    logging.getLogger("gpu").setLevel(logging.INFO)
    timeline.mark("the container's modules are imported")
    pace = Pace(asked["read_gbps"] * 1e9) if asked["read_gbps"] else None
    paths: dict[str, Any] = {name: Path(value) if name in PATHS else value for name, value in asked["files"].items()}
    renderer = open_files(ModelFiles(**paths), PLANS[asked["plan"]], pace=pace)
    timeline.mark("ready for a job")
    with tempfile.TemporaryDirectory() as folder:
        first_step(renderer, timeline, Path(folder), asked["checkpoint"])
    import torch

    peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    last = next(at for at, name in timeline.marks if name == "first step denoised")
    print(json.dumps({"device": device, "first_step_seconds": last, "peak_bytes": peak, "marks": timeline.marks}))
    return 0


def first_step(renderer: Any, timeline: Timeline, folder: Path, checkpoint: str) -> None:
    """The site's default clip until its second step begins."""
    import torch
    from PIL import Image

    tiny = not torch.cuda.is_available()
    shape = geometry("9:16", "704p", 8, "tiny" if tiny else "full")
    request = PictureClip(preset="aggressive_quality", prompt="A woman turns her head and smiles.", seconds=8)
    resolved = resolve(request, seed=1, checkpoint="tiny-19b" if tiny else checkpoint, gpu="H200", build="measure")
    resolved = resolved.model_copy(
        update={"width": shape.width, "height": shape.height, "num_frames": shape.num_frames}
    )
    picture = folder / "picture.png"
    Image.new("RGB", (shape.width, shape.height), (128, 96, 64)).save(picture)
    is_over = False

    def progress(stage: Stage, step: int | None, _steps: int | None) -> None:
        nonlocal is_over
        if step == 2 and not is_over:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            timeline.mark("first step denoised")
            is_over = True
        elif not is_over:
            timeline.mark(f"{stage} begins")

    shot = Shot(resolved, [Conditioning(picture, 0, 0.85)], None, folder / "clip.mp4", folder / "poster.jpg")
    try:
        renderer.render(shot, Follower(progress, lambda: is_over))
    except JobCanceled:
        return
    raise RuntimeError("the clip ended before its second step")


if __name__ == "__main__":
    sys.exit(main())
