"""The live commits of the four services, and waiting for the expected ones. Pages name their commit in their first tag;
Functions, sweeper and GPU service report it at `/version`.

It deploys nothing. The GPU service may report an older commit when nothing that it runs has changed since.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from infra.language import localized
from infra.platforms.commit_name import SHORT
from infra.platforms.targets import Target
from infra.process.shell import InfraError

ASK_SECONDS = 10.0
PROXY_KEYS = ("CLIPWRIGHT_PROXY_KEY", "CLIPWRIGHT_PROXY_SECRET")
"""Variables of the machine that releases: the keys of the GPU service, for its `/version`."""
ACCESS_KEYS = ("CLIPWRIGHT_ACCESS_ID", "CLIPWRIGHT_ACCESS_SECRET")
"""A service token of Cloudflare Access, which protects the previews."""
NAMED = re.compile(r'<html\b[^>]* data-contract="([^"]+)" data-commit="([^"]+)"')
"""A page's first tag, with its contract and commit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One service's answer. `build` is empty when it did not answer; `trouble` says why."""

    service: str
    address: str
    build: str
    contract: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected answers: the release's commit, the GPU service's commit (possibly older), and the contract."""

    commit: str
    gpu_commit: str
    contract: str


def ask(target: Target) -> tuple[Answer, ...]:
    """Asks all four once: the pages, the Functions, the sweeper and the GPU service."""
    keys = with_keys(("Modal-Key", "Modal-Secret"), PROXY_KEYS)
    access = access_headers()
    with httpx.Client(timeout=ASK_SECONDS) as client:  # redirects are not followed: they would receive the keys
        return (
            ask_page(client, target.site_url, access),
            ask_version(client, "functions", f"{target.site_url}/api/version", access),
            ask_version(client, "sweeper", f"{target.sweeper_url}/version", {}),
            ask_version(client, "gpu", f"{target.gpu_url}/version", keys),
        )


def access_headers() -> dict[str, str]:
    """Headers that let a release through Cloudflare Access; empty without a token."""
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
    """Requests the page as a browser does, and reads contract and commit from its first tag."""
    address = f"{site_url}/ko/"
    try:
        response = client.get(address, headers=headers)
        response.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer("site", address, "", "", trouble_of(error))
    found = NAMED.search(response.text)
    if found is None:
        return Answer(
            "site", address, "", "", localized(ko="화면에 커밋이 적혀 있지 않아요", en="the page names no commit")
        )
    return Answer("site", address, found[2], found[1])


def trouble_of(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def lagging(answers: tuple[Answer, ...], expected: Expected) -> list[str]:
    """The services whose answer is not the expected one, in words; empty when all agree."""
    found: list[str] = []
    for answer in answers:
        wanted = expected.gpu_commit if answer.service == "gpu" else expected.commit
        if answer.trouble:
            found.append(
                localized(
                    ko=f"{answer.service}: {answer.address} 주소가 답하지 않아요 ({answer.trouble})",
                    en=f"{answer.service} does not answer ({answer.trouble}) at {answer.address}",
                )
            )
        elif not same(answer.build, wanted):
            found.append(
                localized(
                    ko=f"{answer.service}: {answer.build or '-'} 버전이에요. 기다리는 것은 {wanted[:SHORT]}",
                    en=f"{answer.service} reports {answer.build or '-'}, expected {wanted[:SHORT]}",
                )
            )
        elif answer.contract != expected.contract:
            found.append(
                localized(
                    ko=f"{answer.service}: 주고받는 형식이 {answer.contract}, 기다리는 것은 {expected.contract}",
                    en=f"{answer.service} has contract {answer.contract}, expected {expected.contract}",
                )
            )
    return found


def same(build: str, commit: str) -> bool:
    """Whether `build` is a prefix of `commit` of at least seven digits."""
    return len(build) >= 7 and commit.startswith(build[:SHORT])


def wait(
    target: Target,
    expected: Expected,
    *,
    limit_seconds: float,
    pause_seconds: float,
    tell: Callable[[list[str]], None],
) -> None:
    """Returns when all agree. Raises InfraError with the lagging services after the time limit."""
    late: list[str] = []
    for answers in repeatedly(target, limit_seconds, pause_seconds):
        late = lagging(answers, expected)
        if not late:
            return
        tell(late)
    raise InfraError(
        localized(
            ko=f"{limit_seconds:g}초가 지나도 새 커밋을 알리지 않는 곳이 있어요: ",
            en=f"not all services report the expected commit after {limit_seconds:g} s: ",
        )
        + "; ".join(late),
        localized(
            ko="늦는 쪽의 빌드 로그를 읽은 다음 deploy를 다시 돌려 주세요. 이 단계부터 이어서 해요",
            en="read the build log of the service that lags, then run deploy again; it continues with this step",
        ),
    )


def repeatedly(target: Target, limit_seconds: float, pause_seconds: float) -> Iterator[tuple[Answer, ...]]:
    deadline = time.monotonic() + limit_seconds
    while True:
        yield ask(target)
        if time.monotonic() + pause_seconds > deadline:
            return
        time.sleep(pause_seconds)
