"""An account at Modal on this machine, which the real client can set up, deploy to, ask about and roll back.

Each deployment is a version: what was published, and a copy of the source files that the client sent, which stands for
its images. Its web entry is served at one address, and calls start containers that run Modal's own program with that
version's code. Not included: cards, images, and Modal's own routing of requests and ending of containers.
"""

# The generated messages come without complete types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

import asyncio
import shutil
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grpclib import GRPCError, Status
from modal_proto import api_pb2 as api

from infra.dev.ports import free_port
from infra.dev.stack import wait_until_answers
from infra.process.processes import Process
from tests.gpu.serve.modal_container import Settings, arguments_of, finding
from tests.gpu.serve.modal_pools import Pools
from tests.infra.release import web_entry
from tests.infra.release.modal_service import GivenSecret, Told, empty, modal_service

APP_ID = "ap-0000000000000000000001"
IN_IMAGE = "/root/"


@dataclass(frozen=True, slots=True)
class Version:
    """One deployment. `image` is the folder of its code."""

    number: int
    published: Any
    functions: Mapping[str, Any]
    image: Path


class ModalAccount(Pools):
    """`source` is the folder that is deployed from; `machine` what containers find instead of rented hardware and R2;
    `keys` the pair that opens the web entry."""

    def __init__(self, folder: Path, source: Path, machine: Mapping[str, str], keys: tuple[str, str]) -> None:
        super().__init__(Settings({}, machine), folder)
        self.versions: list[Version] = []
        self.gpu_url = f"http://127.0.0.1:{free_port()}"
        self.environments: list[str] = []
        self.volumes: dict[str, str] = {}
        self.has_keys = False
        self.detached: list[str] = []
        """Ids of apps that go on without their client, and are billed."""
        self._folder, self._source, self._machine, self._keys = folder, source, dict(machine), keys
        self._web: Process | None = None

    # ------------------------------------------------------------ deployments

    def named_secret(self, told: Told, request: Any) -> Any:
        """As at Modal: a secret that a deploy names keeps what it was made with, and lacks nothing that is required."""
        name = request.deployment_name
        known = next((key for key, each in told.secrets.items() if name and each.name == name), "")
        if known and not request.env_dict:
            missing = set(request.required_keys) - set(told.secrets[known].values)
            if missing:
                raise GRPCError(Status.FAILED_PRECONDITION, f"Secret {name} is missing keys: {sorted(missing)}")
            return api.SecretGetOrCreateResponse(secret_id=known)
        if name and not request.env_dict:
            raise GRPCError(Status.NOT_FOUND, f"Secret '{name}' not found")
        secret_id = known or told.id("st")
        told.secrets[secret_id] = GivenSecret(name, tuple(request.required_keys), dict(request.env_dict))
        return api.SecretGetOrCreateResponse(secret_id=secret_id)

    async def publish(self, told: Told, request: Any) -> Any:
        image = self._folder / f"image {len(self.versions) + 1}"
        for name in told.files:
            file = self._source / name.removeprefix(IN_IMAGE)
            if name.startswith(IN_IMAGE) and file.is_file():
                (image / name.removeprefix(IN_IMAGE)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, image / name.removeprefix(IN_IMAGE))
        await asyncio.to_thread(self._go_live, request, dict(told.functions), image)
        return api.AppPublishResponse(url="https://modal.invalid/app", deployed_at=time.time())

    async def roll_back(self, _told: Told, request: Any) -> Any:
        earlier = self.versions[request.version - 1]
        await asyncio.to_thread(self._go_live, earlier.published, earlier.functions, earlier.image)
        return api.AppRollbackResponse()

    def _go_live(self, published: Any, functions: Mapping[str, Any], image: Path) -> None:
        self.versions.append(Version(len(self.versions) + 1, published, functions, image))
        told = self.service
        told.published.append(published)
        told.functions = dict(functions)
        self._settings = Settings({}, self._machine | {"PYTHONPATH": str(image)})
        if self._web is not None:
            self._web.stop()
        arguments = self._folder / "arguments-web.bin"
        arguments.write_bytes(self._web_arguments().SerializeToString())
        secrets: dict[str, str] = {}
        for secret in told.secrets_of(published.function_ids["web"], functions["web"].function):
            secrets |= secret.values
        inside = {"MODAL_IS_REMOTE": "1", "PROXY_KEY": self._keys[0], "PROXY_SECRET": self._keys[1]}
        port = self.gpu_url.rsplit(":", 1)[1]
        self._web = Process(
            "the web entry",
            [sys.executable, "-P", web_entry.__file__, str(arguments), port],
            env={**finding(told, self._folder), **secrets, **self._settings.machine, **inside},
            cwd=self._folder,
            log=self._folder / "web.log",
            record=self._folder / "web.process.json",
        )
        self._web.start()
        headers = {"Modal-Key": self._keys[0], "Modal-Secret": self._keys[1]}
        wait_until_answers(self._web, f"{self.gpu_url}/version", headers)

    def _web_arguments(self) -> Any:
        told = self.service
        arguments = arguments_of(told, told.published[-1].function_ids["web"])
        arguments.function_def.CopyFrom(told.functions["web"].function)
        return arguments

    # ------------------------------------------------------------ questions

    def by_name(self, _told: Told, _request: Any) -> Any:
        if not self.versions:
            return api.AppGetByDeploymentNameResponse(environment_name="main")
        lifecycle = api.AppLifecycle(app_state=api.APP_STATE_DEPLOYED)
        return api.AppGetByDeploymentNameResponse(app_id=APP_ID, environment_name="main", lifecycle=lifecycle)

    def history(self, _told: Told, _request: Any) -> Any:
        rows = [
            api.AppDeploymentHistory(
                app_id=APP_ID, version=each.number, tag=each.published.deployment_tag, deployed_at=float(each.number)
            )
            for each in reversed(self.versions)
        ]
        return api.AppDeploymentHistoryResponse(app_deployment_histories=rows)

    def function(self, told: Told, request: Any) -> Any:
        if not self.versions:
            raise GRPCError(Status.NOT_FOUND, f"Function '{request.object_tag}' not found")
        function = api.Function()
        function.CopyFrom(told.functions[request.object_tag].function)
        function.web_url = self.gpu_url
        definition = api.FunctionData(
            function_name=function.function_name, web_url=self.gpu_url, webhook_config=function.webhook_config
        )
        definition.ranked_functions.add(rank=0, function=function)
        metadata = api.FunctionHandleMetadata(function_name=request.object_tag, web_url=self.gpu_url)
        return api.FunctionGetResponse(
            function_id=told.published[-1].function_ids[request.object_tag],
            handle_metadata=metadata,
            function=definition,
        )

    def apps(self, _told: Told, _request: Any) -> Any:
        rows = [api.AppListResponse.AppListItem(app_id=APP_ID, description="clipwright", state=api.APP_STATE_DEPLOYED)]
        running = [
            api.AppListResponse.AppListItem(app_id=id_, description="clipwright", state=api.APP_STATE_DETACHED)
            for id_ in self.detached
        ]
        return api.AppListResponse(apps=(rows if self.versions else []) + running)

    def lifecycle(self, _told: Told, request: Any) -> Any:
        state = api.APP_STATE_DETACHED if request.app_id in self.detached else api.APP_STATE_DEPLOYED
        return api.AppGetLifecycleResponse(lifecycle=api.AppLifecycle(app_state=state))

    def secrets(self, told: Told, _request: Any) -> Any:
        rows = [
            api.SecretListItem(secret_id=key, label=each.name, metadata=api.SecretMetadata(name=each.name))
            for key, each in told.secrets.items()
            if each.name
        ]
        return api.SecretListResponse(items=rows)

    def list_environments(self, _told: Told, _request: Any) -> Any:
        return api.EnvironmentListResponse(items=[api.EnvironmentListItem(name=name) for name in self.environments])

    def make_environment(self, _told: Told, request: Any) -> Any:
        from google.protobuf.empty_pb2 import Empty

        self.environments.append(request.name)
        return Empty()

    def make_proxy_token(self, _told: Told, _request: Any) -> Any:
        self.has_keys = True
        return api.TokenCreateResponse(token_id=self._keys[0], token_secret=self._keys[1])

    def delete_secret(self, told: Told, request: Any) -> Any:
        del told.secrets[request.secret_id]
        return empty()

    def volume(self, told: Told, request: Any) -> Any:
        """By its name; one that is only asked for is not made."""
        known = self.volumes.get(request.deployment_name)
        if known is None and not request.object_creation_type:
            raise GRPCError(Status.NOT_FOUND, f"Volume '{request.deployment_name}' not found")
        self.volumes[request.deployment_name] = known or told.id("vo")
        return api.VolumeGetOrCreateResponse(volume_id=self.volumes[request.deployment_name])

    def list_volumes(self, _told: Told, _request: Any) -> Any:
        rows = [
            api.VolumeListItem(label=name, volume_id=id_, metadata=api.VolumeMetadata(name=name))
            for name, id_ in self.volumes.items()
        ]
        return api.VolumeListResponse(items=rows)

    def delete_volume(self, _told: Told, request: Any) -> Any:
        self.volumes = {name: id_ for name, id_ in self.volumes.items() if id_ != request.volume_id}
        return empty()

    def stop_app(self, _told: Told, request: Any) -> Any:
        if request.app_id in self.detached:
            self.detached.remove(request.app_id)
        else:
            self.versions.clear()
        return empty()

    def delete_proxy_token(self, _told: Told, _request: Any) -> Any:
        self.has_keys = False
        return empty()

    def proxy_tokens(self, _told: Told, _request: Any) -> Any:
        rows = [api.WebhookToken(token_id=self._keys[0], name="clipwright")] if self.has_keys else []
        return api.WebhookTokenListResponse(tokens=rows)

    def replies(self) -> dict[str, Any]:
        return super().replies() | {
            "AppDeploymentHistory": self.history,
            "AppGetByDeploymentName": self.by_name,
            "AppGetLifecycle": self.lifecycle,
            "AppGetLayout": lambda _told, _request: api.AppGetLayoutResponse(),
            "AppList": self.apps,
            "AppPublish": self.publish,
            "AppRollback": self.roll_back,
            "EnvironmentCreate": self.make_environment,
            "EnvironmentList": self.list_environments,
            "FunctionGet": self.function,
            "FunctionGetSchedulingParams": lambda _told, _request: api.FunctionGetSchedulingParamsResponse(),
            "ObjectSuggest": lambda _told, _request: api.ObjectSuggestResponse(),
            "SecretGetOrCreate": self.named_secret,
            "SecretList": self.secrets,
            "AppStop": self.stop_app,
            "SecretDelete": self.delete_secret,
            "VolumeGetOrCreate": self.volume,
            "VolumeList": self.list_volumes,
            "VolumeDelete": self.delete_volume,
            "WebhookTokenDelete": self.delete_proxy_token,
            "WebhookTokenList": self.proxy_tokens,
            "WebhookTokenCreate": self.make_proxy_token,
            "TokenInfoGet": lambda _told, _request: api.TokenInfoGetResponse(workspace_name="rehearsal"),
        }

    def close(self) -> None:
        if self._web is not None:
            self._web.stop()
        super().close()


@contextmanager
def modal_account(account: ModalAccount) -> Generator[ModalAccount]:
    with modal_service(account.replies()) as told:
        account.service = told
        try:
            yield account
        finally:
            account.close()
