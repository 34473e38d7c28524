"""Reads one uploaded sound in a separate process, with limits on memory and time.

    python -m gpu.media.read_sound FILE MADE

Writes the sound as models hear it to MADE and prints a line of JSON: its length and a digest of its samples, or the
problem. It does not know where files come from.
"""

import dataclasses
import sys
from pathlib import Path

from gpu.core.problems import ProblemError
from gpu.media.read_picture import limit_memory, say
from gpu.media.sounds import keep_sound


def main(arguments: list[str]) -> int:
    limit_memory()
    source, made = map(Path, arguments)
    try:
        facts = keep_sound(source, made)
    except ProblemError as problem:
        say({"problem": problem.slug, "detail": problem.detail, "errors": problem.errors})
        return 0
    say(dataclasses.asdict(facts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
