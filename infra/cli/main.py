"""The verbs: parses the command line, calls the module of the verb, turns errors into exit codes.

Exit codes: 0 success; 1 a failure, explained on the screen; 2 a wrong command line. It holds no logic. A verb's module
is imported when the verb runs, because each verb has its own dependency groups.
"""

import argparse
import sys
import traceback
from pathlib import Path

from infra import console
from infra.cli import (
    account_verbs,
    caps_verb,
    compare_verb,
    moving_verbs,
    prices_verb,
    release_verbs,
    scenes_verb,
    sizing_verbs,
    weights_verb,
)
from infra.cli.parser import Parser
from infra.cli.verbs import Verbs
from infra.language import LANGUAGES, OPTION, choose_language, localized
from infra.process.guard import end_in_order
from infra.process.known_answers import explained
from infra.process.shell import InfraError
from infra.settings import DEFAULT_SITE_PORT, STATE


def main(arguments: list[str]) -> int:
    console.use_utf8()
    choose_language(arguments)
    options = commands()[0].parse_args(arguments)
    end_in_order()
    try:
        if getattr(options, "reads_keys", False):
            load_keys()
        return options.run(options)
    except InfraError as error:
        console.error(str(error), error.fix)
        return 1
    except KeyboardInterrupt:
        console.note(localized(ko="멈췄어요", en="stopped"))
        return 130
    except Exception as error:  # the last place where a person can be told what to do
        traceback.print_exc()
        unexpected(error)
        return 1


def unexpected(error: Exception) -> None:
    """Words below the traceback of an error that no verb expects."""
    name = type(error).__name__
    meaning = explained(f"{error}")
    console.error(
        localized(ko=f"예상하지 못한 오류예요: {name}", en=f"an unexpected error: {name}"),
        meaning
        or localized(
            ko="같은 명령을 다시 돌려 보고, 또 나오면 위의 글을 SECURITY.md에 적힌 대로 알려 주세요",
            en="run the command again; if it is repeated, report the lines above as SECURITY.md says",
        ),
    )


def load_keys() -> None:
    from infra.platforms import operator_keys
    from infra.settings import ROOT

    operator_keys.load(ROOT)


def commands() -> tuple[argparse.ArgumentParser, Verbs]:
    """The parser and its subparsers, one for each verb."""
    top = Parser(
        prog="python run.py",
        description=localized(
            ko="Clipwright: 이미지와 글 한 줄로 영상을 만들어요.", en="Clipwright: a picture and a line become a clip."
        ),
    )
    verbs = top.add_subparsers(title=localized(ko="명령", en="verbs"), required=True, metavar="<verb>")
    verb = verbs.add_parser(
        "demo",
        help=localized(
            ko="공개 API로 영상 하나를 만들어 저장하고, 사이트를 열어 둬요",
            en="make one clip through the public API, save it, leave the site open",
        ),
    )
    verb.add_argument(
        "--once", action="store_true", help=localized(ko="영상을 만들고 끝내요", en="stop after the clip")
    )
    add_stack_options(verb)
    verb.set_defaults(run=demo)
    verb = verbs.add_parser(
        "dev",
        help=localized(
            ko="Ctrl-C를 누를 때까지 개발용 사이트를 띄워요", en="serve the site for development until Ctrl-C"
        ),
    )
    add_stack_options(verb)
    verb.set_defaults(run=dev)
    verb = verbs.add_parser(
        "build", help=localized(ko="사이트를 frontend/dist에 빌드해요", en="build the site into frontend/dist")
    )
    verb.set_defaults(run=build)
    words = localized(
        ko="모든 테스트를 돌려요. --quick: 모델이 필요 없는 것만, --drills: 긴 훈련",
        en="run all tests; --quick: those that need no model; --drills: the long drills",
    )
    more = localized(ko="나머지 인자는 pytest에 넘겨요.", en="All other arguments go to pytest.")
    verb = verbs.add_parser(
        "test",
        help=words,
        description=f"{words}. {more}",
        usage="python run.py test [...]",
        prefix_chars="\0",
        add_help=False,
    )
    verb.add_argument("arguments", nargs="*", metavar="...")
    verb.set_defaults(run=test)
    verb = verbs.add_parser(
        "check",
        help=localized(
            ko="린트, 타입, 임포트 규칙, 생성 파일, 파일만 보는 점검을 돌려요",
            en="check lint, types, import rules, generated files and what preflight checks in files",
        ),
    )
    verb.set_defaults(run=check)
    verb = verbs.add_parser(
        "bench",
        help=localized(
            ko="이 컴퓨터의 전체 구성을 측정해요. 테스트에는 들어가지 않아요",
            en="measure the local stack; never part of the tests",
        ),
        prefix_chars="\0",
    )
    verb.add_argument("arguments", nargs="*", metavar="...")
    verb.set_defaults(run=bench)
    verb = verbs.add_parser(
        "shots",
        help=localized(
            ko="사이트의 화면과 상태를 모두 찍어요",
            en="take pictures of each page and state of the site, to be looked at",
        ),
    )
    verb.add_argument(
        "states",
        nargs="*",
        metavar="name",
        help=localized(
            ko="상태, 크기, 테마, 언어. 없으면 모두", en="states, sizes, themes, languages; all without one"
        ),
    )
    instead = verb.add_mutually_exclusive_group()
    instead.add_argument(
        "--film",
        action="store_true",
        help=localized(
            ko="30장면을 만드는 저녁을 동영상으로 찍어요", en="record an evening of 30 scenes instead, as a video"
        ),
    )
    instead.add_argument(
        "--guides",
        action="store_true",
        help=localized(
            ko="README와 안내서에 넣은 화면을 docs에 새로 찍어요",
            en="take the pictures of the README and the guides anew instead, into docs",
        ),
    )
    verb.set_defaults(run=shots)
    verb = verbs.add_parser(
        "tiny",
        help=localized(
            ko="학습한 작은 모델을 측정하거나 그 영상들을 한 장에 모아요",
            en="measure the trained tiny set, or write a sheet of its clips",
        ),
        prefix_chars="\0",
    )
    verb.add_argument("arguments", nargs="*", metavar="...")
    verb.set_defaults(run=tiny)
    verb = verbs.add_parser(
        "render", help=localized(ko="생성 파일을 써요", en="write the generated files of functions/_generated")
    )
    verb.add_argument(
        "--check",
        action="store_true",
        help=localized(
            ko="쓰지 않고, 낡은 파일을 보여 주고 1로 끝내요", en="write nothing; show stale files and exit with 1"
        ),
    )
    verb.set_defaults(run=render)
    verb = verbs.add_parser(
        "setup", help=localized(ko="의존성 묶음을 모두 설치하고 끝내요", en="install all dependency groups, then stop")
    )
    verb.set_defaults(run=setup)
    verb = verbs.add_parser(
        "lock",
        help=localized(
            ko="의존성을 다시 풀어 infra/locks와 package-lock.json에 써요",
            en="resolve the dependencies again and write infra/locks and package-lock.json",
        ),
    )
    verb.set_defaults(run=lock)
    scenes_verb.add(verbs)
    compare_verb.add(verbs)
    sizing_verbs.add(verbs)
    release_verbs.add(verbs)
    caps_verb.add(verbs)
    prices_verb.add(verbs)
    weights_verb.add(verbs)
    account_verbs.add(verbs)
    moving_verbs.add(verbs)
    for parser in (top, *verbs.choices.values()):
        if "-" in parser.prefix_chars:  # without it, a verb passes all its arguments on
            add_language_option(parser)
    return top, verbs


