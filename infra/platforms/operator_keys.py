"""What only the operator's machine needs of the accounts: tokens and keys, kept after they were asked for once.

They lie in `.clipwright/keys/operator.json` beside the key rings (decision 26): only their owner can read the file, and
git ignores it. A variable that is set takes precedence. Modal's own login stays where Modal keeps it. It does not know
what the values open.
"""

import json
import os
from collections.abc import Collection, Mapping, MutableMapping
from pathlib import Path

from infra.language import localized
from infra.process.put_in_place import put_in_place
from infra.process.shell import InfraError

FILE = Path(".clipwright", "keys", "operator.json")
RELEASE_WEBHOOK, NOBODY = "CLIPWRIGHT_RELEASE_WEBHOOK", "none"
"""An optional address, and the value that says there is none: it is kept where a person skipped the question."""
NAMES = (
    "CLOUDFLARE_API_TOKEN",
    "CLOUDFLARE_ACCOUNT_ID",
    "CLIPWRIGHT_OPERATOR_EMAIL",
    "CLIPWRIGHT_PROXY_KEY",
    "CLIPWRIGHT_PROXY_SECRET",
    "CLIPWRIGHT_ACCESS_ID",
    "CLIPWRIGHT_ACCESS_SECRET",
    RELEASE_WEBHOOK,
)
"""The variables that the file may hold; every other member of it is ignored."""


def kept(root: Path) -> dict[str, str]:
    """Raises InfraError for a file that cannot be read."""
    path = root / FILE
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(found[name]) for name in NAMES if found.get(name)}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        # Without the error's text: it may quote the file.
        raise InfraError(
            localized(
                ko=f"{FILE.as_posix()} 파일을 읽을 수 없어요: {type(error).__name__}",
                en=f"{FILE.as_posix()} cannot be read: {type(error).__name__}",
            ),
            localized(
                ko="파일을 지우고 python run.py setup-account를 다시 실행해 주세요",
                en="delete it, then run python run.py setup-account again",
            ),
        ) from None


def load(root: Path, environ: MutableMapping[str, str] = os.environ) -> None:
    """Sets each kept variable that is not set. Raises InfraError as `kept` does."""
    for name, value in kept(root).items():
        environ.setdefault(name, value)


def keep(root: Path, values: Mapping[str, str]) -> None:
    """Adds the values to the file, atomically and readable by its owner only, and to this process's variables."""
    os.environ.update(values)
    write(root, {**kept(root), **{name: value for name, value in values.items() if name in NAMES}})


def drop(root: Path, names: Collection[str]) -> None:
    """Takes values out of the file that open nothing any more."""
    known = kept(root)
    if known.keys() & set(names):
        write(root, {name: value for name, value in known.items() if name not in names})


def write(root: Path, known: Mapping[str, str]) -> None:
    path = root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(dict(known), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    put_in_place(fresh, path)


def forget(root: Path) -> None:
    (root / FILE).unlink(missing_ok=True)
