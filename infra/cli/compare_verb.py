"""The verb `compare`: clips of the same pictures by several presets, on a page on which a person votes blind.

Its options and output alone; what it does is in `infra.compare`.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gpu.core.geometry import DEFAULT_TIER, RATIOS, TIERS
from infra import console
from infra.cli.scenes_verb import minutes, visitor, won
from infra.cli.verbs import Verbs
from infra.language import localized
from infra.process.shell import InfraError
from infra.settings import DEFAULT_SITE_PORT, ROOT


def add(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "compare",
        help=localized(
            ko="같은 이미지를 여러 프리셋으로 만들어, 이름을 가린 채 고르는 페이지를 써요",
            en="make clips of the same pictures by several presets, and a page to choose between them blind",
        ),
    )
    verb.add_argument("--pictures", type=Path, help=localized(ko="이미지 폴더", en="the folder with the pictures"))
    verb.add_argument("--presets", help=localized(ko="비교할 프리셋. 예: a,b,c", en="the presets, such as a,b,c"))
    verb.add_argument(
        "--seeds", type=int, default=1, help=localized(ko="이미지마다 시드 몇 개", en="seeds for each picture")
    )
    verb.add_argument("--seconds", type=int, default=4, help=localized(ko="영상 길이(초)", en="seconds of each clip"))
    verb.add_argument(
        "--ratio",
        choices=RATIOS,
        default="9:16",
        help=localized(ko="화면 비율", en="the clips' ratio"),
    )
    verb.add_argument("--tier", choices=TIERS, default=DEFAULT_TIER, help=localized(ko="화질", en="the size"))
    verb.add_argument(
        "--line",
        help=localized(
            ko="장면 설명. 이미지와 이름이 같은 .txt가 있으면 그것을 써요",
            en="the prompt; a .txt of the picture's name comes before it",
        ),
    )
    verb.add_argument(
        "--out",
        type=Path,
        default=ROOT / "out" / "compare",
        help=localized(ko="받을 폴더", en="the folder for all of it"),
    )
    verb.add_argument(
        "--address",
        default=f"http://127.0.0.1:{DEFAULT_SITE_PORT}",
        help=localized(ko="사이트 주소", en="the site's address (default %(default)s)"),
    )
    verb.add_argument("--yes", action="store_true", help=localized(ko="묻지 않고 진행", en="go on without asking"))
    verb.add_argument(
        "--decide",
        type=Path,
        metavar="FILE",
        help=localized(
            ko="페이지에서 저장한 표 파일로 결정을 infra/targets.toml에 적어요",
            en="write the decision of a saved file of votes into infra/targets.toml",
        ),
    )
    verb.add_argument("--environment", default="production", help=localized(ko="결정을 적을 환경", en="whose decision"))
    verb.set_defaults(run=compare)


def compare(options: argparse.Namespace) -> int:
    """0 when every clip is there, or the decision is written."""
    if options.decide is not None:
        return decide(options)
    if options.pictures is None or options.presets is None or not 1 <= options.seeds <= 20:
        raise InfraError(
            localized(
                ko="--pictures, --presets, --seeds 1~20이 필요해요",
                en="it takes --pictures, --presets, --seeds 1 to 20",
            ),
            localized(
                ko="예: python run.py compare --pictures 폴더 --presets fast,draft",
                en="such as python run.py compare --pictures FOLDER --presets fast,draft",
            ),
        )
    from infra.compare.kept_comparison import KeptComparison
    from infra.compare.making import Making
    from infra.compare.page import write_page
    from infra.compare.plan import entries_of
    from infra.platforms.site_client import SiteClient

    settings = {"ratio": options.ratio, "seconds": options.seconds, "tier": options.tier}
    presets = [name.strip() for name in options.presets.split(",")]
    entries = entries_of(options.pictures, presets, options.seeds, options.line, settings)
    address, folder = options.address.rstrip("/"), options.out
    folder.mkdir(parents=True, exist_ok=True)
    kept = KeptComparison.read(folder, address)
    with visitor(address, kept.cookies) as http:
        site = SiteClient(http, localized(ko="주소와 토큰을 확인해 주세요", en="check the address and the token"))
        making = Making(site, folder, kept)
        making.agree(entries, lambda offers, clips: agreed(offers, clips, options))
        failed = making.make(entries)
        page = write_page(making, entries)
    billed = sum(kept.clips[entry.id].facts.get("won", 0) for entry in entries)
    console.rows(
        [
            (localized(ko="영상", en="clips"), f"{len(entries) - failed}/{len(entries)}"),
            (localized(ko="실제 금액(원)", en="billed (won)"), f"{billed:,.1f}"),
            (localized(ko="비교 페이지", en="the page"), page.resolve().as_uri()),
        ]
    )
    return 1 if failed else 0


def agreed(offers: dict[str, Any], clips: int, options: argparse.Namespace) -> bool:
    """Shows what the clips would cost and take, and asks."""
    cheapest = offers["offers"][0]
    price, time = won(cheapest["micro_won"]), minutes(cheapest["seconds"])
    console.note(
        localized(ko=f"영상 {clips}개 · {price}원 · 약 {time}분", en=f"clips {clips} · {price} won · about {time} min")
    )
    return options.yes or console.agreed(localized(ko="만들까요?", en="Make them?"))


def decide(options: argparse.Namespace) -> int:
    """Shows the votes, asks, and writes the line. On a tie, or where nobody agrees, nothing is written."""
    from infra.compare.decision import line_of, read_votes, tally, write_line
    from infra.platforms.targets import FILE

    votes = read_votes(options.decide)
    counted = tally(votes)
    console.rows([(preset, str(count)) for preset, count in counted])
    if len(counted) > 1 and counted[0][1] == counted[1][1]:
        raise InfraError(
            localized(ko="가장 많은 표를 받은 것이 둘이에요", en="two presets share the most votes"),
            localized(ko="이미지나 시드를 더해 비교해 주세요", en="compare with more pictures or seeds"),
        )
    line = line_of(counted[0][0], votes, datetime.now(tz=UTC).astimezone().date())
    if not options.yes and not console.agreed(
        localized(ko=f"{FILE.as_posix()}에 적을까요? {line}", en=f"Write it into {FILE.as_posix()}? {line}")
    ):
        raise InfraError(
            localized(ko="아무것도 적지 않았어요", en="nothing was written"),
            localized(ko="적으려면 --yes를 붙여 주세요", en="add --yes to write it"),
        )
    write_line(ROOT, options.environment, line)
    console.note(
        localized(
            ko=f"적었어요: {FILE.as_posix()} [{options.environment}]. 커밋하면 다음 배포 기록에 남아요",
            en=f"written: {FILE.as_posix()} [{options.environment}]. Commit it; the next release's log holds it",
        )
    )
    return 0
