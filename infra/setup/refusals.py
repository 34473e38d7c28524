"""Explains in one sentence why the setup failed, and what the user can do about it.

Reads the output of pip and npm, and errors of the operating system. It starts nothing and knows no package.
"""

import errno
import re
from dataclasses import dataclass
from pathlib import Path

AGAIN = "then run the same command again; it continues from there"
TAIL_LINES = 25


class SetupError(Exception):
    """The setup failed. `fix` says what the user can do about it."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Cause:
    """A known cause in an installer's output. In both texts `{who}` is the installer, `{what}` the installed group, and
    `{found}` the match of the pattern's group of that name, or `unnamed`."""

    pattern: re.Pattern[str]
    message: str
    fix: str
    unnamed: str = "its files"


RETRIES = re.compile(r"^WARNING: Retrying \(Retry\(total=[1-9].*$", re.MULTILINE)
"""pip's message about a connection that it retries; total=0 is the last attempt."""

# The first match wins. "No matching distribution" is last: pip prints it also when it could not reach any index.
CAUSES = (
    Cause(
        re.compile(r"No space left on device|ENOSPC|Errno 28\b|WinError 112|not enough space on the disk|[Qq]uota exc"),
        "the disk became full while {who} was installing {what}.",
        f"free some space on it, {AGAIN}",
    ),
    Cause(
        re.compile(
            # Windows writes the rest in the user's language.
            r"(?:Errno 13|Errno 30|WinError 5)\](?:[^'\n]*'(?P<found>[^'\n]+)')?|\b(?:EACCES|EPERM|EROFS)\b"
        ),
        "{who} has no permission to write {found} while it installs {what}.",
        "stop any demo or dev that still runs here, give yourself write permission in the repository's folder, "
        + AGAIN,
    ),
    Cause(
        re.compile(r"DO NOT MATCH THE HASHES|EINTEGRITY"),
        "{who} downloaded files for {what} whose hashes differ from the lock.",
        "the download is damaged, or a mirror repacks files: clear the cache (pip cache purge, npm cache clean "
        "--force) or use another index, " + AGAIN,
    ),
    Cause(
        re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SELF_SIGNED_CERT|UNABLE_TO_\w+_CERT"),
        "{who} does not trust the certificate of its package index.",
        "set PIP_CERT and NODE_EXTRA_CA_CERTS to the certificate file of your network's proxy, " + AGAIN,
    ),
    Cause(
        re.compile(
            r"Retrying \(Retry\(total=0|Max retries exceeded|NewConnectionError|NameResolutionError|Read timed out"
            r"|ConnectTimeout|Connection (?:refused|aborted|reset)|ProxyError"
            r"|\b(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b"
        ),
        "{who} cannot reach its package index, so it could not download {what}.",
        "connect to the network (behind a proxy: set HTTPS_PROXY), " + AGAIN,
    ),
    Cause(
        re.compile(r"can only install packages when your package\.json and package-lock\.json"),
        "package.json and package-lock.json do not agree.",
        "python run.py lock",
    ),
    Cause(
        re.compile(r"No matching distribution found for (?P<found>\S+)|\b(?:E404|ETARGET)\b"),
        "{who} reached its package index, but the index lacks a package of {what} for this system: {found}.",
        "if {who} uses your own index (pip config list, npm config get registry), add the package to it. Otherwise try "
        "another Python, for example 3.12, " + AGAIN,
        unnamed="name unknown",
    ),
)


def of_output(who: str, what: str, output: str) -> SetupError:
    """The error of a failed installer: the known cause in its output, or the end of the output."""
    said = RETRIES.sub("", output)
    for cause in CAUSES:
        if match := cause.pattern.search(said):
            words = {"who": who, "what": what, "found": match.groupdict().get("found") or cause.unnamed}
            return SetupError(cause.message.format(**words), cause.fix.format(**words))
    return SetupError(
        f"{who} could not install {what}:\n{tail(output)}", f"correct what the lines above report, {AGAIN}"
    )


def of_system(error: OSError, folder: Path) -> SetupError | None:
    """The error for a file or folder that the system refused; None for other errors. `folder` is named when the system
    names no path."""
    place = error.filename or folder
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "winerror", None) == 112:
        return disk_full(folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return SetupError(
            f"{place} cannot be written ({error.strerror}).",
            "give yourself write permission there, or use another folder; " + AGAIN,
        )
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return SetupError(f"{place} must be a folder, but it is a file.", "rename or remove it, " + AGAIN)
    return None


def disk_full(folder: Path) -> SetupError:
    return SetupError(f"the disk of {folder} is full.", f"free some space on it, {AGAIN}")


def tail(output: str, lines: int = TAIL_LINES) -> str:
    return "\n".join("    " + line for line in output.splitlines()[-lines:])
