"""The verbs `export`, `import` and `remove`: their options, the typed name of the site, and their output."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from infra import console
from infra.cli.release_verbs import environment_option
from infra.cli.verbs import Verbs
from infra.language import localized
from infra.process.shell import InfraError
from infra.settings import ROOT

if TYPE_CHECKING:
    from infra.platforms.cloudflare_account import Account


def add(verbs: Verbs) -> None:
    words = {
        "export": localized(
            ko="사이트의 데이터(데이터베이스, 영상, 한도, 배포 기록)를 폴더에 담아요",
            en="write the site's data (database, clips, caps, log of releases) into a folder; resumes",
        ),
        "import": localized(
            ko="내보낸 폴더를 새 계정의 빈 사이트로 가져와요",
            en="bring an exported folder into empty accounts; resumes",
        ),
    }
    for name, text in words.items():
        verb = verbs.add_parser(name, help=text)
        environment_option(verb)
        verb.add_argument("folder", type=Path, help=localized(ko="폴더", en="the folder"))
        verb.set_defaults(run=export if name == "export" else import_)
    verb = verbs.add_parser(
        "remove", help=localized(ko="사이트를 내리고 남은 것을 보여 줘요", en="take the site down; show what is left")
    )
    environment_option(verb)
    verb.add_argument(
        "--check", action="store_true", help=localized(ko="남은 것만 보여 줘요", en="only show what is there")
    )
    verb.add_argument(
        "--name",
        default="",
        help=localized(
            ko="터미널 없이 쓸 때 사이트 이름", en="the site's name, where there is no terminal to type it on"
        ),
    )
    verb.set_defaults(run=remove)


def account_of(options: argparse.Namespace) -> "Account":
    from infra.platforms.cloudflare_account import open_account
    from infra.preflight.runner import ground_of

    return open_account(ground_of(ROOT, options.env))


def export(options: argparse.Namespace) -> int:
    from infra.bootstrap import moving

    moving.refuse_committable(ROOT, options.folder.resolve())
    account = account_of(options)
    with moving.opened(account) as bucket:
        for line in moving.export(account, bucket, options.folder.resolve()):
            console.note(line)
    return 0


def import_(options: argparse.Namespace) -> int:
    from infra.bootstrap import moving

    account = account_of(options)
    with moving.opened(account) as bucket:
        for line in moving.import_(account, bucket, options.folder.resolve()):
            console.note(line)
    return 0


def remove(options: argparse.Namespace) -> int:
    from infra.bootstrap import removal

    account = account_of(options)
    if options.check:
        for line in removal.report(account):
            console.note(line)
        return 0
    name = account.ground.target.site_url.removeprefix("https://") or account.ground.target.pages_project
    for thing, ids in removal.left(account):
        if ids:
            console.note(f"  {thing.platform} {thing.name}")
    console.note(
        localized(
            ko="영상과 데이터베이스까지 모두 지워지고 되돌릴 수 없어요. 먼저 python run.py export로 담아 둘 수 있어요",
            en="all of it goes, clips and database too, and does not come back; python run.py export saves it first",
        )
    )
    typed = options.name or console.asked(
        localized(ko=f"지우려면 사이트 이름 {name} 입력", en=f"to remove it, type the site's name {name}")
    )
    if typed != name:
        raise InfraError(
            localized(ko="이름이 달라서 아무것도 지우지 않았어요", en="the name differs, so nothing was removed"),
            f"python run.py remove --env {options.env}",
        )
    for line in removal.remove(account):
        console.note(line)
    return 0
