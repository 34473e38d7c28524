"""The edge's verdicts on the same bytes: its own validator, bundled as it is for workerd and run by Node."""

import base64
import json
from typing import Any

import pytest

from gpu.core.contract import JOB_REQUEST
from infra.build.bundler import esbuild
from infra.platforms.node import node
from infra.process.shell import check
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.settings import ROOT
from tests.contract.cases import ACCEPTED, REFUSED

Verdict = dict[str, Any]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    bundle = tmp_path_factory.mktemp("judge") / "judge.mjs"
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
    cases = [
        {"name": name, "body": base64.b64encode(body.encode()).decode("ascii")}
        for name, body in (ACCEPTED | REFUSED).items()
    ]
    return json.loads(check([node(), bundle], timeout_seconds=STALLED_AFTER_SECONDS, stdin=json.dumps(cases)))


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_with_the_same_value(verdicts: dict[str, Verdict], name: str) -> None:
    """Not only the verdict: defaults are filled in alike, so both sides go on with equal settings."""
    assert verdicts[name]["ok"], verdicts[name]
    authority = JOB_REQUEST.validate_json(ACCEPTED[name].encode())
    assert verdicts[name]["value"] == authority.model_dump(mode="json")


@pytest.mark.parametrize("name", REFUSED)
def test_refused(verdicts: dict[str, Verdict], name: str) -> None:
    assert not verdicts[name]["ok"], verdicts[name]


def test_a_refusal_names_the_field_and_says_what_to_do_in_both_languages(verdicts: dict[str, Verdict]) -> None:
    for name, pointer in (("empty prompt", "/prompt"), ("seconds not offered", "/seconds"), ("seed negative", "/seed")):
        (fault,) = verdicts[name]["faults"]
        assert fault["pointer"] == pointer
        assert set(fault["detail"]) == {"ko", "en"}


def test_what_the_edge_passes_on_is_what_the_authority_accepts(verdicts: dict[str, Verdict]) -> None:
    for name in ACCEPTED:
        JOB_REQUEST.validate_json(json.dumps(verdicts[name]["value"]).encode())
