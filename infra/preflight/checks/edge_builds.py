"""Whether page and Functions can be built. Cloudflare builds them only after the push, when other parts are live.

Both are built as Cloudflare builds them, into a temporary folder. `infra.preflight.checks.edge_types` checks the types.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.language import localized
from infra.platforms.ground import Ground
from infra.platforms.programs import attempt, wrangler
from infra.preflight.findings import Check, Finding
from infra.process.shell import ProgramError

LIMIT_SECONDS = 80.0
PLACE = re.compile(r"^\s*(?:[^\s:]+: )*([^\s:]+\.\w+):(\d+):\d+", re.MULTILINE)
COMPLAINT = re.compile(r"\bERROR(?:\]|:) *(.+)")
"""An error of esbuild, which both builders use."""
SUMMARY = "Build failed"
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True, slots=True)
class Built:
    """One build. `words` is the builder's error; empty after a success."""

    what: str
    words: str = ""
    where: str | None = None


def probe_page(ground: Ground) -> Built:
    """Builds the page of this code's own checkout, as `python run.py build` does, into another folder."""
    from infra.build.site import build

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            build(Path(folder), force=True)
        except ProgramError as error:
            return failed(ground.root, localized(ko="화면", en="the page"), error.output or str(error))
    return Built(localized(ko="화면", en="the page"))


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
    words = (complaints or rest[-1:] or [localized(ko="출력 없음", en="no output")])[0]
    return Built(what, words[:300], f"{inside(root, place[1])}:{place[2]}" if place else None)


def inside(root: Path, name: str) -> str:
    """A path relative to the checkout; wrangler reports some paths relative to functions/."""
    return name if (root / name).exists() else f"functions/{name}"


def evaluate(built: Built) -> Sequence[Finding]:
    if not built.words:
        return []
    return [
        Finding(
            "error",
            localized(
                ko=f"{built.what}: 빌드할 수 없어요. {built.words}", en=f"{built.what} cannot be built: {built.words}"
            ),
            localized(ko="이 오류를 고쳐 주세요", en="correct this error"),
            where=built.where,
        )
    ]


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
