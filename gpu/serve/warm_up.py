"""Renders a one-step clip at each configured length before the first job, so that no job pays for one-time work.

One step runs every model, for a small part of a clip's price. The compiled graph that it leaves serves every other
length and size. Settings name the lengths; there may be none.
"""

import logging
import tempfile
import time
from pathlib import Path

from PIL import Image

from gpu.core.contract import PictureClip, Resolved
from gpu.core.geometry import Seconds
from gpu.core.presets import DEFAULT_PRESET, resolve
from gpu.core.render_job import NOBODY, Conditioning, Renders, Shot
from gpu.serve.settings import Settings

log = logging.getLogger(__name__)

SEED = 0
PROMPT = "warm"


def warm_up(renderer: Renders, settings: Settings) -> None:
    """Renders one step at each length that the settings name, at the default preset's default size. Never raises: the
    same fault would fail the first job too, and there its owner sees the reason."""
    for seconds in settings.warm_seconds:
        began = time.monotonic()
        try:
            _render(renderer, one_step(settings, seconds))
        except Exception:
            log.exception("the warm-up clip of %d s failed", seconds)
        else:
            log.info("the warm-up clip of %d s took %.1f s", seconds, time.monotonic() - began)


def one_step(settings: Settings, seconds: Seconds) -> Resolved:
    """The default clip of this length, cut to one step of its first stage."""
    request = PictureClip(preset=DEFAULT_PRESET, prompt=PROMPT, seconds=seconds)
    whole = resolve(request, seed=SEED, checkpoint=settings.checkpoint, gpu=settings.gpu, build=settings.build)
    return whole.model_copy(update={"steps": 1})


def _render(renderer: Renders, resolved: Resolved) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        here = Path(folder)
        picture = here / "grey.png"
        Image.new("RGB", (resolved.width, resolved.height), (128, 128, 128)).save(picture)
        strength = 1.0 if resolved.image_strength is None else resolved.image_strength
        shown = [Conditioning(picture, 0, strength)]
        renderer.render(Shot(resolved, shown, None, here / "video.mp4", here / "poster.jpg"), NOBODY)
