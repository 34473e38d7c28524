"""The file of pins as text: what is pinned and accepted in a checkout, and its text with other pins.

`python run.py weights pin` writes it; preflight reads it without importing it, because a checkout may be broken. It
asks no hub.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from gpu.core.weight_sources import Accepted, Pin
from infra.platforms.files import syntax_of, text_of

FILE = "gpu/core/weight_pins.py"
FAMILIES = "PINS: dict[Flavour, tuple[Pin, ...]] = "
LICENCES = "ACCEPTED: tuple[Accepted, ...] = "


@dataclass(frozen=True, slots=True)
class PinFile:
    """`pins` by family, and the licences that were accepted."""

    pins: Mapping[str, tuple[Pin, ...]]
    accepted: tuple[Accepted, ...]

    def lacking(self, flavour: str) -> list[str]:
        """The licences of a family's pinned files that nobody has accepted."""
        known = {each.licence for each in self.accepted}
        return list(dict.fromkeys(pin.licence for pin in self.pins.get(flavour, ()) if pin.licence not in known))


def read(root: Path) -> PinFile:
    """Raises UnreadableError, SyntaxError, and ValueError for a file in another form."""
    pins: dict[str, tuple[Pin, ...]] = {}
    accepted: tuple[Accepted, ...] = ()
    for node in syntax_of(text_of(root, FILE), FILE).body:
        match node:
            case ast.AnnAssign(target=ast.Name("PINS"), value=ast.Dict(keys, values)):
                for key, value in zip(keys, values, strict=True):
                    pins[str(ast.literal_eval(key or ast.Constant("")))] = tuple(Pin(**row) for row in rows(value))
            case ast.AnnAssign(target=ast.Name("ACCEPTED"), value=ast.expr() as value):
                accepted = tuple(Accepted(**row) for row in rows(value))
            case _:
                pass
    return PinFile(pins, accepted)


def rows(value: ast.expr) -> list[dict[str, Any]]:
    """The keywords of each call in a tuple."""
    members = value.elts if isinstance(value, ast.Tuple | ast.List) else []
    return [
        {str(word.arg): ast.literal_eval(word.value) for word in member.keywords}
        for member in members
        if isinstance(member, ast.Call)
    ]


def with_rows(text: str, found: PinFile) -> str:
    """The file's text with these pins and licences; what stands above them stays. Formatted as ruff does it."""
    head = text[: text.index(FAMILIES)]
    lines = [FAMILIES + "{"]
    for flavour, pins in found.pins.items():
        lines += [f'    "{flavour}": (', *calls("Pin", pins, 8), "    ),"] if pins else [f'    "{flavour}": (),']
    lines += ["}", ""]
    lines += [LICENCES + "(", *calls("Accepted", found.accepted, 4), ")"] if found.accepted else [LICENCES + "()"]
    return head + "\n".join(lines) + "\n"


def calls(name: str, members: Sequence[Pin | Accepted], indent: int) -> list[str]:
    space = " " * indent
    lines: list[str] = []
    for member in members:
        words = [f"{space}    {field.name}={quoted(getattr(member, field.name))}," for field in fields(member)]
        lines += [f"{space}{name}(", *words, f"{space}),"]
    return lines


def quoted(value: object) -> str:
    """As Python source with double quotes."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{value!r}" if not isinstance(value, int) else f"{value:_}"
