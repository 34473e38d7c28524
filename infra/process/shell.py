"""Runs other programs: an argument list, never a shell, a time limit, and an error that carries the end of the output.

Output is bytes read as UTF-8 with replacement, so that no console code page can break a run. It does not know what
the programs are for, and it is not meant for programs that stay (those are `infra.process.processes`).
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.process.family import Family

TAIL_LINES = 30
PIPE_SECONDS = 5.0
"""For what an ended program had written to arrive."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that ran to its end. `output` is stdout and stderr in the order in which they were written; where only
    the answer was wanted, of a success stdout alone, of a failure first stdout and then stderr."""

    exit_code: int
    output: str


class InfraError(Exception):
    """A verb cannot go on: what happened, and under `fix` what the person can do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


class ProgramError(InfraError):
    """A program was missing, ran past its limit or ended with another exit code than 0."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(
            message + ("\n" + tail(output) if output else ""), "the lines above say what the program met; mend that"
        )
        self.output = output


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment with UTF-8 switched on for Python children, and `extra` laid over it."""
    merged = dict(os.environ)
    # Both are needed: an inherited PYTHONIOENCODING of another encoding would win over PYTHONUTF8.
    merged.update({"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"})
    merged.update(extra or {})
    return merged


def capture(
    command: Sequence[str | Path],
    *,
    timeout_seconds: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    answer_only: bool = False,
) -> Finished:
    """Runs `command` and returns its exit code and output whatever the code is. `answer_only` is for an output that a
    program reads: what a success warns of on stderr would be taken for a part of it.

    Raises ProgramError when the program does not exist or runs past `timeout_seconds`. Then, as after an interruption,
    it is ended with all that it started: most programs are launchers, and who does the work is their child.
    """
    words = [str(word) for word in command]
    with Family() as family:
        try:
            child = subprocess.Popen(
                words,
                cwd=cwd,
                env=family.environment(environment(env)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if answer_only else subprocess.STDOUT,
            )
        except FileNotFoundError as error:
            raise ProgramError(f"{words[0]} was not found") from error
        with child:
            family.adopt(child)
            try:
                answer, complaints = child.communicate((stdin or "").encode("utf-8"), timeout=timeout_seconds)
            except subprocess.TimeoutExpired as error:
                family.end()
                child.kill()
                raise ProgramError(
                    f"{name_of(words)} ran past {timeout_seconds:g} s and was ended", rest_of(child)
                ) from error
            except BaseException:
                family.end()
                child.kill()
                child.wait()
                raise
    return Finished(child.returncode, decode(answer + (complaints or b"" if child.returncode != 0 else b"")))


def rest_of(ended: "subprocess.Popen[bytes]") -> str:
    """What an ended program had written; nothing where somebody else still holds its pipe."""
    try:
        return decode(b"".join(part or b"" for part in ended.communicate(timeout=PIPE_SECONDS)))
    except subprocess.TimeoutExpired as error:
        return decode((error.output or b"") + (error.stderr or b""))


def check(
    command: Sequence[str | Path],
    *,
    timeout_seconds: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """Like `capture`, but any exit code other than 0 raises ProgramError. Returns the program's answer on stdout."""
    finished = capture(command, timeout_seconds=timeout_seconds, cwd=cwd, env=env, stdin=stdin, answer_only=True)
    if finished.exit_code != 0:
        raise ProgramError(
            f"{name_of([str(word) for word in command])} ended with exit code {finished.exit_code}", finished.output
        )
    return finished.output


def passthrough(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Runs `command` on this process's own terminal, without a limit: for tools whose output is the product.

    Ended from outside, it asks the tool to end and waits, so that the tool can clear up what it started.
    """
    child = subprocess.Popen([str(word) for word in command], cwd=cwd, env=environment(env))
    try:
        return child.wait()
    except KeyboardInterrupt:
        return child.wait()  # Ctrl-C reached the tool as well
    except BaseException:
        child.terminate()
        child.wait()
        raise


def tail(output: str, lines: int = TAIL_LINES) -> str:
    return "\n".join("    " + line for line in output.splitlines()[-lines:])


def decode(output: bytes) -> str:
    return output.decode("utf-8", errors="replace").replace("\r\n", "\n")


def name_of(words: Sequence[str]) -> str:
    """The program and its first plain arguments: enough to recognise the call, without secrets that follow and without
    the folders of this machine, since the log of releases keeps it."""
    plain = [Path(words[0]).name]
    rest = iter(words[1:])
    for word in rest:
        if word in ("-X", "-c"):
            next(rest, None)  # its value: a setting of Python's or git's, or a whole program
        elif not word.startswith("-"):
            plain.append(Path(word).name)
    return " ".join(plain[:3])
