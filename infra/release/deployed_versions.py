"""Which deployment of each part is live, and of which commit, from what wrangler and modal list.

It runs neither program, and it does not know what the services themselves report.
"""

import json
import re
from typing import Any, cast

from infra.platforms.cloudflare import of_sweeper
from infra.platforms.programs import json_part, modal, wrangler
from infra.platforms.targets import Target

NOTHING_YET = re.compile(r"not found|does not exist|no deployments|No App with name", re.IGNORECASE)
"""What the programs print where nothing was deployed, in contrast to a listing that failed."""


def newest(output: str, key: str) -> str:
    """The id of the newest deployment in a program's JSON, or an empty string. Wrangler lists the newest first."""
    try:
        document: Any = json.loads(json_part(output) or "[]")
    except ValueError:
        return ""
    found = re.findall(rf'"{key}": "?([^",}}]+)', json.dumps(document), re.IGNORECASE)
    numbered = [word for word in found if re.fullmatch(r"v\d+", word)]
    if numbered:  # Modal numbers its deployments
        return max(numbered, key=lambda word: int(word[1:]))
    return found[0].strip() if found else ""


def deployed_commit(output: str, deployment: str) -> str:
    """The commit of a deployment as Pages and Modal list it; empty where they name none."""
    try:
        found: Any = json.loads(json_part(output) or "[]")
    except ValueError:
        return ""
    rows = cast("list[dict[str, Any]]", found) if isinstance(found, list) else []
    for row in rows:
        named = {name.lower(): value for name, value in row.items()}
        if deployment and deployment in (named.get("id"), named.get("version")):
            return str(named.get("source") or named.get("tag") or "")
    return ""


def serving(output: str, build: str) -> str:
    """The Pages deployment of the live commit. After a rollback or a failed build it is not the newest one."""
    rows: list[dict[str, Any]] = json.loads(json_part(output))
    found = (row for row in rows if len(row.get("Source") or "") >= 7 and build.startswith(row["Source"]))
    return next((str(row["Id"]) for row in found), "")


def pages_list(target: Target) -> list[str]:
    command = [*wrangler(), "pages", "deployment", "list", "--project-name", target.pages_project]
    return [*command, "--environment", target.name, "--json"]


def sweeper_list(target: Target) -> list[str]:
    return [*wrangler(), "deployments", "status", *of_sweeper(target), "--json"]


def modal_history(target: Target) -> list[str]:
    return [*modal(), "app", "history", target.modal_app, "--env", target.modal_environment, "--json"]
