"""The verb `setup-account`: its options and output. What it does is in `infra.bootstrap.setup_account`."""

import argparse

from infra import console
from infra.cli.release_verbs import environment_option
from infra.cli.verbs import Verbs
from infra.cli.weights_verb import licence_option
from infra.language import localized
from infra.settings import ROOT


def add(verbs: Verbs) -> None:
    words = localized(
        ko="빈 계정에서 열린 사이트까지: 필요한 것을 묻고, 만들고, 배포해요. 멈춘 곳부터 이어서 해요",
        en="from empty accounts to a live site: asks, makes, releases; goes on where it stopped",
    )
    verb = verbs.add_parser("setup-account", help=words)
    environment_option(verb)
    only = verb.add_mutually_exclusive_group()
    only.add_argument(
        "--plan",
        action="store_true",
        help=localized(ko="묻거나 만들 것을 보여 주고 끝내요", en="print what it would ask and make, and stop"),
    )
    only.add_argument(
        "--check",
        action="store_true",
        help=localized(
            ko="계정과 비교만 하고 없는 것이 있으면 1로 끝내요", en="compare; exit with 1 when a thing is missing"
        ),
    )
    only.add_argument(
        "--release-webhook",
        action="store_true",
        help=localized(
            ko="배포 알림을 받을 주소만 다시 묻고 끝내요",
            en="ask again for the address that receives each release's report, and stop",
        ),
    )
    verb.add_argument("--yes", action="store_true", help=localized(ko="묻지 않고 만들어요", en="make without asking"))
    verb.add_argument(
        "--no-release",
        action="store_true",
        help=localized(ko="첫 배포 전에 끝내요", en="stop before the first release"),
    )
    verb.add_argument(
        "--releases-from",
        choices=("github", "machine"),
        default="",
        help=localized(
            ko="첫 배포 뒤에는 어디서 배포하는지: push만 하면 되는 github, 또는 이 컴퓨터",
            en="where releases come from after the first one: by a push alone, or from this machine",
        ),
    )
    licence_option(verb)
    verb.set_defaults(run=setup_account)


def setup_account(options: argparse.Namespace) -> int:
    from infra.bootstrap import release_webhook
    from infra.bootstrap import setup_account as setting_up
    from infra.preflight.runner import ground_of

    if options.plan:
        lines = setting_up.plan(ground_of(ROOT, options.env))
    elif options.check:
        lines = setting_up.check(ROOT, options.env)
    elif options.release_webhook:
        lines = release_webhook.change(ground_of(ROOT, options.env))
    else:
        wish = setting_up.Wish(
            options.env, options.yes, not options.no_release, tuple(options.accept), options.releases_from
        )
        lines = setting_up.setup_account(ROOT, wish)
    for line in lines:
        console.note(line)
    return 0
