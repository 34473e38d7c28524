"""What a site costs in a month in which nobody makes a clip, and what its first day costs, in won.

`setup-account` prints it, and the guides hold it as a table. Free shares: Cloudflare's price pages of Workers, D1 and
R2, and Modal's of volumes, read 2026-11-22. It asks nobody.
"""

from collections.abc import Iterator
from decimal import Decimal

from gpu.core.geometry import DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER
from gpu.core.hardware import (
    CONTAINER_CORES,
    CPU_USD_PER_CORE_SECOND,
    FETCH_BYTES_PER_SECOND,
    FETCH_GIB,
    FETCH_LIMIT_SECONDS,
    MEMORY_USD_PER_GIB_SECOND,
    PRICE_REV,
    STORAGE_USD_PER_GB_MONTH,
    WON_PER_USD,
)
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.pricing import estimate
from infra.build.codegen import MARK
from infra.language import Language, localized, speaking

FREE_BUCKET_GB = 10
FREE_VOLUME_GB = 1024
FILES_GB, TWINS_GB = 110, 85
"""The files of LTX-2 19B and Gemma, and the packed twins beside them (decision 33). All is within the free share, so it
costs nothing."""
WEIGHTS_GB = FILES_GB + TWINS_GB
GUIDES: dict[str, Language] = {"docs/deploy.md": "en", "docs/deploy.ko.md": "ko"}
BEGIN, END = f"<!-- first costs: {MARK} -->", "<!-- end of first costs -->"


def lines(*, tiny: bool) -> Iterator[str]:
    """For the terminal. `tiny`: the row names a tiny set, which needs no files and no card."""
    gigabyte = gigabyte_won()
    weights = 0 if tiny else WEIGHTS_GB
    yield localized(ko="아무도 영상을 만들지 않는 달: 0원", en="a month in which nobody makes a clip: 0 won")
    yield localized(
        ko=f"  Cloudflare: 무료 요금제, 영상 {FREE_BUCKET_GB} GB까지 0원, 넘으면 1 GB에 한 달 {gigabyte:.1f}원",
        en=f"  Cloudflare: free plan, 0 won up to {FREE_BUCKET_GB} GB of clips, then {gigabyte:.1f} won a GB and month",
    )
    yield localized(
        ko=f"  Modal: 기다리는 GPU가 없어요. 모델 파일 {weights} GB는 무료 범위 {FREE_VOLUME_GB} GB 안이에요",
        en=f"  Modal: no card waits; model files of {weights} GB are within the free {FREE_VOLUME_GB} GB",
    )
    if tiny:
        return
    first = first_clip_won()
    yield localized(ko="첫날 한 번", en="once, on the first day")
    yield from (f"  {line}" for line in fetch_lines(FILES_GB * 1e9))
    yield localized(
        ko=f"  첫 영상: 약 {first:.1f}원 (가격표 {PRICE_REV})",
        en=f"  the first clip: {first:.1f} won (prices {PRICE_REV})",
    )


def fetch_lines(size: float) -> Iterator[str]:
    """What it takes to fetch `size` bytes of model files at Modal: how much, how long, for how many won at most."""
    hours, most = size / FETCH_BYTES_PER_SECOND / 3600, FETCH_LIMIT_SECONDS // 3600
    price, bound = fetch_hour_won() * Decimal(hours), fetch_hour_won() * most
    pace, gigabytes = FETCH_BYTES_PER_SECOND / 1e6, size / 1e9
    yield localized(
        ko=f"모델 파일 받기: {gigabytes:.1f} GB. Modal에서 받아요 (코어 {CONTAINER_CORES}개, 메모리 {FETCH_GIB} GiB)",
        en=f"fetching the model files: {gigabytes:.1f} GB, at Modal (cores {CONTAINER_CORES}, memory {FETCH_GIB} GiB)",
    )
    yield localized(
        ko=f"  약 {hours:.1f}시간, {price:,.0f}원. 1초에 {pace:.0f} MB를 받는다고 가정했고, 재 본 값이 아니에요",
        en=f"  about {hours:.1f} h, {price:,.0f} won; assumed are {pace:.0f} MB a second, which nobody has measured",
    )
    yield localized(
        ko=f"  아무리 길어도 {most}시간, {bound:,.0f}원. 그때 Modal이 멈추고, 다시 돌리면 이어서 받아요",
        en=f"  never more than {most} h, {bound:,.0f} won: Modal ends it then, and the next call goes on",
    )


