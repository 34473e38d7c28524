"""A marker that lies in the bucket and cannot be read holds its job: it never counts as absent."""

import json
from typing import Any

import httpx
import pytest

from tests.edge.asking import ledger_of, put_marker, read, row_of, submit_and_dispatch
from tests.edge.bodies import event, outcome
from tests.edge.edge import Edge
from tests.edge.failing import ago, end_its_time, expire_and_sweep, running
from tests.edge.fake_gpu import FakeGpu


def unreadable(job_id: str, how: str) -> bytes:
    done: dict[str, Any] = outcome(job_id)
    match how:
        case "half":
            return json.dumps(done).encode("utf-8")[:40]
        case "no cost":
            del done["cost"]
        case "no job":
            done["job_id"] = "01anotherjob"
        case "no clip":
            done["video_key"] = "inputs/elsewhere.mp4"
        case _:
            done["status"] = how
    return json.dumps(done).encode("utf-8")


@pytest.mark.parametrize("how", ["half", "no cost", "no job", "no clip", "a word of a later release"])
def test_it_holds_the_job_and_is_reported_once(person: httpx.Client, gpu: FakeGpu, edge: Edge, how: str) -> None:
    job_id = running(person, gpu, edge)
    edge.put(f"jobs/{job_id}/done.json", unreadable(job_id, how))
    gpu.set_state(job_id, 1, "gone")
    seen: set[str] = set()
    for _ in range(3):
        expire_and_sweep(edge, job_id)
        seen.add(row_of(edge, job_id)["unreadable_since"])
    row = row_of(edge, job_id)
    assert (row["status"], row["attempt"]) == ("running", 1), "no second attempt is rendered"
    assert len(seen) == 1 and row["unreadable_since"] is not None, "only the first sight is news"
    assert "marker-unreadable" in (edge.state / "site.log").read_text(encoding="utf-8", errors="replace")


def test_one_that_a_later_release_can_read_ends_the_job_as_ever(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = running(person, gpu, edge)
    edge.put(f"jobs/{job_id}/done.json", unreadable(job_id, "no cost"))
    expire_and_sweep(edge, job_id)
    put_marker(edge, "done", outcome(job_id))
    expire_and_sweep(edge, job_id)
    assert read(person, job_id)["status"] == "succeeded"


def test_after_its_time_the_job_ends_free_and_keeps_its_objects(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = running(person, gpu, edge)
    edge.put(f"jobs/{job_id}/done.json", unreadable(job_id, "no cost"))
    expire_and_sweep(edge, job_id)
    end_its_time(edge, job_id)
    expire_and_sweep(edge, job_id)
    ended = read(person, job_id)
    assert (ended["status"], ended["problem"]["type"]) == ("failed", "/problems/marker-unreadable")
    assert (ended["cost"]["billed_micro_won"], ended["problem"]["charged_micro_won"]) == (0, 0)
    assert edge.keys(f"jobs/{job_id}/") == [f"jobs/{job_id}/done.json"]
    # The next release reads it.
    put_marker(edge, "done", outcome(job_id))
    edge.rows("UPDATE jobs SET look_again_at = ?2 WHERE id = ?1", job_id, ago(seconds=1))
    edge.sweep()
    assert read(person, job_id)["status"] == "succeeded"
    assert ledger_of(edge, job_id)["settle"] == outcome(job_id)["cost"]["micro_won"]


def test_a_failure_that_cannot_be_read_holds_too(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    edge.put(f"jobs/{job_id}/failed.json", b"\xff\xfe")
    gpu.set_state(job_id, 1, "gone")
    expire_and_sweep(edge, job_id)
    assert (row_of(edge, job_id)["attempt"], gpu.received.count(f"{job_id}.1")) == (1, 1)


def test_the_worker_may_still_say_how_it_ended(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = running(person, gpu, edge)
    edge.put(f"jobs/{job_id}/done.json", unreadable(job_id, "half"))
    expire_and_sweep(edge, job_id)
    assert edge.send_event(event(job_id, 2, "ended", outcome=outcome(job_id))).status_code == 200
    assert read(person, job_id)["status"] == "succeeded"
