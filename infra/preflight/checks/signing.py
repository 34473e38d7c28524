"""The signing key: whether it belongs to its certificate, and how long it is still valid.

It reads the files that the operator's variables name. Only containers can read Modal's copy; they check it before they
render.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from infra.language import localized
from infra.platforms.ground import Ground
from infra.platforms.programs import RUN_MODAL
from infra.platforms.signing_key import signing_key
from infra.preflight.findings import Check, Finding
from infra.process.shell import InfraError

WARN_DAYS = 30
"""Time to buy a new certificate and install it."""


@dataclass(frozen=True, slots=True)
class Key:
    """`ends` is the certificate's last day; None without a key. `trouble` and `fix` describe an error."""

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
            localized(
                ko=f"서명 인증서가 {left}일 뒤에 끝나요. 그때부터 바꿀 때까지 작업이 돌지 않아요",
                en=f"days until the signing certificate expires: {left}; then no job runs until it is replaced",
            ),
            localized(
                ko="새 인증서를 받고, Modal 비밀값 clipwright-signing을 지운 다음 setup-account와 "
                "deploy를 차례로 돌려 주세요",
                en="get the next certificate, delete the Modal secret clipwright-signing, run setup-account, deploy",
            ),
            (f"{RUN_MODAL} secret delete clipwright-signing", "python run.py setup-account"),
        )
    ]


CHECKS: Sequence[Check[Key]] = (
    Check(
        "signing-key",
        "Legal",
        "the signing key works",
        "영상에 서명하는 키를 쓸 수 있는지",
        probe,
        evaluate,
    ),
)
