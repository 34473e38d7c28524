"""The apps of the service's name that Modal lists: the deployed one, and those that a detached `modal run` goes on as.

It starts and stops none.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infra.language import localized
from infra.platforms import accounts
from infra.platforms.ground import Ground
from infra.platforms.programs import attempt, json_part, modal
from infra.process.shell import InfraError

DEPLOYED, DETACHED = "deployed", "detached"
"""In Modal's words for an app's state: `ephemeral (detached)` goes on, and is billed, without the client that began
it."""


@dataclass(frozen=True, slots=True)
class App:
    id: str
    state: str


def listed(ground: Ground) -> Iterator[App]:
    """None without the environment. Raises InfraError when Modal does not answer."""
    target = ground.target
    command = [*modal(), "app", "list", "--env", target.modal_environment, "--json"]
    finished = attempt(command, cwd=ground.root, timeout_seconds=accounts.LIMIT_SECONDS)
    if finished.exit_code != 0:
        if accounts.missing(accounts.probe_modal_environment(ground)):
            return
        said = accounts.last_words(finished.output)
        raise InfraError(
            localized(ko=f"Modal에 물어볼 수 없어요: {said}", en=f"Modal cannot be queried: {said}"),
            localized(ko="그 말대로 고쳐 주세요", en="correct what its message names"),
        )
    rows: list[dict[str, Any]] = json.loads(json_part(finished.output) or "[]")
    for row in rows:
        if row["description"] == target.modal_app:
            yield App(str(row["app_id"]), str(row["state"]))


def deployed(ground: Ground) -> list[str]:
    """The id of the deployed one, if there is one."""
    return of_state(listed(ground), DEPLOYED)


def detached(ground: Ground) -> list[str]:
    """Ids of those that go on without a client: fetches of weights."""
    return of_state(listed(ground), DETACHED)


def of_state(apps: Iterable[App], word: str) -> list[str]:
    return [app.id for app in apps if word in app.state]
