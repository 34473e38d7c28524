"""Thousands of spoiled requests to the site: each is answered as the sender's fault or as a wish, none as ours."""

import json
import random
from typing import Any

import httpx

from tests.corpus import files
from tests.drills.conftest import Size
from tests.drills.figures import Figures
from tests.drills.invariants import faults_now
from tests.drills.signed import post_signed
from tests.drills.spoiling import encoded, name, spoiled
from tests.edge.asking import submit
from tests.edge.bodies import clip, event, outcome
from tests.edge.edge import Edge

Json = dict[str, Any]
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
ROUTES: dict[str, tuple[str, ...]] = {
    "/api/jobs": ("POST", "POST", "POST", "GET"),
    "/api/jobs/{id}": ("GET", "DELETE"),
    "/api/jobs/{id}/cancel": ("POST",),
    "/api/jobs/{id}/rerun": ("POST",),
    "/api/jobs/{id}/restore": ("POST",),
    "/api/jobs/{id}/last-frame": ("POST",),
    "/api/jobs/{id}/video": ("GET", "HEAD"),
    "/api/jobs/{id}/poster": ("GET", "HEAD"),
    "/api/uploads": ("PUT",),
    "/api/uploads/{upload}/picture": ("GET", "HEAD"),
    "/api/estimate": ("POST",),
    "/api/presets": ("GET",),
    "/api/usage": ("GET",),
    "/api/version": ("GET",),
    "/api/internal/jobs/{id}/events": ("POST",),
    "/api/internal/containers": ("POST",),
    "/api/tokens": ("GET", "POST", "DELETE"),
    "/api/caps": ("GET", "PUT"),
    "/api/export": ("GET",),
    "/api/nothing": METHODS,
}
WRONG_METHOD = 0.1
SIGNED = 0.3
"""Share of the requests that are signed as events: the site trusts their sender, and may still not break."""
TOLD = ("/api/internal/jobs/{id}/events", "/api/internal/containers")
QUERIES = (
    "",
    "?limit=0",
    "?limit=1e3",
    "?limit=-1",
    "?cursor=%00",
    "?cursor=zzzzzzzz",
    "?download=1",
    "?limit=5&limit=",
)
HEADERS: tuple[dict[str, str], ...] = (
    {}, {"range": "bytes=0-"}, {"range": "bytes=-0"}, {"range": "bytes=9-1"}, {"range": "bytes=" + "0-1," * 200},
    {"range": "furlongs=1"}, {"if-none-match": "*"}, {"if-none-match": 'W/"'}, {"if-match": '"x"'}, {"if-range": "x"},
    {"if-modified-since": "yesterday"}, {"idempotency-key": ""}, {"idempotency-key": "k" * 5_000},
    {"cookie": "a=b; ;=;"}, {"cookie": "owner=\xff"}, {"accept-language": "*;q=2,ko-"}, {"content-type": "text/plain"},
    {"content-encoding": "gzip"}, {"authorization": "Bearer cw_"}, {"authorization": "Basic !!"},
    {"cf-access-jwt-assertion": "a.b.c"}, {"x-request-id": "\xe9" * 300},
)  # fmt: skip


def bodies(job: Json) -> tuple[Json, ...]:
    crop = {"left": 0.1, "top": 0.1, "width": 0.5, "height": 0.5}
    return (
        clip(),
        clip(upload_id=job["upload_id"], crop=crop, borders="blurred", image_strength=0.5),
        clip(preset="keyframes", first_upload_id=job["upload_id"], last_upload_id=job["upload_id"]),
        clip(preset="restyle", source_job_id=job["id"]),
        {"preset": "draft", "ratio": "9:16", "seconds": 8, "tier": "352p"},
        {"seed": "same"},
        event(job["id"], 3),
    )


def test_no_spoiled_request_is_the_sites_fault(
    drilled_edge: Edge, size: Size, figures: Figures, dice: random.Random
) -> None:
    edge = drilled_edge
    with edge.person() as person:
        upload_id = person.put("/api/uploads", content=files.png()).json()["id"]
        job = submit(person, upload_id=upload_id) | {"upload_id": upload_id}
        seeds = bodies(job)
        statuses: dict[int, int] = {}
        for number in range(size.of(150, 2_000)):
            what, answer = asked(dice, edge, person, job, seeds)
            if answer is None:
                figures.look_for("without an answer", [f"{number}: {what}"])
                continue
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            if answer.status_code >= 500:
                figures.look_for("5xx", [f"{number}: {what}: {answer.status_code} {answer.text[:150]}"])
        figures.look_for("5xx", [])
        figures.count(**{str(status): count for status, count in sorted(statuses.items())})
        figures.look_for("wrong in the database", faults_now(edge))
        figures.look_for("no longer served", [] if person.get("/api/version").is_success else ["/api/version"])
    figures.judge()


def asked(
    dice: random.Random, edge: Edge, person: httpx.Client, job: Json, seeds: tuple[Json, ...]
) -> tuple[str, httpx.Response | None]:
    """One request, in words and with its answer."""
    route = dice.choice(sorted(ROUTES))
    path = route.format(id=name(dice, job["id"]), upload=name(dice, job["upload_id"])) + dice.choice(QUERIES)
    method = dice.choice(METHODS if dice.random() < WRONG_METHOD else ROUTES[route])
    headers = {"content-type": "application/json", **dice.choice(HEADERS)}
    content = b"" if method in ("GET", "HEAD") else content_of(dice, path, seeds)
    what = f"{method} {path[:80]} {headers} {content[:200]!r}"
    try:
        if dice.random() < SIGNED:
            body = spoiled(dice, dice.choice(events(dice, job["id"])))
            what = f"signed: {json.dumps(body)[:300]}"
            return what, post_signed(edge, person, dice.choice(TOLD).format(id=job["id"]), json.dumps(body))
        raw = [(key.encode("ascii"), value.encode("latin-1")) for key, value in headers.items()]
        return what, person.request(method, path, content=content, headers=raw)
    except (httpx.InvalidURL, httpx.LocalProtocolError):
        return what, httpx.Response(400)  # the client itself refuses to send it
    except httpx.TransportError as error:
        return f"{what}: {error!r}", None


def events(dice: random.Random, job_id: str) -> tuple[Json, ...]:
    seq = dice.randrange(1, 99)
    outcomes = [outcome(job_id, status) for status in ("succeeded", "failed", "canceled")]
    ends = [event(job_id, seq, "ended", outcome=body) for body in outcomes]
    return (event(job_id, seq, "started"), event(job_id, seq), *ends)


def content_of(dice: random.Random, path: str, seeds: tuple[Json, ...]) -> bytes:
    if path.startswith("/api/uploads"):
        picture = bytearray(files.png())
        picture[dice.randrange(len(picture))] ^= 1 << dice.randrange(8)
        return bytes(picture[: dice.randrange(len(picture) + 1)])
    return encoded(dice, spoiled(dice, dice.choice(seeds)))
