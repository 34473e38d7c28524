"""Who is asking: what the site tells about the caller, how a session begins, and clips that move to a new owner.

It does not know how a caller is recognised; `functions/_lib/identity.ts` does.
"""

from typing import Annotated, Literal

from pydantic import Field

from gpu.core.contract.fields import Count, Id, Timestamp, Wire

AccessMode = Literal["ACCESS", "PUBLIC", "LOCAL"]
Role = Literal["operator", "member"]
Via = Literal["access", "session", "local", "token"]


class Me(Wire):
    """`GET /api/me`: the caller. `owner`, `role` and `via` are null for a caller whom the site does not know."""

    owner: Id | None
    role: Role | None
    via: Via | None
    mode: AccessMode
    email: str | None
    sign_in: str | None
    """A page of the site that starts a sign-in; null where nobody signs in."""
    sign_out: str | None
    turnstile_site_key: str | None
    """The widget's key, where a session begins with a check that the caller is human."""
    is_claimable: bool
    """True when this browser made clips before the caller was known: `POST /api/me/claim` moves them."""


class SessionRequest(Wire):
    """`POST /api/session`: the token that the check handed to the page."""

    token: Annotated[str, Field(min_length=1, max_length=2_048)]


class Session(Wire):
    """The session that began. Its cookie comes with the answer."""

    owner: Id
    ends_at: Timestamp


class Claimed(Wire):
    """`POST /api/me/claim`: how many were moved to the caller."""

    jobs: Count
    uploads: Count
