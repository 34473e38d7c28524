"""What the command line keeps of an order, in the folder that receives the clips.

With it the same command goes on after a kill, and nothing is ordered twice.

It is written before anything is sent. It holds no token; on this machine's own stack it holds the browser's cookie that
the stack made. It knows no HTTP.
"""

import json
import secrets
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from infra.language import localized
from infra.process.put_in_place import put_in_place
from infra.process.shell import InfraError

NAME = ".clipwright-order.json"


class Press(BaseModel):
    """One order as it is sent, and sent again until it is answered."""

    key: str
    """Its Idempotency-Key."""
    body: dict[str, Any]
    batch: str | None = None
    """Its id, once the site has answered."""


class KeptFile(BaseModel):
    job: str
    name: str


class KeptOrder(BaseModel):
    address: str
    begun: str = Field(default_factory=lambda: secrets.token_hex(12))
    """Of this folder: the table's key, and the first part of its scenes' ids."""
    project: str | None = None
    uploads: dict[str, str] = {}
    """Ids of pictures by the SHA-256 of their bytes."""
    press: Press | None = None
    files: dict[str, KeptFile] = {}
    """The clip of each scene that lies in the folder."""
    cookies: dict[str, str] = {}

    def scene_id(self, index: int) -> str:
        """The same for the same place in the file, however often the command runs."""
        return f"{self.begun[:16]}{index:04d}"


def read(folder: Path, address: str) -> KeptOrder:
    """A new one where there is none. Raises InfraError for one of another site, or that cannot be read."""
    path = folder / NAME
    if not path.is_file():
        return KeptOrder(address=address)
    try:
        kept = KeptOrder.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InfraError(
            localized(ko=f"{path} 파일을 읽을 수 없어요", en=f"{path} cannot be read"),
            localized(ko="다른 폴더를 골라 주세요", en="choose another folder"),
        ) from error
    if kept.address != address:
        raise InfraError(
            localized(
                ko=f"이 폴더에는 {kept.address} 사이트에 주문한 영상이 있어요",
                en=f"this folder holds clips that were ordered at {kept.address}",
            ),
            localized(ko="다른 폴더를 골라 주세요", en="choose another folder"),
        )
    return kept


def write(folder: Path, kept: KeptOrder) -> None:
    """Whole or not at all, and for the user alone."""
    path, new = folder / NAME, folder / f"{NAME}.new"
    new.write_text(json.dumps(kept.model_dump(), ensure_ascii=False, indent=1), encoding="utf-8")
    new.chmod(0o600)
    put_in_place(new, path)
