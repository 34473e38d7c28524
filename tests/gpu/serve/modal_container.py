"""Modal's own container program, started on this machine for the app as it was deployed to the loopback service.

What runs is what runs at Modal: its entrypoint imports `gpu.serve.modal.app`, calls the enter hooks, takes inputs,
passes on cancellations and signals, and calls the exit hooks. What is not here: a card, an image, and Modal's decision
when to start and end a container. Linux and macOS alone, as containers are."""

# The generated messages come without complete types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import asyncio
import os
import queue
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modal._serialization import deserialize, serialize_data_format
from modal_proto import api_pb2 as api

from gpu.core.contract import Ticket
from infra.process.activity import activity
from infra.process.waiting import wait_until
from infra.settings import ROOT
from tests.infra.release.modal_service import Told, empty, modal_service
from tests.programs import run_to_end

CLASS = "GpuWorker"
LOG = "container.log"
POLL_SECONDS = 0.02
LONG_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment of a container on this machine: the values of named secrets, and replacements for the
    container's folders and for the programs installed in its image."""

    kept: Mapping[str, str]
    machine: Mapping[str, str]


class Rented:
    """The platform's side of one container: inputs go in, outputs come out, and it can be asked to stop."""

    def __init__(self) -> None:
        self.inputs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.cancellations: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.outputs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.committed: list[str] = []
        self.failures: list[str] = []
        self.activity: Callable[[], object] = lambda: None
        """Of the container that was started last, as `wait_until` wants it."""
        self._count = 0
        self._answered: set[str] = set()

    def submit(self, ticket: Ticket) -> str:
        """Delivers a ticket as an input and returns the input's id."""
        self._count += 1
        name = f"in-{self._count:022d}"
        args = serialize_data_format(((ticket.model_dump_json(),), {}), api.DATA_FORMAT_PICKLE)
        given = api.FunctionInput(args=args, data_format=api.DATA_FORMAT_PICKLE, method_name="run")
        self.inputs.put(
            api.FunctionGetInputsItem(input_id=name, input=given, function_call_id=f"fc-{self._count:022d}")
        )
        return name

    def end(self) -> None:
        """Tells the container that no more inputs come."""
        self.inputs.put(api.FunctionGetInputsItem(kill_switch=True))

    def result(self) -> Any:
        """What the next finished call returned; an output's status where it returned nothing."""
        output = wait_until(self._next_output, what="a call to end", moved=self.activity, every=POLL_SECONDS)
        if output.result.status != api.GenericResult.GENERIC_STATUS_SUCCESS:
            return output.result.status
        return deserialize(output.result.data, None)

    def _next_output(self) -> Any:
        with suppress(queue.Empty):
            return self.outputs.get_nowait()
        return None

    # ------------------------------------------------------------ replies

    async def next_input(self, _told: Told, _request: Any) -> Any:
        return api.FunctionGetInputsResponse(inputs=[await arrived(self.inputs)])

    async def heartbeat(self, _told: Told, _request: Any) -> Any:
        """A long poll: it is answered when there is something to cancel, or after a while."""
        with suppress(TimeoutError):
            name = await asyncio.wait_for(arrived(self.cancellations), LONG_POLL_SECONDS)
            event = api.CancelInputEvent(input_ids=[name])
            return api.ContainerHeartbeatResponse(cancel_input_event=event)
        return api.ContainerHeartbeatResponse()

    def keep_outputs(self, _told: Told, request: Any) -> Any:
        """The first output of an input counts: where a cancellation meets the return, the client sends another."""
        for output in request.outputs:
            if output.input_id not in self._answered:
                self._answered.add(output.input_id)
                self.outputs.put(output)
        return empty()

    def keep_failure(self, _told: Told, request: Any) -> Any:
        self.failures.append(request.result.exception)
        return empty()

    def commit(self, _told: Told, request: Any) -> Any:
        self.committed.append(request.volume_id)
        return api.VolumeCommitResponse()

    def stop(self, _told: Told, _request: Any) -> Any:
        """The container asked for no more inputs."""
        self.end()
        return api.ContainerStopResponse()

    def replies(self) -> dict[str, Any]:
        return {
            "ContainerHello": lambda _told, _request: empty(),
            "ContainerHeartbeat": self.heartbeat,
            "ContainerStop": self.stop,
            "FunctionGetInputs": self.next_input,
            "FunctionPutOutputs": self.keep_outputs,
            "TaskResult": self.keep_failure,
            "VolumeCommit": self.commit,
        }


