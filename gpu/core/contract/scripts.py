"""What scripts use beside jobs: API tokens, and webhooks that tell the end of a job. It knows no storage.

The secret of a token or of a webhook is in the answer that makes it, and in no later one.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gpu.core.contract.fields import TEXT_PATTERN, Count, Id, MicroWon, Timestamp, Wire, as_integer

LONGEST_NAME = 60
LONGEST_URL = 500
MAX_TOKEN_DAYS = 365
MAX_TOKEN_WON = 10_000_000

Scope = Literal["read", "create"]
JobEnd = Literal["job.succeeded", "job.failed", "job.canceled"]
JOB_ENDS: tuple[JobEnd, ...] = ("job.succeeded", "job.failed", "job.canceled")


class TokenRequest(Wire):
    """`POST /api/tokens`. `read` allows every GET of one's own things, `create` everything that makes or changes
    jobs and pictures. The cap counts over the token's whole life."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=TEXT_PATTERN)]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=2)]
    cap_won: Annotated[int, Field(ge=1, le=MAX_TOKEN_WON), BeforeValidator(as_integer)]
    days: Annotated[int, Field(ge=1, le=MAX_TOKEN_DAYS), BeforeValidator(as_integer)]


class Token(Wire):
    id: Id
    name: str
    scopes: tuple[Scope, ...]
    cap_micro_won: MicroWon
    spent_micro_won: MicroWon
    """Billed, and reserved by jobs that have not ended."""
    created_at: Timestamp
    expires_at: Timestamp
    revoked_at: Timestamp | None
    last_used_at: Timestamp | None
    """To the minute."""


class NewToken(Token):
    token: str
    """Shown this once; the site keeps its SHA-256 alone."""


class TokenList(Wire):
    tokens: tuple[Token, ...]


class WebhookRequest(Wire):
    """`POST /api/webhooks`. The address is public and https, on port 443 or 8443."""

    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
    events: Annotated[tuple[JobEnd, ...], Field(min_length=1, max_length=3)] = JOB_ENDS


class Webhook(Wire):
    id: Id
    url: str
    events: tuple[JobEnd, ...]
    created_at: Timestamp
    old_secret_until: Timestamp | None
    """After a change of the secret: until then messages carry a signature by the old one too."""
    failing_since: Timestamp | None
    disabled_at: Timestamp | None
    """Nothing is sent any more, after a day without a success. A message sent again that succeeds enables it."""


class NewWebhook(Webhook):
    secret: str
    """Standard Webhooks form, `whsec_` and base64. Shown this once."""


class WebhookList(Wire):
    webhooks: tuple[Webhook, ...]


class Delivery(Wire):
    """One message to one webhook. It is tried for a day, with growing pauses."""

    id: str
    job_id: Id
    event: JobEnd
    created_at: Timestamp
    tries: Count
    next_at: Timestamp | None
    """When it is tried next; None once it was delivered or given up."""
    delivered_at: Timestamp | None
    failed_at: Timestamp | None
    last_status: int | None
    last_error: str | None


class DeliveryList(Wire):
    deliveries: tuple[Delivery, ...]


class JobEnded(Wire):
    """What ended. The prompt and the clip stay at the site: ask `self` for them."""

    job_id: Id
    status: Literal["succeeded", "failed", "canceled"]
    finished_at: Timestamp | None
    billed_micro_won: MicroWon | None
    problem_type: str | None
    self: str


class WebhookMessage(Wire):
    """The body that a webhook receives, signed as Standard Webhooks. Its `webhook-id` is the same at every try."""

    type: JobEnd
    timestamp: Timestamp
    data: JobEnded
