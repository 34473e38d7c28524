"""What holds for scenes that say nothing else, as options of the command line name it. It sends nothing."""

import unicodedata
from typing import Any

from infra.language import localized
from infra.platforms.site_client import SiteClient
from infra.process.shell import InfraError


def settings_of(site: SiteClient, *, ratio: str | None, seconds: int | None, quality: str | None) -> dict[str, Any]:
    """Raises InfraError for a quality or a length that the site does not offer, with those that it does."""
    settings: dict[str, Any] = {} if ratio is None else {"ratio": ratio}
    if seconds is None and quality is None:
        return settings
    presets: list[dict[str, Any]] = [
        row for row in site.answer("GET", "/api/presets")["presets"] if row["inputs"] == "picture"
    ]
    if quality is not None:
        settings["quality"] = _quality_of(presets, quality)
    if seconds is not None:
        offered: list[int] = presets[0]["seconds"]
        if seconds not in offered:
            lengths = ", ".join(map(str, offered))
            raise InfraError(
                localized(ko=f"{seconds}초는 만들 수 없어요", en=f"a clip cannot have {seconds} s"),
                localized(ko=f"--seconds에 쓸 수 있는 값: {lengths}", en=f"--seconds takes {lengths}"),
            )
        settings["seconds"] = seconds
    return settings


def _quality_of(presets: list[dict[str, Any]], text: str) -> dict[str, str]:
    """`draft`, `표준 704p`: a preset's name in either language, perhaps with its size."""
    asked = _plain(text)
    for preset in presets:
        for name in (preset["name"], preset["title_ko"], preset["title_en"]):
            for tier in preset["tiers"]:
                if asked == _plain(f"{name} {tier}"):
                    return {"preset": preset["name"], "tier": tier}
            if asked == _plain(name):
                return {"preset": preset["name"], "tier": preset["tiers"][0]}
    offered = ", ".join(f"{preset['name']} {tier}" for preset in presets for tier in preset["tiers"])
    raise InfraError(
        localized(ko=f"‘{text}’라는 화질은 없어요", en=f"there is no quality “{text}”"),
        localized(ko=f"--quality에 쓸 수 있는 값: {offered}", en=f"--quality takes {offered}"),
    )


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).casefold().split())
