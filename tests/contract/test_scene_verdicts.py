"""Scene tables and batches: the edge and the contract judge the same bytes alike."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from gpu.core.contract import BatchRequest, ProjectChange, ProjectRequest
from gpu.core.contract.fields import Wire
from tests.contract.edge_judge import Case, Judge, Verdict

ID = "01abcdefgh"
MODELS: dict[str, type[Wire]] = {
    "ProjectRequest": ProjectRequest,
    "ProjectChange": ProjectChange,
    "BatchRequest": BatchRequest,
}


def cells(**fields: object) -> dict[str, Any]:
    return {"base_revision": 1, "rows": [{"id": ID, "cells": fields}]}


def press(**fields: object) -> dict[str, Any]:
    return {"project_id": ID} | fields


ACCEPTED: dict[str, tuple[str, dict[str, Any]]] = {
    "an empty table": ("ProjectRequest", {}),
    "a table with settings": ("ProjectRequest", {"title": "표", "settings": {"ratio": "1:1", "seconds": 4}}),
    "no change": ("ProjectChange", {"base_revision": 0}),
    "a cell emptied": ("ProjectChange", cells(line=None, seconds=None)),
    "text to the letter": ("ProjectChange", cells(line="  첫 줄\r\n\t둘 😀  ", subtitle="")),
    "the longest line": ("ProjectChange", cells(line="가" * 4_000)),
    "the longest line of emoji": ("ProjectChange", cells(line="😀" * 4_000)),
    "a picture and its crop": (
        "ProjectChange",
        cells(first_upload_id=ID, first_crop={"left": 0, "top": 0.25, "width": 1, "height": 0.5}),
    ),
    "a quality": ("ProjectChange", cells(quality={"preset": "draft", "tier": "352p"})),
    "whole numbers written as floats": ("ProjectChange", cells(seconds=8.0, seed=7.0)),
    "order and removal": ("ProjectChange", {"base_revision": 3, "order": [ID], "removed": [ID]}),
    "a range": ("BatchRequest", press(range="1~4, ６", variants=4, within_seconds=600)),
    "ids, in place": (
        "BatchRequest",
        press(scenes=[ID], in_place={"quality": {"preset": "fast", "tier": "704p"}}, seeds="chosen", again=True),
    ),
    "a limit of one's own": ("BatchRequest", press(which="failed", most_micro_won=1)),
}
REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "no revision": ("ProjectChange", {}),
    "a cell that is none": ("ProjectChange", cells(prompt="a")),
    "a control character": ("ProjectChange", cells(line="a\u0007")),
    "a line break in a title": ("ProjectChange", cells(title="a\nb")),
    "half a character": ("ProjectChange", cells(line="\ud83d")),
    "a line too long": ("ProjectChange", cells(line="가" * 4_001)),
    "an id too short": ("ProjectChange", {"base_revision": 1, "rows": [{"id": "a", "cells": {}}]}),
    "seconds not offered": ("ProjectChange", cells(seconds=3)),
    "seconds as text": ("ProjectChange", cells(seconds="8")),
    "a quality of two pictures": ("ProjectChange", cells(quality={"preset": "keyframes", "tier": "704p"})),
    "half a crop": ("ProjectChange", cells(first_crop={"left": 0})),
    "201 rows": (
        "ProjectChange",
        {"base_revision": 1, "rows": [{"id": f"scene{number:04}", "cells": {}} for number in range(201)]},
    ),
    "no table": ("BatchRequest", {"which": "all"}),
    "no variant": ("BatchRequest", press(which="all", variants=0)),
    "five variants": ("BatchRequest", press(which="all", variants=5)),
    "a word that is none": ("BatchRequest", press(which="new")),
    "a deadline in a moment": ("BatchRequest", press(which="all", within_seconds=59)),
    "a limit of nothing": ("BatchRequest", press(which="all", most_micro_won=0)),
}


@pytest.fixture(scope="module")
def verdicts(judge: Judge) -> dict[str, Verdict]:
    bodies = (ACCEPTED | REFUSED).items()
    return judge([Case(name, json.dumps(body).encode(), definition) for name, (definition, body) in bodies])


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_by_both(verdicts: dict[str, Verdict], name: str) -> None:
    definition, body = ACCEPTED[name]
    model = MODELS[definition]
    assert verdicts[name]["ok"], verdicts[name]
    authority = model.model_validate_json(json.dumps(body))
    assert model.model_validate_json(json.dumps(verdicts[name]["value"])) == authority


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_both(verdicts: dict[str, Verdict], name: str) -> None:
    definition, body = REFUSED[name]
    assert not verdicts[name]["ok"], verdicts[name]
    with pytest.raises(ValidationError):
        MODELS[definition].model_validate_json(json.dumps(body))
