"""The verb `caps`: its options and output. What it does is in `infra.release.caps`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from infra import console
from infra.cli.release_verbs import environment_option
from infra.cli.verbs import Verbs
from infra.language import localized
from infra.settings import ROOT, STATE

if TYPE_CHECKING:
    from infra.platforms.site_database import SiteDatabase


def add(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "caps",
        help=localized(
            ko="사이트의 한도를 보여 주고 바꿔요. --stop은 새 작업을 막고, --go는 다시 받아요",
            en="show and change the caps of a site; --stop refuses new jobs, --go accepts them",
        ),
    )
    environment_option(verb)
    verb.add_argument(
        "--local",
        action="store_true",
        help=localized(
            ko="이 컴퓨터에서 돌고 있는 사이트의 데이터베이스", en="the database of the stack on this machine"
        ),
    )
    verb.add_argument(
        "--state",
        type=Path,
        default=STATE,
        help=localized(ko="이 컴퓨터의 사이트가 쓰는 폴더 (.clipwright)", en="folder of the local stack (.clipwright)"),
    )
    verb.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=AMOUNT",
        help=localized(ko="원, 개수, MB. 여러 번 쓸 수 있어요", en="won, a number or MB; may be repeated"),
    )
    switch = verb.add_mutually_exclusive_group()
    switch.add_argument(
        "--stop",
        action="store_true",
        help=localized(ko="새 작업을 막아요. 받은 작업은 끝까지 만들어요", en="refuse new jobs; accepted ones go on"),
    )
    switch.add_argument(
        "--go", action="store_true", help=localized(ko="새 작업을 다시 받아요", en="accept new jobs again")
    )
    verb.set_defaults(run=caps)


def caps(options: argparse.Namespace) -> int:
    from infra.release.caps import caps_of, change, lines_of, parsed

    wanted = parsed(options.set)
    database = database_of(options)
    change(database, wanted, accepts_jobs=options.go if options.stop or options.go else None)
    for line in lines_of(caps_of(database)):
        console.note(line)
    return 0


def database_of(options: argparse.Namespace) -> "SiteDatabase":
    from infra.dev.edge_config import quiet_environment
    from infra.platforms.site_database import SiteDatabase
    from infra.preflight.runner import ground_of

    if options.local:
        return SiteDatabase.of_local_stack(ROOT, options.state, quiet_environment(options.state))
    return SiteDatabase.of_environment(ground_of(ROOT, options.env))
