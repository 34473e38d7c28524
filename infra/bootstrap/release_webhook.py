"""The address that receives each release's short report: offered once, tried out by a message, and kept.

It is optional. A skipped question is kept as an answer, so nobody is asked twice. This machine keeps it with its other
keys (`infra.platforms.operator_keys`); GitHub gets it from `infra.bootstrap.github_releases`.
"""

import os
from collections.abc import Iterator

from infra import console
from infra.bootstrap import github_releases
from infra.language import localized
from infra.platforms import operator_keys
from infra.platforms.ground import Ground
from infra.process.shell import InfraError
from infra.release import notice

TRIES = 3
CHANGE = "python run.py setup-account --release-webhook"


def how() -> Iterator[str]:
    """What it is for, and where such an address is made. No program sees the pages."""
    yield localized(
        ko="배포 알림을 받을 웹훅 주소. 없어도 돼요. 받지 않으려면 그냥 Enter를 눌러 주세요",
        en="a webhook that receives a short report of each release; optional, press Enter for none",
    )
    yield localized(
        ko="  Discord: 채널 편집 > 연동 > 웹후크 > 새 웹후크 > 웹후크 URL 복사",
        en="  Discord: Edit Channel > Integrations > Webhooks > New Webhook > Copy Webhook URL",
    )
    yield "  Slack: https://api.slack.com/apps, Incoming Webhooks"


def state() -> str:
    """A line for a comparison. Nothing of it is ever missing."""
    if notice.address():
        said = localized(ko="배포할 때마다 알림을 보내요", en="each release is reported")
    elif os.environ.get(notice.VARIABLE):
        said = localized(
            ko=f"알림을 보내지 않아요. 바꾸려면 {CHANGE}", en=f"no release is reported; to change it: {CHANGE}"
        )
    else:
        said = localized(ko="아직 정하지 않았어요. 없어도 돼요", en="not chosen yet; optional")
    return f"  ok {notice.VARIABLE}: {said}"


def offer(ground: Ground) -> Iterator[str]:
    """Asks where nobody has answered yet. A release works without it, so nothing stops here."""
    if not os.environ.get(notice.VARIABLE) and console.can_ask():
        yield from ask(ground)
    yield state()


def change(ground: Ground) -> Iterator[str]:
    """Asks again, and gives the answer to GitHub where releases come from there. Raises InfraError without a
    terminal."""
    if not console.can_ask():
        raise InfraError(
            localized(ko="터미널에서만 물어볼 수 있어요", en="this is asked on a terminal alone"),
            localized(ko=f"터미널에서 다시 실행해 주세요: {CHANGE}", en=f"run it again on a terminal: {CHANGE}"),
        )
    yield from ask(ground)
    yield state()
    yield from github_releases.change_webhook(ground)


def ask(ground: Ground) -> Iterator[str]:
    """Keeps an address at which a message has arrived, or the wish for none; nothing after three that do not work."""
    yield from how()
    for _ in range(TRIES):
        typed = console.secret(notice.VARIABLE)
        trouble = notice.post(typed, greeting(ground)) if typed else ""
        if not trouble:
            operator_keys.keep(ground.root, {notice.VARIABLE: typed or operator_keys.NOBODY})
            return
        yield localized(ko=f"  알림을 보내지 못했어요: {trouble}", en=f"  the message was not delivered: {trouble}")


def greeting(ground: Ground) -> str:
    name = ground.target.name
    return localized(
        ko=f"[Clipwright {name}] 이제 배포할 때마다 여기로 알려 드려요.",
        en=f"[Clipwright {name}] Each release will be reported here.",
    )
