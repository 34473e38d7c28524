"""The verb `weights`: its options and output. What it does is in `infra.bootstrap.weights`."""

import argparse
from pathlib import Path
from typing import get_args

from gpu.core.checkpoints import Flavour
from infra import console
from infra.cli.release_verbs import environment_option
from infra.cli.verbs import Verbs
from infra.language import localized
from infra.settings import ROOT


def add(verbs: Verbs) -> None:
    words = localized(
        ko="모델 파일: pin 판 정하기, fetch 받기, verify 확인, where 위치",
        en="the model files: pin them exactly, fetch, verify, or say where they are",
    )
    verb = verbs.add_parser("weights", help=words)
    verb.add_argument("action", choices=("pin", "fetch", "verify", "where"))
    environment_option(verb)
    verb.add_argument(
        "--folder",
        type=Path,
        help=localized(ko="Modal 대신 이 컴퓨터의 폴더", en="a folder of this machine instead of Modal's volume"),
    )
    verb.add_argument(
        "--family",
        choices=get_args(Flavour),
        help=localized(
            ko="모델 계열 (없으면 환경의 checkpoint가 쓰는 것)",
            en="the family of models (otherwise that of the environment's checkpoint)",
        ),
    )
    licence_option(verb)
    verb.add_argument(
        "--yes",
        action="store_true",
        help=localized(ko="fetch: 값을 보여 주고 묻지 않고 받아요", en="fetch: say the cost and do not ask"),
    )
    verb.set_defaults(run=weights)


def weights(options: argparse.Namespace) -> int:
    from infra.bootstrap.weights import (
        Place,
        agree_to_fetch,
        agreed_licences,
        ask_licence,
        fetch_shown,
        pin,
        verify,
        where,
    )
    from infra.preflight.runner import ground_of

    place = Place(ground_of(ROOT, options.env), options.folder.resolve() if options.folder else None, options.family)
    match options.action:
        case "pin":
            for line in pin(place, agreed_licences(place, options.accept, ask_licence)):
                console.note(line)
            console.note(localized(ko="내용을 확인하고 커밋해 주세요", en="look at it and commit it"))
        case "fetch":
            agree_to_fetch(place, agrees=options.yes)
            count = fetch_shown(place)
            console.note(localized(ko=f"파일 {count}개를 모두 받았어요", en=f"files fetched: {count}"))
        case _:
            for line in verify(place) if options.action == "verify" else where(place):
                console.note(line)
    return 0


def licence_option(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="LICENCE",
        help=localized(ko="수락하는 라이선스의 이름", en="the name of a licence that you accept; may be repeated"),
    )