async def arrived(waiting: "queue.SimpleQueue[Any]") -> Any:
    while True:
        with suppress(queue.Empty):
            return waiting.get_nowait()
        await asyncio.sleep(POLL_SECONDS)


TOKEN = {"MODAL_TOKEN_ID": "rehearsal", "MODAL_TOKEN_SECRET": "rehearsal"}


def finding(told: Told, folder: Path) -> dict[str, str]:
    """The environment in which a program finds the service on this machine, and not Modal."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("MODAL_", "CLIPWRIGHT_"))}
    return outside | {
        "MODAL_CONFIG_PATH": str(folder / "no-modal.toml"),
        "MODAL_SERVER_URL": told.address,
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "PYTHONIOENCODING": "utf-8",
    }


@contextmanager
def deployed(rented: Rented, folder: Path, row: Mapping[str, str]) -> Generator[tuple[Told, dict[str, str]]]:
    """Deploys the app, with the variables in `row`, to a service on this machine; yields it, and the environment that
    leads programs to it."""
    with modal_service(rented.replies()) as told:
        environment = finding(told, folder)
        command = [sys.executable, "-m", "modal", "deploy", "-m", "gpu.serve.modal.app"]
        deploy = run_to_end(command, cwd=ROOT, env={**environment, **TOKEN, **row})
        assert deploy.returncode == 0, deploy.stdout.decode("utf-8", errors="replace")
        yield told, environment


@contextmanager
def container(
    rented: Rented, told: Told, environment: Mapping[str, str], settings: Settings, folder: Path, variant: str = ""
) -> Generator["subprocess.Popen[bytes]"]:
    """Modal's container program for the GPU class, or for a variant of it; killed at the end if need be."""
    process = started(told, environment, settings, folder, variant)
    rented.activity = lambda: activity(process.pid, folder / LOG)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def started(
    told: Told,
    environment: Mapping[str, str],
    settings: Settings,
    folder: Path,
    variant: str = "",
    function: str = f"{CLASS}.*",
) -> "subprocess.Popen[bytes]":
    """The program of one container. It gets only the settings in its function's secrets."""
    function_id = variant or told.published[-1].function_ids[function]
    arguments = folder / f"arguments-{function_id}.bin"
    arguments.write_bytes(arguments_of(told, function_id, function).SerializeToString())
    inside = {
        "PYTHONFAULTHANDLER": "1",
        "MODAL_IS_REMOTE": "1",
        "MODAL_TASK_ID": "ta-0000000000000000000001",
        "MODAL_IMAGE_ID": "im-0000000000000000000001",
        "MODAL_HEARTBEAT_INTERVAL": "1",
        "MODAL_CONTAINER_ARGUMENTS_PATH": str(arguments),
    }
    secrets: dict[str, str] = {}
    for secret in told.secrets_of(function_id, told.functions[function].function):
        secrets |= secret.values or {name: settings.kept.get(name, "") for name in secret.required}
    with (folder / LOG).open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "modal._container_entrypoint"],
            cwd=folder,
            env={**environment, **inside, **secrets, **settings.machine},
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def arguments_of(told: Told, started_as: str, function: str = f"{CLASS}.*") -> Any:
    """What a container is started with: the function as deployed, and every object that it depends on. A variant's
    container is told its parameters too."""
    published = told.published[-1]
    definition, class_id = told.functions[function].function, published.function_ids[f"{CLASS}.*"]
    layout = api.AppLayout(function_ids=dict(published.function_ids), class_ids=dict(published.class_ids))
    for name, object_id in published.function_ids.items():
        layout.objects.add(object_id=object_id, function_handle_metadata=api.FunctionHandleMetadata(function_name=name))
    layout.objects.add(
        object_id=published.class_ids[CLASS],
        class_handle_metadata=api.ClassHandleMetadata(class_function_id=class_id),
    )
    for dependency in definition.object_dependencies:
        metadata = {"volume_metadata": api.VolumeMetadata()} if dependency.object_id.startswith("vo-") else {}
        layout.objects.add(object_id=dependency.object_id, **metadata)
    return api.ContainerArguments(
        task_id="ta-0000000000000000000001",
        function_id=started_as,
        app_id=published.app_id,
        function_def=definition,
        app_layout=layout,
        environment_name="main",
        serialized_params=told.variants[started_as].serialized_params if started_as in told.variants else b"",
    )
