"""The API as an OpenAPI 3.1 document, from the table of routes, the contract's models and the problems.

It knows no route by name; `gpu/core/contract/routes.py` does.
"""

from typing import Any, cast

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from gpu import VERSION
from gpu.core.contract.health import Health
from gpu.core.contract.jobs import Problem
from gpu.core.contract.routes import (
    CROSS_SITE,
    EVERYWHERE,
    HEADERS,
    OF_OWNERS,
    QUERY,
    ROUTES,
    Media,
    Route,
    Who,
)
from gpu.core.contract.schema import Body, Untitled
from gpu.core.contract.scripts import WebhookMessage
from gpu.core.problems import PROBLEM_BY_SLUG

Schema = dict[str, Any]
PROBLEM_JSON = "application/problem+json"
SECURITY: dict[Who, list[dict[str, list[str]]]] = {
    "anybody": [],
    "owner": [{"session": []}, {"token": []}],
    "person": [{"session": []}],
    "operator": [{"session": []}, {"token": []}],
    "worker": [{"signature": []}],
}
SCHEMES: Schema = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "clipwright_owner",
        "description": "The cookie of a browser. The site sets it; a page of another site may not send it.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, `cw_…`, made by a signed-in person. `read` and `create` are its scopes.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks, with `webhook-id` and `webhook-timestamp`. For the site's own workers.",
    },
}
PARAMETERS: dict[str, str] = {
    "id": "^[0-9a-z]{8,40}$",
    "card": "^[0-9a-z]{8,40}$",
    "token": "^[0-9a-z]{8,60}$",
    "delivery": "^[0-9a-z]{8,60}$",
}


def document() -> Schema:
    """The whole document. Equal sources give equal documents."""
    bodies: dict[str, TypeAdapter[Any]] = {}
    answers: dict[str, TypeAdapter[Any]] = {"Problem": adapter(Problem), "WebhookMessage": adapter(WebhookMessage)}
    for route in ROUTES:
        if isinstance(route.answer, type):
            answers[name_of(route.answer)] = adapter(route.answer)
        if route.body is not None and not isinstance(route.body, Media):
            bodies[name_of(route.body)] = adapter(route.body)
    inputs = [*in_mode(bodies, "validation"), *in_mode(answers, "serialization")]
    references, definitions = TypeAdapter.json_schemas(
        inputs, ref_template="#/components/schemas/{model}", schema_generator=Untitled
    )
    schemas: Schema = dict(definitions.get("$defs", {}))
    named: dict[tuple[str, str], Schema] = {}
    for (name, mode), schema in references.items():
        if "$ref" not in schema:
            schemas[name] = schema
        named[str(name), mode] = {"$ref": schema.get("$ref", f"#/components/schemas/{name}")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clipwright",
            "version": VERSION,
            "summary": "A picture and a line of text become a clip, for a price known before.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths(named),
        "webhooks": {
            "jobEnded": {
                "post": {
                    "operationId": "tell_job_end",
                    "summary": "What the site sends to a webhook, signed as Standard Webhooks",
                    "requestBody": {"content": json_content(named["WebhookMessage", "serialization"])},
                    "responses": {"2XX": {"description": "Taken. Any other answer is tried again for a day."}},
                }
            }
        },
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": SCHEMES,
            "responses": {slug: problem_response(slug, named) for slug in sorted(used_problems())},
        },
    }


def in_mode(judges: dict[str, TypeAdapter[Any]], mode: JsonSchemaMode) -> list[Body]:
    return [(name, mode, judge) for name, judge in judges.items()]


def paths(named: dict[tuple[str, str], Schema]) -> Schema:
    found: Schema = {}
    for route in ROUTES:
        found.setdefault(route.path, {})[route.method] = operation(route, named)
    return found


