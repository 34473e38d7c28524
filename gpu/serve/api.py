"""The GPU service over HTTP: accept a ticket, report a call's state, cancel a call.

The same app serves a laptop and rented GPUs; only the dispatcher differs. It answers at once and renders elsewhere.
It checks the form of a job. It does not know what a job is about, nor who asked the site.
"""

import hmac
import logging
from typing import Protocol, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from gpu import VERSION
from gpu.core.contract import (
    Call,
    FieldError,
    GpuVersion,
    PictureRead,
    PictureToRead,
    Problem,
    SoundRead,
    SoundToRead,
    Ticket,
)
from gpu.core.contract.fields import MAX_JSON_BYTES, Wire
from gpu.core.contract.schema import contract_digest
from gpu.core.presets import PRESETS
from gpu.core.problems import (
    BodyTooLarge,
    CallNotFound,
    Internal,
    InvalidJob,
    MethodNotAllowed,
    NotJson,
    ProblemError,
    ProxyKeyRefused,
    RouteNotFound,
    WrongContentType,
    type_uri,
)
from gpu.serve.settings import Settings

log = logging.getLogger(__name__)

Body = TypeVar("Body", bound=Wire)


class Dispatcher(Protocol):
    """Hands tickets to the machine that renders. May raise ProblemError; every method may block for a moment."""

    def submit(self, ticket: Ticket) -> Call:
        """Accepts an attempt. Submitting the same attempt again returns the same call."""
        ...

    def state(self, call_id: str) -> Call | None:
        """The state of a call; None for an unknown or forgotten call."""
        ...

    def cancel(self, call_id: str) -> Call | None:
        """Requests that a call stops; None for an unknown call. A call that has ended stays as it is."""
        ...


class SoundReader(Protocol):
    """Turns uploaded files into sounds. May raise ProblemError and block for seconds."""

    def read(self, asked: SoundToRead) -> SoundRead: ...


class Reader(Protocol):
    """Turns uploaded files into pictures. May raise ProblemError and block for seconds."""

    def read(self, asked: PictureToRead) -> PictureRead: ...


def create_app(
    dispatcher: Dispatcher, reader: Reader, sounds: SoundReader, settings: Settings, weights_revision: str
) -> FastAPI:
    """The service. Every error answer is `application/problem+json`."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    version = GpuVersion(
        service="gpu",
        build=settings.build,
        contract=contract_digest(),
        app_version=VERSION,
        checkpoint=settings.checkpoint,
        weights_revision=weights_revision,
        visible_mark=settings.visible_mark,
        image=settings.image,
        code=settings.code,
    ).model_dump(mode="json")

    @app.get("/version")
    async def _version() -> JSONResponse:
        return JSONResponse(version)

    @app.post("/jobs")
    async def _submit(request: Request) -> JSONResponse:
        _check_key(request, settings)
        ticket = _parsed(Ticket, request.headers.get("content-type", ""), await _body(request))
        return _call(await run_in_threadpool(dispatcher.submit, ticket), 202)

    @app.post("/pictures")
    async def _read_picture(request: Request) -> JSONResponse:
        _check_key(request, settings)
        asked = _parsed(PictureToRead, request.headers.get("content-type", ""), await _body(request))
        return JSONResponse((await run_in_threadpool(reader.read, asked)).model_dump(mode="json"), 201)

    @app.post("/sounds")
    async def _read_sound(request: Request) -> JSONResponse:
        _check_key(request, settings)
        asked = _parsed(SoundToRead, request.headers.get("content-type", ""), await _body(request))
        return JSONResponse((await run_in_threadpool(sounds.read, asked)).model_dump(mode="json"), 201)

    @app.get("/jobs/{call_id}")
    async def _state(request: Request, call_id: str) -> JSONResponse:
        _check_key(request, settings)
        return _call(await run_in_threadpool(dispatcher.state, call_id), 200)

    @app.delete("/jobs/{call_id}")
    async def _cancel(request: Request, call_id: str) -> JSONResponse:
        _check_key(request, settings)
        return _call(await run_in_threadpool(dispatcher.cancel, call_id), 202)

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> Response:
        return problem_response(error, request.url.path)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        problem = MethodNotAllowed() if error.status_code == 405 else RouteNotFound()
        return problem_response(problem, request.url.path, dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, _error: Exception) -> Response:
        # The server logs the trace by itself; the answer says only that an error occurred.
        return problem_response(Internal(), request.url.path)

    return app


def create_refusing_app(problem: ProblemError) -> FastAPI:
    """Replaces the service where it cannot run. Every address, `/version` included, answers with this problem."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    async def _refuse(request: Request) -> Response:
        return problem_response(problem, request.url.path)

    return app


def problem_response(error: ProblemError, path: str, headers: dict[str, str] | None = None) -> Response:
    """RFC 9457 in English: the readers here are the site's program and its operators."""
    body = Problem(
        type=type_uri(error.slug),
        title=error.title_en,
        status=error.status,
        detail=error.detail or error.title_en,
        instance=path,
        errors=tuple(FieldError(pointer=pointer, detail=detail) for pointer, detail in error.errors),
        retryable=error.retryable,
        charged_micro_won=0,
        fix=error.fix_en,
    )
    return Response(
        body.model_dump_json().encode("utf-8"), error.status, headers, media_type="application/problem+json"
    )


def _check_key(request: Request, settings: Settings) -> None:
    """Raises ProxyKeyRefused. Both halves are always compared, in constant time."""
    if settings.proxy_key is None or settings.proxy_secret is None:
        return  # Modal's proxy has checked the keys already
    key_fits = _same(request.headers.get("modal-key", ""), settings.proxy_key)
    secret_fits = _same(request.headers.get("modal-secret", ""), settings.proxy_secret)
    if not (key_fits and secret_fits):
        raise ProxyKeyRefused("Modal-Key and Modal-Secret are missing, or differ from this service's keys.")


def _same(given: str, wanted: str) -> bool:
    # Starlette decodes header bytes as Latin-1; encode them back and compare bytes.
    return hmac.compare_digest(given.encode("latin-1"), wanted.encode("utf-8"))


async def _body(request: Request) -> bytes:
    """The body, up to the limit, whatever Content-Length claims. Raises BodyTooLarge."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_JSON_BYTES:
            raise BodyTooLarge(f"A body has at most {MAX_JSON_BYTES:,} bytes.")
    return bytes(received)


def _parsed(model: type[Body], content_type: str, body: bytes) -> Body:
    """Raises WrongContentType, NotJson, InvalidJob with a pointer for each fault."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise WrongContentType
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        if any(fault["type"] == "json_invalid" for fault in faults):
            raise NotJson from None
        raise InvalidJob("", tuple((_pointer(fault["loc"]), fault["msg"]) for fault in faults)) from None


def _pointer(location: tuple[int | str, ...]) -> str:
    """The JSON pointer of a fault. After `request`, pydantic inserts the branch of the union, which is absent from the
    body."""
    if location[:1] == ("request",) and location[1:2] and location[1] in PRESETS:
        location = (location[0], *location[2:])
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def _call(call: Call | None, status: int) -> JSONResponse:
    if call is None:
        raise CallNotFound
    return JSONResponse(call.model_dump(mode="json", exclude_none=True), status)
