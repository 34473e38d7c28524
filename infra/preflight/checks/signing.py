"""The key that clips are signed with: does it belong to its certificate, and for how long may it still sign?

Looked at where the operator's variables name its files; what Modal keeps can be read by its containers alone, and they
look at it themselves before anything is rendered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from infra.platforms.ground import Ground
from infra.platforms.programs import RUN_MODAL
from infra.platforms.signing_key import signing_key
from infra.preflight.findings import Check, Finding
from infra.process.shell import InfraError

WARN_DAYS = 30
"""To buy a certificate and put it in place."""


@dataclass(frozen=True, slots=True)
class Key:
    """`ends` is the certificate's last day; None where no key is named. `trouble` and `fix` say what is wrong."""

    today: date
    ends: date | None = None
    trouble: str = ""
    fix: str = ""


def probe(ground: Ground) -> Key:
    noon = datetime.combine(ground.today, time(12), UTC)
    try:
        found = signing_key(ground.environ, noon)
    except InfraError as error:
        return Key(ground.today, None, str(error), error.fix)
    return Key(ground.today, found.ends_at.date() if found.ends_at else None)


def evaluate(key: Key) -> list[Finding]:
    if key.trouble:
        return [Finding("error", key.trouble, key.fix)]
    left = (key.ends - key.today).days if key.ends else WARN_DAYS
    if left >= WARN_DAYS:
        return []
    return [
        Finding(
            "warning",
            f"the signing certificate ends in {left} days; after that no job runs until it is replaced",
            "get the next certificate, delete the Modal secret clipwright-signing, run bootstrap, deploy",
            (f"{RUN_MODAL} secret delete clipwright-signing", "python run.py bootstrap"),
        )
    ]


CHECKS: Sequence[Check[Key]] = (
    Check(
        "signing-key",
        "Legal",
        "the key that signs clips can sign",
        "영상에 서명하는 키를 쓸 수 있는지",
        probe,
        evaluate,
    ),
)