def in_guide(text: str, language: Language) -> str:
    """`text` with the table between its two marks made anew; without the marks, `text` as it is."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n\n{table(language)}\n\n{end}{after}" if begin and end else text


def table(language: Language) -> str:
    with speaking(language):
        rows = list(table_rows())
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], ("---",) * 3, *rows[1:]))


def table_rows() -> Iterator[tuple[str, str, str]]:
    gigabyte, hour, first, next_ = gigabyte_won(), fetch_hour_won(), first_clip_won(), clip_won()
    hours, most = FILES_GB * 1e9 / FETCH_BYTES_PER_SECOND / 3600, FETCH_LIMIT_SECONDS // 3600
    yield localized(ko="무엇", en="what"), localized(ko="값", en="cost"), localized(ko="언제", en="when")
    yield (
        localized(ko="아무도 영상을 만들지 않는 달", en="a month in which nobody makes a clip"),
        localized(ko="0원", en="0 won"),
        localized(
            ko=f"영상이 {FREE_BUCKET_GB} GB를 넘지 않을 때. Cloudflare는 무료 요금제, Modal은 기다리는 GPU가 없어요",
            en=f"with at most {FREE_BUCKET_GB} GB of clips: Cloudflare's plan is the free one, no card waits at Modal",
        ),
    )
    yield (
        localized(ko=f"{FREE_BUCKET_GB} GB를 넘는 영상", en=f"clips beyond {FREE_BUCKET_GB} GB"),
        localized(ko=f"{gigabyte:.1f}원", en=f"{gigabyte:.1f} won"),
        localized(ko="1 GB에 한 달", en="for a GB and month"),
    )
    yield (
        localized(ko=f"모델 파일 {WEIGHTS_GB} GB 보관", en=f"keeping the model files, {WEIGHTS_GB} GB"),
        localized(ko="0원", en="0 won"),
        localized(ko=f"Modal의 무료 범위 {FREE_VOLUME_GB} GB 안이에요", en=f"within Modal's free {FREE_VOLUME_GB} GB"),
    )
    yield (
        localized(ko="모델 파일 받기", en="fetching the model files"),
        localized(ko=f"한 시간에 {hour:.0f}원", en=f"{hour:.0f} won an hour"),
        localized(
            ko=f"처음 한 번, 약 {hours:.1f}시간(가정). 아무리 길어도 {most}시간, {hour * most:,.0f}원",
            en=f"once, about {hours:.1f} h (assumed); never more than {most} h, {hour * most:,.0f} won",
        ),
    )
    yield (
        localized(ko="첫 영상", en="the first clip"),
        localized(ko=f"{first:.1f}원", en=f"{first:.1f} won"),
        localized(
            ko=f"{DEFAULT_SECONDS}초 {DEFAULT_TIER}, 켜는 값까지",
            en=f"{DEFAULT_SECONDS} s at {DEFAULT_TIER}, with the start",
        ),
    )
    yield (
        localized(ko="그다음 영상", en="each further clip"),
        localized(ko=f"{next_:.1f}원", en=f"{next_:.1f} won"),
        localized(ko="켜져 있는 GPU가 이어서 만들 때", en="on a card that is still up"),
    )


def gigabyte_won() -> Decimal:
    return STORAGE_USD_PER_GB_MONTH * WON_PER_USD


def fetch_hour_won() -> Decimal:
    second = CPU_USD_PER_CORE_SECOND * CONTAINER_CORES + MEMORY_USD_PER_GIB_SECOND * FETCH_GIB
    return second * 3600 * WON_PER_USD


def first_clip_won() -> float:
    clip = estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER)
    return (clip.micro_won + clip.cold_start_micro_won) / 1e6


def clip_won() -> float:
    return estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER).micro_won / 1e6
