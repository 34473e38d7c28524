"""What another release wrote is read: members more, members less, at every level, in Python and at the edge."""

import json

import pytest
from pydantic import ValidationError

from gpu.core.contract import Call, ContainerReport, JobEvent, Outcome, RerunRequest, Ticket
from gpu.core.contract.fields import MAX_ATTEMPT_MICRO_WON
from gpu.core.hardware import (
    CONTAINER_CORES,
    CONTAINER_GIB,
    CPU_USD_PER_CORE_SECOND,
    GPUS,
    MEMORY_USD_PER_GIB_SECOND,
    STARTUP_LIMIT_SECONDS,
    micro_won_per_second,
)
from tests.contract.edge_judge import Case, Judge, Verdict
from tests.contract.other_releases import (
    EVENT,
    NEEDED,
    OUTCOME,
    READ_BY_THE_EDGE,
    REPORT,
    SAMPLES,
    TICKET,
    Json,
    members,
    objects,
    with_less,
    with_more,
)

MORE = [(name, path) for name, (_, body) in SAMPLES.items() for path in objects(body)]
LESS = [(name, path) for name, (_, body) in SAMPLES.items() for path in members(body)]
LESS_OPTIONAL = [(name, path) for name, path in LESS if path not in NEEDED[name]]
LESS_NEEDED = [(name, path) for name, path in LESS if path in NEEDED[name]]


def encoded(body: Json) -> bytes:
    return json.dumps(body).encode("ascii")


def read(name: str, body: Json) -> Json:
    return SAMPLES[name][0].model_validate_json(encoded(body)).model_dump(mode="json")


def test_the_samples_fill_every_member_with_something_else_than_its_default() -> None:
    for name, (model, body) in SAMPLES.items():
        assert read(name, body) == body
        for path in members(body):
            if "." not in path and not model.model_fields[path].is_required():
                assert body[path] != model.model_fields[path].get_default(call_default_factory=True), path


# ---------------------------------------------------------------- in Python


@pytest.mark.parametrize(("name", "path"), MORE)
def test_a_member_more_is_ignored(name: str, path: str) -> None:
    body = SAMPLES[name][1]
    assert read(name, with_more(body, path)) == body


@pytest.mark.parametrize(("name", "path"), LESS_OPTIONAL)
def test_a_member_less_has_its_default(name: str, path: str) -> None:
    body = SAMPLES[name][1]
    got = read(name, with_less(body, path))
    assert got != body
    assert set(members(got)) >= set(members(with_less(body, path)))


@pytest.mark.parametrize(("name", "path"), LESS_NEEDED)
def test_what_settling_needs_must_be_there(name: str, path: str) -> None:
    with pytest.raises(ValidationError):
        read(name, with_less(SAMPLES[name][1], path))


def test_bodies_of_people_stay_strict() -> None:
    with pytest.raises(ValidationError):
        RerunRequest.model_validate_json('{"seed": "same", "later": 1}')


# ---------------------------------------------------------------- at the edge


@pytest.fixture(scope="module")
def verdicts(judge: Judge) -> dict[str, Verdict]:
    cases = [Case(f"{name} whole", encoded(SAMPLES[name][1]), name) for name in READ_BY_THE_EDGE]
    cases += [
        Case(f"{name}+{path}", encoded(with_more(SAMPLES[name][1], path, broken=True)), name)
        for name, path in edge(MORE)
    ]
    cases += [Case(f"{name}-{path}", encoded(with_less(SAMPLES[name][1], path)), name) for name, path in edge(LESS)]
    cases += [Case(words, encoded(body), name) for words, (name, body) in (ODD | LATER_WORDS).items()]
    return judge(cases)


def edge(cases: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, path) for name, path in cases if name in READ_BY_THE_EDGE]


@pytest.mark.parametrize(("name", "path"), edge(MORE))
def test_the_edge_ignores_a_member_more(verdicts: dict[str, Verdict], name: str, path: str) -> None:
    assert verdicts[f"{name}+{path}"] == {"ok": True, "value": SAMPLES[name][1]}


@pytest.mark.parametrize(("name", "path"), edge(LESS_OPTIONAL))
def test_the_edge_fills_in_what_python_does(verdicts: dict[str, Verdict], name: str, path: str) -> None:
    less = with_less(SAMPLES[name][1], path)
    assert verdicts[f"{name}-{path}"] == {"ok": True, "value": read(name, less)}


@pytest.mark.parametrize(("name", "path"), edge(LESS_NEEDED))
def test_the_edge_needs_what_settling_needs(verdicts: dict[str, Verdict], name: str, path: str) -> None:
    assert not verdicts[f"{name}-{path}"]["ok"]


# ---------------------------------------------------------------- words and bounds, in both


def changed(body: Json, **fields: object) -> Json:
    return body | fields


LATER_WORDS: dict[str, tuple[str, Json]] = {
    "a stage that a later release renders": ("JobEvent", changed(EVENT, stage="stage_3")),
    "a basis that a later release knows": (
        "JobEvent",
        changed(EVENT, progress=changed(EVENT["progress"], eta_basis="learned")),
    ),
}

