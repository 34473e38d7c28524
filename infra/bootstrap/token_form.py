"""The address of Cloudflare's form for an API token, filled in with the rights that it takes in an address.

Source of the format and of the keys: Cloudflare's page "API token template URLs", read 2026-11-27. A right without a
documented key is added in the form by hand. It creates nothing.
"""

import json
from collections.abc import Sequence
from urllib.parse import quote, urlencode

FORM = "https://dash.cloudflare.com/profile/api-tokens"
KEYS = {
    "Access: Apps and Policies": "access",
    "Access: Organizations, Identity Providers, and Groups": "access_acct",
    "Account API Tokens": "account_api_tokens",
    "Account Settings": "account_settings",
    "Cloudflare Pages": "page",
    "D1": "d1",
    "Workers R2 Storage": "workers_r2",
    "Workers Scripts": "workers_scripts",
}


def address(rights: Sequence[str], name: str) -> str:
    """`rights` as the dashboard names them: `D1: Edit`."""
    parts = [right.rpartition(": ") for right in rights]
    rows = [{"key": KEYS[group], "type": kind.lower()} for group, _, kind in parts if group in KEYS]
    words = {"permissionGroupKeys": json.dumps(rows, separators=(",", ":")), "accountId": "*", "zoneId": "all"}
    return f"{FORM}?{urlencode({**words, 'name': name}, quote_via=quote)}"


def left_to_add(rights: Sequence[str]) -> list[str]:
    """The rights that the form does not take from its address."""
    return [right for right in rights if right.rpartition(": ")[0] not in KEYS]
