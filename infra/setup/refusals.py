"""Explains in one sentence why the setup failed, and what the user can do about it.

Reads the output of pip and npm, and errors of the operating system. It starts nothing and knows no package.
"""

import errno
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.language import localized

TAIL_LINES = 25


class SetupError(Exception):
    """The setup failed. `fix` says what the user can do about it."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Failure:
    """`who` is the installer, `what` the installed group, `found` the match of the pattern's group of that name."""

    who: str
    what: str
    found: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A known cause in an installer's output. `explain` returns what happened and what the user can do."""

    pattern: re.Pattern[str]
    explain: Callable[[Failure], tuple[str, str]]


def again() -> str:
    return localized(
        ko="같은 명령을 다시 돌려 주세요. 하던 곳부터 이어서 해요",
        en="then run the same command again; it continues from there",
    )


RETRIES = re.compile(r"^WARNING: Retrying \(Retry\(total=[1-9].*$", re.MULTILINE)
"""pip's message about a connection that it retries; total=0 is the last attempt."""

# The first match wins. "No matching distribution" is last: pip prints it also when it could not reach any index.
CAUSES = (
    Cause(
        re.compile(r"No space left on device|ENOSPC|Errno 28\b|WinError 112|not enough space on the disk|[Qq]uota exc"),
        lambda failure: (
            localized(
                ko=f"{failure.who}로 {failure.what} 묶음을 설치하다가 디스크가 가득 찼어요.",
                en=f"the disk became full while {failure.who} was installing {failure.what}.",
            ),
            localized(ko=f"자리를 비운 다음 {again()}", en=f"free some space on it, {again()}"),
        ),
    ),
    Cause(
        re.compile(
            # Windows writes the rest in the user's language.
            r"(?:Errno 13|Errno 30|WinError (?:5|32|33))\](?:[^'\n]*'(?P<found>[^'\n]+)')?|\b(?:EACCES|EPERM|EROFS)\b"
        ),
        lambda failure: (
            localized(
                ko=f"{failure.who}로 {failure.what} 묶음을 설치하는데 쓸 권한이 없는 곳이 있어요: "
                f"{failure.found or '-'}",
                en=f"{failure.who} has no permission to write while it installs {failure.what}: {failure.found or '-'}",
            ),
            localized(
                ko=f"여기서 돌고 있는 demo나 dev를 멈추고, 저장소 폴더에 쓸 권한을 준 다음 {again()}",
                en="stop any demo or dev that still runs here, give yourself write permission in the repository's "
                f"folder, {again()}",
            ),
        ),
    ),
    Cause(
        re.compile(r"DO NOT MATCH THE HASHES|EINTEGRITY"),
        lambda failure: (
            localized(
                ko=f"{failure.who}로 내려받은 {failure.what} 파일의 해시가 잠금 파일과 달라요.",
                en=f"{failure.who} downloaded files for {failure.what} whose hashes differ from the lock.",
            ),
            localized(
                ko="내려받다가 깨졌거나 미러가 파일을 다시 묶었어요. 캐시를 비우거나 (pip cache purge, npm cache clean "
                f"--force) 다른 인덱스를 쓰고, {again()}",
                en="the download is damaged, or a mirror repacks files: clear the cache (pip cache purge, npm cache "
                f"clean --force) or use another index, {again()}",
            ),
        ),
    ),
    Cause(
        re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SELF_SIGNED_CERT|UNABLE_TO_\w+_CERT"),
        lambda failure: (
            localized(
                ko=f"{failure.who}: 패키지 인덱스의 인증서를 믿을 수 없어요.",
                en=f"{failure.who} does not trust the certificate of its package index.",
            ),
            localized(
                ko=f"PIP_CERT와 NODE_EXTRA_CA_CERTS에 회사 프록시의 인증서 파일을 적은 다음 {again()}",
                en=f"set PIP_CERT and NODE_EXTRA_CA_CERTS to the certificate file of your network's proxy, {again()}",
            ),
        ),
    ),
    Cause(
        re.compile(
            r"Retrying \(Retry\(total=0|Max retries exceeded|NewConnectionError|NameResolutionError|Read timed out"
            r"|ConnectTimeout|Connection (?:refused|aborted|reset)|ProxyError"
            r"|\b(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b"
        ),
        lambda failure: (
            localized(
                ko=f"{failure.who}: 패키지 인덱스에 닿지 못해서 {failure.what} 묶음을 내려받지 못했어요.",
                en=f"{failure.who} cannot reach its package index, so it could not download {failure.what}.",
            ),
            localized(
                ko=f"네트워크에 연결하고 (프록시를 쓰면 HTTPS_PROXY를 넣고) {again()}",
                en=f"connect to the network (behind a proxy: set HTTPS_PROXY), {again()}",
            ),
        ),
    ),
    Cause(
        re.compile(r"can only install packages when your package\.json and package-lock\.json"),
        lambda _failure: (
            localized(
                ko="package.json과 package-lock.json이 서로 달라요.",
                en="package.json and package-lock.json do not agree.",
            ),
            "python run.py lock",
        ),
    ),
    Cause(
        re.compile(r"No matching distribution found for (?P<found>\S+)|\b(?:E404|ETARGET)\b"),
        lambda failure: (
            localized(
                ko=f"{failure.who}: 패키지 인덱스에 {failure.what} 묶음의 패키지가 이 시스템용으로 없어요: "
                f"{failure.found or '-'}",
                en=f"{failure.who} reached its package index, but the index lacks a package of {failure.what} for this "
                f"system: {failure.found or '-'}",
            ),
            localized(
                ko=f"{failure.who}: 직접 운영하는 인덱스를 쓴다면 (pip config list, npm config get registry) 그 "
                "패키지를 "
                f"넣어 주세요. 아니면 다른 Python(예: 3.12)으로 {again()}",
                en=f"if {failure.who} uses your own index (pip config list, npm config get registry), add the package "
                f"to it. Otherwise try another Python, for example 3.12, {again()}",
            ),
        ),
    ),
)


