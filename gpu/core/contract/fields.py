"""The building blocks of the wire: bounded texts and numbers, ids, times, and the base of every body.

Python and JavaScript accept and refuse the same bytes: strict types, bounded numbers, one explicit whitespace class,
whole floats (`2.0`) accepted as integers as in JSON Schema, lone surrogates refused.
This module knows no body.
"""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gpu.core.geometry import Seconds

MAX_PROMPT_CHARACTERS = 2_000
MAX_SEED = 2**32 - 1
MAX_JSON_BYTES = 64 * 1024
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
MAX_LIST = 100

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_BLANK = r"\s\u0085\ufeff"
_LEADING = r"\t\n\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_NOT_DRAWN = r"\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{16fe4}"
"""Unicode's own property (joiners, fillers, tags, marks of direction), and three letters whose form is empty."""
TEXT_PATTERN = f"^[{_LEADING}{_NOT_DRAWN}]*[^{_CONTROL}{_BLANK}{_NOT_DRAWN}][^{_CONTROL}]*$"
"""At least one visible character; no control characters but tab and newlines. The blanks are the union of whitespace in
Rust and in JavaScript, so that both engines agree. Leading blanks have their own class, disjoint from the visible
characters: each character matches in one way, so JavaScript reads a long text in linear time."""


def as_integer(value: object) -> object:
    """2.0 is an integer to JSON Schema and to JavaScript; strict pydantic would refuse it. (Put bounds before this
    validator in an annotation: after it, pydantic writes `ge` into the schema, which no validator reads.)"""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def composed(text: str) -> str:
    """Unicode's form NFC, for counting and for the models. macOS writes Hangul in decomposed form."""
    return unicodedata.normalize("NFC", text)


def _not_too_long(text: str) -> str:
    if len(composed(text)) > MAX_PROMPT_CHARACTERS:
        raise ValueError(f"at most {MAX_PROMPT_CHARACTERS} characters")
    return text


Text = Annotated[
    str,
    Field(min_length=1, pattern=TEXT_PATTERN, json_schema_extra={"maxLength": MAX_PROMPT_CHARACTERS}),
    AfterValidator(_not_too_long),
]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED), BeforeValidator(as_integer)]
Strength = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Id = Annotated[str, Field(pattern=r"^[0-9a-z]{8,40}$")]
"""Ids are unguessable, sort by time, and are safe in a path and a storage key."""
Count = Annotated[int, Field(ge=0, le=2**53 - 1), BeforeValidator(as_integer)]
MicroWon = Count
WholeSeconds = Annotated[Seconds, BeforeValidator(as_integer)]
Timestamp = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]


class Wire(BaseModel):
    """Base of all bodies: unknown fields refused, no coercion, immutable."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, json_schema_serialization_defaults_required=True
    )
