"""Reads one uploaded file in a separate process, with limits on memory and time.

    python -m gpu.media.read_picture FILE MADE

Writes the picture as models see it to MADE and prints a line of JSON: its size and a digest of its pixels, or the
problem. Then it looks for faces and prints a second line, without which the picture is as good. It does not know where
files come from.
"""

import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from gpu.core.problems import ProblemError
from gpu.media.pictures import digest_of, normalize

KEPT_SIDE = 2 * 1_088
"""Pixels of the shorter side: twice the largest clip's, so that half of a picture can still fill a clip."""
MOST_BYTES = 3 * 2**30
"""Limit of the address space. 40 million pixels in 16 bits with transparency take 0.9 GiB (2026-11-26)."""


def main(arguments: list[str]) -> int:
    limit_memory()
    source, made = map(Path, arguments)
    try:
        picture = shrunk(normalize(source.read_bytes()))
    except ProblemError as problem:
        say({"problem": problem.slug, "detail": problem.detail, "errors": problem.errors})
        return 0
    picture.save(made, "PNG", compress_level=1)
    say({"width": picture.width, "height": picture.height, "digest": digest_of(picture)})
    # Imported this late, because whatever goes wrong from here on must not cost the picture.
    from gpu.media.faces import faces_of

    say({"faces": faces_of(picture)})
    return 0


def say(fact: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def limit_memory() -> None:
    """Limits memory and CPU time where the system can. On Windows only the limit on pixels applies."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


def shrunk(picture: Image.Image) -> Image.Image:
    """The picture, made smaller where it is larger than any clip needs."""
    side = min(picture.size)
    if side <= KEPT_SIDE:
        return picture
    size = round(picture.width * KEPT_SIDE / side), round(picture.height * KEPT_SIDE / side)
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
