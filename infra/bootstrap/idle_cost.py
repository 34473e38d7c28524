"""What a site costs in a month in which nobody makes a clip, and what its first day costs, in won.

Free shares: Cloudflare's price pages of Workers, D1 and R2, and Modal's of volumes, read 2026-11-22. It asks nobody.
"""

from collections.abc import Iterator
from decimal import Decimal

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.geometry import DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER
from gpu.core.hardware import (
    CONTAINER_CORES,
    CPU_USD_PER_CORE_SECOND,
    MEMORY_USD_PER_GIB_SECOND,
    PRICE_REV,
    STORAGE_USD_PER_GB_MONTH,
    WON_PER_USD,
)
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.pricing import estimate
from infra.language import localized
from infra.platforms.targets import Target, is_tiny

FREE_BUCKET_GB = 10
FREE_VOLUME_GB = 1024
FETCH_GIB = 8
"""Memory of the container that fetches the weights (gpu/serve/modal/app.py)."""


def lines(target: Target) -> Iterator[str]:
    components = CHECKPOINTS[target.checkpoint].components
    weights_gb = 0 if components is None else 110
    idle = won(Decimal(max(0, weights_gb - FREE_VOLUME_GB)) * Decimal("0.09"))
    gigabyte = won(STORAGE_USD_PER_GB_MONTH)
    yield localized(
        ko=f"아무도 영상을 만들지 않는 달: {idle:.0f}원", en=f"a month in which nobody makes a clip: {idle:.0f} won"
    )
    yield localized(
        ko=f"  Cloudflare: 무료 요금제, 영상 {FREE_BUCKET_GB} GB까지 0원, 넘으면 1 GB에 한 달 {gigabyte:.1f}원",
        en=f"  Cloudflare: free plan, 0 won up to {FREE_BUCKET_GB} GB of clips, then {gigabyte:.1f} won a GB and month",
    )
    yield localized(
        ko=f"  Modal: 기다리는 GPU가 없어요. 모델 파일 {weights_gb} GB는 무료 범위 {FREE_VOLUME_GB} GB 안이에요",
        en=f"  Modal: no card waits; model files of {weights_gb} GB are within the free {FREE_VOLUME_GB} GB",
    )
    if is_tiny(target.checkpoint):
        return
    hour = won((CPU_USD_PER_CORE_SECOND * CONTAINER_CORES + MEMORY_USD_PER_GIB_SECOND * FETCH_GIB) * 3600)
    clip = estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER)
    first = (clip.micro_won + clip.cold_start_micro_won) / 1e6
    yield localized(
        ko=f"첫날 한 번: 모델 파일 받기 한 시간에 약 {hour:.0f}원, 첫 영상 약 {first:.1f}원 (가격표 {PRICE_REV})",
        en=f"once, on the first day: {hour:.0f} won for each hour of fetching, {first:.1f} won for the first clip "
        f"(prices {PRICE_REV})",
    )


def won(dollars: Decimal) -> Decimal:
    return dollars * WON_PER_USD
