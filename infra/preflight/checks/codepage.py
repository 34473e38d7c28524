"""Whether the programs run on a console in code page 949, which has no check mark and no emoji.

Programs are started as Korean Windows starts them: pipes in code page 949, UTF-8 mode off. It checks exit codes only.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from infra.language import localized
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding
from infra.process import shell
from infra.process.shell import capture

LIMIT_SECONDS = 30.0
KOREAN_CONSOLE = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp949", "LC_ALL": "ko_KR.CP949", "LANG": "ko_KR.CP949"}
SIGNS = "print('\\u2713 \\ud55c\\uae00 \\U0001f600')"
PRINTED = f"from infra import console; console.use_utf8(); console.note({SIGNS[6:-1]})"


@dataclass(frozen=True, slots=True)
class Run:
    """One program under a Korean console."""

    what: str
    exit_code: int
    output: str


def probe(ground: Ground) -> tuple[Run, ...]:
    python = sys.executable
    # Programs that a release starts (modal, wrangler, git hooks) get UTF-8 on every console.
    child = shell.environment({name: KOREAN_CONSOLE[name] for name in ("LC_ALL", "LANG")})
    return (
        run(
            ground,
            localized(ko="python run.py 도움말", en="the help of python run.py"),
            [python, "-m", "infra", "--help"],
            KOREAN_CONSOLE,
        ),
        run(
            ground,
            localized(ko="명령의 출력", en="the output of the commands"),
            [python, "-c", PRINTED],
            KOREAN_CONSOLE,
        ),
        run(
            ground,
            localized(ko="명령이 부르는 프로그램", en="the programs that the commands start"),
            [python, "-c", SIGNS],
            child,
        ),
    )


def run(ground: Ground, what: str, command: Sequence[str], env: dict[str, str]) -> Run:
    finished = capture(
        command, timeout_seconds=LIMIT_SECONDS, cwd=ground.root, env={**env, "PYTHONPATH": str(ground.root)}
    )
    return Run(what, finished.exit_code, finished.output)


def evaluate(runs: Sequence[Run]) -> list[Finding]:
    return [
        Finding(
            "error",
            localized(
                ko=f"{each.what}: 코드 페이지 949 콘솔에서 실패해요\n{shell.tail(each.output, 4)}",
                en=f"{each.what}: fails on a console in code page 949\n{shell.tail(each.output, 4)}",
            ),
            localized(
                ko="출력은 infra.console로, 프로그램은 infra.process.shell로 해 주세요",
                en="print with infra.console, start programs with infra.process.shell",
            ),
            ("PYTHONUTF8=0 PYTHONIOENCODING=cp949 python -m infra --help",),
        )
        for each in runs
        if each.exit_code != 0
    ]


CHECKS: tuple[Check[tuple[Run, ...]], ...] = (
    Check(
        "console-cp949",
        "Encoding",
        "commands run on a console in code page 949",
        "코드 페이지 949 콘솔에서 명령이 돌아가는지",
        probe,
        evaluate,
        of_the_tree=True,
    ),
)
