"""A program's output line by line while it runs, for programs that take hours and report how far they are.

It is ended with all that it started when the reader stops. It does not know what the lines mean.
"""

import subprocess
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from infra.process.family import Family
from infra.process.shell import TAIL_LINES, ProgramError, decode, environment, name_of


def lines_of(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yields each line of stdout and stderr. Raises ProgramError when the program is missing or fails."""
    words = [str(word) for word in command]
    last = deque[str](maxlen=TAIL_LINES)
    with Family() as family:
        try:
            child = subprocess.Popen(
                words,
                cwd=cwd,
                env=family.environment(environment(env)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except FileNotFoundError as error:
            raise ProgramError(f"{words[0]} was not found") from error
        family.adopt(child)
        assert child.stdout is not None
        try:
            for content in child.stdout:
                line = decode(content).rstrip("\n")
                last.append(line)
                yield line
            code = child.wait()
        except BaseException:
            family.end()
            child.kill()
            child.wait()
            raise
    if code != 0:
        raise ProgramError(f"{name_of(words)} ended with exit code {code}", "\n".join(last))
