"""The folder for the current attempt's files, and whether a clip's files fit. Knows no job."""

import shutil
from pathlib import Path

from gpu.core.render_job import MachineFault

SCRATCH = "scratch"
"""Folder under the state folder; files that a killed worker left there may be deleted."""
NEEDED_BYTES = 64 * 1024 * 1024
"""What a clip's files need at most: pictures as sent and as prepared, the MP4 and its signed copy."""


def scratch_folder(state: Path) -> Path:
    """The folder, made where it is missing. Raises MachineFault where no clip's files fit."""
    folder = state / SCRATCH
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise MachineFault(f"The scratch folder cannot be used: {type(error).__name__}.") from error
    if free < NEEDED_BYTES:
        raise MachineFault(f"The scratch folder has {free:,} bytes left.")
    return folder
