"""Whether Pages builds only the branches that releases move.

If Pages built the branch to which people push, the site would go live before its schema. `run.py setup-account`
corrects the project. This module changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.language import localized
from infra.platforms.accounts import BOOTSTRAP
from infra.platforms.cloudflare_account import asked_of, open_account
from infra.platforms.ground import Ground
from infra.platforms.pages import project_state
from infra.preflight.findings import Check, Finding


@dataclass(frozen=True, slots=True)
class Project:
    """`state` says what is missing or different; empty when nothing is."""

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
    message = localized(
        ko=f"Pages 프로젝트 {project.name}의 설정으로는 배포할 수 없어요: {project.state}",
        en=f"the Pages project {project.name} has settings that a release cannot use: {project.state}",
    )
    return [
        Finding(
            "error",
            message,
            localized(ko="setup-account를 돌리면 바로잡아요", en="run setup-account, which corrects it"),
            (BOOTSTRAP.format(project.environment),),
        )
    ]


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
