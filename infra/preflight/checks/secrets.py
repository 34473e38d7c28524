"""Keys in files and in staged changes, which must not be in the repository.

detect-secrets finds them, extended by the patterns of the services used here. A finding names kind and place, never the
value. `infra.preflight.checks.outgoing` searches the commits that a push would send.
"""

import base64
import re
import tempfile
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.core.scan import scan_file, scan_line
from detect_secrets.settings import transient_settings

from infra.language import localized
from infra.platforms.git import SourceFile, git, text_files
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

OURS = {
    "Modal token": re.compile(r"\b(?:ak|as|wk|ws)-[A-Za-z0-9]{20,}\b"),
    "Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"),
    "webhook secret": re.compile(r"\bwhsec_[A-Za-z0-9+/]{24,}"),
    "Cloudflare token": re.compile(r"\bcf[aku]t_[A-Za-z0-9]{30,}\b"),
    "Cloudflare global key": re.compile(r"(?<![\w./-])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{37}(?![\w/-]|\.\w)"),
    # Forty characters without a prefix: recognised by the words beside them.
    "Cloudflare token, old form": re.compile(
        r"(?i:cloudflare|token|api.?key|토큰|키).*?(?<![\w./+-])"
        r"(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[A-Za-z0-9_-]{40}(?![\w/+=-]|\.\w)",
        re.ASCII,
    ),
}
STRUCTURED = (
    "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "CloudantDetector",
    "DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector", "IbmCloudIamDetector",
    "IbmCosHmacDetector", "JwtTokenDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector",
    "PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector", "SoftlayerDetector",
    "SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip
GUESSED_IN_FILES = ("KeywordDetector", "Base64HighEntropyString", "HexHighEntropyString")
GUESSED_IN_TEXT = ("KeywordDetector",)
"""Without the entropy detectors: outside quotes they would report ordinary words."""
GUESSED_TYPES = {"Secret Keyword", "Base64 High Entropy String", "Hex High Entropy String"}
ALLOWED = "pragma: allowlist secret"
FILTERS = (
    "allowlist.is_line_allowlisted",
    "heuristic.is_sequential_string",
    "heuristic.is_potential_uuid",
    "heuristic.is_templated_secret",
    "heuristic.is_indirect_reference",
    "heuristic.is_likely_id_string",
)
CANDIDATE = re.compile(r"[\w+/=-]{20,}|key|pass|pwd|secret|contrase|token|BEGIN|://[^/\s]*:", re.IGNORECASE)
"""A long word, or a word beside which detect-secrets searches for a value."""
READ_AS_A_WHOLE = {".yml", ".yaml", ".ini", ".cfg", ".env"}
"""Files that the scanner parses instead of reading lines."""
NO_INI = "}"
"""First line of the scanned text: without it, some lines of a program would be parsed as an INI file."""
SHORTEST = 8
"""Shorter values are no keys; most are words or version numbers."""
HARMLESS = {"clipwright-local", "clipwright-local-only", "0123456789abcdefghjkmnpqrstvwxyz"}
"""The local simulator's fixed key pair, which is valid nowhere else, and the alphabet of ids."""
DIGESTS = re.compile(r"^(infra/locks/|package-lock\.json$|functions/_generated/|\.github/workflows/)")
"""Files that consist of digests, written and checked by tools; they are not scanned."""
ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class Trace:
    """`where` is a path with line, or a commit."""

    where: str
    kind: str
    published_by: str


def probe_tree(ground: Ground) -> tuple[Trace, ...]:
    files = [file for file in text_files(ground.root) if not DIGESTS.match(file.path)]
    found: list[Trace] = []
    with tempfile.TemporaryDirectory() as folder:
        for plain, guesses in ((True, GUESSED_IN_FILES), (False, ())):
            with scanner(guesses):  # once for all files: the set-up takes longer than one file
                for file in files:
                    if is_plain(file.path) == plain:
                        found += in_file(file, Path(folder))
    return tuple(found)


def probe_staged(ground: Ground) -> tuple[Trace, ...]:
    found: list[Trace] = []
    path = ""
    with scanner(GUESSED_IN_TEXT):
        for line in git(ground.root, "diff", "--cached", "-U0", "--no-color", "--no-ext-diff").splitlines():
            if line.startswith("+++ "):
                path = line[4:].removeprefix("b/")
            elif line.startswith("+") and is_plain(path):
                found += [
                    Trace(path, kind, localized(ko="스테이징한 변경을 커밋하면", en="a commit of what is staged"))
                    for kind in kinds_of(line[1:])
                ]
    return tuple(dict.fromkeys(found))


def in_file(file: SourceFile, folder: Path) -> Iterator[Trace]:
    """The keys in one file, with the settings of the surrounding `scanner`. Only lines that may hold a key are scanned,
    through a file in `folder`, because the detectors take most of preflight's time."""
    lines = enumerate(file.content.decode("utf-8", errors="replace").splitlines(), start=1)
    ending = ending_of(file.path)
    whole = ending in READ_AS_A_WHOLE
    candidates = [(number, line) for number, line in lines if (whole or CANDIDATE.search(line)) and ALLOWED not in line]
    if not candidates:
        return
    for number, line in candidates:
        for kind, pattern in OURS.items():
            if (match := pattern.search(line)) and not is_made_up(file.path, match[0]):
                yield Trace(f"{file.path}:{number}", kind, localized(ko="푸시하면", en="a push"))
    scratch = folder / f"lines{ending}"  # the ending tells the scanner whether values stand in quotes
    scratch.write_text("\n".join(["" if whole else NO_INI, *(line for _, line in candidates)]), encoding="utf-8")
    for secret in scan_file(str(scratch)):
        if counts(secret):
            yield Trace(
                f"{file.path}:{candidates[secret.line_number - 2][0]}",
                secret.type,
                localized(ko="푸시하면", en="a push"),
            )


def is_made_up(path: str, value: str) -> bool:
    """Whether a webhook secret in a test decodes to readable words; real ones are random bytes."""
    if not path.startswith("tests/") or not value.startswith("whsec_"):
        return False
    try:
        return base64.b64decode(value.removeprefix("whsec_") + "==").decode("ascii").isprintable()
    except ValueError:
        return False


def ending_of(path: str) -> str:
    """The ending by which the scanner chooses its parser; `.env.production` and similar names count as `.env`."""
    name = Path(path).name
    return ".env" if name.startswith((".env", ".dev.vars")) else Path(name).suffix


def is_plain(path: str) -> bool:
    """False for tests, which have invented secrets, and for the log of releases, which has commit hashes. There only
    keys with a known format are searched."""
    return not DIGESTS.match(path) and not path.startswith(("tests/", "infra/reflection/reflections.jsonl"))


@contextmanager
def scanner(guesses: Sequence[str]) -> Generator[None]:
    """detect-secrets' settings for the block: its detectors of known formats, and the given guessing ones. One block at
    a time, because the library keeps its settings per process."""
    plugins = [{"name": name} for name in (*STRUCTURED, *guesses)]
    filters = [{"path": f"detect_secrets.filters.{name}"} for name in FILTERS]
    with ONE_AT_A_TIME, transient_settings({"plugins_used": plugins, "filters_used": filters}):
        yield


def kinds_of(line: str) -> list[str]:
    """Kinds of secrets in one line, with the settings of the surrounding `scanner`."""
    if ALLOWED in line:
        return []
    found = [name for name, pattern in OURS.items() if pattern.search(line)]
    found += [secret.type for secret in scan_line(line) if counts(secret)]
    return list(dict.fromkeys(found))


def counts(secret: PotentialSecret) -> bool:
    """A known format always counts. A guess counts if its value is long enough and is ASCII (no Korean word)."""
    if secret.type not in GUESSED_TYPES:
        return True
    value = secret.secret_value or ""
    return len(value) >= SHORTEST and value.isascii() and value not in HARMLESS


def evaluate(traces: Sequence[Trace]) -> list[Finding]:
    return [
        Finding(
            "error",
            localized(
                ko=f"비밀값처럼 보여요 ({trace.kind}). {trace.published_by} 공개돼요",
                en=f"looks like a secret ({trace.kind}); {trace.published_by} would publish it",
            ),
            localized(
                ko="지우고, 발급한 곳에서 키를 바꿔 주세요. 비밀값은 Cloudflare와 Modal의 저장소에만 "
                f"두세요. 비밀값이 아니라면 주석을 달아 주세요: {ALLOWED}",
                en="remove it, and replace the key where it was issued. Keep secrets in Cloudflare's and Modal's "
                "stores. "
                f"If the value is not a secret, add the comment: {ALLOWED}",
            ),
            ("git commit --amend",) if trace.where.startswith("commit ") else (),
            where=trace.where,
        )
        for trace in traces
    ]


CHECKS: tuple[Check[tuple[Trace, ...]], ...] = (
    Check(
        "secrets-tree",
        "Secrets",
        "no file contains a key",
        "파일에 키가 들어 있지 않은지",
        probe_tree,
        evaluate,
        of_the_tree=True,
    ),
    Check(
        "secrets-staged",
        "Secrets",
        "no staged change contains a key",
        "올릴 변경에 키가 들어 있지 않은지",
        probe_staged,
        evaluate,
    ),
)
