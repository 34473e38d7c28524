"""The authority's verdicts: pydantic on every case of the table."""

import json
import re
from typing import Annotated

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from gpu.core.contract import JOB_REQUEST
from gpu.core.contract.fields import TEXT_PATTERN
from gpu.core.contract.schema import contract_digest, json_schemas
from tests.contract.cases import ACCEPTED, REFUSED


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(ACCEPTED) >= 20
    assert len(REFUSED) >= 40


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    JOB_REQUEST.validate_json(ACCEPTED[name].encode())


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        JOB_REQUEST.validate_json(REFUSED[name].encode())


def test_bounds_reach_the_schema_in_words_validators_read() -> None:
    text = json.dumps([document["$defs"] for document in json_schemas().values()])
    assert '"minimum"' in text
    assert not re.search(r'"(ge|le|gt|lt)":', text)


def test_the_digest_is_stable_within_a_build() -> None:
    assert contract_digest() == contract_digest()
    assert len(contract_digest()) == 12


def test_no_character_of_a_text_has_two_ways_to_match() -> None:
    """JavaScript tries every way before it refuses: a text of 64 KB took it seconds."""
    parts = [
        TypeAdapter(Annotated[str, Field(pattern=f"^{part}$")]) for part in re.findall(r"\[[^\]]*\]", TEXT_PATTERN)
    ]
    assert len(parts) == 3
    for code in (*range(0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE1000)):
        ways = [is_taken(part, chr(code)) for part in parts]
        assert ways in ([True, False, True], [False, True, True], [False, False, False]), hex(code)


def is_taken(part: TypeAdapter[str], character: str) -> bool:
    try:
        part.validate_python(character)
    except ValidationError:
        return False
    return True
