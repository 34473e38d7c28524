"""How much script a page loads before it can be used, compressed, against what it may. It does not read the scripts."""

import gzip
import re
from pathlib import Path

FIRST_ROOM_LIMIT_BYTES = 60 * 1024
"""Of the pages where clips are made: what everybody loads first."""
LIMIT_BYTES = 120 * 1024
SCRIPT = re.compile(r'<script[^>]* src="/assets/([^"]+)"|<link rel="modulepreload" href="/assets/([^"]+)"')
FIRST_ROOM = re.compile(r"[a-z]{2}/index\.html")


class TooHeavyError(Exception):
    """A page loads more script than it may."""


def script_bytes(page: str, assets: Path) -> int:
    """Bytes of all scripts that a page names, each once, compressed as a server at least does it (gzip)."""
    names = {name or preloaded for name, preloaded in SCRIPT.findall(page)}
    return sum(len(gzip.compress((assets / name).read_bytes(), mtime=0)) for name in names)


def refuse_heavy(address: str, page: str, assets: Path) -> None:
    """Raises TooHeavyError where the page at `address` (relative to the site) is above its limit."""
    if not address.endswith(".html"):
        return
    limit = FIRST_ROOM_LIMIT_BYTES if FIRST_ROOM.fullmatch(address) else LIMIT_BYTES
    weight = script_bytes(page, assets)
    if weight > limit:
        raise TooHeavyError(f"{address} loads {weight:,} bytes of script, compressed; it may load {limit:,}")
