"""The Modal App without Modal: what would be deployed, whether the calls we make exist, and what runs inside."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpclib.exceptions
import modal
import pytest

from gpu.core import container_images
from gpu.core.contract import Fault, Ticket
from gpu.core.hardware import (
    CONTAINER_CORES,
    CONTAINER_GIB,
    GPUS,
    MAX_CONTAINERS,
    SCALEDOWN_SECONDS,
    SERIES_SECONDS,
    STARTUP_LIMIT_SECONDS,
)
from gpu.core.pricing import all_estimates
from gpu.core.problems import GpuUnreachable
from gpu.serve.modal import app as deployed
from gpu.serve.modal.dispatcher import call_limit_seconds, time_limit_seconds
from gpu.serve.settings import REQUIRED, Settings
from infra.process.waiting import STALLED_AFTER_SECONDS

ROOT = Path(__file__).resolve().parents[3]
app: Any = deployed  # modal's handles have gaps in their types
sdk: Any = modal
JOB_SECRETS = ["clipwright-r2", "clipwright-site"]
SECRETS = [*JOB_SECRETS, "clipwright-signing", "clipwright-huggingface"]

# Modal is called here as in a container: by a thread in which no event loop runs.
pytestmark = pytest.mark.filterwarnings("error::modal.exception.AsyncUsageWarning")


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A developer's token must not be found, and nothing but this machine may be asked."""
    monkeypatch.setenv("MODAL_CONFIG_PATH", str(tmp_path / "none.toml"))
    monkeypatch.setenv("MODAL_SERVER_URL", "http://127.0.0.1:9")
    for name in ("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET"):
        monkeypatch.delenv(name, raising=False)


def stream_terminated() -> Exception:
    """What the client's transport raises when the connection breaks off."""
    return grpclib.exceptions.StreamTerminatedError("Connection lost")


def worker() -> Any:
    instance: Any = app.GpuWorker()
    return instance.run.info()


def secret_names(info: Any) -> list[str]:
    return [name for name in SECRETS if any(name in each for each in info.secrets)]


# ---------------------------------------------------------------- policy


def test_the_worker_is_rented_as_the_rows_say() -> None:
    info = worker()
    assert info.gpus == [(GPUS[app.DEFAULT_GPU].modal_name, 1)]
    assert (info.cpu, info.memory_mib) == (CONTAINER_CORES, CONTAINER_GIB * 1024)
    assert info.timeout == call_limit_seconds(app.DEFAULT_GPU)
    assert info.timeout - time_limit_seconds(app.DEFAULT_GPU) == SERIES_SECONDS  # the last ticket has its whole time
    assert info.startup_timeout == STARTUP_LIMIT_SECONDS
    assert info.max_retries == 0
    assert not info.nonpreemptible  # there is no such thing for a card
    assert info.regions is None  # a region costs half as much again
    assert info.web_info is None
    assert info.method_names == ["run"]
    assert secret_names(info) == [*JOB_SECRETS, "clipwright-signing"]


def test_a_card_takes_one_job_at_a_time() -> None:
    assert worker().concurrency_info is None
    assert worker().batching_info is None


def test_the_worker_reads_the_weights_and_only_the_fetch_writes_them() -> None:
    mount = app.WEIGHTS.as_posix()
    assert worker().volumes[mount].read_only
    fetching = app.fetch_weights.info()
    assert not fetching.volumes[mount].read_only
    assert fetching.gpus == []
    assert secret_names(fetching) == ["clipwright-huggingface"]
    assert app.web.info().volumes[mount].read_only


