"""Spoils JSON bodies, names and bytes as careless and hostile clients do. It does not know what they mean."""

import copy
import json
import random
from typing import Any, cast

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**53, 2**63, -(2**63), 1e308, -0.0,
    "", " ", "\x00", "ü", "한글", "😀", "\ud800", "a" * 5_000, "0", "null", "../../etc/passwd",
    "'; DROP TABLE jobs; --", "<script>", "9:16", "2026-13-45T99:99:99.999Z",
    [], [[]], {}, {"": 0}, {"__proto__": {"a": 1}}, [None] * 50, {"constructor": {"prototype": 1}},
)  # fmt: skip
DEEP = 2_000
DEEPER = 0.8
"""How often a change goes on into a list or an object, and does not replace it."""
REAL = 0.7
PARTS = (
    "", ".", "..", "%00", "%2e%2e", "%ff", "%ED%A0%80", "a" * 2_000, "0" * 26, "-1", "null", "%F0%9F%98%80",
    "a%2Fb", "*",
)  # fmt: skip
NAMES = ("", "__proto__", "constructor", "toString", "\ud800", "é", "a" * 300, "preset", "job_id", "outcome")


def spoiled(dice: random.Random, body: Any) -> Any:
    """A copy with one to three places changed."""
    whole = json.loads(json.dumps(body))
    for _ in range(dice.randint(1, 3)):
        whole = changed(dice, whole)
    return whole


def changed(dice: random.Random, value: Any) -> Any:
    if isinstance(value, dict) and value and dice.random() < DEEPER:
        return with_a_member_changed(dice, cast("dict[str, Any]", value))
    if isinstance(value, list) and value and dice.random() < DEEPER:
        some = cast("list[Any]", value)
        place = dice.randrange(len(some))
        some[place] = changed(dice, some[place])
        return some
    return odd(dice)


def odd(dice: random.Random) -> Any:
    """A copy, since a second change may go into it."""
    return copy.deepcopy(dice.choice(ODD))


def with_a_member_changed(dice: random.Random, body: dict[str, Any]) -> dict[str, Any]:
    name = dice.choice(sorted(body))
    match dice.randrange(5):
        case 0:
            del body[name]
        case 1:
            body[dice.choice(NAMES)] = odd(dice)
        case 2:
            body[dice.choice(NAMES)] = body.pop(name)
        case _:
            body[name] = changed(dice, body[name])
    return body


def encoded(dice: random.Random, body: Any) -> bytes:
    """The body as bytes, sometimes as no JSON at all."""
    text = json.dumps(body, ensure_ascii=dice.random() < 0.5)
    data = text.encode("utf-8", "surrogatepass")
    match dice.randrange(20):
        case 0:
            return data[: dice.randrange(len(data) + 1)]
        case 1:
            return b"\xef\xbb\xbf" + data
        case 2:
            return data + b"\x00"
        case 3:
            return b"[" * DEEP + b"]" * DEEP
        case 4:
            return dice.randbytes(dice.randrange(200))
        case 5:
            return data.replace(b'"', b"'")
        case 6:
            return data.replace(b":", b": NaN,", 1)
        case _:
            return data


def name(dice: random.Random, real: str) -> str:
    """A part of a path: the real one, or something like it. Already escaped."""
    return real if dice.random() < REAL else dice.choice(PARTS)
