"""Starts `modal`, `wrangler` and `uv` in the pinned versions of this environment, never versions installed elsewhere;
and GitHub's `gh`, where the person has it.

`CLIPWRIGHT_PROGRAMS` names a folder with `modal.py`, `wrangler.py`, `uv.py` and `gh.py` that replace them, so that a
release can be rehearsed without an account. This module does not know what the programs do.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.process.shell import Finished, ProgramError, capture, check, passthrough
from infra.settings import ROOT

STAND_INS = "CLIPWRIGHT_PROGRAMS"
RUN_MODAL = "python run.py modal"
RUN_WRANGLER = "python run.py wrangler"

QUIET = {
    "CI": "1",
    "NO_COLOR": "1",
    "WRANGLER_HIDE_BANNER": "true",
    "WRANGLER_NO_SKILLS_UPDATE_PROMPTS": "true",
    "WRANGLER_SEND_ERROR_REPORTS": "false",
    "WRANGLER_SEND_METRICS": "false",
}
"""No questions, no colours, no reports: output is read by programs and kept in logs."""


def modal() -> list[str]:
    """The module instead of the launcher: on Windows the launcher is an extra process that hides the exit code."""
    return stand_in("modal") or [sys.executable, "-X", "utf8", "-m", "modal"]


def wrangler() -> list[str]:
    if found := stand_in("wrangler"):
        return found
    from infra.platforms.node import node, tool

    return [str(node()), str(tool("wrangler", "bin/wrangler.js"))]


def uv() -> list[str]:
    return stand_in("uv") or [sys.executable, "-m", "uv"]


def gh() -> list[str]:
    """GitHub's program, which a person may have installed."""
    return stand_in("gh") or ["gh"]


def stand_in(name: str) -> list[str]:
    folder = os.environ.get(STAND_INS)
    return [sys.executable, "-X", "utf8", str(Path(folder) / f"{name}.py")] if folder else []


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    timeout_seconds: float,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """Output of a program that must succeed. Raises ProgramError."""
    return check(command, timeout_seconds=timeout_seconds, cwd=cwd, env={**QUIET, **(env or {})}, stdin=stdin)


def attempt(
    command: Sequence[str], *, cwd: Path, timeout_seconds: float, env: Mapping[str, str] | None = None
) -> Finished:
    """Runs a program and returns its exit code and stdout; after a failure stderr too. A program that could not be
    started or exceeded its limit has exit code 127."""
    try:
        return capture(
            command, timeout_seconds=timeout_seconds, cwd=cwd, env={**QUIET, **(env or {})}, answer_only=True
        )
    except ProgramError as error:
        return Finished(127, str(error))


def json_part(output: str) -> str:
    """The JSON document in a program's output, without the notes around it. Empty when there is none."""
    starts = [at for at in (output.find("["), output.find("{")) if at >= 0]
    ends = [at for at in (output.rfind("]"), output.rfind("}")) if at >= 0]
    return output[min(starts) : max(ends) + 1] if starts and ends else ""


def plain(command: list[str]) -> str:
    """A command as the user can type it: without the paths of this environment, whose programs are not on the PATH but
    are called through run.py."""
    words = [str(word) for word in command]
    for at, word in enumerate(words):
        name = Path(word).name
        if name in ("wrangler.js", "wrangler.py"):
            return " ".join([RUN_WRANGLER, *words[at + 1 :]])
        if name == "modal.py" or (word == "modal" and words[at - 1] == "-m"):
            return " ".join([RUN_MODAL, *words[at + 1 :]])
    return " ".join(words)


def by_hand(command: Sequence[str], arguments: Sequence[str]) -> int:
    """Runs a program on this terminal, with its questions and colours. Returns its exit code."""
    return passthrough([*command, *arguments], cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
