"""Keys that must not be in the repository: in files, and in what is staged.

detect-secrets finds them; the patterns of the services used here are added to its own. A finding names kind and place,
never the value. What else leaves the machine with a push is searched in `infra.preflight.checks.outgoing`.
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

from infra.platforms.git import SourceFile, git, text_files
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

OURS = {
    "Modal token": re.compile(r"\b(?:ak|as|wk|ws)-[A-Za-z0-9]{20,}\b"),
    "Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"),
    "webhook secret": re.compile(r"\bwhsec_[A-Za-z0-9+/]{24,}"),
    "Cloudflare token": re.compile(r"\bcf[aku]t_[A-Za-z0-9]{30,}\b"),
    "Cloudflare global key": re.compile(r"(?<![\w./-])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{37}(?![\w/-]|\.\w)"),
    # Forty signs without a mark of their own: the words beside them say what they are.
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
"""Entropy means little outside quotes: in prose every word would look like a key."""
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
"""A long word, or one of the words beside which detect-secrets looks for a value."""
READ_AS_A_WHOLE = {".yml", ".yaml", ".ini", ".cfg", ".env"}
"""Files that the scanner parses instead of reading lines."""
NO_INI = "}"
"""First line of what is scanned: a few lines out of a program can look like an INI file, which they are not."""
SHORTEST = 8
"""A shorter value guards nothing; most are words or version numbers."""
HARMLESS = {"clipwright-local", "clipwright-local-only", "0123456789abcdefghjkmnpqrstvwxyz"}
"""The local simulator's fixed key pair, which opens nothing elsewhere, and the alphabet of ids."""
DIGESTS = re.compile(r"^(infra/locks/|package-lock\.json$|functions/_generated/|\.github/workflows/)")
"""Files that consist of digests, written and checked by tools; they are not read at all."""
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
            with scanner(guesses):  # once for many files: setting it up costs more than a file
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
                found += [Trace(path, kind, "a commit of what is staged") for kind in kinds_of(line[1:])]
    return tuple(dict.fromkeys(found))


def in_file(file: SourceFile, folder: Path) -> Iterator[Trace]:
    """What one file holds, under the settings of the scanner around it. Only lines that can hold a key are handed to
    it, through `folder`: it looks at each line with each of its detectors, which is most of preflight's time."""
    lines = enumerate(file.content.decode("utf-8", errors="replace").splitlines(), start=1)
    ending = ending_of(file.path)
    whole = ending in READ_AS_A_WHOLE
    candidates = [(number, line) for number, line in lines if (whole or CANDIDATE.search(line)) and ALLOWED not in line]
    if not candidates:
        return
    for number, line in candidates:
        for kind, pattern in OURS.items():
            if (match := pattern.search(line)) and not is_made_up(file.path, match[0]):
                yield Trace(f"{file.path}:{number}", kind, "a push")
    scratch = folder / f"lines{ending}"  # the ending tells the scanner whether values stand in quotes
    scratch.write_text("\n".join(["" if whole else NO_INI, *(line for _, line in candidates)]), encoding="utf-8")
    for secret in scan_file(str(scratch)):
        if counts(secret):
            yield Trace(f"{file.path}:{candidates[secret.line_number - 2][0]}", secret.type, "a push")


def is_made_up(path: str, value: str) -> bool:
    """Whether a webhook secret of a test is words and no key: those are random bytes."""
    if not path.startswith("tests/") or not value.startswith("whsec_"):
        return False
    try:
        return base64.b64decode(value.removeprefix("whsec_") + "==").decode("ascii").isprintable()
    except ValueError:
        return False


def ending_of(path: str) -> str:
    """What kind of file the scanner takes it for; `.env.production` and its like are called after their beginning."""
    name = Path(path).name
    return ".env" if name.startswith((".env", ".dev.vars")) else Path(name).suffix


def is_plain(path: str) -> bool:
    """False where made-up secrets and hashes look like secrets on purpose: in tests, and in the log of releases, which
    names commits. There only keys with a shape of their own are looked for."""
    return not DIGESTS.match(path) and not path.startswith(("tests/", "infra/reflection/reflections.jsonl"))


@contextmanager
def scanner(guesses: Sequence[str]) -> Generator[None]:
    """detect-secrets' settings for the block: its detectors of known shapes, and the guesses named. One at a time,
    because the library keeps its settings for the whole process."""
    plugins = [{"name": name} for name in (*STRUCTURED, *guesses)]
    filters = [{"path": f"detect_secrets.filters.{name}"} for name in FILTERS]
    with ONE_AT_A_TIME, transient_settings({"plugins_used": plugins, "filters_used": filters}):
        yield


def kinds_of(line: str) -> list[str]:
    """Kinds of secrets in one line, under the settings of the scanner around it."""
    if ALLOWED in line:
        return []
    found = [name for name, pattern in OURS.items() if pattern.search(line)]
    found += [secret.type for secret in scan_line(line) if counts(secret)]
    return list(dict.fromkeys(found))


def counts(secret: PotentialSecret) -> bool:
    """A guess counts when its value is long enough to guard something and no Korean word; a known shape always does."""
    if secret.type not in GUESSED_TYPES:
        return True
    value = secret.secret_value or ""
    return len(value) >= SHORTEST and value.isascii() and value not in HARMLESS


def evaluate(traces: Sequence[Trace]) -> list[Finding]:
    return [
        Finding(
            "error",
            f"looks like a secret ({trace.kind}); {trace.published_by} would publish it",
            "take it out and replace the key where it was issued; secrets live in Cloudflare's and Modal's stores. "
            f"A value that guards nothing gets the comment: {ALLOWED}",
            ("git commit --amend",) if trace.where.startswith("commit ") else (),
            where=trace.where,
        )
        for trace in traces
    ]


CHECKS: tuple[Check[tuple[Trace, ...]], ...] = (
    Check(
        "secrets-tree",
        "Secrets",
        "no file holds a key",
        "파일에 키가 들어 있지 않은지",
        probe_tree,
        evaluate,
        of_the_tree=True,
    ),
    Check(
        "secrets-staged",
        "Secrets",
        "nothing staged holds a key",
        "올릴 변경에 키가 들어 있지 않은지",
        probe_staged,
        evaluate,
    ),
)
