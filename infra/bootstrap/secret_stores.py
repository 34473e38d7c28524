"""The stores of secrets: Pages, the sweeper and Modal. Which names they hold, and putting values into them.

Values are passed in files that are deleted at once. They never appear on a command line or in output. A store that
cannot be queried raises InfraError: what it holds is unknown, which is never the same as missing. This module does not
choose values.
"""

import json
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from infra.language import localized
from infra.platforms import accounts
from infra.platforms.cloudflare_account import Account
from infra.platforms.pages import project_state
from infra.platforms.programs import modal, run

LIMIT_SECONDS = 120.0
PAGES, SWEEPER, MODAL = "the Pages project", "the sweeper", "Modal"
SIGNS_EVENTS = "clipwright-site"
"""Name of Modal's secret with the site's address and the event secret."""


def environment_state(account: Account) -> str:
    return accounts.missing(accounts.probe_modal_environment(account.ground))


def modal_secret_state(account: Account, name: str) -> str:
    """What is missing; empty when nothing is. Raises InfraError when Modal does not answer."""
    names = accounts.probe_modal_secrets(account.ground)
    if names.error and environment_state(account):
        return localized(ko="없어요. 그 환경도 없어요", en="missing, and so is its environment")
    return accounts.missing(replace(names, wanted=(name,)))


def site_state(account: Account, wanted: tuple[str, ...]) -> str:
    """The same for the Pages project."""
    names = accounts.probe_site_secrets(account.ground)
    if names.error and project_state(account) == "missing":
        return localized(ko=f"{PAGES} 없음", en=f"{PAGES} is missing")
    return accounts.missing(names, wanted)


def sweeper_state(account: Account, wanted: tuple[str, ...]) -> str:
    """The same for the sweeper; wrangler's message says when it does not exist."""
    names = accounts.probe_sweeper_secrets(account.ground)
    if re.search(r'Worker ".+" .*not found', names.error):
        return localized(ko=f"{SWEEPER} 없음", en=f"{SWEEPER} is missing")
    return accounts.missing(names, wanted)


def put_to_site(account: Account, values: Mapping[str, str]) -> None:
    """The site uses them from its next deployment on."""
    with as_file(values) as path:
        command = accounts.site_secrets(account.ground.target, "bulk", path)
        run(command, cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)


def put_to_sweeper(account: Account, values: Mapping[str, str]) -> None:
    """Effective at once. wrangler creates a sweeper that is missing."""
    with as_file(values) as path:
        command = accounts.sweeper_secrets(account.ground.target, "bulk", path)
        run(command, cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)


def put_to_edge(account: Account, values: Mapping[str, str]) -> None:
    put_to_site(account, values)
    put_to_sweeper(account, values)


def put_to_modal(account: Account, name: str, values: Mapping[str, str]) -> None:
    """Replaces Modal's secret as a whole; containers that start from now on use it."""
    with as_file(values) as path:
        command = [*modal(), "secret", "create", name, "--from-json", path, "--force"]
        command += ["--env", account.ground.target.modal_environment]
        run(command, cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)


@contextmanager
def as_file(values: Mapping[str, str]) -> Generator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "values.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(dict(values)), encoding="utf-8", newline="\n")
        yield str(path)