def of_output(who: str, what: str, output: str) -> SetupError:
    """The error of a failed installer: the known cause in its output, or the end of the output."""
    said = RETRIES.sub("", output)
    for cause in CAUSES:
        if match := cause.pattern.search(said):
            return SetupError(*cause.explain(Failure(who, what, match.groupdict().get("found") or "")))
    return SetupError(
        localized(
            ko=f"{who}로 {what} 묶음을 설치하지 못했어요:\n{tail(output)}",
            en=f"{who} could not install {what}:\n{tail(output)}",
        ),
        localized(
            ko=f"위의 줄이 알리는 것을 고친 다음 {again()}", en=f"correct what the lines above report, {again()}"
        ),
    )


def of_system(error: OSError, folder: Path) -> SetupError | None:
    """The error for a file or folder that the system refused; None for other errors. `folder` is named when the system
    names no path."""
    place = error.filename or folder
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "winerror", None) == 112:
        return disk_full(folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return SetupError(
            localized(
                ko=f"{place}에 쓸 수 없어요 ({error.strerror}).", en=f"{place} cannot be written ({error.strerror})."
            ),
            localized(
                ko=f"쓸 권한을 주거나 다른 폴더를 쓰고, {again()}",
                en=f"give yourself write permission there, or use another folder; {again()}",
            ),
        )
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return SetupError(
            localized(ko=f"{place}는 폴더여야 하는데 파일이에요.", en=f"{place} must be a folder, but it is a file."),
            localized(ko=f"이름을 바꾸거나 지운 다음 {again()}", en=f"rename or remove it, {again()}"),
        )
    return None


def disk_full(folder: Path) -> SetupError:
    return SetupError(
        localized(ko=f"{folder} 디스크가 가득 찼어요.", en=f"the disk of {folder} is full."),
        localized(ko=f"자리를 비운 다음 {again()}", en=f"free some space on it, {again()}"),
    )


def tail(output: str, lines: int = TAIL_LINES) -> str:
    return "\n".join("    " + line for line in output.splitlines()[-lines:])
