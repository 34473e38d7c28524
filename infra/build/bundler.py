"""esbuild, called as a library: its command-line launcher is a script on some systems and a program on others.

It does not know what is bundled, or for whom.
"""

import json
from collections.abc import Mapping

from infra.platforms.node import node
from infra.process.shell import check
from infra.settings import ROOT

LIMIT_SECONDS = 600.0

_RUN_ESBUILD = """
let options = "";
for await (const part of process.stdin) options += part;
const { build } = await import("esbuild");
await build(JSON.parse(options));
"""


def esbuild(options: Mapping[str, object]) -> None:
    """Runs esbuild with its own options; paths are relative to the repository.

    Raises infra.process.shell.ProgramError with esbuild's message when a file cannot be bundled.
    """
    command = [node(), "--input-type=module", "-e", _RUN_ESBUILD]
    check(command, timeout_seconds=LIMIT_SECONDS, cwd=ROOT, stdin=json.dumps({"absWorkingDir": str(ROOT), **options}))
