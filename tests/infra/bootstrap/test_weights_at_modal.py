"""`weights` where a site's files lie: on Modal's volume, by the real client and Modal's own container program."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from gpu.core.weight_sources import MARKERS
from infra.platforms import weight_files
from infra.process.activity import activity
from infra.process.waiting import wait_until
from tests.gpu.serve.local_hub import Hub
from tests.infra.bootstrap.modal_runs import ModalRuns, modal_runs
from tests.infra.bootstrap.model_hub import ACCEPT, model_hub
from tests.infra.release.rehearsal import KOREAN, Rehearsal
from tests.programs import wait_for_end

LARGE = bytes(range(256)) * 90_000
"""More than two of the 10 MB that the hub's client writes at once."""
SLOW = "ltx-2-19b-dev.safetensors"


@pytest.fixture
def hub() -> Generator[Hub]:
    with model_hub() as server:
        server.files[SLOW] = LARGE
        yield server


class Operator:
    """Types the verb, in a copy of the repository, with Modal at an address of this machine."""

    def __init__(self, copy: Rehearsal, runs: ModalRuns) -> None:
        self.copy, self.runs = copy, runs
        self.env = {
            "MODAL_CONFIG_PATH": str(copy.programs / "no-modal.toml"),
            "MODAL_SERVER_URL": runs.service.address,
            "MODAL_TOKEN_ID": "rehearsal",
            "MODAL_TOKEN_SECRET": "rehearsal",
        }

    def weights(self, *words: str) -> tuple[int, str]:
        return self.copy.infra("weights", *words, stand_ins=False, **self.env)

    def begin(self, log: Path, *words: str) -> "subprocess.Popen[bytes]":
        """The same without waiting for its end."""
        environment = {**os.environ, **KOREAN, "PYTHONPATH": str(self.copy.root), **self.env}
        with log.open("wb") as out:
            command = [sys.executable, "-m", "infra", "weights", *words]
            return subprocess.Popen(
                command,
                cwd=self.copy.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@pytest.fixture
def operator(another: Rehearsal, hub: Hub, tmp_path: Path) -> Generator[Operator]:
    runs = ModalRuns(tmp_path, another.root, {"HF_TOKEN": "hub-token"}, {"CLIPWRIGHT_HUB": hub.url})
    with modal_runs(runs) as service:
        yield Operator(another, service)
        assert runs.service.missing == []


def until(condition: Callable[[], bool], verb: "subprocess.Popen[bytes]", log: Path) -> None:
    """Returns when it holds; a verb that has ended by itself will not bring it about."""

    def holds() -> bool:
        ended = verb.poll() is not None
        assert condition() or not ended, text_of(log)
        return condition()

    wait_until(holds, what="a step of the fetch", moved=lambda: activity(verb.pid, log))


def text_of(log: Path) -> str:
    return log.read_bytes().decode("cp949", errors="replace")


def test_a_fetch_survives_its_container_and_its_terminal_and_ends_verified(
    operator: Operator, hub: Hub, tmp_path: Path
) -> None:
    runs = operator.runs
    code, said = operator.weights("pin", *ACCEPT)
    assert code == 0, said
    code, said = operator.weights("fetch")
    assert (code, "nothing was fetched" in said, len(runs.runs)) == (1, True, 1), said  # nobody was there to agree
    assert "never more than 6 h, 2,203 won" in said
    hub.pause(SLOW, after=len(LARGE) // 2)
    log = tmp_path / "first.log"
    verb = operator.begin(log, "fetch", "--yes")
    until(hub.paused.is_set, verb, log)
    until(lambda: "GB" in text_of(log), verb, log)
    runs.kill_container()
    until(lambda: hub.ranges[-1] is not None, verb, log)
    verb.kill()
    verb.wait()
    assert runs.runs[-1].output is None
    begun = len(runs.runs)
    log = tmp_path / "second.log"
    verb = operator.begin(log, "fetch")
    until(lambda: "goes on at Modal (ap-" in text_of(log), verb, log)
    assert len(runs.runs) == begun
    hub.go.set()
    assert wait_for_end(verb, log) == 0, text_of(log)
    assert "files fetched: " in text_of(log)
    pins = weight_files.read(operator.copy.root).pins["19b"]
    assert len(json.loads((runs.volume / MARKERS["19b"]).read_text(encoding="utf-8"))) == len(pins)
    code, said = operator.weights("verify")
    assert code == 0, said
    code, said = operator.weights("where")
    assert (code, "on Modal's volume clipwright-weights: all" in said) == (0, True), said
    operator.copy.change(weight_files.FILE, f'sha256="{pins[1].sha256}"', f'sha256="{"0" * 64}"')
    assert "not all are fetched yet" in operator.weights("where")[1]  # the volume has those of earlier pins
    operator.copy.change(weight_files.FILE, f'sha256="{"0" * 64}"', f'sha256="{pins[1].sha256}"')
    (runs.volume / pins[0].path).write_bytes(b"x" * pins[0].bytes)
    code, said = operator.weights("verify")
    assert (code, f"ERROR {pins[0].path}" in said) == (1, True), said
    code, said = operator.weights("fetch", "--yes")
    assert code == 0, said
    assert (runs.volume / pins[0].path).read_bytes() == LARGE
