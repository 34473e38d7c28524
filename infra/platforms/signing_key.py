"""The operator's key for signing clips: two PEM files, named by two variables, or none.

Read by setup-account and before a release. The key is never shown. It does not know Modal or what is signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gpu.core.problems import SigningUnusable
from infra.language import localized
from infra.process.shell import InfraError

KEY_FILE, CERTIFICATES_FILE = "CLIPWRIGHT_SIGNING_KEY_FILE", "CLIPWRIGHT_SIGNING_CERTIFICATES_FILE"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Both files' contents, and the certificate's expiry. Empty contents if clips are not signed."""

    key_pem: str = field(default="", repr=False)
    certificates_pem: str = field(default="", repr=False)
    ends_at: datetime | None = None


def signing_key(environ: Mapping[str, str], now: datetime | None = None) -> SigningKey:
    """The key of the two variables. Raises InfraError if only one is set, a file cannot be read, or the key cannot
    sign."""
    named = {name: environ.get(name, "") for name in (KEY_FILE, CERTIFICATES_FILE)}
    if not any(named.values()):
        return SigningKey()
    if not all(named.values()):
        raise InfraError(
            localized(ko="서명 변수 둘 가운데 하나만 있어요", en="only one of the two signing variables is set"),
            localized(ko=f"{' and '.join(named)} 변수를 넣어 주세요", en=f"set {' and '.join(named)}"),
        )
    try:
        # Windows editors add a byte order mark, which would make the PEM file invalid in a container.
        key, certificates = (Path(path).read_text(encoding="utf-8-sig") for path in named.values())
    except (OSError, UnicodeDecodeError) as error:
        fix = localized(
            ko=f"{' or '.join(named)} 변수가 가리키는 파일을 고쳐 주세요",
            en=f"correct the file that {' or '.join(named)} names",
        )
        raise InfraError(
            localized(
                ko=f"서명 파일을 읽을 수 없어요: {type(error).__name__}",
                en=f"a signing file cannot be read: {type(error).__name__}",
            ),
            fix,
        ) from None
    from gpu.media.signing_key import examined

    try:
        ends_at = examined(key, certificates, now or datetime.now(UTC)).ends_at
    except SigningUnusable as error:
        raise InfraError(
            str(error),
            localized(
                ko="지금 유효한 C2PA 인증서가 있는 키를 받아서, 두 변수에 그 파일을 적어 주세요",
                en="get a key with a C2PA certificate that is valid now, and set the variables to its files",
            ),
        ) from None
    return SigningKey(key, certificates, ends_at)
