"""Whether a reader of one JSON schema accepts every body that a writer of another one may send.

Covers what the contract's schemas use: objects, arrays, enums, unions, references, patterns and bounds. It does not
know what the bodies are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
MISSING, UNKNOWN, VALUE = "missing", "unknown", "value"


@dataclass(frozen=True, slots=True)
class Refusal:
    """`where` is the member's path. `kind`: a member that the reader needs is missing, one that it does not know is
    refused, or a value is."""

    where: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The definitions of both sides. A reader that ignores unknown members of a body ignores them inside it too."""

    reader: Mapping[str, Json]
    writer: Mapping[str, Json]

    def refusals(self, body: str) -> list[Refusal]:
        """What the reader refuses of a body that both name; empty for one that only one side knows."""
        if body not in self.reader or body not in self.writer:
            return []
        reader, writer = self.reader[body], self.writer[body]
        tolerant = reader.get("additionalProperties") is not False
        return list(dict.fromkeys(self._compare(reader, writer, body, tolerant, frozenset())))

    def _compare(
        self, reader: Json, writer: Json, where: str, tolerant: bool, seen: frozenset[str]
    ) -> Iterator[Refusal]:
        name = f"{reader.get('$ref')} {writer.get('$ref')}"
        if "$ref" in reader and "$ref" in writer:
            if name in seen:
                return
            seen |= {name}
        reader, writer = resolved(self.reader, reader), resolved(self.writer, writer)
        choices = options(writer)
        if len(choices) > 1 or len(options(reader)) > 1:
            for choice in choices:
                tries = [list(self._compare(each, choice, where, tolerant, seen)) for each in options(reader)]
                yield from min(tries, key=len)
            return
        yield from values_refused(reader, writer, where)
        if "properties" in reader and "properties" in writer:
            yield from self._members(reader, writer, where, tolerant, seen)
        if "items" in reader and "items" in writer:
            yield from self._compare(reader["items"], writer["items"], f"{where}[]", tolerant, seen)

    def _members(
        self, reader: Json, writer: Json, where: str, tolerant: bool, seen: frozenset[str]
    ) -> Iterator[Refusal]:
        read, written = reader["properties"], writer["properties"]
        for name in reader.get("required", []):
            if name not in written and "default" not in read[name]:
                yield Refusal(f"{where}.{name}", MISSING, "is needed, and the other release does not write it")
        for name, member in written.items():
            if name not in read:
                if not tolerant and reader.get("additionalProperties") is False:
                    yield Refusal(f"{where}.{name}", UNKNOWN, "is not known and refused")
                continue
            optional = tolerant and read[name].get("default", ...) is None
            for refusal in self._compare(read[name], member, f"{where}.{name}", tolerant, seen):
                # A tolerant reader takes a word that it does not know for no word, where it can do without.
                if not (optional and refusal.where == f"{where}.{name}" and refusal.words.startswith("the word")):
                    yield refusal


def resolved(definitions: Mapping[str, Json], schema: Json) -> Json:
    if "$ref" in schema:
        return definitions[str(schema["$ref"]).rpartition("/")[2]]
    return schema


def options(schema: Json) -> list[Json]:
    return list(schema.get("anyOf") or schema.get("oneOf") or [schema])


def values_refused(reader: Json, writer: Json, where: str) -> Iterator[Refusal]:
    """Compares the values of one member themselves."""
    words, sent = allowed(reader), allowed(writer)
    if words is not None and sent is None:
        yield Refusal(where, VALUE, "may now only be one of some words")
    for word in (sent or []) if words is not None else []:
        if word not in words:
            yield Refusal(where, VALUE, f"the word {word!r} is not known")
    kind, sent_kind = reader.get("type"), writer.get("type")
    if kind and sent_kind and kind != sent_kind and (kind, sent_kind) != ("number", "integer"):
        yield Refusal(where, VALUE, f"is {sent_kind}, and {kind} is read")
    if "pattern" in reader and reader["pattern"] != writer.get("pattern") and sent is None:
        yield Refusal(where, VALUE, "has another form than the one that is read")
    for bound, narrower in (("minimum", max), ("maximum", min)):
        if bound in reader and narrower(reader[bound], writer.get(bound, reader[bound])) != writer.get(bound):
            yield Refusal(where, VALUE, f"may lie beyond the {bound} that is read")


def allowed(schema: Json) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")