def add_language_option(parser: argparse.ArgumentParser) -> None:
    """`main` reads the option before the parser exists, because the parser's help is in that language."""
    words = localized(
        ko="터미널에 쓸 언어 (없으면 CLIPWRIGHT_LANG, 그다음 시스템 언어)",
        en="language of the terminal (otherwise CLIPWRIGHT_LANG, then the system's language)",
    )
    parser.add_argument(OPTION, choices=LANGUAGES, default=argparse.SUPPRESS, help=words)


def add_stack_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--port",
        type=int,
        default=DEFAULT_SITE_PORT,
        help=localized(ko="사이트 포트 (기본 %(default)s)", en="the site's port (default %(default)s)"),
    )
    verb.add_argument(
        "--state",
        type=Path,
        default=STATE,
        help=localized(
            ko="작업, 영상, 로그를 두는 폴더 (.clipwright)", en="folder for jobs, clips and logs (.clipwright)"
        ),
    )


def verb_names() -> list[str]:
    """All verbs; the README must list them."""
    return list(commands()[1].choices)


def demo(options: argparse.Namespace) -> int:
    from infra.dev.demo import run

    return run(options.state, options.port, once=options.once)


def dev(options: argparse.Namespace) -> int:
    from infra.dev.serve import run

    run(options.state, options.port)
    return 0


def build(_options: argparse.Namespace) -> int:
    from infra.build.site import build as build_site

    build_site()
    return 0


def test(options: argparse.Namespace) -> int:
    from infra.dev.checks import run_drills, run_quick_tests, run_tests

    if options.arguments in (["--help"], ["-h"]):
        console.note(commands()[1].choices["test"].format_help())
        return 0
    if options.arguments == ["--quick"]:
        return run_quick_tests()
    if "--drills" in options.arguments:
        return run_drills([argument for argument in options.arguments if argument != "--drills"])
    return run_tests(options.arguments)


def check(_options: argparse.Namespace) -> int:
    from infra.dev.checks import run_steps

    return 0 if run_steps() else 1


def bench(options: argparse.Namespace) -> int:
    from infra.process.shell import passthrough
    from infra.settings import ROOT

    return passthrough([sys.executable, "-X", "utf8", "-m", "tools.bench", *options.arguments], cwd=ROOT)


def shots(options: argparse.Namespace) -> int:
    from infra.dev import film, screenshot, terminal_picture
    from infra.dev.shots import run

    if options.guides:
        return terminal_picture.main() or screenshot.main()
    return film.run(options.states) if options.film else run(options.states)


def tiny(options: argparse.Namespace) -> int:
    from infra.process.shell import passthrough
    from infra.settings import ROOT

    return passthrough([sys.executable, "-X", "utf8", "-m", "tools.tiny_training", *options.arguments], cwd=ROOT)


def render(options: argparse.Namespace) -> int:
    from infra.build.render import stale, write
    from infra.settings import ROOT

    if options.check:
        difference = stale()
        if difference:
            console.note(difference)
            raise InfraError(
                localized(ko="생성 파일이 낡았어요", en="generated files are stale"), "python run.py render"
            )
        return 0
    for path in write():
        console.note(
            localized(
                ko=f"{path.relative_to(ROOT).as_posix()} 파일을 썼어요", en=f"wrote {path.relative_to(ROOT).as_posix()}"
            )
        )
    return 0


def setup(_options: argparse.Namespace) -> int:
    console.note(
        localized(ko="환경이 준비됐어요: .venv와 node_modules", en="the environment is ready: .venv and node_modules")
    )
    return 0


def lock(_options: argparse.Namespace) -> int:
    from infra.build.locks import write_locks
    from infra.settings import ROOT

    for path in write_locks():
        console.note(
            localized(
                ko=f"{path.relative_to(ROOT).as_posix()} 파일을 썼어요", en=f"wrote {path.relative_to(ROOT).as_posix()}"
            )
        )
    return 0
