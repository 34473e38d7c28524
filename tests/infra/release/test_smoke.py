"""The smoke clip against the whole product on this machine: the same calls that a release makes."""

import httpx
import pytest

from infra import smoke
from infra.doctor.money import default_estimate
from infra.shell import InfraError
from infra.stack import Stack

QUICK = smoke.Limits(job_seconds=120.0, pause_seconds=0.2)


def test_a_clip_is_made_followed_and_measured(stack: Stack) -> None:
    stages: list[str] = []
    with httpx.Client(base_url=stack.url, timeout=30.0, trust_env=False) as client:
        picture = smoke.upload(client)
        address = smoke.submit(client, "rehearsal-1", picture)
        assert smoke.submit(client, "rehearsal-1", picture) == address
        job = smoke.follow(client, address, QUICK, stages.append)
    figures = smoke.measured(job)
    assert figures["video_bytes"] == job["video"]["bytes"] > 0
    assert figures["gpu_seconds"] > 0
    assert figures["won"] == 0  # nothing is rented here
    assert not {"cold_start_seconds", "peak_vram_gib"} & figures.keys()  # a CPU has neither
    assert stages[-1] not in smoke.ENDED


def test_what_is_predicted_has_the_names_of_what_is_measured() -> None:
    figures = smoke.predicted(default_estimate())
    assert set(figures) == {"won", "gpu_seconds", "peak_vram_gib", "cold_start_seconds"}
    assert all(value > 0 for value in figures.values())


def test_an_owner_of_another_clip_is_told_the_sites_own_words(stack: Stack) -> None:
    with (
        httpx.Client(base_url=stack.url, timeout=30.0, trust_env=False) as client,
        pytest.raises(InfraError, match="answered 404") as caught,
    ):
        smoke.follow(client, "/api/jobs/0123456789abcdef", QUICK, lambda _: None)
    assert caught.value.fix
