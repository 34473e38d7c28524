"""Modal's side of calls: each variant of the GPU class has containers of its own, and a call goes to its variant's.

One container a variant is enough here, since it takes one call after another. The first call of a variant starts it,
as at Modal, and `started` counts them. What a call came to is kept for whoever asks. Does not know tickets.
"""

# The generated messages come without complete types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import queue
import subprocess
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from modal_proto import api_pb2 as api

from infra.process.activity import activity
from tests.gpu.serve.modal_container import LOG, Rented, Settings, arrived, finding, started
from tests.infra.release.modal_service import Told, modal_service


class Pools(Rented):
    """The containers of every variant, started when its first call comes."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__()
        self.started: dict[str, subprocess.Popen[bytes]] = {}
        """By the variant's function id."""
        self.service = Told()
        """Its environment as a service, once it listens."""
        self._settings = settings
        self._folder = folder
        self._waiting: defaultdict[str, queue.SimpleQueue[Any]] = defaultdict(queue.SimpleQueue)
        self._calls: dict[str, Any] = {}
        """By a call's id; None while it has no output."""
        self._call_of: dict[str, str] = {}
        """By the id of its input."""

    # ------------------------------------------------------------ the caller's side

    def call(self, told: Told, request: Any) -> Any:
        call_id, input_id = told.id("fc"), told.id("in")
        self._calls[call_id], self._call_of[input_id] = None, call_id
        given = request.pipelined_inputs[0].input
        item = api.FunctionGetInputsItem(input_id=input_id, input=given, function_call_id=call_id)
        self._waiting[request.function_id].put(item)
        if request.function_id not in self.started:
            environment = finding(told, self._folder)
            process = started(told, environment, self._settings, self._folder, request.function_id)
            self.started[request.function_id] = process
        taken = api.FunctionPutInputsResponseItem(idx=0, input_id=input_id)
        return api.FunctionMapResponse(function_call_id=call_id, pipelined_inputs=[taken])

    def known(self, _told: Told, request: Any) -> Any:
        return api.FunctionCallFromIdResponse(function_call_id=request.function_call_id, num_inputs=1)

    def output(self, _told: Told, request: Any) -> Any:
        kept = self._calls[request.function_call_id]
        if kept is None:
            return api.FunctionGetOutputsResponse(num_unfinished_inputs=1)
        answer = api.FunctionGetOutputsItem(result=kept.result, data_format=kept.data_format, input_id=kept.input_id)
        return api.FunctionGetOutputsResponse(outputs=[answer])

    # ------------------------------------------------------------ the containers' side

    async def next_input(self, _told: Told, request: Any) -> Any:
        return api.FunctionGetInputsResponse(inputs=[await arrived(self._waiting[request.function_id])])

    def keep_outputs(self, told: Told, request: Any) -> Any:
        for output in request.outputs:
            self._calls[self._call_of[output.input_id]] = output
        return super().keep_outputs(told, request)

    def replies(self) -> dict[str, Any]:
        asked = {"FunctionMap": self.call, "FunctionCallFromId": self.known, "FunctionGetOutputs": self.output}
        return super().replies() | asked

    def look(self) -> object:
        """At what the containers do, as `wait_until` wants it."""
        return [activity(process.pid, self._folder / LOG) for process in list(self.started.values())]

    def close(self) -> None:
        for process in self.started.values():
            process.kill()
            process.wait()


@contextmanager
def pools(settings: Settings, folder: Path) -> Generator[Pools]:
    """A service on this machine that starts containers for calls; they are killed at the end."""
    rented = Pools(settings, folder)
    with modal_service(rented.replies()) as told:
        rented.service = told
        try:
            yield rented
        finally:
            rented.close()
