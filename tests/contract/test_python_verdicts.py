"""The authority's verdicts: pydantic on every case of the table."""

import json
import re

import pytest
from pydantic import ValidationError

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
    leading, visible, rest = re.findall(r"\[[^\]]*\]", TEXT_PATTERN)
    for code in range(0x10000):
        character = chr(code)
        ways = [bool(re.fullmatch(part, character)) for part in (leading, visible, rest)]
        assert ways in ([True, False, True], [False, True, True], [False, False, False]), hex(code)
