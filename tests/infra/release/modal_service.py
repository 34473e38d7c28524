"""Modal's control plane on the loopback address: enough of it that the real client can deploy the real app.

Written against the messages that ship inside the pinned client. It builds no image and runs nothing; it hands out ids,
says yes, and keeps what it was told, so that a test can ask what would have been deployed. It listens in a thread.
"""

# The generated messages come without complete types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false, reportMissingTypeArgument=false

import asyncio
import inspect
import itertools
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from grpclib import GRPCError, Status
from grpclib.server import Server, Stream
from modal_proto import api_pb2 as api
from modal_proto.api_grpc import ModalClientBase

from infra.ports import free_port
from infra.waiting import STALLED_AFTER_SECONDS

BUILDER = "2025.06"
SUCCESS = api.GenericResult(status=api.GenericResult.GENERIC_STATUS_SUCCESS)


class Told:
    """What the service was told. `seen` are the names of the calls in order; `missing` those it had no answer for."""

    def __init__(self) -> None:
        self.address = ""
        self.seen: list[str] = []
        self.missing: list[str] = []
        self.functions: dict[str, Any] = {}
        self.published: list[Any] = []
        self.files: dict[str, str] = {}
        """Path in the image -> digest, of every source file that would be there."""
        self.numbers = itertools.count(1)

    def id(self, kind: str) -> str:
        return f"{kind}-{next(self.numbers):022d}"


Reply = Callable[[Told, Any], Any]


def precreate(told: Told, request: Any) -> Any:
    return api.FunctionPrecreateResponse(function_id=told.id("fu"), handle_metadata=metadata(request))


def metadata(request: Any) -> Any:
    return api.FunctionHandleMetadata(
        function_name=request.function_name,
        function_type=request.function_type,
        web_url="https://rehearsal.invalid" if request.HasField("webhook_config") else "",
        method_handle_metadata={
            name: api.FunctionHandleMetadata(function_name=name, use_method_name=name)
            for name in request.method_definitions
        },
    )


def create(told: Told, request: Any) -> Any:
    function = request.function if request.HasField("function") else request.function_data
    told.functions[function.function_name] = request
    data = api.FunctionData()
    if request.HasField("function"):
        data.ranked_functions.add(rank=0, function=request.function)
        data.function_name = function.function_name
    else:
        data.CopyFrom(request.function_data)
    return api.FunctionCreateResponse(
        function_id=request.existing_function_id or told.id("fu"),
        function=request.function,
        function_data=data,
        handle_metadata=api.FunctionHandleMetadata(function_name=function.function_name),
    )


def mount(told: Told, request: Any) -> Any:
    told.files.update({file.filename: file.sha256_hex for file in request.files})
    return api.MountGetOrCreateResponse(mount_id=told.id("mo"))


def publish(told: Told, request: Any) -> Any:
    told.published.append(request)
    return api.AppPublishResponse(url="https://rehearsal.invalid/app", deployed_at=1_795_000_000.0)


REPLIES: dict[str, Reply] = {
    "ClientHello": lambda _told, _: api.ClientHelloResponse(image_builder_version=BUILDER),
    "AppGetByDeploymentName": lambda _told, _: api.AppGetByDeploymentNameResponse(),
    "AppGetOrCreate": lambda told, _: api.AppGetOrCreateResponse(app_id=told.id("ap")),
    "AppCreate": lambda told, _: api.AppCreateResponse(app_id=told.id("ap"), app_page_url="https://rehearsal.invalid"),
    "AppHeartbeat": lambda _told, _: empty(),
    "AppClientDisconnect": lambda _told, _: empty(),
    "AppPublish": publish,
    "EnvironmentGetOrCreate": lambda told, request: api.EnvironmentGetOrCreateResponse(
        environment_id=told.id("en"),
        metadata=api.EnvironmentMetadata(
            name=request.deployment_name, settings=api.EnvironmentSettings(image_builder_version=BUILDER)
        ),
    ),
    "WorkspaceNameLookup": lambda _told, _: api.WorkspaceNameLookupResponse(workspace_name="rehearsal"),
    "SecretGetOrCreate": lambda told, _: api.SecretGetOrCreateResponse(secret_id=told.id("st")),
    "VolumeGetOrCreate": lambda told, _: api.VolumeGetOrCreateResponse(volume_id=told.id("vo")),
    "MountGetOrCreate": mount,
    "MountBatchedCheckExistence": lambda _told, _: api.MountBatchedCheckExistenceResponse(),
    "MountPutFile": lambda _told, _: api.MountPutFileResponse(exists=True),
    "ImageGetOrCreate": lambda told, _: api.ImageGetOrCreateResponse(image_id=told.id("im"), result=SUCCESS),
    "ImageJoinStreaming": lambda _told, _: api.ImageJoinStreamingResponse(result=SUCCESS, eof=True),
    "FunctionPrecreate": precreate,
    "FunctionCreate": create,
    "ClassCreate": lambda told, _: api.ClassCreateResponse(class_id=told.id("cs")),
}


def empty() -> Any:
    from google.protobuf.empty_pb2 import Empty

    return Empty()


def servicer(told: Told, replies: Mapping[str, Reply]) -> Any:
    """An object of the generated base class, with every call answered or noted as missing. A reply may be a coroutine,
    as those of long polls are."""

    def method(name: str) -> Callable[[Any, Stream], Any]:
        async def answer(_self: Any, stream: Stream) -> None:
            request = await stream.recv_message()
            told.seen.append(name)
            if name not in replies:
                told.missing.append(name)
                raise GRPCError(Status.UNIMPLEMENTED, f"{name} is not rehearsed")
            reply = replies[name](told, request)
            await stream.send_message(await reply if inspect.isawaitable(reply) else reply)

        return answer

    names: frozenset[str] = ModalClientBase.__abstractmethods__
    return type("Service", (ModalClientBase,), {name: method(name) for name in names})()


@contextmanager
def modal_service(more: Mapping[str, Reply] | None = None) -> Generator[Told]:
    """`more`: replies beside those to a deploy."""
    told = Told()
    port = free_port()
    told.address = f"http://127.0.0.1:{port}"
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    over = asyncio.Event()

    async def serve() -> None:
        server = Server([servicer(told, REPLIES | dict(more or {}))])
        await server.start("127.0.0.1", port)
        ready.set()
        await over.wait()
        server.close()
        await server.wait_closed()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(STALLED_AFTER_SECONDS)
    try:
        yield told
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(STALLED_AFTER_SECONDS)
        loop.close()
