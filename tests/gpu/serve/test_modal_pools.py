"""Calls as the web entry makes them, on a service that treats variants, secrets and containers as Modal does."""

import json
import sys
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gpu.core.contract import Ticket
from gpu.serve.settings import Settings as Told
from gpu.serve.storage import Storage
from infra.settings import ROOT
from tests.gpu.serve.modal_container import LOG, TOKEN, Settings, finding
from tests.gpu.serve.modal_pools import Pools, pools
from tests.gpu.serve.surroundings import ROW, EventSite, MakeTicket, machine_values, secret_values
from tests.programs import run_to_end

Call = Callable[[Sequence[Ticket]], list[Any]]


@pytest.fixture
def kept(settings: Told) -> dict[str, str]:
    """The values in the named secrets."""
    return secret_values(settings)


@pytest.fixture
def containers(kept: dict[str, str], settings: Told, tmp_path: Path) -> Generator[Pools]:
    with pools(Settings(kept, machine_values(settings)), tmp_path) as rented:
        yield rented
        assert rented.service.missing == []


@pytest.fixture
def call(containers: Pools, tmp_path: Path) -> Call:
    """Hands over tickets one after another; returns what the platform says of each at its end."""

    def hand_over(tickets: Sequence[Ticket]) -> list[Any]:
        lines = tmp_path / "tickets.jsonl"
        lines.write_text("\n".join(ticket.model_dump_json() for ticket in tickets), encoding="utf-8", newline="\n")
        command = [sys.executable, "-m", "tests.gpu.serve.call_modal", str(lines), str(tmp_path / LOG)]
        caller = run_to_end(command, cwd=ROOT, env=finding(containers.service, tmp_path) | TOKEN | ROW, apart=True)
        assert caller.returncode == 0, caller.stderr.decode("utf-8", errors="replace") + log(tmp_path)
        return [json.loads(line) for line in caller.stdout.decode("utf-8").splitlines() if line.startswith(('"', "{"))]

    return hand_over


def log(folder: Path) -> str:
    path = folder / LOG
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else "no container was started"


def jobs(make_ticket: MakeTicket, cards: Sequence[str]) -> list[Ticket]:
    one = make_ticket(seconds=2, preset="draft", tier="352p")
    return [one.model_copy(update={"job_id": f"{one.job_id}{n}", "gpu": gpu}) for n, gpu in enumerate(cards)]


def test_ten_jobs_on_two_cards_are_two_containers_that_have_their_secrets(
    call: Call, containers: Pools, bucket: Storage, site: EventSite, make_ticket: MakeTicket, tmp_path: Path
) -> None:
    tickets = jobs(make_ticket, ["H200", "H100"] * 5)
    assert call(tickets) == ["finished"] * 10, log(tmp_path)
    assert len(containers.started) == 2
    done = [bucket.done(ticket.job_id) for ticket in tickets]
    assert [outcome.cost.gpu for outcome in done if outcome] == ["H200", "H100"] * 5
    assert [outcome.cost.cold_start_seconds > 0 for outcome in done if outcome] == [True, True] + [False] * 8
    assert [outcome.resolved.build for outcome in done if outcome and outcome.resolved] == ["commit"] * 10
    assert site.types().count("ended") == 10


def test_what_a_card_is_rented_with_beside_itself_is_the_class_s(
    call: Call, containers: Pools, make_ticket: MakeTicket, tmp_path: Path
) -> None:
    """Whether the platform adds the options of a variant to those of the class or puts them in their place."""
    assert call(jobs(make_ticket, ["H100"])) == ["finished"], log(tmp_path)
    ((function_id, variant),) = containers.service.variants.items()
    options, definition = variant.function_options, containers.service.functions["GpuWorker.*"].function
    assert options.resources.gpu_config.gpu_type == "H100"
    assert (options.resources.milli_cpu, options.resources.memory_mb) == (
        definition.resources.milli_cpu,
        definition.resources.memory_mb,
    )
    assert not options.replace_secret_ids
    assert not options.replace_volume_mounts
    given = containers.service.secrets_of(function_id, definition)
    assert {"clipwright-r2", "clipwright-site", "clipwright-signing"} < {secret.name for secret in given}


@pytest.mark.parametrize("left_out", ["R2_SECRET_ACCESS_KEY", "CLIPWRIGHT_EVENT_SECRET"])
def test_containers_whose_settings_are_incomplete_say_so_and_what_is_missing(
    call: Call, kept: dict[str, str], make_ticket: MakeTicket, left_out: str, tmp_path: Path
) -> None:
    kept[left_out] = ""
    (said,) = call(jobs(make_ticket, ["H200"]))
    assert said["type"] == "settings-incomplete", log(tmp_path)
    assert left_out in said["detail"]