def test_what_is_compiled_is_kept_between_containers_apart_by_card(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not worker().volumes[app.COMPILED.as_posix()].read_only
    monkeypatch.setattr(deployed, "COMPILED", tmp_path)
    told = [app.compiled_for(gpu) for gpu in ("H200", "H100")]
    for name in ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"):
        folders = {env[name] for env in told}
        assert len(folders) == 2
        assert all(
            folder.startswith(f"{tmp_path.as_posix()}/") and container_images.TORCH in folder for folder in folders
        )


def test_nothing_is_written_where_the_volume_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(deployed, "COMPILED", tmp_path / "not there")
    assert app.compiled_for("H200") == {}


def test_switches_set_where_it_is_deployed_reach_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPWRIGHT_VISIBLE_MARK", "1")
    monkeypatch.setenv("CLIPWRIGHT_WARM_SECONDS", "8")
    told = app.environment()
    assert (told["CLIPWRIGHT_VISIBLE_MARK"], told["CLIPWRIGHT_WARM_SECONDS"]) == ("1", "8")


def test_no_job_waits_for_a_clip_that_nobody_asked_for() -> None:
    told = {name: value for name, value in deployed.environment().items() if value is not None}
    assert Settings.from_environment(dict.fromkeys(REQUIRED, "x") | told).warm_seconds == ()


def test_each_deploy_has_an_id_of_its_own_and_names_what_it_is_made_of() -> None:
    program = "from gpu.serve.modal import app; print(*app.MADE_OF.values())"
    command, told = [sys.executable, "-c", program], {**os.environ, "PYTHONPATH": str(ROOT)}
    said = [subprocess.run(command, cwd=ROOT, env=told, stdout=subprocess.PIPE, check=True).stdout for _ in range(2)]
    first, second = (each.decode("utf-8").split() for each in said)
    assert first[0] != second[0]
    assert first[1:] == second[1:] == [container_images.image_digest(), container_images.code_digest()]


def test_the_web_entry_has_no_card_and_asks_for_the_proxy_keys() -> None:
    info = app.web.info()
    assert info.gpus == []
    assert info.web_info is not None
    assert not info.web_info.unauthenticated
    assert info.concurrency_info is not None
    assert info.concurrency_info.max_inputs == 100
    assert secret_names(info) == JOB_SECRETS


def test_each_card_that_is_offered_can_be_rented_for_its_longest_job() -> None:
    for gpu in {row.gpu for row in all_estimates()}:
        options = app.options(gpu)
        assert options["gpu"] == GPUS[gpu].modal_name
        longest = max(row.gpu_seconds for row in all_estimates() if row.gpu == gpu)
        assert options["timeout"] > longest
        assert {"env", "secrets", "volumes"}.isdisjoint(options)  # each would replace the class's


def test_idle_time_and_containers_are_bounded() -> None:
    assert 2 <= SCALEDOWN_SECONDS <= 10  # 2 is the least that the platform takes
    assert MAX_CONTAINERS <= 10


# ---------------------------------------------------------------- our calls and theirs


def test_the_calls_we_make_fit_the_signatures_of_the_installed_sdk() -> None:
    assert modal.__version__ == "1.6.4"
    inspect.signature(sdk.Cls.with_options).bind(object(), **app.options("H200"))
    inspect.signature(sdk.FunctionCall.from_id).bind(sdk.FunctionCall, "fc-1")
    inspect.signature(sdk.FunctionCall.get).bind(object(), timeout=0)
    inspect.signature(sdk.FunctionCall.cancel).bind(object())
    variant: Any = app.GpuWorker
    rented: Any = variant.with_options(**app.options("B200"))(card="B200")
    assert inspect.signature(rented.run.spawn).bind("{}")


def test_modal_out_of_reach_is_said_and_never_taken_for_a_lost_call(make_job: Ticket) -> None:
    platform = app.ModalPlatform()
    for ask in (lambda: platform.spawn(make_job), lambda: platform.state("fc-1"), lambda: platform.cancel("fc-1")):
        with pytest.raises(GpuUnreachable):
            ask()


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        (TimeoutError(), "pending"),
        (modal.exception.FunctionTimeoutError(), "gone"),
        (modal.exception.RemoteError(), "gone"),
        (modal.exception.OutputExpiredError(), "gone"),
        (modal.exception.InternalFailure(), "gone"),
        (modal.exception.NotFoundError(), "gone"),
        # What kept a container from starting arrives as it was raised there.
        (ModuleNotFoundError("No module named 'gpu.serve.worker'"), "gone"),
        (SyntaxError(), "gone"),
        (NameError("name 'Ticket' is not defined"), "gone"),
        (OSError("libcudart.so.13: cannot open shared object file"), "gone"),
        (ValueError("a ticket of another form"), "gone"),
        (modal.exception.InvalidError("the ticket of another version"), "gone"),
    ],
)
def test_what_modal_says_of_a_call_becomes_its_state(
    ending: Exception, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Call:
        def get(self, *, timeout: float) -> str:
            assert timeout == 0
            raise ending

    def from_id(_call: str) -> Call:
        return Call()

    monkeypatch.setattr(modal.FunctionCall, "from_id", from_id)
    assert app.ModalPlatform().state("fc-1") == state


@pytest.mark.parametrize(
    "trouble",
    [
        modal.exception.ConnectionError(),
        modal.exception.AuthError(),
        modal.exception.ServiceError(),
        stream_terminated(),
    ],
)
def test_what_is_about_reaching_modal_is_no_end_of_a_call(trouble: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    class Call:
        def get(self, *, timeout: float) -> str:
            assert timeout == 0
            raise trouble

    def from_id(_call: str) -> Call:
        return Call()

    monkeypatch.setattr(modal.FunctionCall, "from_id", from_id)
    with pytest.raises(GpuUnreachable):
        app.ModalPlatform().state("fc-1")


@pytest.fixture
def make_job() -> Ticket:
    return Ticket.model_validate({
        "job_id": "0123456789abcdef", "attempt": 1, "seed": 1, "inputs": (), "gpu": "H200",
        "request": {"preset": "draft", "prompt": "바람", "seconds": 2},
        "deadline_at": "2030-01-01T00:00:00.000Z", "reserved_micro_won": 1,
    })  # fmt: skip


# ---------------------------------------------------------------- inside


def test_enter_run_and_exit_go_through_the_container(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make_job: Ticket
) -> None:
    """Locally the class runs in this process. Without its secrets it says so; `tests/gpu/serve` has them."""
    for name in [name for name in os.environ if name.startswith(("CLIPWRIGHT_", "R2_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CLIPWRIGHT_STATE", str(tmp_path))
    instance: Any = app.GpuWorker()
    with pytest.warns(UserWarning, match="executing locally"):
        end = instance.run.local(make_job.model_dump_json())
    assert Fault.model_validate_json(end).type == "settings-incomplete"
    instance._container.close()


def test_a_ticket_of_another_form_can_never_be_answered_and_is_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make_job: Ticket
) -> None:
    monkeypatch.setenv("CLIPWRIGHT_STATE", str(tmp_path))
    older = make_job.model_dump(mode="json") | {"request": {"preset": "of another deploy", "prompt": "a"}}
    instance: Any = app.GpuWorker()
    with pytest.warns(UserWarning, match="executing locally"):
        assert [instance.run.local(text) for text in (json.dumps(older), "{}", "not json")] == ["gone"] * 3
    instance._container.close()


def test_a_container_stops_taking_calls_by_the_platform_s_own_means(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[bool] = []
    monkeypatch.setattr(modal.experimental, "stop_fetching_inputs", lambda: stopped.append(True))
    app._stop_taking_calls()
    assert stopped == [True]


def test_a_container_that_cannot_stop_taking_calls_still_answers(caplog: pytest.LogCaptureFixture) -> None:
    app._stop_taking_calls()  # here is no container
    assert "must stop" in caplog.text


@pytest.mark.parametrize(
    ("environment", "loaded"),
    [
        ({"CLIPWRIGHT_ENTRY": "web"}, True),
        ({"CLIPWRIGHT_GPU": "H200"}, False),
        ({}, False),
    ],
    ids=["web", "gpu", "here"],
)
def test_what_the_web_entry_needs_is_imported_before_its_memory_is_kept(
    environment: dict[str, str], loaded: bool
) -> None:
    """A card's time is not spent on the web's library, nor a deploy's."""
    program = "import sys, gpu.serve.modal.app; print('fastapi' in sys.modules)"
    told = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-c", program]
    said = subprocess.run(
        command, cwd=ROOT, env=told, stdout=subprocess.PIPE, check=True, timeout=STALLED_AFTER_SECONDS
    ).stdout
    assert said.decode("utf-8").strip() == str(loaded)


# ---------------------------------------------------------------- images


def test_both_images_are_made_of_the_locks_of_this_checkout() -> None:
    assert set(container_images.WEB_LOCKS) < set(container_images.GPU_LOCKS)
    for path in container_images.lock_files(container_images.GPU_LOCKS):
        assert Path(path).is_file()
        assert Path(path).parent == ROOT / "infra" / "locks"


def test_torch_is_the_version_that_is_tested_here() -> None:
    torch = __import__("importlib.metadata").metadata.version("torch")
    assert torch.partition("+")[0] == container_images.TORCH
    assert f'TORCH = "{container_images.TORCH}"' in (ROOT / "run.py").read_text(encoding="utf-8")


def test_containers_speak_utf_8_and_let_torch_join_freed_blocks() -> None:
    assert container_images.WEB_ENVIRONMENT["PYTHONUTF8"] == "1"
    assert container_images.WEB_ENVIRONMENT["PYTHONIOENCODING"] == "utf-8"
    assert container_images.GPU_ENVIRONMENT["PYTORCH_ALLOC_CONF"] == "expandable_segments:True"
    assert "PYTORCH_ALLOC_CONF" not in container_images.WEB_ENVIRONMENT
