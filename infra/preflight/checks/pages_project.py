"""Whether Pages builds what a release expects of it: the branches that releases move, and no other.

On the branch that Pages builds rests the order of a release: were it the one that people push to, the site would be
built before its schema is there. `run.py bootstrap` mends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.platforms.accounts import BOOTSTRAP
from infra.platforms.cloudflare_account import asked_of, open_account
from infra.platforms.ground import Ground
from infra.platforms.pages import project_state
from infra.preflight.findings import Check, Finding


@dataclass(frozen=True, slots=True)
class Project:
    """`state` says what is missing or different; empty when all is as wanted."""

    environment: str
    name: str
    state: str


def probe(ground: Ground) -> Project:
    account = open_account(ground)
    state = asked_of("pages-project", lambda: project_state(account))
    return Project(ground.target.name, ground.target.pages_project, state)


def evaluate(project: Project) -> list[Finding]:
    if not project.state:
        return []
    message = f"the Pages project {project.name} does not build as a release expects: {project.state}"
    return [Finding("error", message, "bootstrap mends it", (BOOTSTRAP.format(project.environment),))]


CHECKS: Sequence[Check[Project]] = (
    Check(
        "pages-project",
        "Cloudflare",
        "Pages builds the branch that releases move",
        "Pages가 배포가 옮기는 브랜치를 빌드하는지",
        probe,
        evaluate,
        needs="network",
    ),
)
