"""The operator's verbs: preflight, deploy, rollback, reflect, rotate, modal, wrangler. Their options and output.

They hold no logic. A verb's modules are imported when the verb runs.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from infra import console
from infra.cli.verbs import Verbs
from infra.language import localized
from infra.settings import ROOT

if TYPE_CHECKING:
    from infra.preflight.findings import Report
    from infra.release.deploy import Event

SEOUL = timedelta(hours=9)
ENVIRONMENTS = ("production", "preview")


def add(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "preflight",
        help=localized(
            ko="배포에 필요한 것을 모두 점검해요. --fix는 이 컴퓨터의 파일을 고쳐요",
            en="check everything that a release needs; --fix corrects local files",
        ),
    )
    environment_option(verb)
    verb.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="ID",
        help=localized(ko="이 점검만 돌려요. 여러 번 쓸 수 있어요", en="run only this check; may be repeated"),
    )
    verb.add_argument(
        "--offline",
        action="store_true",
        help=localized(ko="네트워크가 필요한 점검은 건너뛰어요", en="skip the checks that need the network"),
    )
    verb.add_argument(
        "--fix",
        action="store_true",
        help=localized(ko="고칠 수 있는 파일을 고쳐요", en="correct local files where a check can"),
    )
    verb.add_argument(
        "--json",
        action="store_true",
        help=localized(ko="결과를 JSON으로만 출력해요", en="print only the findings, as JSON"),
    )
    verb.add_argument(
        "--self-test",
        action="store_true",
        help=localized(
            ko="사본에 아는 결함을 심고, 놓치는 점검이 있으면 1로 끝내요",
            en="plant known faults in a copy; exit with 1 when a check misses one",
        ),
    )
    verb.set_defaults(run=preflight)
    verb = verbs.add_parser(
        "deploy",
        help=localized(
            ko="배포: 점검, 마이그레이션, Modal, 사이트, 정리 Worker, 확인 영상, 기록",
            en="release: preflight, migrations, Modal, site, sweeper, one test clip, log entry",
        ),
    )
    environment_option(verb)
    verb.add_argument(
        "--dry-run", action="store_true", help=localized(ko="순서만 보여 주고 끝내요", en="print the plan and stop")
    )
    verb.add_argument(
        "--why",
        default="",
        help=localized(ko="배포하는 이유. 기록에 남을 한 문장", en="the reason, one sentence for the log of releases"),
    )
    verb.add_argument(
        "--replace-gpu",
        action="store_true",
        help=localized(
            ko="GPU 서비스가 그대로여도 배포해요. 비밀값을 바로잡은 뒤처럼",
            en="deploy the GPU service even if it is unchanged, for example after a secret was corrected",
        ),
    )
    verb.add_argument(
        "--from-live",
        action="store_true",
        help=localized(
            ko="손으로 올린 것이어도, 지금 올라가 있는 것을 돌아갈 곳으로 삼아요",
            en="take what is live as the way back, even if it was deployed by hand",
        ),
    )
    lock_option(verb)
    verb.set_defaults(run=deploy)
    verb = verbs.add_parser(
        "rollback",
        help=localized(
            ko="지난 배포 전에 올라가 있던 버전으로 돌아가요",
            en="restore the versions that were live before the last release",
        ),
    )
    environment_option(verb)
    verb.add_argument(
        "--dry-run", action="store_true", help=localized(ko="순서만 보여 주고 끝내요", en="print the plan and stop")
    )
    lock_option(verb)
    verb.set_defaults(run=rollback)
    verb = verbs.add_parser(
        "reflect", help=localized(ko="배포에서 배운 것을 기록에 더해요", en="add a lesson from a release to the log")
    )
    verb.add_argument(
        "release",
        help=localized(
            ko="배포 이름. infra/reflection/REFLECTIONS.md에 있어요",
            en="the release's id, as in infra/reflection/REFLECTIONS.md",
        ),
    )
    verb.add_argument("--learned", required=True, help=localized(ko="배운 것", en="the lesson"))
    verb.set_defaults(run=reflect)
    verb = verbs.add_parser(
        "rotate",
        help=localized(
            ko="여러 곳이 함께 쓰는 비밀값 하나를 바꿔요. 그동안 거절되는 요청은 없어요",
            en="replace one secret that several parts share; nothing is refused meanwhile",
        ),
    )
    environment_option(verb)
    verb.add_argument("secret", choices=("cookie", "event", "gpu", "r2"), help=localized(ko="비밀값", en="the secret"))
    verb.add_argument(
        "--drop-old",
        action="store_true",
        help=localized(
            ko="지난번에 바꾸기 전의 값을 이제 받지 않아요", en="stop accepting the older ones of an earlier rotation"
        ),
    )
    verb.add_argument(
        "--forget-old",
        action="store_true",
        help=localized(ko="지금 값을 아무도 모르더라도 바꿔요", en="replace it even if nobody has its present value"),
    )
    verb.set_defaults(run=rotate)
    verb = verbs.add_parser(
        "bill",
        help=localized(
            ko="Modal 청구액과 장부를 날마다 원 단위로 나란히 보여 줘요",
            en="lay Modal's bill beside the ledger, day by day, in won",
        ),
    )
    environment_option(verb)
    verb.add_argument(
        "--day",
        type=date.fromisoformat,
        help=localized(
            ko="서울 기준 하루, 2026-11-24처럼 (기본: 지난 이레)",
            en="one day of Seoul, as 2026-11-24 (default: the last seven)",
        ),
    )
    verb.set_defaults(run=bill)
    for name, company in (("modal", "Modal"), ("wrangler", "Cloudflare")):
        verb = verbs.add_parser(
            name,
            help=localized(
                ko=f"{company}의 {name} 프로그램을 뒤에 적은 인자 그대로 돌려요",
                en=f"run the {name} program of {company} with the arguments that follow",
            ),
            prefix_chars="\0",
        )
        verb.add_argument("arguments", nargs="*", metavar="...")
        verb.set_defaults(reads_keys=True, run=run_modal if name == "modal" else run_wrangler)


def environment_option(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--env",
        choices=ENVIRONMENTS,
        default="production",
        help=localized(ko="환경 (기본 %(default)s)", en="the environment (default %(default)s)"),
    )
    verb.set_defaults(reads_keys=True)


def lock_option(verb: argparse.ArgumentParser) -> None:
    words = localized(
        ko="멈췄거나 몇 시간째 소식이 없는 컴퓨터의 배포나 되돌리기를 넘겨받아요",
        en="take over the release or rollback of a machine that has stopped, or has been silent for hours",
    )
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
        for line in [*lines_of(report), *answer_lines(options.env, report)]:
            console.note(line)
    return 1 if report.blocks_release else 0


def answer_lines(environment: str, report: "Report") -> list[str]:
    """The five questions before a release, answered; nothing where the checkout is too broken to ask them."""
    from infra.preflight import sanity
    from infra.preflight.runner import ground_of
    from infra.process.shell import InfraError

    try:
        answers = sanity.answers(ground_of(ROOT, environment), report.results)
    except InfraError:
        return []
    return ["", *sanity.lines_of(answers, [path for _, path in report.mended])] if answers else []


def self_test() -> int:
    from infra.preflight.self_test.rounds import lines_of, run

    outcomes = list[bool]()
    for outcome in run(ROOT):
        outcomes.append(outcome.caught)
        for line in lines_of(outcome):
            console.note(line)
    console.note(
        localized(
            ko=f"심은 결함 {len(outcomes)}개 가운데 {sum(outcomes)}개를 잡았어요.",
            en=f"{sum(outcomes)} of {len(outcomes)} planted faults were caught.",
        )
    )
    return 0 if all(outcomes) else 1


def deploy(options: argparse.Namespace) -> int:
    from infra.process.shell import InfraError
    from infra.release import commit_status
    from infra.release.deploy import Order, deploy, plan
    from infra.release.release_context import WaitTimes

    order = Order(
        options.env, " ".join(options.why.split()), options.replace_gpu, options.take_lock, options.from_live
    )  # a commit message has many lines, the log's entry has one
    if options.dry_run:
        for line in plan(ROOT, order):
            console.note(line)
        return 0
    commit_status.tell("pending", "")
    try:
        follow(deploy(ROOT, order, WaitTimes()))
    except InfraError as error:
        commit_status.tell("failure", str(error))
        raise
    except BaseException as error:  # a status that stays pending would look like a release that still runs
        commit_status.tell(
            "failure", localized(ko=f"중단됐어요: {type(error).__name__}", en=f"stopped: {type(error).__name__}")
        )
        raise
    commit_status.tell("success", localized(ko="배포했어요", en="released"))
    return 0


def rollback(options: argparse.Namespace) -> int:
    from infra.preflight.runner import ground_of
    from infra.release.known_states import refuse_strange, reported_now
    from infra.release.rollback import last_release, moves, rollback

    ground = ground_of(ROOT, options.env)
    if options.dry_run:
        back = last_release(ground)
        console.note(
            localized(
                ko=f"배포 {back.release} ({back.commit[:12]})을 되돌려요",
                en=f"undo release {back.release} ({back.commit[:12]})",
            )
        )
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
                console.note(
                    localized(ko=f"{event.step}: 끝 {event.text}", en=f"{event.step}: done {event.text}").rstrip()
                )
            case "before":
                console.note(localized(ko=f"{event.step}: 이미 했어요", en=f"{event.step}: already done"))
            case "says":
                console.note(f"    {event.text}")
    return 0


def reflect(options: argparse.Namespace) -> int:
    from infra.reflection.release_log import learn
    from infra.release.deploy import commit_reflection

    for path in learn(ROOT, options.release, options.learned, f"{datetime.now(UTC):%Y-%m-%d}"):
        console.note(localized(ko=f"{path} 파일을 썼어요", en=f"wrote {path}"))
    commit_reflection(ROOT)
    console.note(localized(ko="커밋했어요. 다음 배포가 푸시해요", en="committed; the next release pushes it"))
    return 0


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
