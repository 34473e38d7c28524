"""The library: what its owner calls a clip, which are kept longer, what several clips come to, and links for others.

It knows neither the search nor the storage.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gpu.core.contract.fields import Count, Id, MicroWon, Timestamp, Wire, as_integer

MAX_TITLE = 100
MAX_SEARCH = 100
MAX_AT_ONCE = 1_000
"""Jobs that one request may name: their ids fit into a body of 64 KiB."""
MAX_SHARE_DAYS = 30
DAY_PATTERN = r"^2[0-9]{3}-[01][0-9]-[0-3][0-9]$"

LibrarySort = Literal["newest", "oldest", "dearest"]
BulkAction = Literal["delete", "restore", "favorite", "unfavorite"]


class JobChange(Wire):
    """`PUT /api/jobs/{id}`: only what is named changes. An empty title takes the name away."""

    title: Annotated[str, Field(max_length=MAX_TITLE, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None
    favorite: bool | None = None


class BulkChange(Wire):
    """`POST /api/jobs/bulk`. Sent twice, it changes nothing more."""

    action: BulkAction
    ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MAX_AT_ONCE)]


class BulkChanged(Wire):
    done: tuple[Id, ...]
    """Those that are now as the action wants them."""
    left: tuple[Id, ...]
    """The others: unknown, not ended, gone for good, or beyond the number of favourites."""


class LibraryDay(Wire):
    """A day of Asia/Seoul. `billed_micro_won` is what its jobs cost, ended or not."""

    day: str
    jobs: Count
    clips: Count
    billed_micro_won: MicroWon


class Favorites(Wire):
    """What is kept longer, and what its storage costs the site in a month."""

    clips: Count
    most: Count
    bytes: Count
    micro_won_a_month: MicroWon
    days: Count
    """How long a favourite is kept, from the day it was made."""


class LibraryDays(Wire):
    """`GET /api/jobs/days`: every day with a job that the filter lets through, newest first."""

    days: tuple[LibraryDay, ...]
    favorites: Favorites
    deleted: Count
    """Jobs that can still be restored, whatever the filter."""


class ShareRequest(Wire):
    """`POST /api/jobs/{id}/share`."""

    days: Annotated[int, Field(ge=1, le=MAX_SHARE_DAYS), BeforeValidator(as_integer)]


class Share(Wire):
    """A link that opens the clip for whoever has it. The site keeps the SHA-256 of its token alone:
    it is shown this once, and another link for the same clip ends it."""

    path: str
    ends_at: Timestamp
