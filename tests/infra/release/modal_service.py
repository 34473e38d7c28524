"""Modal's control plane on the loopback address: enough of it that the real client can deploy the real app.

Written against the messages of the pinned client. It builds no image and runs nothing. It returns ids, accepts every
request and records it, so that a test can query what would have been deployed. As at Modal, a secret
without a name is another one each time, and each distinct set of options of a class is a variant of its own, whose
secrets are the class's unless the request says that it replaces them. It listens in a thread.
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
from dataclasses import dataclass
from typing import Any

from grpclib import GRPCError, Status
from grpclib.server import Server, Stream
from modal_proto import api_pb2 as api
from modal_proto.api_grpc import ModalClientBase

from gpu.core.price_list import PRICE_LIST
from infra.dev.ports import free_port
from infra.platforms.modal_rates import KEYS
from infra.process.waiting import STALLED_AFTER_SECONDS

BUILDER = "2025.06"
SUCCESS = api.GenericResult(status=api.GenericResult.GENERIC_STATUS_SUCCESS)


@dataclass(frozen=True, slots=True)
class GivenSecret:
    """A secret as a deploy or a variant names it: by the keys that must be there, or with its values."""

    name: str
    required: tuple[str, ...]
    values: dict[str, str]


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
        self.secrets: dict[str, GivenSecret] = {}
        """By id."""
        self.variants: dict[str, Any] = {}
        """Id of a bound function -> the request that made it."""
        self.bound: dict[bytes, str] = {}
        """The same requests, as they were sent -> that id."""
        self.rates = {key: str(PRICE_LIST[name].amount) for name, key in KEYS.items()}
        """What an hour costs: those of the price list, until a test changes one."""
        self.numbers = itertools.count(1)

    def id(self, kind: str) -> str:
        return f"{kind}-{next(self.numbers):022d}"

    def secrets_of(self, function_id: str, definition: Any) -> list[GivenSecret]:
        """Of a variant of the function that was deployed with this definition, or of that function itself."""
        options = self.variants[function_id].function_options if function_id in self.variants else api.FunctionOptions()
        kept = [] if options.replace_secret_ids else list(definition.secret_ids)
        return [self.secrets[secret_id] for secret_id in [*kept, *options.secret_ids]]


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


def secret(told: Told, request: Any) -> Any:
    given = GivenSecret(request.deployment_name, tuple(request.required_keys), dict(request.env_dict))
    known = [secret_id for secret_id, each in told.secrets.items() if given.name and each.name == given.name]
    secret_id = known[0] if known else told.id("st")
    told.secrets[secret_id] = given
    return api.SecretGetOrCreateResponse(secret_id=secret_id)


def bind(told: Told, request: Any) -> Any:
    sent = request.SerializeToString(deterministic=True)
    function_id = told.bound.get(sent) or told.id("fu")
    told.bound[sent], told.variants[function_id] = function_id, request
    methods = {"run": api.FunctionHandleMetadata(function_name="run", use_method_name="run")}
    metadata = api.FunctionHandleMetadata(function_name="GpuWorker.*", method_handle_metadata=methods)
    return api.FunctionBindParamsResponse(bound_function_id=function_id, handle_metadata=metadata)


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
    "WorkspaceBillingRates": lambda told, _: api.WorkspaceBillingRatesResponse(rates=told.rates),
    "WorkspaceNameLookup": lambda _told, _: api.WorkspaceNameLookupResponse(workspace_name="rehearsal"),
    "SecretGetOrCreate": secret,
    "VolumeGetOrCreate": lambda told, _: api.VolumeGetOrCreateResponse(volume_id=told.id("vo")),
    "MountGetOrCreate": mount,
    "MountBatchedCheckExistence": lambda _told, _: api.MountBatchedCheckExistenceResponse(),
    "MountPutFile": lambda _told, _: api.MountPutFileResponse(exists=True),
    "ImageGetOrCreate": lambda told, _: api.ImageGetOrCreateResponse(image_id=told.id("im"), result=SUCCESS),
    "ImageJoinStreaming": lambda _told, _: api.ImageJoinStreamingResponse(result=SUCCESS, eof=True),
    "FunctionPrecreate": precreate,
    "FunctionCreate": create,
    "FunctionBindParams": bind,
    "ClassCreate": lambda told, _: api.ClassCreateResponse(class_id=told.id("cs")),
}


def empty() -> Any:
    from google.protobuf.empty_pb2 import Empty

    return Empty()


def servicer(told: Told, replies: Mapping[str, Reply]) -> Any:
    """An object of the generated base class, with every call answered or noted as missing. A reply may be a coroutine,
    as those of long polls are, or a generator of the messages of a stream."""

    def method(name: str) -> Callable[[Any, Stream], Any]:
        async def answer(_self: Any, stream: Stream) -> None:
            request = await stream.recv_message()
            told.seen.append(name)
            if name not in replies:
                told.missing.append(name)
                raise GRPCError(Status.UNIMPLEMENTED, f"{name} is not rehearsed")
            reply = replies[name](told, request)
            if inspect.isasyncgen(reply):
                async for each in reply:
                    await stream.send_message(each)
                return
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
