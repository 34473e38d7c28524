"""What a setup costs in seconds and megabytes, and the line that announces it.

It installs nothing. The figures inform the user; the only decision that depends on them is whether the disk has room.
"""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from infra.language import localized
from infra.setup.refusals import SetupError, again


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds without the download, megabytes to download, megabytes on the disk afterwards."""

    seconds: int
    fetched: int
    kept: int

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.seconds + other.seconds, self.fetched + other.fetched, self.kept + other.kept)


FULL_BYTES = 1_000_000
VENV, TORCH, EDGE = "venv", "torch", "edge"

# Measured in November 2026 on two cores of an AMD EPYC with AVX-512, Python 3.11, Linux x86_64, with packages
# from an index nearby. Seconds: on a machine that had some other work too (load 1 to 2); three times as long at a load
# of 13. Fetched: the sum of the wheels, and npm's cache after an empty one. Kept: what `du` says of .venv after each
# group and of node_modules. Render counts the first import; the edge comes beside the groups, so its time is a surplus.
COSTS = {
    VENV: Cost(3, 0, 26),
    "base": Cost(5, 22, 65),
    "site": Cost(3, 61, 206),
    "service": Cost(3, 63, 170),
    TORCH: Cost(7, 192, 699),
    "render": Cost(20, 151, 556),
    "operator": Cost(12, 33, 187),
    "test": Cost(12, 268, 905),
    EDGE: Cost(8, 144, 397),
}


def cost_of(parts: Collection[str]) -> Cost:
    total = Cost(0, 0, 0)
    for part in parts:
        total += COSTS[part]
    return total


def announcement(parts: Collection[str]) -> str:
    """The announcement before the setup: the parts, their time, the download and the disk space."""
    cost = cost_of(parts)
    names = [f".{VENV}" if part == VENV else part for part in parts]
    return localized(
        ko=f"설치할 것: {', '.join(names)}. {duration(cost.seconds)}쯤 걸리고 {size(cost.fetched)}를 내려받아요. "
        f"디스크는 {size(cost.kept)}가 필요해요",
        en=f"will install {', '.join(names)}: about {duration(cost.seconds)} and a download of {size(cost.fetched)}; "
        f"needs {size(cost.kept)} of disk",
    )


def check_disk(folder: Path, parts: Collection[str]) -> None:
    """Raises SetupError when the disk has no room for `parts`. Downloads and installed files lie there together."""
    cost = cost_of(parts)
    needed = cost.fetched + cost.kept
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < needed:
        raise SetupError(
            localized(
                ko=f"{folder} 디스크에 {size(free)}만 남았는데, 설치에 {size(needed)}가 필요해요.",
                en=f"the disk of {folder} has {size(free)} free, and the setup needs {size(needed)}.",
            ),
            localized(
                ko=f"{size(needed - free)}를 더 비우거나 저장소를 큰 디스크로 옮긴 다음 {again()}",
                en=f"free {size(needed - free)} on it or move the repository to a larger disk, {again()}",
            ),
        )


def is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < FULL_BYTES


def size(megabytes: int) -> str:
    return f"{megabytes} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"


def duration(seconds: int) -> str:
    """Rounded up to 10 seconds; from two minutes on, rounded to minutes."""
    if seconds < 120:
        rounded = max(10, -(-seconds // 10) * 10)
        return localized(ko=f"{rounded}초", en=f"{rounded} s")
    return localized(ko=f"{round(seconds / 60)}분", en=f"{round(seconds / 60)} min")
