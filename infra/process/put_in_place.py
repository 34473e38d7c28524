"""A file replaced by a fresh one: atomically, and on Windows also where another program holds it for a moment.

There OneDrive, a virus scanner or the search index opens a file that was just written, and replacing it is refused with
"access denied" until they let go. It does not know what the files hold.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_SECONDS = 10.0 if os.name == "nt" else 0.0
"""Such a program holds a file for well under a second; longer is a fault that the user must see. Basis: assumed.
Elsewhere no reader keeps a file from being replaced."""
PAUSE_SECONDS = 0.1


def put_in_place(
    fresh: Path,
    path: Path,
    *,
    replace: Callable[[Path, Path], None] = os.replace,
    patience_seconds: float = PATIENCE_SECONDS,
) -> None:
    """Raises PermissionError where the file is still held in the end, OSError for every other fault at once."""
    end = time.monotonic() + patience_seconds
    while True:
        try:
            return replace(fresh, path)
        except PermissionError:
            if time.monotonic() >= end:
                raise
        time.sleep(PAUSE_SECONDS)
