"""Prompt help: the edge and the contract judge the same bytes alike, and a ticket carries it beside the clips."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from gpu.core.contract import TextRequest, Ticket
from gpu.core.contract.fields import MAX_PROMPT_CHARACTERS
from tests.contract.edge_judge import Case, Judge, Verdict
from tests.contract.other_releases import TICKET

ID = "01abcdefgh"
ACCEPTED: dict[str, dict[str, Any]] = {
    "words alone": {"prompt": "고개를 끄덕인다"},
    "with everything": {"preset": "prompt_help", "prompt": "a sea", "upload_id": ID, "seed": 2**32 - 1},
    "nothing chosen, said so": {"prompt": "a sea", "upload_id": None, "seed": None},
    "the longest": {"prompt": "가" * MAX_PROMPT_CHARACTERS},
    "a seed written as a float": {"prompt": "a sea", "seed": 7.0},
}
REFUSED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no words": {"prompt": ""},
    "blank words": {"prompt": " \n\t "},
    "half a character": {"prompt": "\ud83d"},
    "a letter too many": {"prompt": "가" * (MAX_PROMPT_CHARACTERS + 1)},
    "a clip's preset": {"preset": "fast", "prompt": "a sea"},
    "a member of clips": {"prompt": "a sea", "seconds": 8},
    "an id too short": {"prompt": "a sea", "upload_id": "a"},
    "a seed below zero": {"prompt": "a sea", "seed": -1},
}


@pytest.fixture(scope="module")
def verdicts(judge: Judge) -> dict[str, Verdict]:
    return judge([Case(name, json.dumps(body).encode(), "TextRequest") for name, body in (ACCEPTED | REFUSED).items()])


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_by_both(verdicts: dict[str, Verdict], name: str) -> None:
    assert verdicts[name]["ok"], verdicts[name]
    authority = TextRequest.model_validate_json(json.dumps(ACCEPTED[name]))
    assert TextRequest.model_validate_json(json.dumps(verdicts[name]["value"])) == authority


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_both(verdicts: dict[str, Verdict], name: str) -> None:
    assert not verdicts[name]["ok"], verdicts[name]
    with pytest.raises(ValidationError):
        TextRequest.model_validate_json(json.dumps(REFUSED[name]))


def test_a_ticket_carries_it_and_ignores_what_a_later_release_added() -> None:
    request = {"preset": "prompt_help", "prompt": "a sea", "upload_id": None, "seed": None}
    ticket = Ticket.model_validate_json(json.dumps(TICKET | {"request": request | {"tone": "calm"}}))
    assert ticket.request == TextRequest(prompt="a sea")
