"""Asks the edge's own validator, bundled as it is for workerd and run by Node, for its verdicts on bodies."""

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from infra.build.bundler import esbuild
from infra.platforms.node import node
from infra.process.shell import check
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.settings import ROOT

Verdict = dict[str, Any]
"""`ok`, and the body's `value` with defaults filled in, or its `faults`."""


class Case(NamedTuple):
    name: str
    body: bytes
    definition: str | None = None
    """The body's name in the contract; None for a clip that a person asks for."""


Judge = Callable[[Sequence[Case]], dict[str, Verdict]]
"""The verdicts, by the names of the cases."""


def bundled_judge(folder: Path) -> Judge:
    """Bundles the validator into `folder`."""
    bundle = folder / "judge.mjs"
    esbuild(
        {
            "absWorkingDir": str(ROOT),
            "entryPoints": ["tests/contract/judge.ts"],
            "outfile": str(bundle),
            "bundle": True,
            "format": "esm",
            "platform": "neutral",
            "mainFields": ["module", "main"],
            "metafile": True,
            "logLevel": "error",
        }
    )

    def judge(cases: Sequence[Case]) -> dict[str, Verdict]:
        told = [
            {"name": case.name, "body": base64.b64encode(case.body).decode("ascii")}
            | ({} if case.definition is None else {"definition": case.definition})
            for case in cases
        ]
        return json.loads(check([node(), bundle], timeout_seconds=STALLED_AFTER_SECONDS, stdin=json.dumps(told)))

    return judge
