"""The verb `scenes`: a file of scenes and a folder of pictures become numbered clips.

Its options and output alone; what it does is in `infra.scenes`.
"""

import argparse
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gpu.core.geometry import RATIOS
from infra import console
from infra.cli.verbs import Verbs
from infra.language import language, localized
from infra.process.shell import InfraError
from infra.settings import DEFAULT_SITE_PORT

TOKEN = "CLIPWRIGHT_TOKEN"  # noqa: S105  # the name of a variable
MICRO_WON_PER_WON = 1_000_000
RETRIES = 2


def add(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "scenes",
        help=localized(
            ko="장면 파일과 이미지 폴더로 번호 붙은 영상을 만들어요",
            en="make numbered clips of a file of scenes and a folder of pictures",
        ),
    )
    verb.add_argument(
        "file", type=Path, help=localized(ko="TXT, CSV, SRT, JSON 파일", en="a TXT, CSV, SRT or JSON file")
    )
    verb.add_argument("--pictures", type=Path, help=localized(ko="이미지 폴더", en="the folder with the pictures"))
    verb.add_argument(
        "--out", type=Path, required=True, help=localized(ko="영상을 받을 폴더", en="the folder for the clips")
    )
    verb.add_argument(
        "--range",
        dest="numbers",
        metavar='"1~4, 6"',
        help=localized(
            ko="만들 장면 번호. 없으면 안 만든 장면 모두", en="which scenes; all that are not made without it"
        ),
    )
    verb.add_argument(
        "--address",
        default=f"http://127.0.0.1:{DEFAULT_SITE_PORT}",
        help=localized(ko="사이트 주소", en="the site's address (default %(default)s)"),
    )
    verb.add_argument("--ratio", choices=RATIOS, help=localized(ko="화면 비율", en="the clips' ratio"))
    verb.add_argument(
        "--seconds",
        type=int,
        help=localized(
            ko="파일에 길이가 없는 장면의 길이(초)", en="seconds of the scenes whose length the file does not say"
        ),
    )
    verb.add_argument(
        "--quality",
        help=localized(
            ko='파일에 화질이 없는 장면의 화질. 예: draft, "표준 704p"',
            en='quality of the scenes where the file says none, for example draft, "fast 704p"',
        ),
    )
    verb.add_argument(
        "--variants",
        type=int,
        choices=range(1, 5),
        default=1,
        help=localized(
            ko="장면마다 만들 개수. 고르기는 사이트에서 해요", en="clips a scene; the site's table chooses among them"
        ),
    )
    verb.add_argument(
        "--film", action="store_true", help=localized(ko="한 편으로도 이어요", en="join them to one film, too")
    )
    verb.add_argument(
        "--fast", action="store_true", help=localized(ko="더 비싸도 더 빨리", en="sooner, where that costs more cards")
    )
    verb.add_argument("--yes", action="store_true", help=localized(ko="묻지 않고 주문", en="order without asking"))
    verb.set_defaults(run=scenes)


def scenes(options: argparse.Namespace) -> int:
    """0 when every clip that was asked for is there; 1 when some failed or were not taken."""
    from infra.platforms.site_client import SiteClient
    from infra.scenes.handover import hand_over
    from infra.scenes.kept_order import KeptOrder
    from infra.scenes.ordering import Order
    from infra.scenes.scene_input import scenes_of
    from infra.scenes.table_settings import settings_of

    address = options.address.rstrip("/")
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    kept = KeptOrder.read(folder, address)
    with visitor(address, kept.cookies) as http:
        site = SiteClient(http, localized(ko="주소와 토큰을 확인해 주세요", en="check the address and the token"))
        order = Order(site, folder, kept)
        console.note(localized(ko=f"장면 파일  {options.file.name}", en=f"scenes  {options.file.name}"))
        found = scenes_of(site, options.file, options.pictures)
        settings = settings_of(site, ratio=options.ratio, seconds=options.seconds, quality=options.quality)
        project = order.write_table(options.file.stem[:100], found, settings)
        choice: dict[str, Any] = {"range": options.numbers} if options.numbers else {"which": "unmade"}
        choice["without_pictures"] = options.pictures is None
        batch_id = order.press(choice, lambda quoted: agreed(quoted, options), variants=options.variants)
        batch: dict[str, Any] = {}
        if batch_id is not None:
            batch = order.retry_failed(order.follow(batch_id), RETRIES)
            project = order.project()
        fetched = hand_over(site, folder, project, kept)
        order.keep()
    if options.film:
        join_film(folder, folder / f"{options.file.stem}.mp4", project, kept)
    return report(folder, project, batch, fetched)


