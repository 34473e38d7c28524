"""Which clips a comparison needs: each picture by each preset with each seed. It asks nobody and stores nothing."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu.core.presets import PRESETS
from infra.language import localized
from infra.process.shell import InfraError

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
MOST_PRESETS = 5
"""The page's keys are 1 to 5."""
LINE = "The person looks into the camera, blinks, then smiles and says a few words. The camera does not move."
"""For pictures without a line of their own: what a face does, which is what is compared."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One clip. `request` is the body of `POST /api/jobs` without its picture; `digest` is that of the picture's
    bytes."""

    picture: Path
    digest: str
    request: dict[str, Any]

    @property
    def id(self) -> str:
        """The same for the same clip, whenever it is asked for. It does not tell the preset."""
        said = json.dumps([self.digest, self.request], sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(said.encode("ascii")).hexdigest()[:16]

    @property
    def row(self) -> tuple[str, int]:
        """Entries of a row are shown side by side."""
        return self.digest, self.request["seed"]


def entries_of(
    folder: Path, presets: Sequence[str], seeds: int, line: str | None, settings: dict[str, Any]
) -> list[Entry]:
    """Row by row. A picture's line is that of a text file of its name, else `line`, else LINE. Raises InfraError for
    what cannot be compared."""
    _check(presets)
    entries: list[Entry] = []
    for picture in _pictures_in(folder):
        digest = hashlib.sha256(picture.read_bytes()).hexdigest()
        beside = picture.with_suffix(".txt")
        text = beside.read_text(encoding="utf-8-sig").strip() if beside.is_file() else line or LINE
        for seed in range(1, seeds + 1):
            for preset in presets:
                known = PRESETS[preset].tiers  # pyright: ignore[reportArgumentType]  (checked above)
                tier = settings["tier"] if settings["tier"] in known else known[0]
                request = {"preset": preset, "prompt": text, "seed": seed} | settings | {"tier": tier}
                entries.append(Entry(picture, digest, request))
    return entries


def _check(presets: Sequence[str]) -> None:
    taken = [name for name, preset in PRESETS.items() if preset.inputs == "picture"]
    unknown = [name for name in presets if name not in taken]
    if unknown:
        raise InfraError(
            localized(
                ko=f"이미지 한 장으로 만드는 프리셋이 아니에요: {', '.join(unknown)}",
                en=f"not a preset that takes one picture: {', '.join(unknown)}",
            ),
            localized(ko=f"고를 수 있는 것: {', '.join(taken)}", en=f"known are {', '.join(taken)}"),
        )
    if not 2 <= len(set(presets)) == len(presets) <= MOST_PRESETS:
        raise InfraError(
            localized(
                ko=f"서로 다른 프리셋 2~{MOST_PRESETS}개가 필요해요",
                en=f"it takes 2 to {MOST_PRESETS} different presets",
            ),
            localized(ko="--presets a,b처럼 적어 주세요", en="write --presets a,b"),
        )


def _pictures_in(folder: Path) -> list[Path]:
    """The same picture under two names counts once."""
    found: dict[str, Path] = {}
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in PICTURES and path.is_file():
                found.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path)
    if not found:
        raise InfraError(
            localized(ko=f"{folder} 폴더에 이미지가 없어요", en=f"no picture in the folder {folder}"),
            localized(ko="--pictures 경로를 확인해 주세요", en="check the path of --pictures"),
        )
    return list(found.values())
