"""What the command line keeps of an order of scenes. It knows no HTTP."""

from typing import Any, ClassVar

from pydantic import BaseModel, Field

from infra.platforms.site_work import KeptWork


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


class KeptOrder(KeptWork):
    name: ClassVar[str] = ".clipwright-order.json"

    project: str | None = None
    press: Press | None = None
    files: dict[str, KeptFile] = Field(default_factory=dict[str, KeptFile])
    """The clip of each scene that lies in the folder."""

    def scene_id(self, index: int) -> str:
        """The same for the same place in the file, however often the command runs."""
        return f"{self.begun[:16]}{index:04d}"
