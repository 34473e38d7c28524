"""The key that clips are signed with, as the operator holds it: two PEM files, named by two variables, or none.

Read when accounts are set up and before a release. Nothing of the key is ever shown. Does not know Modal, nor what
is signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gpu.core.problems import SigningUnusable
from infra.process.shell import InfraError

KEY_FILE, CERTIFICATES_FILE = "CLIPWRIGHT_SIGNING_KEY_FILE", "CLIPWRIGHT_SIGNING_CERTIFICATES_FILE"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Both files' contents, and when the key's certificate ends. Empty contents where clips are not signed."""

    key_pem: str = field(default="", repr=False)
    certificates_pem: str = field(default="", repr=False)
    ends_at: datetime | None = None


def signing_key(environ: Mapping[str, str], now: datetime | None = None) -> SigningKey:
    """What the two variables name. Raises InfraError for one without the other, a file that cannot be read, and a key
    that could not sign."""
    named = {name: environ.get(name, "") for name in (KEY_FILE, CERTIFICATES_FILE)}
    if not any(named.values()):
        return SigningKey()
    if not all(named.values()):
        raise InfraError("one of the two signing variables is set, the other is not", f"set {' and '.join(named)}")
    try:
        # Windows marks what it saves as UTF-8; in a container the mark would be no part of a PEM file.
        key, certificates = (Path(path).read_text(encoding="utf-8-sig") for path in named.values())
    except (OSError, UnicodeDecodeError) as error:
        fix = f"mend what {' or '.join(named)} names"
        raise InfraError(f"a signing file cannot be read: {type(error).__name__}", fix) from None
    from gpu.media.signing_key import examined

    try:
        ends_at = examined(key, certificates, now or datetime.now(UTC)).ends_at
    except SigningUnusable as error:
        raise InfraError(str(error), "get a key with a C2PA certificate that is valid now, name its files") from None
    return SigningKey(key, certificates, ends_at)
