"""The web entry as Modal builds it: from the environment of its container, before the real bucket, without Modal."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from gpu import VERSION
from gpu.core import container_images
from gpu.core.contract import GpuVersion, Problem
from gpu.core.contract.schema import contract_digest
from gpu.serve.modal import app as deployed
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage
from tests.gpu.serve.surroundings import EVENT_SECRET, MakeTicket

app: Any = deployed  # modal's handles have gaps in their types


@pytest.fixture
def web(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The ASGI app, with what `app.environment` and the two secrets tell a container."""
    told = {
        "CLIPWRIGHT_SITE_URL": settings.site_url,
        "CLIPWRIGHT_EVENT_SECRET": EVENT_SECRET,
        "R2_ENDPOINT": settings.r2_endpoint,
        "R2_BUCKET": settings.r2_bucket,
        "R2_ACCESS_KEY_ID": settings.r2_access_key_id,
        "R2_SECRET_ACCESS_KEY": settings.r2_secret_access_key,
        "MODAL_CONFIG_PATH": str(settings.state / "none.toml"),
        "MODAL_SERVER_URL": "http://127.0.0.1:9",
    }
    monkeypatch.setenv("CLIPWRIGHT_BUILD", "0123456789ab")
    for name, value in {**app.environment(), **told}.items():
        assert value is not None
        monkeypatch.setenv(name, value)
    with pytest.warns(UserWarning, match="executing locally"):  # the volume is not there
        return app.web.local()


def ask(web: Any, method: str, path: str, body: object = None) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app=web)
        async with httpx.AsyncClient(transport=transport, base_url="http://web") as client:
            return await client.request(method, path, json=body)

    # In a thread of its own: a browser driven from this one keeps an event loop running in it.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, once()).result()


def test_it_names_what_was_deployed_and_that_no_weights_are_there_yet(web: Any) -> None:
    answer = ask(web, "GET", "/version")
    assert GpuVersion.model_validate_json(answer.content) == GpuVersion(
        service="gpu",
        build="0123456789ab",
        contract=contract_digest(),
        app_version=VERSION,
        checkpoint="ltx-2-19b",
        weights_revision="absent",
        visible_mark=False,
        image=container_images.image_digest(),
        code=container_images.code_digest(),
    )


@pytest.mark.parametrize("wrong", [{"R2_BUCKET": ""}, {"R2_ENDPOINT": "no address"}, {"CLIPWRIGHT_EVENT_SECRET": "?"}])
def test_without_its_settings_it_says_so_at_every_address(
    wrong: dict[str, str], web: Any, monkeypatch: pytest.MonkeyPatch, make_ticket: MakeTicket
) -> None:
    del web  # the environment that it was made from is what counts here
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.warns(UserWarning, match="executing locally"):
        refusing = app.web.local()
    ticket = json.loads(make_ticket().model_dump_json())
    for method, path, body in (("GET", "/version", None), ("POST", "/jobs", ticket), ("GET", "/jobs/a.1.fc-1", None)):
        problem = Problem.model_validate_json(ask(refusing, method, path, body).content)
        assert (problem.status, problem.type) == (503, "/problems/settings-incomplete")
        assert next(iter(wrong)) in problem.detail
        assert not problem.retryable


def test_a_ticket_that_cannot_reach_modal_is_refused_and_leaves_no_call(
    web: Any, bucket: Storage, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket()
    answer = ask(web, "POST", "/jobs", json.loads(ticket.model_dump_json()))
    problem = Problem.model_validate_json(answer.content)
    assert (answer.status_code, problem.type) == (503, "/problems/gpu-unreachable")
    assert problem.retryable
    record = bucket.call(ticket.job_id, ticket.attempt)
    assert record is not None
    assert record[0].platform_id is None
