"""The timeline of a start: from a new process to the first denoised step of a job that waits.

Each run is a process of its own (`start_process.py`), as a container is. Three states of the files: not in the page
cache, in it, and read at a given rate, as from a volume. Hollow files hold no bytes on the disk, so the first state
tells what a disk costs only where the files are real. Knows no model.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gpu.render.model_files import ModelFiles, gemma_files

LIMIT_SECONDS = 300
_BLOCK_BYTES = 64 * 1024 * 1024


def timelines(
    files: ModelFiles, plan: str, *, read_gbps: float | None, cores: int | None, times: int = 1
) -> Iterator[dict[str, Any]]:
    """One row for each run. Before them a run compiles what is not in the compiler's cache, and is marked so."""
    _read_all(files)
    yield _run("compiling", files, plan, None, cores)
    for _ in range(times):
        yield _run("page cache warm", files, plan, None, cores)
        if read_gbps is not None:
            yield _run(f"{read_gbps:g} GB/s", files, plan, read_gbps, cores)
    if _forget_all(files):
        yield _run("page cache cold", files, plan, None, cores)


def _run(state: str, files: ModelFiles, plan: str, read_gbps: float | None, cores: int | None) -> dict[str, Any]:
    """Raises RuntimeError with the process's last words where it fails."""
    given = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(files).items()}
    request = json.dumps({"files": given, "plan": plan, "read_gbps": read_gbps, "cores": cores})
    compiled = Path(tempfile.gettempdir()) / "clipwright-measured-start"
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "tools.measure.start_process", request],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LIMIT_SECONDS,
        check=False,
        env=os.environ | {"TORCHINDUCTOR_CACHE_DIR": str(compiled), "TRITON_CACHE_DIR": str(compiled / "triton")},
    )
    if run.returncode:
        raise RuntimeError(run.stderr[-3000:])
    return {"state": state, "plan": plan, "cores": cores} | json.loads(run.stdout.splitlines()[-1])


def _all(files: ModelFiles) -> list[Path]:
    return [files.checkpoint, files.distilled_lora, files.spatial_upsampler, *gemma_files(files.gemma_root)]


def _read_all(files: ModelFiles) -> None:
    for path in _all(files):
        with path.open("rb", buffering=0) as file:
            while file.read(_BLOCK_BYTES):
                pass


def _forget_all(files: ModelFiles) -> bool:
    """Drops the files from the page cache. False where the system has no such call."""
    if sys.platform != "linux":
        return False
    for path in _all(files):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True
