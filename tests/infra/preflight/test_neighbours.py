"""Whether two releases read each other's bodies, tried with the product's own schema changed as a release may."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.preflight.checks.neighbours import BODIES, HERE, READ_BY_SITE, Neighbours, Refused, definitions, evaluate
from infra.preflight.schema_reading import Reading, Refusal
from infra.settings import ROOT

Json = dict[str, Any]
Change = Callable[[Json], object]
SCHEMA = definitions((ROOT / READ_BY_SITE).read_text(encoding="utf-8"))


def body(*, strict: bool = False) -> Json:
    """A body and one inside it; a tolerant reader of both, or one that refuses what it does not know."""
    inner: Json = {"type": "object", "properties": {"bytes": {"type": "integer", "minimum": 0}}, "required": ["bytes"]}
    outer: Json = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z]+$"},
            "state": {"enum": ["done", "failed"], "type": "string"},
            "stage": {"anyOf": [{"enum": ["one", "two"], "type": "string"}, {"type": "null"}], "default": None},
            "video": {"anyOf": [{"$ref": "#/$defs/Video"}, {"type": "null"}], "default": None},
            "times": {"type": "array", "items": {"type": "number"}},
            "note": {"type": "string", "default": ""},
        },
        "required": ["id", "state", "times"],
    }
    if strict:
        outer["additionalProperties"] = inner["additionalProperties"] = False
    return {"Body": outer, "Video": inner}


def refused(change: Change, *, strict: bool = False) -> list[str]:
    """Members that a reader refuses of a writer that was changed."""
    writer = copy.deepcopy(body(strict=strict))
    change(writer)
    return [each.where for each in Reading(body(strict=strict), writer).refusals("Body")]


@pytest.mark.parametrize("path", BODIES)
def test_a_release_reads_its_own_bodies(path: str) -> None:
    schema = definitions((ROOT / path).read_text(encoding="utf-8"))
    for name in BODIES[path]:
        assert Reading(schema, schema).refusals(name) == []


def test_a_member_more_is_ignored_by_a_tolerant_reader_and_refused_by_a_strict_one() -> None:
    def codec(schema: Json) -> None:
        schema["Video"]["properties"]["codec"] = {"type": "string"}

    assert refused(codec) == []
    assert refused(codec, strict=True) == ["Body.video.codec"]


def test_a_member_less_is_refused_where_it_is_needed_alone() -> None:
    assert refused(lambda schema: schema["Body"]["properties"].pop("note")) == []
    assert refused(lambda schema: schema["Body"]["properties"].pop("state")) == ["Body.state"]
    assert refused(lambda schema: schema["Video"]["properties"].pop("bytes")) == ["Body.video.bytes"]


@pytest.mark.parametrize(
    ("member", "other", "is_refused"),
    [
        ("state", {"enum": ["done", "failed", "paused"], "type": "string"}, True),
        ("state", {"enum": ["done"], "type": "string"}, False),
        ("state", {"type": "string"}, True),
        ("stage", {"anyOf": [{"enum": ["one", "three"], "type": "string"}, {"type": "null"}]}, False),
        ("id", {"type": "string", "pattern": "^[a-z0-9]+$"}, True),
        ("id", {"type": "integer"}, True),
        ("times", {"type": "array", "items": {"type": "integer"}}, False),
        ("times", {"type": "array", "items": {"type": "string"}}, True),
        ("video", {"type": "null"}, False),
    ],
)
def test_other_values_are_refused_where_the_reader_cannot_take_them(member: str, other: Json, is_refused: bool) -> None:
    found = refused(lambda schema: schema["Body"]["properties"].update({member: other}))
    assert bool(found) == is_refused, found


@pytest.mark.parametrize(("low", "is_refused"), [({"minimum": -1}, True), ({"minimum": 1}, False), ({}, True)])
def test_a_wider_range_is_refused(low: Json, is_refused: bool) -> None:
    found = refused(lambda schema: schema["Video"]["properties"].update(bytes={"type": "integer", **low}))
    assert found == (["Body.video.bytes"] if is_refused else [])


def test_every_needed_member_of_a_real_body_is_missed() -> None:
    for name in BODIES[READ_BY_SITE]:
        for member in SCHEMA.get(name, {}).get("required", []):
            writer = json.loads(json.dumps(SCHEMA))
            del writer[name]["properties"][member]
            assert f"{name}.{member}" in [each.where for each in Reading(SCHEMA, writer).refusals(name)]


def test_both_directions_block_but_for_a_new_word_on_its_way_to_an_older_gpu_service() -> None:
    word = Refusal("Ticket.request.preset", "value", "the word 'new' is not known")
    member = Refusal("Outcome.video", "missing", "is needed, and the other release does not write it")
    pairs = [Refused("r-1", HERE, word), Refused(HERE, "r-1", word),
             Refused("r-1", HERE, member), Refused(HERE, "r-1", member)]  # fmt: skip
    severities = [finding.severity for finding in evaluate(Neighbours("r-1", tuple(pairs)))]
    assert severities == ["warning", "error", "error", "error"]
    (lost,) = evaluate(Neighbours("r-1", (), (READ_BY_SITE,)))
    assert lost.severity == "error"
