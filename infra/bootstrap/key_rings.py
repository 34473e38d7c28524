"""The secrets that several parts share, as key rings kept on the operator's machine: sign with the first, accept all.

No store returns a value, so a ring is kept in `.clipwright/keys/<environment>.json`, which only its owner can read and
which git ignores. It is written before any store receives the value: an interrupted run continues with the same one.
On another machine variables replace the file (`variable_of`). It does not know where secrets are stored.
"""

import base64
import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from infra.language import localized
from infra.process.put_in_place import put_in_place
from infra.process.shell import InfraError

FOLDER = Path(".clipwright", "keys")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """`secrets` begins with the one that signs. `stored_at` is when every store had received the ring, in ISO form and
    UTC; empty before. A repr shows no secret."""

    secrets: tuple[str, ...] = ()
    stored_at: str = ""

    def __repr__(self) -> str:
        return f"KeyRing of {len(self.secrets)}, stored at {self.stored_at or 'no time'}"

    @property
    def text(self) -> str:
        """As a store receives it."""
        return " ".join(self.secrets)

    def led_by(self, secret: str) -> "KeyRing":
        """With a new first secret; all others are still accepted."""
        return KeyRing((secret, *(each for each in self.secrets if each != secret)))


def variable_of(name: str) -> str:
    """The variable that holds a ring where the file does not: its secrets, separated by spaces or commas."""
    return f"CLIPWRIGHT_{name}"


def path_of(root: Path, environment: str) -> Path:
    return root / FOLDER / f"{environment}.json"


def load(root: Path, environment: str, environ: Mapping[str, str] | None = None) -> dict[str, KeyRing]:
    """The known rings by the name of their secret. Raises InfraError for a file that cannot be read."""
    path = path_of(root, environment)
    found: dict[str, KeyRing] = {}
    for name in DRAW:
        if words := split((environ or {}).get(variable_of(name), "")):
            found[name] = KeyRing(words, "given")
    if not path.is_file():
        return found
    try:
        for name, row in json.loads(path.read_text(encoding="utf-8")).items():
            found[name] = KeyRing(tuple(row["secrets"]), str(row["stored_at"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        # Without the error's text: it may quote the file.
        fix = localized(
            ko="따로 둔 사본에서 되살려 주세요. 없으면 --forget-old로만 비밀값을 바꿀 수 있어요",
            en="restore it from your copy; without it a secret can only be replaced with --forget-old",
        )
        raise InfraError(
            localized(
                ko=f"{path} 파일을 읽을 수 없어요: {type(error).__name__}",
                en=f"{path} cannot be read: {type(error).__name__}",
            ),
            fix,
        ) from None
    return found


def save(root: Path, environment: str, name: str, ring: KeyRing) -> None:
    """Replaces one ring, atomically and readable by its owner only."""
    path = path_of(root, environment)
    path.parent.mkdir(parents=True, exist_ok=True)
    rings = {**load(root, environment), name: ring}
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({each: asdict(row) for each, row in rings.items()}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    put_in_place(fresh, path)


def mark_stored(root: Path, environment: str, name: str, at: str) -> None:
    save(root, environment, name, replace(load(root, environment)[name], stored_at=at))


def split(text: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[\s,]+", text)))


def new_event_secret() -> str:
    """In the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def new_cookie_secret() -> str:
    return secrets.token_hex(32)


DRAW: Mapping[str, Callable[[], str]] = {"EVENT_SECRET": new_event_secret, "COOKIE_SECRET": new_cookie_secret}
