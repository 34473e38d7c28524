"""Thousands of spoiled requests to the GPU service: each is the sender's fault or a wish, none is ours."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from gpu.serve.events import timestamp
from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.drills.conftest import Size
from tests.drills.drilled_stack import Drilled
from tests.drills.figures import Figures
from tests.drills.spoiling import encoded, name, spoiled
from tests.edge.bodies import clip

Json = dict[str, Any]
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
ROUTES: dict[str, tuple[str, ...]] = {
    "/jobs": ("POST",),
    "/jobs/{id}": ("GET", "DELETE"),
    "/pictures": ("POST",),
    "/version": ("GET",),
    "/": METHODS,
}
OFTEN = ("/jobs", "/jobs", "/jobs", "/jobs", "/pictures", "/pictures", *ROUTES)
WRONG_METHOD = 0.1
NOBODY = "0" * 26


def tickets() -> tuple[Json, ...]:
    """Of a job that no site knows: a worker drops it as soon as it has asked."""
    crop = {"left": 0.1, "top": 0.1, "width": 0.5, "height": 0.5}
    ticket: Json = {
        "job_id": NOBODY,
        "attempt": 1,
        "request": clip(preset="draft", tier="352p"),
        "seed": 7,
        "inputs": [],
        "gpu": "H200",
        "deadline_at": timestamp(datetime.now(UTC) + timedelta(hours=1)),
        "reserved_micro_won": 1_000_000,
    }
    seen = {"inputs": [{"key": "inputs/none.png", "frame": "first"}]}
    framed = clip(upload_id=NOBODY, crop=crop, borders="blurred", image_strength=0.5)
    return ticket, ticket | seen | {"request": framed}, {"key": "inputs/raw/none"}


def test_no_spoiled_request_is_the_services_fault(
    drilled: Drilled, size: Size, figures: Figures, dice: random.Random
) -> None:
    stack = drilled.stack
    keys = {"Modal-Key": stack.secrets.gpu_key, "Modal-Secret": stack.secrets.gpu_secret}
    served_by = stack.gpu.pid
    with httpx.Client(base_url=stack.gpu_url, timeout=STALLED_AFTER_SECONDS, trust_env=False) as client:
        seeds = tickets()
        figures.look_for("5xx", [])
        figures.look_for("without an answer", [])
        for number in range(size.of(150, 2_000)):
            route = dice.choice(OFTEN)
            path = route.format(id=name(dice, NOBODY))
            method = dice.choice(METHODS if dice.random() < WRONG_METHOD else ROUTES[route])
            content = b"" if method in ("GET", "HEAD") else encoded(dice, spoiled(dice, dice.choice(seeds)))
            headers = {"content-type": "application/json"} | (keys if dice.random() < 0.9 else {"Modal-Key": "\xff"})
            what = f"{number}: {method} {path[:60]} {content[:300]!r}"
            try:
                raw = [(key.encode("ascii"), value.encode("latin-1")) for key, value in headers.items()]
                answer = client.request(method, path, content=content, headers=raw)
            except (httpx.InvalidURL, httpx.LocalProtocolError):
                continue
            except httpx.TransportError as error:
                figures.look_for("without an answer", [f"{what}: {error!r}"])
                continue
            figures.count(**{str(answer.status_code): 1})
            if answer.status_code >= 500:
                figures.look_for("5xx", [f"{what}: {answer.status_code} {answer.text[:150]}"])
            if answer.status_code == 202 and method == "POST":
                client.delete(f"/jobs/{answer.json()['call_id']}", headers=keys)
        version = client.get("/version", headers=keys)
    figures.look_for("no longer served", [] if version.is_success and stack.gpu.pid == served_by else ["/version"])
    figures.judge()
