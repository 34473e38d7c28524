"""Compares the torch that the GPU image installs with the one that seconds and gigabytes were measured with.

Another version may choose other kernels, so prices and plans rest on figures of another program. It does not know how
large the difference is: only a card can say.
"""

from dataclasses import dataclass

from gpu.core.container_images import TORCH
from gpu.core.measurements import MEASURED_WITH_TORCH
from infra.language import localized
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding


@dataclass(frozen=True, slots=True)
class Versions:
    """Of torch: what the image pins, and what ran when figures were made."""

    pinned: str
    measured: str


def probe(_ground: Ground) -> Versions:
    return Versions(TORCH, MEASURED_WITH_TORCH)


def evaluate(versions: Versions) -> list[Finding]:
    if versions.pinned == versions.measured:
        return []
    return [
        Finding(
            "warning",
            localized(
                ko=f"값과 배치는 torch {versions.measured}로 측정했는데 이미지에는 {versions.pinned}이 설치돼요",
                en=f"prices and plans were measured with torch {versions.measured}, but the image installs "
                f"{versions.pinned}",
            ),
            localized(
                ko="고정한 버전으로 GPU에서 다시 측정하거나, 처음 만든 영상들의 실제 금액을 예상 금액과 견줘 보세요",
                en="measure again on a card with the pinned version, or compare the first real clips with their quotes",
            ),
            ("python run.py measure --clip --cores 4",),
            where="gpu/core/measurements.py",
        )
    ]


CHECKS = (
    Check(
        "measured-torch",
        "Money",
        "figures were measured with the torch that is installed",
        "설치할 torch 판으로 잰 수치인지",
        probe,
        evaluate,
    ),
)
