"""The building blocks of the wire: bounded texts and numbers, ids, times, and the base of every body.

Python and JavaScript accept and refuse the same bytes: strict types, bounded numbers, one explicit whitespace class,
whole floats (`2.0`) accepted as integers as in JSON Schema, lone surrogates refused, dates that exist.
This module knows no body.
"""

import unicodedata
from collections.abc import Callable
from typing import Annotated, Any, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

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

MAX_ATTEMPT_MICRO_WON = 50_000_000_000
"""50,000 won: above two hours of the dearest card with its start. A larger cost is a fault of its sender, and one such
row would use up the site's day."""
MAX_CONTAINER_MICRO_WON = 1_000_000_000_000
"""A million won: above two days of the dearest card. A platform ends a container earlier."""
MAX_SECONDS = 7 * 24 * 60 * 60
AttemptMicroWon = Annotated[int, Field(ge=0, le=MAX_ATTEMPT_MICRO_WON), BeforeValidator(as_integer)]
ContainerMicroWon = Annotated[int, Field(ge=0, le=MAX_CONTAINER_MICRO_WON), BeforeValidator(as_integer)]
SecondsUsed = Annotated[float, Field(ge=0.0, le=MAX_SECONDS, allow_inf_nan=False)]
AttemptNumber = Annotated[int, Field(ge=1, le=9), BeforeValidator(as_integer)]

_LEAP_YEAR = "2(?:[0-9](?:0[48]|[2468][048]|[13579][26])|[048]00)"
_DAY_OF_MONTH = (
    "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8])"
)
DATE_PATTERN = f"(?:2[0-9]{{3}}-(?:{_DAY_OF_MONTH})|{_LEAP_YEAR}-02-29)"
"""A day of the years 2000 to 2999 that exists. As a pattern it gives the same verdict in Python and in JavaScript."""
TIME_PATTERN = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"
Timestamp = Annotated[str, Field(pattern=f"^{DATE_PATTERN}T{TIME_PATTERN}$")]


class Wire(BaseModel):
    """Base of all bodies: unknown fields refused, no coercion, immutable."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, json_schema_serialization_defaults_required=True
    )


class AcrossReleases(Wire):
    """Base of the bodies that are stored, or that go between parts of two releases: members that a later release added
    are ignored, and members that a release left out have a default, unless a job cannot be settled without them. The
    rendered schema says so by the absence of `additionalProperties`."""

    model_config = ConfigDict(extra="ignore")


def _none_for_a_later_word(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        if isinstance(value, str):
            return None
        raise


LaterWordsAreNone = WrapValidator(_none_for_a_later_word)
"""For an optional word of a list: a word that a later release added to the list is read as None."""


def without_unknown_members(model_of: Callable[[object], type[BaseModel] | None]) -> BeforeValidator:
    """Drops members that this release does not know, at every level, from a body whose model is strict. `model_of`
    names the model of a body, or None where it has none and validation fails anyway."""

    def known(body: object) -> object:
        model = model_of(body)
        return body if model is None else _known_members(model, body)

    return BeforeValidator(known)


def _known_members(model: type[BaseModel], body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    members: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name not in body:
            continue
        inner = next((kind for kind in get_args(field.annotation) if _is_model(kind)), None)
        members[name] = body[name] if inner is None else _known_members(inner, body[name])
    return members


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