ODD: dict[str, tuple[str, Json]] = {
    "no such month": ("JobEvent", changed(EVENT, at="2026-13-45T99:99:99.999Z")),
    "no such day": ("JobEvent", changed(EVENT, at="2026-04-31T00:00:00.000Z")),
    "no leap year": ("JobEvent", changed(EVENT, at="2100-02-29T00:00:00.000Z")),
    "no such hour": ("JobEvent", changed(EVENT, at="2026-04-30T24:00:00.000Z")),
    "digits of another script": ("JobEvent", changed(EVENT, at="٢026-04-30T00:00:00.000Z")),
    "an end before all time": ("Outcome", changed(OUTCOME, finished_at="2026-00-01T00:00:00.000Z")),
    "attempt 0": ("Outcome", changed(OUTCOME, attempt=0)),
    "attempt 10": ("JobEvent", changed(EVENT, attempt=10)),
    "a negative number of an event": ("JobEvent", changed(EVENT, seq=-1)),
    "negative seconds": ("Outcome", changed(OUTCOME, cost=changed(OUTCOME["cost"], gpu_seconds=-0.5))),
    "seconds without end": ("Outcome", changed(OUTCOME, cost=changed(OUTCOME["cost"], gpu_seconds=1e300))),
    "a cost below nothing": ("Outcome", changed(OUTCOME, cost=changed(OUTCOME["cost"], micro_won=-1))),
    "a cost that would close the site": (
        "Outcome",
        changed(OUTCOME, cost=changed(OUTCOME["cost"], micro_won=MAX_ATTEMPT_MICRO_WON + 1)),
    ),
    "a container's seconds below nothing": ("ContainerReport", changed(REPORT, idle_seconds=-1.0)),
    "a container that cost 2^53": ("ContainerReport", changed(REPORT, total_micro_won=2**53 - 1)),
    "a container with a path for a name": ("ContainerReport", changed(REPORT, container_id="../x")),
    "a status that a later release has": ("Outcome", changed(OUTCOME, status="paused")),
    "a step as text": ("JobEvent", changed(EVENT, progress=changed(EVENT["progress"], step="3"))),
    "a stage as a number": ("JobEvent", changed(EVENT, stage=3)),
}


@pytest.mark.parametrize("words", LATER_WORDS)
def test_a_word_of_a_later_release_counts_as_none(verdicts: dict[str, Verdict], words: str) -> None:
    name, body = LATER_WORDS[words]
    value = read(name, body)
    assert None in (value["stage"], value["progress"]["eta_basis"])
    assert verdicts[words] == {"ok": True, "value": value}


@pytest.mark.parametrize("words", ODD)
def test_odd_values_are_refused_by_both(verdicts: dict[str, Verdict], words: str) -> None:
    name, body = ODD[words]
    with pytest.raises(ValidationError):
        read(name, body)
    assert not verdicts[words]["ok"]


@pytest.mark.parametrize("at", ["2028-02-29T00:00:00.000Z", "2000-02-29T23:59:59.999Z", "2026-12-31T23:59:59.999Z"])
def test_days_that_exist_are_taken(at: str) -> None:
    assert JobEvent.model_validate_json(encoded(changed(EVENT, at=at))).at == at


def test_the_bound_of_a_cost_is_above_the_longest_use_of_the_dearest_card() -> None:
    beside = CPU_USD_PER_CORE_SECOND * CONTAINER_CORES + MEMORY_USD_PER_GIB_SECOND * CONTAINER_GIB
    dearest = max(micro_won_per_second(gpu.usd_per_second + beside) for gpu in GPUS.values())
    assert dearest * (2 * 60 * 60 + STARTUP_LIMIT_SECONDS) < MAX_ATTEMPT_MICRO_WON


def test_the_request_in_a_ticket_is_read_tolerantly_and_still_judged() -> None:
    later = changed(TICKET["request"], weather="wind", crop=changed(TICKET["request"]["crop"], angle=3))
    ticket = Ticket.model_validate_json(encoded(changed(TICKET, request=later)))
    assert ticket.request.model_dump(mode="json") == TICKET["request"]
    for wrong in ({"seconds": 3}, {"preset": "later"}, {"crop": 1}):
        with pytest.raises(ValidationError):
            Ticket.model_validate_json(encoded(changed(TICKET, request=changed(TICKET["request"], **wrong))))


def test_models_say_what_they_default() -> None:
    """A body of the first release, which named none of the optional members."""
    cost = {"micro_won": 1}
    least = {"job_id": OUTCOME["job_id"], "attempt": 1, "status": "failed", "finished_at": OUTCOME["finished_at"]}
    outcome = Outcome.model_validate_json(
        encoded(least | {"video_key": None, "poster_key": None, "video": None, "cost": cost})
    )
    assert (outcome.version, outcome.fault, outcome.cost.parts.gpu) == (1, None, 0)
    assert ContainerReport.model_validate_json(encoded(REPORT)).ready_at is not None
    assert Call.model_validate_json(encoded(with_less(SAMPLES["Call"][1], "fault"))).fault is None
