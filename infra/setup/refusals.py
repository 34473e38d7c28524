"""Why the environment cannot be made: one sentence, and what the person can do about it.

Reads what pip and npm printed and what the system refused. It starts nothing and knows no package.
"""

import errno
import re
from dataclasses import dataclass
from pathlib import Path

AGAIN = "then run the same command again; it goes on from there"
TAIL_LINES = 25


class SetupError(Exception):
    """The environment cannot be made. `fix` says what the person can do about it."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Cause:
    """What an installer's output says. In the words `{who}` is the installer, `{what}` what it was to install, and
    `{found}` what the pattern's group of that name found, else `unnamed`."""

    pattern: re.Pattern[str]
    message: str
    fix: str
    unnamed: str = "its files"


RETRIES = re.compile(r"^WARNING: Retrying \(Retry\(total=[1-9].*$", re.MULTILINE)
"""pip's word of a connection that it tries once more; total=0 is the last time."""

# The first that fits is told. "No matching distribution" comes last: pip says so too when it reached no index at all.
CAUSES = (
    Cause(
        re.compile(r"No space left on device|ENOSPC|Errno 28\b|WinError 112|not enough space on the disk|[Qq]uota exc"),
        "the disk ran full while {who} was installing {what}.",
        f"free some space on it, {AGAIN}",
    ),
    Cause(
        re.compile(
            # Windows says the rest in the person's language.
            r"(?:Errno 13|Errno 30|WinError 5)\](?:[^'\n]*'(?P<found>[^'\n]+)')?|\b(?:EACCES|EPERM|EROFS)\b"
        ),
        "{who} may not write {found} while it installs {what}.",
        "end a demo or dev that still runs here and give yourself the right to write in the repository's folder, "
        + AGAIN,
    ),
    Cause(
        re.compile(r"DO NOT MATCH THE HASHES|EINTEGRITY"),
        "{who} was sent other files than the lock names for {what}.",
        "a broken download or a mirror that repacks: empty the cache (pip cache purge, npm cache clean --force) or use "
        "another index, " + AGAIN,
    ),
    Cause(
        re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SELF_SIGNED_CERT|UNABLE_TO_\w+_CERT"),
        "{who} does not trust the certificate that its package index shows.",
        "name the certificate of your network's proxy in PIP_CERT and NODE_EXTRA_CA_CERTS, " + AGAIN,
    ),
    Cause(
        re.compile(
            r"Retrying \(Retry\(total=0|Max retries exceeded|NewConnectionError|NameResolutionError|Read timed out"
            r"|ConnectTimeout|Connection (?:refused|aborted|reset)|ProxyError"
            r"|\b(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b"
        ),
        "{who} cannot reach its package index, so {what} could not be fetched.",
        "connect to the network (behind a proxy: set HTTPS_PROXY), " + AGAIN,
    ),
    Cause(
        re.compile(r"can only install packages when your package\.json and package-lock\.json"),
        "package.json and package-lock.json do not agree.",
        "python run.py lock",
    ),
    Cause(
        re.compile(r"No matching distribution found for (?P<found>\S+)|\b(?:E404|ETARGET)\b"),
        "{who} reached its package index, but {what} is not there for this system: {found}.",
        "if {who} uses an index of your own (pip config list, npm config get registry), let it offer that; else try "
        "another Python, 3.12 for example, " + AGAIN,
        unnamed="a package",
    ),
)


def of_output(who: str, what: str, output: str) -> SetupError:
    """The error for an installer that failed: its cause where the output names a known one, else the output's end."""
    said = RETRIES.sub("", output)
    for cause in CAUSES:
        if match := cause.pattern.search(said):
            words = {"who": who, "what": what, "found": match.groupdict().get("found") or cause.unnamed}
            return SetupError(cause.message.format(**words), cause.fix.format(**words))
    return SetupError(f"{who} could not install {what}:\n{tail(output)}", f"mend what the lines above say, {AGAIN}")


def of_system(error: OSError, folder: Path) -> SetupError | None:
    """The error for a file or folder that the system refused; None when it is no such refusal. `folder` is told when
    the system does not name the place itself."""
    place = error.filename or folder
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "winerror", None) == 112:
        return disk_full(folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return SetupError(
            f"{place} may not be written ({error.strerror}).",
            "give yourself the right to write there, or take a folder of your own; " + AGAIN,
        )
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return SetupError(f"{place} is no folder, but a folder is needed there.", "rename or remove it, " + AGAIN)
    return None


def disk_full(folder: Path) -> SetupError:
    return SetupError(f"the disk of {folder} is full.", f"free some space on it, {AGAIN}")


def tail(output: str, lines: int = TAIL_LINES) -> str:
    return "\n".join("    " + line for line in output.splitlines()[-lines:])
