"""Makes the moving samples of the first visit: `python -m infra.dev.samples` in the environment.

It starts a stack and has the tiny model make one clip of each idea's picture, with the form's usual settings and one of
the few motions that this model knows (`gpu/tiny/motions.py`). The films lie beside the pictures afterwards; the page
says what made them. It does not know how they are shown.
"""

import sys
import tempfile
from pathlib import Path

import httpx

from gpu.core.geometry import DEFAULT_TIER
from gpu.core.presets import DEFAULT_PRESET
from infra import console
from infra.dev.stack import Stack
from infra.process.waiting import STALLED_AFTER_SECONDS, wait_until
from infra.settings import ROOT

SAMPLES = ROOT / "frontend" / "public" / "samples"
PROMPTS = {"portrait": "pan right", "harbor": "pan right", "cat": "pan left"}
"""By the name of a picture."""
SEED = 7


def make(url: str, stack: Stack) -> None:
    """Writes a film for each idea."""
    with httpx.Client(base_url=url, timeout=STALLED_AFTER_SECONDS, trust_env=False) as site:
        for name, prompt in PROMPTS.items():
            picture = (SAMPLES / f"{name}.png").read_bytes()
            upload = site.put("/api/uploads", content=picture, headers={"content-type": "image/png"})
            body = {
                "preset": DEFAULT_PRESET,
                "tier": DEFAULT_TIER,
                "seconds": 8,
                "seed": SEED,
                "prompt": prompt,
                "upload_id": upload.raise_for_status().json()["id"],
            }
            job = site.post("/api/jobs", json=body).raise_for_status().json()["id"]
            film = wait_until(lambda job=job: film_of(site, job), what=f"the clip of {name}", moved=stack.gpu_activity)
            target = SAMPLES / f"{name}.mp4"
            target.write_bytes(site.get(film).raise_for_status().content)
            console.note(f"{target.relative_to(ROOT).as_posix()}: {target.stat().st_size / 1024:.0f} KB")


def film_of(site: httpx.Client, job: str) -> str | None:
    """The address of a job's film, once it is there."""
    return site.get(f"/api/jobs/{job}").raise_for_status().json()["links"]["video"]


def main() -> int:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Stack(Path(folder)) as stack:
        make(stack.url, stack)
    return 0


if __name__ == "__main__":
    sys.exit(main())
