"""Posts any bytes as a signed event, as whoever holds the secret could. It does not know what events look like."""

from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from tests.edge.edge import Edge


def post_signed(edge: Edge, person: httpx.Client, path: str, text: str) -> httpx.Response:
    now = datetime.now(UTC)
    headers = {
        "content-type": "application/json",
        "webhook-id": "drill.1.1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(edge.secrets.event_secret).sign("drill.1.1", now, text),
    }
    return person.post(path, content=text.encode("utf-8"), headers=headers)