def join_film(folder: Path, film: Path, project: dict[str, Any], kept: Any) -> None:
    """Of the clips that are there, in the scenes' order; one clip is none."""
    from infra.scenes.film import join

    scenes = [scene for scene in project["scenes"] if scene["clip"] is not None]
    if len(scenes) < 2:
        return
    join([(scene["number"], folder / kept.files[scene["id"]].name) for scene in scenes], film)
    console.note(localized(ko=f"한 편으로 이었어요: {film.name}", en=f"joined to one film: {film.name}"))


def visitor(address: str, cookies: dict[str, str]) -> Any:
    """An HTTP client with the token from CLIPWRIGHT_TOKEN, or from a hidden prompt; this machine's stack needs none."""
    import httpx

    from infra.process.waiting import STALLED_AFTER_SECONDS

    is_local = urlsplit(address).hostname in ("127.0.0.1", "localhost")
    token = os.environ.get(TOKEN, "") or ("" if is_local else console.secret(localized(ko="API 토큰", en="API token")))
    if not token and not is_local:
        raise InfraError(
            localized(ko="API 토큰이 없어요", en="there is no API token"),
            localized(
                ko=f"설정에서 만들어 {TOKEN} 변수에 넣어 주세요",
                en=f"make one in the site's settings, and put it into {TOKEN}",
            ),
        )
    if token and not is_local and not address.startswith("https://"):
        raise InfraError(
            localized(ko="토큰은 https 주소로만 보내요", en="a token is sent to https addresses alone"),
            localized(ko="--address를 https://로 시작해 주세요", en="begin --address with https://"),
        )
    headers = {"accept-language": language()} | ({"authorization": f"Bearer {token}"} if token else {})
    return httpx.Client(
        base_url=address, headers=headers, cookies=cookies, timeout=STALLED_AFTER_SECONDS, trust_env=not is_local
    )


def agreed(quoted: dict[str, Any], options: argparse.Namespace) -> dict[str, Any] | None:
    """Shows what is made, what is not and why, and the ways to make it with their prices.

    Returns what the chosen way adds to the order; None for a no.
    """
    for reason, numbers in left_out(quoted):
        console.note(localized(ko=f"  빠지는 장면 {numbers}: {reason}", en=f"  left out, scenes {numbers}: {reason}"))
    offers = quoted["offers"]["offers"]
    taken = offers[-1] if options.fast else offers[0]
    for offer in offers:
        mark = "*" if offer is taken else " "
        price, time = won(offer["micro_won"]), minutes(offer["seconds"])
        console.note(
            localized(
                ko=f" {mark} {price}원 · 약 {time}분 · GPU {offer['cards']}",
                en=f" {mark} {price} won · about {time} min · cards {offer['cards']}",
            )
        )
    clips, most = quoted["clips"], won(quoted["most_micro_won"])
    console.note(
        localized(ko=f"영상 {clips}개, 아무리 많아도 {most}원", en=f"clips {clips}, never more than {most} won")
    )
    if quoted["stopped"] is not None:
        console.note(f"  {quoted['stopped']['title']}. {quoted['stopped']['detail']}")
    is_agreed = options.yes or console.agreed(localized(ko="만들까요?", en="Make them?"))
    return {"within_seconds": taken["within_seconds"]} if is_agreed else None


def left_out(quoted: dict[str, Any]) -> list[tuple[str, str]]:
    """Each reason in words, with the numbers of its scenes."""
    from infra.scenes.left_out import words_of

    numbers: dict[str, list[str]] = {}
    for left in quoted["left_out"]:
        numbers.setdefault(left["reason"], []).append(str(left["number"]))
    return [(words_of(reason), ", ".join(scenes)) for reason, scenes in numbers.items()]


def report(folder: Path, project: dict[str, Any], batch: dict[str, Any], fetched: int) -> int:
    missing = [str(scene["number"]) for scene in project["scenes"] if scene["clip"] is None]
    console.rows(
        [
            (localized(ko="영상", en="clips"), str(len(project["scenes"]) - len(missing))),
            (localized(ko="새로 받은 영상", en="fetched now"), str(fetched)),
            (localized(ko="아직 없는 장면", en="scenes without a clip"), ", ".join(missing) or "-"),
            (localized(ko="실제 금액", en="billed"), won(batch.get("billed_micro_won", 0))),
            (localized(ko="폴더", en="folder"), str(folder)),
        ]
    )
    return 1 if batch.get("failed", 0) or batch.get("left", 0) else 0


def won(micro_won: int) -> str:
    return f"{micro_won / MICRO_WON_PER_WON:,.1f}"


def minutes(seconds: int) -> int:
    return max(1, round(seconds / 60))
