"""What the accounts must hold before a first release, compared with what they hold, and made where it is missing.

Everything is found by name and made once: run again, it changes nothing. Nothing is ever deleted, and a thing
that differs is changed only where that loses no data.
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
from infra.platforms.cloudflare_account import Account, asked_of, open_account
from infra.platforms.git import commit, git
from infra.platforms.pages import project_state
from infra.platforms.targets import FILE
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError

WRITTEN = (*CONFIGURATIONS, FILE.as_posix())
"""Files of the checkout that addresses and ids are written into."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A thing beside what is there. With a `trouble` the account could not be asked: nothing is known, and nothing is
    made, since what only seems to be missing may be in use."""

    resource: Resource
    state: str
    trouble: InfraError | None = None


def resources(account: Account) -> tuple[Resource, ...]:
    """Everything, in an order in which each finds what it needs."""
    target = account.ground.target
    return (
        Resource("bucket", f"R2 bucket {target.bucket}", lambda: bucket_state(account), lambda: make_bucket(account)),
        Resource("bucket-cors", "who may read the bucket from a page", lambda: cors_state(account),
              lambda: make_cors(account)),
        Resource("bucket-lifecycle", "what the bucket forgets by itself", lambda: lifecycle_state(account),
              lambda: make_lifecycle(account)),
        Resource("database", f"D1 database {target.database}", lambda: database_state(account),
              lambda: make_database(account)),
        Resource("database-id", "the database's id in both configurations", lambda: id_state(account),
              lambda: write_id(account)),
        Resource("pages-project", f"Pages project {target.pages_project}", lambda: project_state(account),
              lambda: make_project(account)),
        *site_url_resources(account),
        *access_resources(account),
        *secret_resources(account),
        *gpu_resources(account),
        *sweeper_resources(account),
    )  # fmt: skip


def compare(wanted: tuple[Resource, ...]) -> Iterator[Compared]:
    """Each thing with its state. One that cannot be asked about keeps no other from being compared."""
    for resource in wanted:
        try:
            yield Compared(resource, asked(resource, resource.state))
        except InfraError as error:
            yield Compared(resource, "", error)


def make(resource: Resource) -> str:
    """Raises InfraError when it cannot be made."""
    return asked(resource, resource.make)


def make_each(root: Path, environment: str, names: Sequence[str]) -> Iterator[tuple[str, str, InfraError | None]]:
    """Makes these things, each with how or why not; one that cannot be made keeps no other from it. What is written
    into the checkout is committed at the end, by name, unless it held somebody's changes before."""
    clean = [path for path in WRITTEN if not git(root, "status", "--porcelain=v1", "--", path).strip()]
    for name in names:
        try:
            # Addresses and ids may have been written by the thing before it.
            account = open_account(ground_of(root, environment))
            yield name, make(next(resource for resource in resources(account) if resource.name == name)), None
        except InfraError as error:
            yield name, "", error
    changed = [path for path in clean if git(root, "status", "--porcelain=v1", "--", path).strip()]
    if changed:
        commit(root, f"Addresses and ids of {environment}", changed)
        yield "commit", ", ".join(changed), None


def asked(resource: Resource, question: Callable[[], str]) -> str:
    return asked_of(resource.name, question)
