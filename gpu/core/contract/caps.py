"""The site's caps as an operator reads and changes them, and what a caller may take away: an export, an erasure.

It knows no default; the defaults are in the database's migrations.
"""

from typing import Annotated, Literal

from pydantic import Field

from gpu.core.contract.fields import Count, Wire

CapName = Literal[
    "job",
    "owner_day",
    "site_day",
    "owner_open_jobs",
    "site_open_jobs",
    "owner_undone_hour",
    "owner_undone_day",
    "owner_uploads_hour",
    "owner_upload_bytes_hour",
    "owner_uploads",
    "owner_upload_bytes",
    "site_uploads_hour",
    "site_upload_bytes_hour",
    "site_uploads",
    "site_upload_bytes",
]
"""`job`, `owner_day` and `site_day` are in micro-won. An undone job was canceled before it began, or failed by its own
fault. Hours are those of UTC, days those of Asia/Seoul."""


class Cap(Wire):
    name: CapName
    unit: Literal["micro_won", "number", "bytes"]
    most: Count
    used: Count
    """By the caller, or by the whole site. Of `job`, which bounds each clip by itself, always 0."""


class SiteCaps(Wire):
    """`GET /api/caps`, for an operator."""

    accepts_jobs: bool
    """False: new jobs are refused until an operator lets them in again. Jobs that were accepted go on."""
    caps: tuple[Cap, ...]


class CapChange(Wire):
    name: CapName
    most: Count


class CapsChange(Wire):
    """`PUT /api/caps`: only what is named changes."""

    accepts_jobs: bool | None = None
    caps: Annotated[tuple[CapChange, ...], Field(max_length=50)] = ()


class EraseRequest(Wire):
    """`DELETE /api/me/data`: the member keeps a stray call from deleting anything."""

    confirm: Literal["delete everything of mine"]


class Erased(Wire):
    jobs: Count
    pictures: Count
