"""What a comparison keeps in its folder. It knows no HTTP."""

from typing import Any, ClassVar

from pydantic import BaseModel, Field

from infra.platforms.site_work import KeptWork


class KeptClip(BaseModel):
    """A clip that was agreed to. `tries` counts its orders: a failed one costs nothing and is ordered anew."""

    tries: int = 0
    job: str | None = None
    """The address of the newest one."""
    is_here: bool = False
    facts: dict[str, Any] = {}
    """Of the finished job: measures, money, settings."""


class KeptComparison(KeptWork):
    """`begun` also decides the order on the page."""

    name: ClassVar[str] = ".clipwright-compare.json"

    clips: dict[str, KeptClip] = Field(default_factory=dict[str, KeptClip])
    """By the entry's id."""
