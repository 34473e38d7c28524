"""The verbs: parses the command line, calls the one module behind each verb, turns errors into exit codes.

0 is success, 1 a failure that is explained on screen, 2 a wrong command line. It holds no logic of its own; the
modules are imported when their verb runs, because each verb has its own dependency group.
"""

import argparse

from infra import console
from infra.shell import InfraError


def main(arguments: list[str]) -> int:
    console.use_utf8()
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except InfraError as error:
        console.error(str(error), error.fix)
        return 1
    except KeyboardInterrupt:
        console.note("stopped")
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python run.py", description="Clipwright: a picture and a line become a clip.")
    verbs = top.add_subparsers(title="verbs", required=True, metavar="<verb>")
    verb = verbs.add_parser("render", help="write the generated files of functions/_generated")
    verb.add_argument("--check", action="store_true", help="write nothing; show what is stale and end with 1")
    verb.set_defaults(run=render)
    verb = verbs.add_parser("setup", help="install every dependency group, then stop")
    verb.set_defaults(run=setup)
    verb = verbs.add_parser("lock", help="resolve the dependencies again and write infra/locks and package-lock.json")
    verb.set_defaults(run=lock)
    return top


def render(options: argparse.Namespace) -> int:
    from infra.render import stale, write
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
    from infra.locks import write_locks
    from infra.settings import ROOT

    for path in write_locks():
        console.note(f"wrote {path.relative_to(ROOT).as_posix()}")
    return 0
