"""Work that a command orders at a site and fetches into a folder: what is kept there, so that the same command goes on
after a kill and pays for nothing twice.

It is written before anything is sent. It holds no token; of this machine's own stack it holds the browser's cookie. It
does not know what is ordered.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, Field, ValidationError

from infra.language import localized
from infra.platforms.site_client import SiteClient
from infra.process.put_in_place import put_in_place
from infra.process.shell import InfraError

POLL_SECONDS = 3.0
"""Twenty requests a minute."""
STALLED_AFTER_SECONDS = 3_600.0
"""A line of other people's clips may be long, and the site ends what cannot be made by itself."""


class NotAgreedError(InfraError):
    """Nobody agreed to the price."""

    def __init__(self) -> None:
        super().__init__(
            localized(ko="아무것도 주문하지 않았어요", en="nothing was ordered"),
            localized(ko="주문하려면 --yes를 붙여 주세요", en="add --yes to order"),
        )


class KeptWork(BaseModel):
    """A file of the folder, of one site."""

    name: ClassVar[str]

    address: str
    begun: str = Field(default_factory=lambda: secrets.token_hex(12))
    """Of this folder: the first part of its keys."""
    uploads: dict[str, str] = {}
    """Ids of pictures by the SHA-256 of their bytes."""
    cookies: dict[str, str] = {}

    @classmethod
    def read(cls, folder: Path, address: str) -> Self:
        """A new one where there is none. Raises InfraError for one of another site, or that cannot be read."""
        path = folder / cls.name
        if not path.is_file():
            return cls(address=address)
        other = localized(ko="다른 폴더를 골라 주세요", en="choose another folder")
        try:
            kept = cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise InfraError(
                localized(ko=f"{path} 파일을 읽을 수 없어요", en=f"{path} cannot be read"), other
            ) from error
        if kept.address != address:
            raise InfraError(
                localized(
                    ko=f"이 폴더에는 {kept.address} 사이트에서 만든 영상이 있어요",
                    en=f"this folder holds clips of the site {kept.address}",
                ),
                other,
            )
        return kept

    def write(self, folder: Path) -> None:
        """Whole or not at all, and for the user alone."""
        path, new = folder / self.name, folder / f"{self.name}.new"
        new.write_text(json.dumps(self.model_dump(), ensure_ascii=False, indent=1), encoding="utf-8")
        new.chmod(0o600)
        put_in_place(new, path)


Kept = TypeVar("Kept", bound=KeptWork)


@dataclass(slots=True)
class SiteWork(Generic[Kept]):
    site: SiteClient
    folder: Path
    kept: Kept

    def keep(self) -> None:
        self.kept.cookies = dict(self.site.http.cookies) if self.kept.address.startswith("http://") else {}
        self.kept.write(self.folder)

    def upload(self, picture: bytes, headers: Mapping[str, str] | None = None) -> str:
        """The id of a picture at the site. Each is sent once, also after a kill."""
        digest = hashlib.sha256(picture).hexdigest()
        if digest not in self.kept.uploads:
            sent = self.site.answer("PUT", "/api/uploads", content=picture, headers=headers)
            self.kept.uploads[digest] = sent["id"]
            self.keep()
        return self.kept.uploads[digest]

    def poll_seconds(self) -> float:
        is_local = self.site.http.base_url.host in ("127.0.0.1", "localhost")
        return POLL_SECONDS / 10 if is_local else POLL_SECONDS
