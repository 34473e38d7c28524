"""What answers out there: the commit that the pages name in their first tag and Functions, sweeper and GPU service on
`/version`, and waiting for them.

It deploys nothing. The GPU service may rightly name an older commit when nothing that it runs has changed since.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from infra.platforms.commit_name import SHORT
from infra.platforms.targets import Target
from infra.process.shell import InfraError

ASK_SECONDS = 10.0
PROXY_KEYS = ("CLIPWRIGHT_PROXY_KEY", "CLIPWRIGHT_PROXY_SECRET")
"""Set where a release is made: what opens the GPU service, whose commit is asked too."""
ACCESS_KEYS = ("CLIPWRIGHT_ACCESS_ID", "CLIPWRIGHT_ACCESS_SECRET")
"""A service token of Cloudflare Access, which previews are behind."""
NAMED = re.compile(r'<html\b[^>]* data-contract="([^"]+)" data-commit="([^"]+)"')
"""What a page's first tag says of itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One service. `build` is empty when it did not answer; `trouble` says why."""

    service: str
    address: str
    build: str
    contract: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be answered: the release's commit, the GPU service's (which may be older), and the contract."""

    commit: str
    gpu_commit: str
    contract: str


def ask(target: Target) -> tuple[Answer, ...]:
    """Asks all four once: the pages, the Functions, the sweeper and the GPU service."""
    keys = with_keys(("Modal-Key", "Modal-Secret"), PROXY_KEYS)
    access = access_headers()
    with httpx.Client(timeout=ASK_SECONDS) as client:  # a redirect would take the keys along
        return (
            ask_page(client, target.site_url, access),
            ask_version(client, "functions", f"{target.site_url}/api/version", access),
            ask_version(client, "sweeper", f"{target.sweeper_url}/version", {}),
            ask_version(client, "gpu", f"{target.gpu_url}/version", keys),
        )


def access_headers() -> dict[str, str]:
    """What lets a release through to the site, where it is not public."""
    return with_keys(("CF-Access-Client-Id", "CF-Access-Client-Secret"), ACCESS_KEYS)


def with_keys(headers: tuple[str, str], variables: tuple[str, str]) -> dict[str, str]:
    values = [os.environ.get(name, "") for name in variables]
    return dict(zip(headers, values, strict=True)) if all(values) else {}


def ask_version(client: httpx.Client, service: str, address: str, headers: dict[str, str]) -> Answer:
    try:
        response = client.get(address, headers=headers)
        response.raise_for_status()
        body: dict[str, str | None] = response.json()
        return Answer(service, address, str(body.get("build") or ""), str(body.get("contract") or ""))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError) as error:
        return Answer(service, address, "", "", trouble_of(error))


def ask_page(client: httpx.Client, site_url: str, headers: dict[str, str]) -> Answer:
    """The page as a browser gets it: its first tag names contract and commit."""
    address = f"{site_url}/ko/"
    try:
        response = client.get(address, headers=headers)
        response.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer("site", address, "", "", trouble_of(error))
    found = NAMED.search(response.text)
    if found is None:
        return Answer("site", address, "", "", "the page names no commit")
    return Answer("site", address, found[2], found[1])


def trouble_of(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def lagging(answers: tuple[Answer, ...], expected: Expected) -> list[str]:
    """Who does not answer as expected, in words; empty when all agree."""
    found: list[str] = []
    for answer in answers:
        wanted = expected.gpu_commit if answer.service == "gpu" else expected.commit
        if answer.trouble:
            found.append(f"{answer.service} does not answer ({answer.trouble}) at {answer.address}")
        elif not same(answer.build, wanted):
            found.append(f"{answer.service} answers {answer.build or 'nothing'}, wanted {wanted[:SHORT]}")
        elif answer.contract != expected.contract:
            found.append(f"{answer.service} speaks contract {answer.contract}, wanted {expected.contract}")
    return found


def same(build: str, commit: str) -> bool:
    """Services name a commit's first digits; fewer than seven prove nothing."""
    return len(build) >= 7 and commit.startswith(build[:SHORT])


def wait(
    target: Target,
    expected: Expected,
    *,
    limit_seconds: float,
    pause_seconds: float,
    tell: Callable[[list[str]], None],
) -> None:
    """Returns when all agree. Raises InfraError that names who lags when the time is over."""
    late: list[str] = []
    for answers in repeatedly(target, limit_seconds, pause_seconds):
        late = lagging(answers, expected)
        if not late:
            return
        tell(late)
    raise InfraError(
        f"not all services answer the same commit after {limit_seconds:g} s: " + "; ".join(late),
        "look at the one that lags: its build log says why. Then run deploy again; it goes on here",
    )


def repeatedly(target: Target, limit_seconds: float, pause_seconds: float) -> Iterator[tuple[Answer, ...]]:
    deadline = time.monotonic() + limit_seconds
    while True:
        yield ask(target)
        if time.monotonic() + pause_seconds > deadline:
            return
        time.sleep(pause_seconds)
