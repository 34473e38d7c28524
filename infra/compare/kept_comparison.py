"""What a comparison keeps in its folder, so that the same command goes on after a kill and pays for nothing twice.

Written whole before each thing that is sent. It holds no token; of this machine's own stack it holds the browser's
cookie. It knows no HTTP.
"""

import json
import secrets
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from infra.language import localized
from infra.process.shell import InfraError

NAME = ".clipwright-compare.json"


class KeptClip(BaseModel):
    """A clip that was agreed to. `tries` counts its orders: a failed one costs nothing and is ordered anew."""

    tries: int = 0
    job: str | None = None
    """The address of the newest one."""
    is_here: bool = False
    facts: dict[str, Any] = {}
    """Of the finished job: measures, money, settings."""


class KeptComparison(BaseModel):
    address: str
    begun: str = Field(default_factory=lambda: secrets.token_hex(12))
    """Of this folder: the first part of its keys, and what the order on the page is drawn by."""
    uploads: dict[str, str] = {}
    """Ids of pictures by the SHA-256 of their bytes."""
    clips: dict[str, KeptClip] = {}
    """By the entry's id."""
    cookies: dict[str, str] = {}


def read(folder: Path, address: str) -> KeptComparison:
    """A new one where there is none. Raises InfraError for one of another site, or that cannot be read."""
    path = folder / NAME
    if not path.is_file():
        return KeptComparison(address=address)
    other = localized(ko="다른 폴더를 골라 주세요", en="choose another folder")
    try:
        kept = KeptComparison.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InfraError(localized(ko=f"{path} 파일을 읽을 수 없어요", en=f"{path} cannot be read"), other) from error
    if kept.address != address:
        raise InfraError(
            localized(
                ko=f"이 폴더에는 {kept.address} 사이트에서 비교한 영상이 있어요",
                en=f"this folder holds clips of a comparison at {kept.address}",
            ),
            other,
        )
    return kept


def write(folder: Path, kept: KeptComparison) -> None:
    """Whole or not at all, and for the user alone."""
    path, new = folder / NAME, folder / f"{NAME}.new"
    new.write_text(json.dumps(kept.model_dump(), ensure_ascii=False, indent=1), encoding="utf-8")
    new.chmod(0o600)
    new.replace(path)
