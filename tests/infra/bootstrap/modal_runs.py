"""`modal run` on this machine: an app that lives for one call of a function, with Modal's own program as its container.

The real client starts it, reads its log and its result. Each container finds the volume as a folder and the hub at
another address. As at Modal a killed container's input is delivered again, a detached app outlives the client, and the
app ends with its call. Not included: images, and Modal's own storage of a volume.
"""

# The generated messages come without complete types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

import asyncio
import contextlib
import subprocess
import threading
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from grpclib import GRPCError, Status
from modal_proto import api_pb2 as api

from infra.settings import ROOT
from tests.gpu.serve.modal_container import LOG, POLL_SECONDS, Settings, finding, started
from tests.infra.release.modal_service import Told, empty, modal_service

AT_THE_VOLUME = """
from pathlib import Path
from gpu.serve import weights_program
VOLUME = Path({folder!r})
fetch, verify = weights_program.fetch, weights_program.verify
weights_program.fetch = lambda flavour, folder, *more: fetch(flavour, VOLUME, *more)
weights_program.verify = lambda flavour, folder: verify(flavour, VOLUME)
"""
"""For a container: the volume is a folder of this machine, not one at the root of its disk."""


@dataclass(slots=True)
class Run:
    """One app. `output` is its call's, once that has ended."""

    app_id: str
    state: Any
    folder: Path
    published: Any = None
    function: str = ""
    call_id: str = ""
    item: Any = None
    container: "subprocess.Popen[bytes] | None" = None
    starts: int = 0
    output: Any = None

    @property
    def log(self) -> bytes:
        path = self.folder / LOG
        return path.read_bytes() if path.is_file() else b""


