"""The timeline of a start: from a new process to the first denoised step of a job that waits.

Each run is a process of its own (`start_process.py`), as a container is. Three states of the files: not in the page
cache, in it, and read at a given rate, as from a volume; the files as they are fetched, then their packed twins. Hollow
files hold no bytes on the disk, so the first state tells what a disk costs only where the files are real. Knows no
model.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gpu.render.model_files import ModelFiles, gemma_files
from gpu.render.weight_files import read_header

LIMIT_SECONDS = 300
_PART_BYTES = 512 * 1024 * 1024
_BLOCK_BYTES = 16 * 1024 * 1024


def timelines(
    files: ModelFiles,
    plan: str,
    *,
    pack: Callable[[Path], object],
    read_gbps: float | None,
    cores: int | None,
    checkpoint: str = "ltx-2-19b",
    packed_only: bool = False,
) -> Iterator[dict[str, Any]]:
    """One row for each run. Before them a run compiles what is not in the compiler's cache, and is marked so. `pack`
    writes a file's packed twin. Without a rate, the last run finds the page cache empty. `packed_only`: of the timed
    runs the one with packed files at that rate, alone."""
    every = [files.checkpoint, files.distilled_lora, files.spatial_upsampler, *gemma_files(files.gemma_root)]
    _read_all(every)
    yield _run("compiling", files, plan, None, cores, checkpoint)
    for packed in (True,) if packed_only else (False, True):
        if packed:
            _forget_all(every)
            for path in every:
                pack(path)
            _read_all([read_header(path).path for path in every])
        words = ", packed" if packed else ""
        if not packed_only:
            yield _run(f"page cache warm{words}", files, plan, None, cores, checkpoint)
        if read_gbps is not None:
            yield _run(f"{read_gbps:g} GB/s{words}", files, plan, read_gbps, cores, checkpoint)
    if read_gbps is None and _forget_all([read_header(path).path for path in every]):
        yield _run("page cache cold, packed", files, plan, None, cores, checkpoint)


def _run(
    state: str, files: ModelFiles, plan: str, read_gbps: float | None, cores: int | None, checkpoint: str
) -> dict[str, Any]:
    """Raises RuntimeError with the process's last words where it fails."""
    given = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(files).items()}
    request = json.dumps(
        {"files": given, "plan": plan, "read_gbps": read_gbps, "cores": cores, "checkpoint": checkpoint}
    )
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


def _read_all(paths: list[Path]) -> None:
    """Brings files into the page cache."""
    parts = [(path, begin) for path in paths for begin in range(0, path.stat().st_size, _PART_BYTES)]
    with ThreadPoolExecutor(os.cpu_count()) as readers:
        list(readers.map(_read_part, parts))


def _read_part(part: tuple[Path, int]) -> None:
    path, begin = part
    buffer = bytearray(_BLOCK_BYTES)
    with path.open("rb", buffering=0) as file:
        file.seek(begin)
        for _ in range(_PART_BYTES // _BLOCK_BYTES):
            if not file.readinto(buffer):
                return


def _forget_all(paths: list[Path]) -> bool:
    """Drops files from the page cache. False where the system has no such call."""
    if sys.platform != "linux":
        return False
    for path in paths:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True
