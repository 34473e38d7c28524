"""The real edge against its own document: every route answers as described, and nothing makes it fail."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from gpu.core.contract.fields import TEXT_PATTERN
from gpu.core.contract.openapi import document
from infra.settings import ROOT
from tests.edge.edge import Edge, serving
from tests.edge.test_tokens import make

Json = dict[str, Any]
EXAMPLES = 12
"""For each operation, by a fixed seed."""
DOCUMENT = json.loads((ROOT / "functions" / "_generated" / "openapi.json").read_text(encoding="utf-8"))

SIMPLER = "^[!-~가-힣][!-~가-힣 ]*$"
"""Part of what a text may be, in a pattern from which texts can be made."""


def simplified(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("Json", value)
        return {
            key: SIMPLER if key == "pattern" and inner == TEXT_PATTERN else simplified(inner)
            for key, inner in members.items()
        }
    return [simplified(inner) for inner in cast("list[Any]", value)] if isinstance(value, list) else value


# Its types have gaps.
GENERAL: Any = checks
OPENAPI: Any = openapi_checks
CHECKS = (
    GENERAL.not_a_server_error,
    OPENAPI.status_code_conformance,
    OPENAPI.content_type_conformance,
    OPENAPI.response_schema_conformance,
)
schema: Any = schemathesis.openapi.from_dict(simplified(DOCUMENT))


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """An edge of its own: any request that the document allows is sent, also a change of the site's caps."""
    with serving(tmp_path_factory.mktemp("document"), {}) as own:
        yield own


@pytest.fixture(scope="module")
def token(edge: Edge) -> str:
    with edge.person() as person:
        return str(make(person, cap_won=10_000_000)["token"])


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture),
)
def test_an_operation_answers_as_described(case: Any, edge: Edge, token: str) -> None:
    headers = {"accept-language": "en"}
    if {"token": []} in case.operation.definition.raw["security"]:
        headers["authorization"] = f"Bearer {token}"
    answer = case.call(base_url=edge.url, headers=headers)
    case.validate_response(answer, checks=list(CHECKS))


def test_the_document_is_served_to_everybody(person: httpx.Client) -> None:
    answer = person.get("/api/openapi.json")
    assert answer.json() == DOCUMENT


@pytest.mark.parametrize("path", sorted(document()["paths"]))
def test_a_method_that_is_not_described_is_refused_with_those_that_are(person: httpx.Client, path: str) -> None:
    other = next(method for method in ("patch", "put", "delete") if method not in document()["paths"][path])
    answer = person.request(other.upper(), re.sub(r"\{\w+\}", "a" * 29, path))
    assert answer.status_code == 405
    allowed = {method.strip().lower() for method in answer.headers["allow"].split(",")}
    # Where GET is, HEAD may be.
    assert allowed - {"head"} == set(document()["paths"][path]) - {"head"}