def operation(route: Route, named: dict[tuple[str, str], Schema]) -> Schema:
    members: Schema = {
        "operationId": operation_id(route),
        "summary": route.summary,
        "security": SECURITY[route.who],
        "parameters": [*path_parameters(route), *listed(route.query, QUERY, "query"), *asked_headers(route)],
        "responses": responses(route, named),
    }
    if route.who in {"owner", "operator"}:
        members["description"] = f"An API token needs the scope `{route.scope}`."
    if route.body is not None:
        members["requestBody"] = {"required": True, "content": body_content(route, named)}
    return {key: value for key, value in members.items() if value != [] or key == "security"}


def operation_id(route: Route) -> str:
    words = [part.strip("{}").replace(".", "_") for part in route.path.removeprefix("/api/").split("/")]
    return "_".join([route.method, *words])


def path_parameters(route: Route) -> list[Schema]:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": PARAMETERS[name]}}
        for name in names
    ]


def asked_headers(route: Route) -> list[Schema]:
    """OpenAPI leaves Content-Length to HTTP itself."""
    return listed([name for name in route.headers if name != "Content-Length"], HEADERS, "header")


def listed(names: Any, table: dict[str, tuple[str, Schema]], place: str) -> list[Schema]:
    return [
        {"name": name, "in": place, "required": False, "description": table[name][0], "schema": table[name][1]}
        for name in names
    ]


def body_content(route: Route, named: dict[tuple[str, str], Schema]) -> Schema:
    if isinstance(route.body, Media):
        return {kind: {} for kind in route.body.types}
    return json_content(named[name_of(route.body), "validation"])


def responses(route: Route, named: dict[tuple[str, str], Schema]) -> Schema:
    found: Schema = {str(route.status): answer(route, named)}
    for status in route.also:
        found[str(status)] = answer(route, named) if status == 206 else {"description": "Nothing has changed."}
    by_status: dict[int, list[str]] = {}
    for slug in problems_of(route):
        by_status.setdefault(PROBLEM_BY_SLUG[slug].status, []).append(slug)
    for status, slugs in sorted(by_status.items()):
        alone = {"$ref": f"#/components/responses/{slugs[0]}"}
        found[str(status)] = alone if len(slugs) == 1 else several(slugs, named)
    if route.answer is Health:
        failed = {**json_content(named["Health", "serialization"]), **problem_content(named)}
        found["503"] = {"description": "A part failed, or the database is busy.", "content": failed}
    return found


def problems_of(route: Route) -> tuple[str, ...]:
    slugs = [*EVERYWHERE, *route.problems]
    if route.who != "worker":
        # A bearer that is no token is refused wherever it is sent.
        slugs += OF_OWNERS
        if route.method not in {"get", "head"}:
            slugs.append(CROSS_SITE)
    return tuple(dict.fromkeys(slugs))


def used_problems() -> set[str]:
    return {slug for route in ROUTES for slug in problems_of(route)}


def answer(route: Route, named: dict[tuple[str, str], Schema]) -> Schema:
    described: Schema = {"description": route.summary}
    if isinstance(route.answer, Media):
        described["content"] = {kind: {} for kind in route.answer.types}
    elif route.answer is not None:
        described["content"] = json_content(named[name_of(route.answer), "serialization"])
    return described


def problem_response(slug: str, named: dict[tuple[str, str], Schema]) -> Schema:
    return {
        "description": f"`{slug}`: {PROBLEM_BY_SLUG[slug].title_en}",
        "content": problem_content(named),
    }


def several(slugs: list[str], named: dict[tuple[str, str], Schema]) -> Schema:
    words = "; ".join(f"`{slug}`: {PROBLEM_BY_SLUG[slug].title_en}" for slug in slugs)
    return problem_response(slugs[0], named) | {"description": words}


def problem_content(named: dict[tuple[str, str], Schema]) -> Schema:
    return {PROBLEM_JSON: {"schema": named["Problem", "serialization"]}}


def json_content(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def adapter(body: Any) -> TypeAdapter[Any]:
    if isinstance(body, TypeAdapter):
        return cast("TypeAdapter[Any]", body)
    made: TypeAdapter[Any] = TypeAdapter(body)
    return made


def name_of(body: Any) -> str:
    """A model's own name. The job request is a union, which has none."""
    return body.__name__ if isinstance(body, type) and issubclass(body, BaseModel) else "JobRequest"
