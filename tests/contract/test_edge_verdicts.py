"""The edge's verdicts on the same bytes: its own validator, bundled as it is for workerd and run by Node."""

import json

import pytest

from gpu.core.contract import JOB_REQUEST
from tests.contract.cases import ACCEPTED, REFUSED
from tests.contract.edge_judge import Case, Judge, Verdict


@pytest.fixture(scope="module")
def verdicts(judge: Judge) -> dict[str, Verdict]:
    return judge([Case(name, body.encode()) for name, body in (ACCEPTED | REFUSED).items()])


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
