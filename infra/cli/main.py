"""The verbs: parses the command line, calls the module of the verb, turns errors into exit codes.

Exit codes: 0 success; 1 a failure, explained on the screen; 2 a wrong command line. It holds no logic. A verb's module
is imported when the verb runs, because each verb has its own dependency groups.
"""

import argparse
import sys
from pathlib import Path

from infra import console
from infra.cli import caps_verb, prices_verb, release_verbs, scenes_verb, sizing_verbs, weights_verb
from infra.cli.verbs import Verbs
from infra.language import LANGUAGES, OPTION, choose_language, localized
from infra.process.guard import end_in_order
from infra.process.shell import InfraError
from infra.settings import DEFAULT_SITE_PORT, STATE


def main(arguments: list[str]) -> int:
    console.use_utf8()
    choose_language(arguments)
    options = commands()[0].parse_args(arguments)
    end_in_order()
    try:
        return options.run(options)
    except InfraError as error:
        console.error(str(error), error.fix)
        return 1
    except KeyboardInterrupt:
        console.note(localized(ko="멈췄어요", en="stopped"))
        return 130


def commands() -> tuple[argparse.ArgumentParser, Verbs]:
    """The parser and its subparsers, one for each verb."""
    top = argparse.ArgumentParser(prog="python run.py", description="Clipwright: a picture and a line become a clip.")
    verbs = top.add_subparsers(title="verbs", required=True, metavar="<verb>")
    verb = verbs.add_parser("demo", help="make one clip through the public API, save it, leave the site open")
    verb.add_argument("--once", action="store_true", help="stop after the clip")
    add_stack_options(verb)
    verb.set_defaults(run=demo)
    verb = verbs.add_parser("dev", help="serve the site for development until Ctrl-C")
    add_stack_options(verb)
    verb.set_defaults(run=dev)
    verb = verbs.add_parser("build", help="build the site into frontend/dist")
    verb.set_defaults(run=build)
    words = "run all tests; --quick: those that need no model; --drills: the long drills"
    verb = verbs.add_parser("test", help=words, prefix_chars="\0")
    verb.add_argument("arguments", nargs="*", metavar="...")
    verb.set_defaults(run=test)
    verb = verbs.add_parser(
        "check", help="check lint, types, import rules, generated files and what preflight checks in files"
    )
    verb.set_defaults(run=check)
    verb = verbs.add_parser("bench", help="measure the local stack; never part of the tests", prefix_chars="\0")
    verb.add_argument("arguments", nargs="*", metavar="...")
    verb.set_defaults(run=bench)
    verb = verbs.add_parser("shots", help="take pictures of each page and state of the site, to be looked at")
    verb.add_argument("states", nargs="*", metavar="name", help="states, sizes, themes, languages; all without one")
    verb.set_defaults(run=shots)
    verb = verbs.add_parser(
        "tiny", help="measure the trained tiny set, or write a sheet of its clips", prefix_chars="\0"
    )
    verb.add_argument("arguments", nargs="*", metavar="...")
    verb.set_defaults(run=tiny)
    verb = verbs.add_parser("render", help="write the generated files of functions/_generated")
    verb.add_argument("--check", action="store_true", help="write nothing; show stale files and exit with 1")
    verb.set_defaults(run=render)
    verb = verbs.add_parser("setup", help="install all dependency groups, then stop")
    verb.set_defaults(run=setup)
    verb = verbs.add_parser("lock", help="resolve the dependencies again and write infra/locks and package-lock.json")
    verb.set_defaults(run=lock)
    scenes_verb.add(verbs)
    sizing_verbs.add(verbs)
    release_verbs.add(verbs)
    caps_verb.add(verbs)
    prices_verb.add(verbs)
    weights_verb.add(verbs)
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
    verb.add_argument("--port", type=int, default=DEFAULT_SITE_PORT, help="the site's port (default %(default)s)")
    verb.add_argument("--state", type=Path, default=STATE, help="folder for jobs, clips and logs (.clipwright)")


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
    from infra.dev.shots import run

    return run(options.states)


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
            raise InfraError("generated files are stale", "python run.py render")
        return 0
    for path in write():
        console.note(f"wrote {path.relative_to(ROOT).as_posix()}")
    return 0


def setup(_options: argparse.Namespace) -> int:
    console.note("the environment is ready: .venv and node_modules")
    return 0


def lock(_options: argparse.Namespace) -> int:
    from infra.build.locks import write_locks
    from infra.settings import ROOT

    for path in write_locks():
        console.note(f"wrote {path.relative_to(ROOT).as_posix()}")
    return 0
