"""The API's document: complete, self-contained, and one with the files of the site."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gpu.core.contract.openapi import document, problems_of
from gpu.core.contract.routes import ROUTES
from gpu.core.problems import PROBLEM_BY_SLUG
from infra.settings import ROOT

API = ROOT / "functions" / "api"
REST = "[[path]].ts"
"""The route for all that has none."""
HANDLER = re.compile(r"^export const onRequest(Get|Head|Post|Put|Delete|Patch)\b", re.MULTILINE)


def handled() -> set[tuple[str, str]]:
    """Every (method, path) that a file of the site answers."""
    found: set[tuple[str, str]] = set()
    for file in API.rglob("*.ts"):
        if file.name == REST:
            continue
        found |= {(method.lower(), path_of(file)) for method in HANDLER.findall(file.read_text(encoding="utf-8"))}
    return found


def test_every_file_has_its_route_and_every_route_its_file() -> None:
    described = [(route.method, route.path) for route in ROUTES]
    assert len(described) == len(set(described))
    # Where GET is, HEAD may be; the document names it for files alone.
    implied = {("head", path) for method, path in handled() if method == "get"}
    assert set(described) - implied == handled() - implied


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(document())
    whole: Any = json.loads(text)
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', text)):
        target = whole
        for name in reference.split("/"):
            target = target[name]
        assert target, reference


def test_every_operation_has_an_own_name_and_says_who_may_use_it() -> None:
    operations = [operation for methods in document()["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) == len(ROUTES)
    schemes = set(document()["components"]["securitySchemes"])
    for operation in operations:
        assert {scheme for way in operation["security"] for scheme in way} <= schemes


def test_every_problem_that_a_route_throws_is_described() -> None:
    described = {slug for route in ROUTES for slug in route.problems}
    assert described <= set(PROBLEM_BY_SLUG)
    for route in ROUTES:
        statuses = {PROBLEM_BY_SLUG[slug].status for slug in route.problems}
        answers = document()["paths"][route.path][route.method]["responses"]
        assert {str(status) for status in statuses} <= set(answers), route.path


@pytest.mark.parametrize("folder", sorted(path.name for path in API.iterdir() if path.is_dir()))
def test_what_a_file_throws_is_in_its_row(folder: str) -> None:
    for file in (API / folder).rglob("*.ts"):
        thrown = set(re.findall(r'new ProblemError\("([a-z-]+)"', file.read_text(encoding="utf-8")))
        path = path_of(file)
        described = {slug for route in ROUTES if route.path == path for slug in problems_of(route)}
        assert thrown <= described, path


def path_of(file: Path) -> str:
    parts = file.relative_to(API).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "index" else parts
    return "/".join(["/api", *(re.sub(r"^\[(\w+)\]$", r"{\1}", part) for part in parts)])
