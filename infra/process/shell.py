"""Runs other programs: with an argument list, without a shell, with a time limit. Errors carry the end of the output.

Output is decoded as UTF-8 with replacement, so that no console code page can break a run. It does not know what the
programs are for. Long-running programs are in `infra.process.processes`.
"""

import os
import re
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.language import localized
from infra.process.family import Family
from infra.process.known_answers import explained

TAIL_LINES = 30
COLOUR = re.compile(r"\x1b\[[\d;]*m")
PIPE_SECONDS = 5.0
"""Time to read the remaining output of a program that has ended."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that has ended. `output` is stdout and stderr in the order in which they were written. With
    `answer_only` it is stdout alone after a success, and stdout followed by stderr after a failure."""

    exit_code: int
    output: str


class InfraError(Exception):
    """A verb cannot continue. The message says what happened, `fix` what the user can do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


class ProgramError(InfraError):
    """A program was missing, exceeded its time limit or ended with an exit code other than 0."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(
            message + ("\n" + tail(output) if output else ""),
            explained(output)
            or localized(
                ko="위의 줄들은 그 프로그램이 남긴 오류예요. 원인을 고쳐 주세요",
                en="the lines above are the program's own error; correct its cause",
            ),
        )
        self.output = output


def environment(extra: Mapping[str, str] | None = None, passes: Collection[str] | None = None) -> dict[str, str]:
    """This process's environment with UTF-8 mode for Python children, and the variables of `extra`. `passes` are the
    names of this process's variables that are in it; without it, all are."""
    merged = {name: value for name, value in os.environ.items() if passes is None or name in passes}
    # Both are needed: an inherited PYTHONIOENCODING takes precedence over PYTHONUTF8.
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
    """Runs `command` and returns its exit code and output, whatever the code is. `answer_only` is for output that is
    parsed: warnings on stderr would corrupt it.

    Raises ProgramError when the program does not exist or exceeds `timeout_seconds`. Then, as after an interruption,
    it is ended with its children: most programs are launchers, and a child does the work.
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
            raise ProgramError(localized(ko=f"{words[0]} 프로그램이 없어요", en=f"{words[0]} was not found")) from error
        with child:
            family.adopt(child)
            try:
                answer, complaints = child.communicate((stdin or "").encode("utf-8"), timeout=timeout_seconds)
            except subprocess.TimeoutExpired as error:
                family.end()
                child.kill()
                raise ProgramError(
                    localized(
                        ko=f"{name_of(words)} 프로그램이 제한 시간 {timeout_seconds:g}초를 넘겨서 멈췄어요",
                        en=f"{name_of(words)} exceeded its limit of {timeout_seconds:g} s and was stopped",
                    ),
                    rest_of(child),
                ) from error
            except BaseException:
                family.end()
                child.kill()
                child.wait()
                raise
    return Finished(child.returncode, decode(answer + (complaints or b"" if child.returncode != 0 else b"")))


def rest_of(ended: "subprocess.Popen[bytes]") -> str:
    """The remaining output of a program that has ended. Another process may still hold its pipe."""
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
            localized(
                ko=f"{name_of([str(word) for word in command])} 프로그램이 종료 코드 {finished.exit_code}로 끝났어요",
                en=f"{name_of([str(word) for word in command])} ended with exit code {finished.exit_code}",
            ),
            finished.output,
        )
    return finished.output


def passthrough(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Runs `command` on this process's own terminal, without a limit, for tools whose output the user reads.

    When this process is ended, it sends SIGTERM to the tool and waits, so that the tool can end its children.
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
    """The last lines, indented and without colours."""
    return "\n".join("    " + line for line in COLOUR.sub("", output).splitlines()[-lines:])


def decode(output: bytes) -> str:
    return output.decode("utf-8", errors="replace").replace("\r\n", "\n")


def name_of(words: Sequence[str]) -> str:
    """The program and its first plain arguments: enough to recognise the call, but without secrets and without the
    folders of this machine, because the log of releases keeps it."""
    plain = [Path(words[0]).name]
    rest = iter(words[1:])
    for word in rest:
        if word in ("-X", "-c"):
            next(rest, None)  # its value: an option of Python or git, or a whole program
        elif not word.startswith("-"):
            plain.append(Path(word).name)
    return " ".join(plain[:3])