class ModalRuns:
    """`runs` are the apps in order; `volume` is the folder that stands for the volume."""

    def __init__(self, folder: Path, code: Path, kept: Mapping[str, str], machine: Mapping[str, str]) -> None:
        self.runs: list[Run] = []
        self.volume = folder / "볼륨 volume"
        self.volume.mkdir()
        self.service = Told()
        self.files_url = ""
        self._folder = folder
        early = folder / "early"
        early.mkdir()
        (early / "sitecustomize.py").write_text(AT_THE_VOLUME.format(folder=str(self.volume)), encoding="utf-8")
        self._settings = Settings(kept, {**machine, "PYTHONPATH": f"{early}:{code}:{ROOT}"})

    # ------------------------------------------------------------ the operator's side

    def create(self, _told: Told, request: Any) -> Any:
        app_id = f"ap-{len(self.runs) + 1:022d}"
        folder = self._folder / app_id
        folder.mkdir()
        self.runs.append(Run(app_id, request.app_state, folder))
        return api.AppCreateResponse(app_id=app_id, app_page_url="https://rehearsal.invalid")

    def publish(self, told: Told, request: Any) -> Any:
        told.published.append(request)
        self.runs[-1].published = request
        return api.AppPublishResponse(url="https://rehearsal.invalid/app")

    def call(self, told: Told, request: Any) -> Any:
        run = next(
            run for run in self.runs if run.published and request.function_id in run.published.function_ids.values()
        )
        run.function = next(name for name, id_ in run.published.function_ids.items() if id_ == request.function_id)
        run.call_id, input_id = told.id("fc"), told.id("in")
        given = request.pipelined_inputs[0].input
        run.item = api.FunctionGetInputsItem(input_id=input_id, input=given, function_call_id=run.call_id)
        self._start(run)
        taken = api.FunctionPutInputsResponseItem(idx=0, input_id=input_id)
        return api.FunctionMapResponse(function_call_id=run.call_id, pipelined_inputs=[taken])

    async def output(self, _told: Told, request: Any) -> Any:
        run = next(run for run in self.runs if run.call_id == request.function_call_id)
        await asyncio.sleep(POLL_SECONDS)
        if run.output is None:
            return api.FunctionGetOutputsResponse(num_unfinished_inputs=1)
        answer = api.FunctionGetOutputsItem(
            result=run.output.result, data_format=run.output.data_format, input_id=run.output.input_id
        )
        return api.FunctionGetOutputsResponse(outputs=[answer])

    async def logs(self, _told: Told, request: Any) -> AsyncGenerator[Any]:
        run = next(run for run in self.runs if run.app_id == request.app_id)
        at = int(request.last_entry_id or 0)
        while True:
            is_over = run.output is not None
            data = run.log[at:]
            if data:
                at += len(data)
                lines = api.TaskLogs(
                    data=data.decode("utf-8", errors="replace"), file_descriptor=api.FILE_DESCRIPTOR_STDOUT
                )
                yield api.TaskLogsBatch(entry_id=str(at), task_id="ta-1", items=[lines])
            elif is_over:
                yield api.TaskLogsBatch(app_done=True)
                return
            await asyncio.sleep(POLL_SECONDS)

    def list_apps(self, _told: Told, _request: Any) -> Any:
        rows = [
            api.AppListResponse.AppListItem(
                app_id=run.app_id,
                description="clipwright",
                state=api.APP_STATE_STOPPED if run.output is not None else run.state,
                n_running_tasks=1 if run.output is None else 0,
            )
            for run in self.runs
        ]
        return api.AppListResponse(apps=rows)

    def files(self, _told: Told, _request: Any) -> Any:
        async def batches() -> AsyncGenerator[Any]:
            for path in sorted(self.volume.iterdir()):
                kind = api.FileEntry.DIRECTORY if path.is_dir() else api.FileEntry.FILE
                entry = api.FileEntry(path=path.name, type=kind, size=path.stat().st_size)
                yield api.VolumeListFilesResponse(entries=[entry])

        return batches()

    def file(self, _told: Told, request: Any) -> Any:
        """Its content lies behind an address, as at Modal."""
        content = self.volume / request.path
        if not content.is_file():
            raise GRPCError(Status.NOT_FOUND, f"{request.path} not found")
        return api.VolumeGetFile2Response(get_urls=[f"{self.files_url}/{request.path}"], len=content.stat().st_size)

    # ------------------------------------------------------------ the containers' side

    def _start(self, run: Run) -> None:
        run.starts += 1
        environment = finding(self.service, run.folder)
        id_ = run.published.function_ids[run.function]
        run.container = started(self.service, environment, self._settings, run.folder, id_, run.function)

    def kill_container(self) -> None:
        """Of the newest run; its input is delivered again, to another container."""
        run = self.runs[-1]
        assert run.container is not None
        run.container.kill()
        run.container.wait()
        self._start(run)

    async def next_input(self, _told: Told, request: Any) -> Any:
        run = next(run for run in self.runs if run.published.function_ids[run.function] == request.function_id)
        if run.output is not None:
            return api.FunctionGetInputsResponse(inputs=[api.FunctionGetInputsItem(kill_switch=True)])
        return api.FunctionGetInputsResponse(inputs=[run.item])

    def keep_outputs(self, _told: Told, request: Any) -> Any:
        for output in request.outputs:
            run = next(run for run in self.runs if run.item is not None and run.item.input_id == output.input_id)
            run.output = output
        return empty()

    async def heartbeat(self, _told: Told, _request: Any) -> Any:
        await asyncio.sleep(POLL_SECONDS)
        return api.ContainerHeartbeatResponse()

    def replies(self) -> dict[str, Any]:
        lifecycle = api.AppLifecycle(app_state=api.APP_STATE_DETACHED)
        return {
            "AppCreate": self.create,
            "AppGetLayout": lambda _told, _request: api.AppGetLayoutResponse(),
            "AppGetLifecycle": lambda _told, _request: api.AppGetLifecycleResponse(lifecycle=lifecycle),
            "AppGetLogs": self.logs,
            "AppList": self.list_apps,
            "AppPublish": self.publish,
            "ContainerHeartbeat": self.heartbeat,
            "ContainerHello": lambda _told, _request: empty(),
            "ContainerStop": lambda _told, _request: api.ContainerStopResponse(),
            "FunctionGetInputs": self.next_input,
            "FunctionGetOutputs": self.output,
            "FunctionMap": self.call,
            "FunctionPutOutputs": self.keep_outputs,
            "TaskResult": lambda _told, _request: empty(),
            "VolumeGetFile2": self.file,
            "VolumeCommit": lambda _told, _request: api.VolumeCommitResponse(),
            "VolumeListFiles": self.files,
            "VolumeReload": lambda _told, _request: empty(),
        }

    def close(self) -> None:
        for run in self.runs:
            if run.container is not None:
                run.container.kill()
                with contextlib.suppress(ProcessLookupError):
                    run.container.wait()


@contextmanager
def modal_runs(runs: ModalRuns) -> Generator[ModalRuns]:
    serve = partial(SimpleHTTPRequestHandler, directory=str(runs.volume))
    files = ThreadingHTTPServer(("127.0.0.1", 0), serve)
    threading.Thread(target=files.serve_forever, args=(0.02,), daemon=True).start()
    runs.files_url = f"http://127.0.0.1:{files.server_address[1]}"
    with modal_service(runs.replies()) as told:
        runs.service = told
        try:
            yield runs
        finally:
            runs.close()
            files.shutdown()
            files.server_close()
