"""Compares the accounts with the resources that a first release needs, and creates the missing ones.

Resources are found by name and created once: a second run changes nothing. Nothing is ever deleted. A resource that
differs is changed only if no data is lost.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.bootstrap.access import access_resources
from infra.bootstrap.addresses import gpu_resources, site_url_resources, sweeper_resources
from infra.bootstrap.pages import make_project
from infra.bootstrap.resource import Resource
from infra.bootstrap.secrets import secret_resources
from infra.bootstrap.storage import (
    CONFIGURATIONS,
    bucket_state,
    cors_state,
    database_state,
    id_state,
    lifecycle_state,
    make_bucket,
    make_cors,
    make_database,
    make_lifecycle,
    write_id,
)
from infra.language import localized
from infra.platforms.cloudflare_account import Account, asked_of, open_account
from infra.platforms.git import commit, git
from infra.platforms.pages import project_state
from infra.platforms.targets import FILE
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError

WRITTEN = (*CONFIGURATIONS, FILE.as_posix())
"""Files of the checkout into which addresses and ids are written."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A resource and its state. `trouble` means that the account could not be queried: then nothing is created, because
    the resource may exist and be in use."""

    resource: Resource
    state: str
    trouble: InfraError | None = None


def resources(account: Account) -> tuple[Resource, ...]:
    """All resources, each after those that it depends on."""
    target = account.ground.target
    return (
        Resource(
            "bucket",
            localized(ko=f"R2 버킷 {target.bucket}", en=f"R2 bucket {target.bucket}"),
            lambda: bucket_state(account),
            lambda: make_bucket(account),
        ),
        Resource(
            "bucket-cors",
            localized(ko="버킷을 읽을 수 있는 화면 (CORS)", en="which pages may read the bucket (CORS)"),
            lambda: cors_state(account),
            lambda: make_cors(account),
        ),
        Resource(
            "bucket-lifecycle",
            localized(ko="버킷이 스스로 지우는 것", en="what the bucket deletes by itself"),
            lambda: lifecycle_state(account),
            lambda: make_lifecycle(account),
        ),
        Resource(
            "database",
            localized(ko=f"D1 데이터베이스 {target.database}", en=f"D1 database {target.database}"),
            lambda: database_state(account),
            lambda: make_database(account),
        ),
        Resource(
            "database-id",
            localized(ko="두 설정 파일에 적는 데이터베이스 id", en="the database's id in both configurations"),
            lambda: id_state(account),
            lambda: write_id(account),
        ),
        Resource(
            "pages-project",
            localized(ko=f"Pages 프로젝트 {target.pages_project}", en=f"Pages project {target.pages_project}"),
            lambda: project_state(account),
            lambda: make_project(account),
        ),
        *site_url_resources(account),
        *access_resources(account),
        *secret_resources(account),
        *gpu_resources(account),
        *sweeper_resources(account),
    )


def compare(wanted: tuple[Resource, ...]) -> Iterator[Compared]:
    """Each resource with its state. If one query fails, the others are still compared."""
    for resource in wanted:
        try:
            yield Compared(resource, asked(resource, resource.state))
        except InfraError as error:
            yield Compared(resource, "", error)


def make(resource: Resource) -> str:
    """Raises InfraError when it cannot be created."""
    return asked(resource, resource.make)


def make_each(root: Path, environment: str, names: Sequence[str]) -> Iterator[tuple[str, str, InfraError | None]]:
    """Creates these resources; yields name, result and error of each. After an error the others are still created.
    Changed files of the checkout are committed at the end, except files that had uncommitted changes before."""
    clean = [path for path in WRITTEN if not git(root, "status", "--porcelain=v1", "--", path).strip()]
    for name in names:
        try:
            # Read again: the resource before may have written addresses and ids.
            account = open_account(ground_of(root, environment))
            resource = next(resource for resource in resources(account) if resource.name == name)
            # Queried again: since the plan was shown, somebody may have made it, or the account may be silent now.
            yield (
                name,
                make(resource)
                if asked(resource, resource.state)
                else localized(ko="이미 있어요", en="is there already"),
                None,
            )
        except InfraError as error:
            yield name, "", error
    changed = [path for path in clean if git(root, "status", "--porcelain=v1", "--", path).strip()]
    if changed:
        commit(root, f"Addresses and ids of {environment}", changed)
        yield "commit", ", ".join(changed), None


def asked(resource: Resource, question: Callable[[], str]) -> str:
    return asked_of(resource.name, question)
