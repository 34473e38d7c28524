"""The operator's verbs: preflight, deploy, rollback, reflect, bootstrap, modal, wrangler. Their options and output.

They hold no logic. A verb's modules are imported when the verb runs.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from infra import console
from infra.cli.verbs import Verbs
from infra.settings import ROOT

if TYPE_CHECKING:
    from infra.process.shell import InfraError
    from infra.release.deploy import Event

SEOUL = timedelta(hours=9)
ENVIRONMENTS = ("production", "preview")


def add(verbs: Verbs) -> None:
    verb = verbs.add_parser("preflight", help="check everything that a release needs; --fix corrects local files")
    environment_option(verb)
    verb.add_argument("--only", action="append", default=[], metavar="ID", help="run only this check; may be repeated")
    verb.add_argument("--offline", action="store_true", help="skip the checks that need the network")
    verb.add_argument("--fix", action="store_true", help="correct local files where a check can")
    verb.add_argument("--json", action="store_true", help="print only the findings, as JSON")
    verb.add_argument(
        "--self-test", action="store_true", help="plant known faults in a copy; exit with 1 when a check misses one"
    )
    verb.set_defaults(run=preflight)
    verb = verbs.add_parser(
        "deploy", help="release: preflight, migrations, Modal, site, sweeper, one test clip, log entry"
    )
    environment_option(verb)
    verb.add_argument("--dry-run", action="store_true", help="print the plan and stop")
    verb.add_argument("--why", default="", help="the reason, one sentence for the log of releases")
    verb.add_argument(
        "--replace-gpu",
        action="store_true",
        help="deploy the GPU service even if it is unchanged, for example after a secret was corrected",
    )
    verb.add_argument(
        "--from-live",
        action="store_true",
        help="take what is live as the way back, even if it was deployed by hand",
    )
    lock_option(verb)
    verb.set_defaults(run=deploy)
    verb = verbs.add_parser("rollback", help="restore the versions that were live before the last release")
    environment_option(verb)
    verb.add_argument("--dry-run", action="store_true", help="print the plan and stop")
    lock_option(verb)
    verb.set_defaults(run=rollback)
    verb = verbs.add_parser("reflect", help="add a lesson from a release to the log")
    verb.add_argument("release", help="the release's id, as in infra/reflection/REFLECTIONS.md")
    verb.add_argument("--learned", required=True, help="the lesson")
    verb.set_defaults(run=reflect)
    verb = verbs.add_parser("bootstrap", help="create the missing resources in the accounts; shows the plan first")
    environment_option(verb)
    verb.add_argument("--check", action="store_true", help="compare and stop; exit with 1 when a resource is missing")
    verb.add_argument("--yes", action="store_true", help="create them without asking")
    verb.set_defaults(run=bootstrap)
    verb = verbs.add_parser("rotate", help="replace one secret that several parts share; nothing is refused meanwhile")
    environment_option(verb)
    verb.add_argument("secret", choices=("cookie", "event", "gpu", "r2"), help="the secret")
    verb.add_argument("--drop-old", action="store_true", help="stop accepting the older ones of an earlier rotation")
    verb.add_argument("--forget-old", action="store_true", help="replace it even if nobody has its present value")
    verb.set_defaults(run=rotate)
    verb = verbs.add_parser("bill", help="lay Modal's bill beside the ledger, day by day, in won")
    environment_option(verb)
    verb.add_argument(
        "--day", type=date.fromisoformat, help="one day of Seoul, as 2026-11-24 (default: the last seven)"
    )
    verb.set_defaults(run=bill)
    for name, words in (("modal", "Modal's own program"), ("wrangler", "Cloudflare's own program")):
        verb = verbs.add_parser(name, help=f"run {words} with the arguments that follow", prefix_chars="\0")
        verb.add_argument("arguments", nargs="*", metavar="...")
        verb.set_defaults(run=run_modal if name == "modal" else run_wrangler)


def environment_option(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--env", choices=ENVIRONMENTS, default="production", help="the environment (default %(default)s)")


def lock_option(verb: argparse.ArgumentParser) -> None:
    words = "take over the release or rollback of a machine that has stopped, or has been silent for hours"
    verb.add_argument("--take-lock", action="store_true", help=words)


def preflight(options: argparse.Namespace) -> int:
    from infra.preflight.runner import Request, lines_of, report_of

    if options.self_test:
        return self_test()
    report = report_of(ROOT, options.env, Request(tuple(options.only), options.offline, options.fix))
    if options.json:
        # ASCII: every pipe transmits it unchanged.
        console.note(json.dumps(report.as_json(), indent=2))
    else:
        for line in lines_of(report):
            console.note(line)
    return 1 if report.blocks_release else 0


def self_test() -> int:
    from infra.preflight.self_test.rounds import lines_of, run

    outcomes = list[bool]()
    for outcome in run(ROOT):
        outcomes.append(outcome.caught)
        for line in lines_of(outcome):
            console.note(line)
    console.note(f"{sum(outcomes)} of {len(outcomes)} planted faults were caught.")
    return 0 if all(outcomes) else 1


def deploy(options: argparse.Namespace) -> int:
    from infra.release.deploy import Order, deploy, plan
    from infra.release.release_context import WaitTimes

    order = Order(
        options.env, " ".join(options.why.split()), options.replace_gpu, options.take_lock, options.from_live
    )  # a commit message has many lines, the log's entry has one
    if options.dry_run:
        for line in plan(ROOT, order):
            console.note(line)
        return 0
    return follow(deploy(ROOT, order, WaitTimes()))


def rollback(options: argparse.Namespace) -> int:
    from infra.preflight.runner import ground_of
    from infra.release.known_states import refuse_strange, reported_now
    from infra.release.rollback import last_release, moves, rollback

    ground = ground_of(ROOT, options.env)
    if options.dry_run:
        back = last_release(ground)
        console.note(f"undo release {back.release} ({back.commit[:12]})")
        for move in moves(ground, back):
            console.note(f"  {move.part}: {move.command}")
        for line in refuse_strange(ground, back.known, reported_now(ground.target)):
            console.note(f"  {line}")
        return 0
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return follow(rollback(ground, at, takes_lock=options.take_lock))


def follow(events: "Iterator[Event]") -> int:
    for event in events:
        match event.state:
            case "begins":
                console.note(f"{event.step}: {event.text}")
            case "done":
                console.note(f"{event.step}: done {event.text}".rstrip())
            case "before":
                console.note(f"{event.step}: already done")
            case "says":
                console.note(f"    {event.text}")
    return 0


def reflect(options: argparse.Namespace) -> int:
    from infra.reflection.release_log import learn
    from infra.release.deploy import commit_reflection

    for path in learn(ROOT, options.release, options.learned, f"{datetime.now(UTC):%Y-%m-%d}"):
        console.note(f"wrote {path}")
    commit_reflection(ROOT)
    console.note("committed; the next release pushes it")
    return 0


def bootstrap(options: argparse.Namespace) -> int:
    from infra.bootstrap.by_hand import by_hand
    from infra.bootstrap.plan import compare, make_each, resources
    from infra.platforms.cloudflare_account import open_account
    from infra.preflight.runner import ground_of

    ground = ground_of(ROOT, options.env)
    console.note("you do these yourself, once:")
    for name, words in by_hand(ground.target):
        console.note(f"  - {name}: {words}")
    todo: list[str] = []
    left: list[tuple[str, InfraError]] = []
    account = open_account(ground)
    console.note("bootstrap creates these:")
    for found in compare(resources(account)):
        mark = "?" if found.trouble else "!" if found.state else "ok"
        state = f"unknown: {found.trouble}" if found.trouble else found.state
        console.note(f"  {mark} {found.resource.name}: {found.resource.title}{': ' + state if state else ''}")
        if found.trouble:
            left.append((found.resource.name, found.trouble))
        elif found.state:
            todo.append(found.resource.name)
    agreed = options.yes or options.check or not todo or console.agreed(f"create or change {len(todo)} resources?")
    if todo and agreed and not options.check:
        for name, said, trouble in make_each(ROOT, options.env, todo):
            console.note(f"{name}: {trouble or said}")
            left += [(name, trouble)] if trouble else []
    elif todo:
        console.note("nothing was changed")
    for name, trouble in left:
        console.error(f"{name}: {trouble}", trouble.fix)
    return 1 if left or (todo and (options.check or not agreed)) else 0


def rotate(options: argparse.Namespace) -> int:
    from infra.bootstrap.rotation import Wish, rotate
    from infra.platforms.cloudflare_account import asked_of, open_account
    from infra.preflight.runner import ground_of

    account = open_account(ground_of(ROOT, options.env))
    done = rotate(account, Wish(options.secret, options.drop_old, options.forget_old))
    while said := asked_of("r2-token", lambda: next(done, "")):
        console.note(said)
    return 0


def bill(options: argparse.Namespace) -> int:
    from infra.platforms.billing import bills, lines_of
    from infra.preflight.runner import ground_of

    last = options.day or (datetime.now(UTC) + SEOUL).date()
    for line in lines_of(bills(ground_of(ROOT, options.env), options.day or last - timedelta(days=6), last)):
        console.note(line)
    return 0


def run_modal(options: argparse.Namespace) -> int:
    from infra.platforms.programs import by_hand, modal

    return by_hand(modal(), options.arguments)


def run_wrangler(options: argparse.Namespace) -> int:
    from infra.platforms.programs import by_hand, wrangler

    return by_hand(wrangler(), options.arguments)
