"""The TypeScript tests: bundles every tests/**/*.test.ts as the product is bundled, and runs them with Node's runner.

Node cannot load the tested modules directly: the page's modules import each other without an extension, and both sides
import JSON. This module does not know what is tested.
"""

import tempfile
from pathlib import Path

from infra import console
from infra.build.bundler import esbuild
from infra.platforms.node import node
from infra.process.shell import passthrough
from infra.settings import ROOT, STATE

PAGE = ROOT / "tests" / "frontend" / "page.ts"
"""A separate bundle of the page's modules: a test imports it again for each load of the page."""
FILES_AT_ONCE = 2
STUCK_MILLISECONDS = 60_000
"""A test that takes longer is stuck."""
RUNNER = (
    "--enable-source-maps",
    "--test",
    "--test-reporter=spec",
    f"--test-concurrency={FILES_AT_ONCE}",
    f"--test-timeout={STUCK_MILLISECONDS}",
)


def run_typescript_tests() -> int:
    """Runs all of them and shows each test on this terminal. Returns the exit code; 1 when there is no test.

    Raises infra.process.shell.ProgramError with esbuild's message when a file cannot be bundled.
    """
    tests = test_files()
    if not tests:
        console.error("no TypeScript test was found", "they are the files tests/**/*.test.ts")
        return 1
    STATE.mkdir(exist_ok=True)
    # Inside the repository, so that Node finds the packages outside the bundles; a new folder for each run.
    with tempfile.TemporaryDirectory(prefix="typescript-tests-", dir=STATE, ignore_cleanup_errors=True) as folder:
        bundle([*tests, PAGE], Path(folder))
        bundles = [bundle_of(test, Path(folder)) for test in tests]
        return passthrough([node(), *RUNNER, *bundles], cwd=ROOT)


def test_files() -> list[Path]:
    return sorted((ROOT / "tests").glob("**/*.test.ts"))


def bundle(sources: list[Path], folder: Path) -> None:
    esbuild(
        {
            "entryPoints": [source.relative_to(ROOT).as_posix() for source in sources],
            "outdir": str(folder),
            "outbase": "tests",
            "outExtension": {".js": ".mjs"},
            "bundle": True,
            "format": "esm",
            "platform": "node",
            "mainFields": ["module", "main"],
            "external": ["miniflare"],
            "sourcemap": "inline",
            "sourcesContent": False,
            "charset": "utf8",
            "logLevel": "error",
        }
    )


def bundle_of(test: Path, folder: Path) -> str:
    """A relative path with forward slashes, because the runner reads its arguments as patterns."""
    made = folder / test.relative_to(ROOT / "tests").with_suffix(".mjs")
    return made.relative_to(ROOT).as_posix()
