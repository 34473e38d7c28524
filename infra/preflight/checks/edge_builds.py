"""Whether page and Functions can be built at all: Cloudflare builds them only after the push, when the rest goes live.

Both are built as there, into a folder that is thrown away. Whether their types hold is asked in
`infra.preflight.checks.edge_types`.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.platforms.ground import Ground
from infra.platforms.programs import attempt, wrangler
from infra.preflight.findings import Check, Finding
from infra.process.shell import ProgramError

LIMIT_SECONDS = 80.0
PLACE = re.compile(r"^\s*(?:[^\s:]+: )*([^\s:]+\.\w+):(\d+):\d+", re.MULTILINE)
COMPLAINT = re.compile(r"\bERROR(?:\]|:) *(.+)")
"""How esbuild, which both builders are made of, names a line and says what is wrong with it."""
SUMMARY = "Build failed"
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True, slots=True)
class Built:
    """One build. `words` are what the builder failed of; empty when it did not fail."""

    what: str
    words: str = ""
    where: str | None = None


def probe_page(ground: Ground) -> Built:
    """The page as `python run.py build` makes it, elsewhere. It is of the checkout that this code lies in."""
    from infra.build.site import build

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            build(Path(folder), force=True)
        except ProgramError as error:
            return failed(ground.root, "the page", error.output or str(error))
    return Built("the page")


def probe_functions(ground: Ground) -> Built:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        finished = attempt(
            [*wrangler(), "pages", "functions", "build", "functions", "--outdir", str(Path(folder) / "built")],
            cwd=ground.root,
            timeout_seconds=LIMIT_SECONDS,
            env={"WRANGLER_LOG_PATH": str(Path(folder) / "logs")},
        )
    return Built("Functions") if finished.exit_code == 0 else failed(ground.root, "Functions", finished.output)


def failed(root: Path, what: str, output: str) -> Built:
    plain = COLOUR.sub("", output)
    place = PLACE.search(plain)
    complaints = [words for words in COMPLAINT.findall(plain) if not words.startswith(SUMMARY)]
    rest = [line.strip() for line in plain.splitlines() if line.strip()]
    words = (complaints or rest[-1:] or ["without a word"])[0]
    return Built(what, words[:300], f"{inside(root, place[1])}:{place[2]}" if place else None)


def inside(root: Path, name: str) -> str:
    """A path from the checkout on: wrangler names some from the folder of Functions on."""
    return name if (root / name).exists() else f"functions/{name}"


def evaluate(built: Built) -> Sequence[Finding]:
    if not built.words:
        return []
    return [Finding("error", f"{built.what} cannot be built: {built.words}", "mend what it names", where=built.where)]


CHECKS: Sequence[Check[Built]] = (
    Check("page-build", "Cloudflare", "the page can be built", "화면을 빌드할 수 있는지", probe_page, evaluate),
    Check(
        "functions-build",
        "Cloudflare",
        "Functions can be built",
        "Functions를 빌드할 수 있는지",
        probe_functions,
        evaluate,
    ),
)
