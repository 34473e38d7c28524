"""The GPU service on Modal: the same `api.py` and `worker.py` as on a laptop, on rented cards.

    python run.py deploy          deploys the web entry and the GPU class
    python run.py weights pin     asks the hub for exact files, in a container that has the hub's token
    python run.py weights fetch   fills the volume with the pinned files; resumes
    python run.py weights verify  compares every file on the volume with its pin

The only importer of modal. It holds names, limits and wiring: `container.py` is the code of a GPU container,
`dispatcher.py` the code behind the web entry. After a preemption or crash the platform redelivers an input whatever
`retries` says, so this code never assumes that it runs once.
"""

# modal's decorators and handles come with gaps in their types.
# pyright: reportUnknownMemberType=false

import importlib
import logging
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import modal
import modal.experimental

from gpu.core import container_images
from gpu.core.checkpoints import PRODUCTION_CHECKPOINT
from gpu.core.contract import Fault, Ticket
from gpu.core.geometry import DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER
from gpu.core.hardware import (
    CONTAINER_CORES,
    CONTAINER_GIB,
    FETCH_GIB,
    FETCH_LIMIT_SECONDS,
    GPUS,
    MAX_CONTAINERS,
    SCALEDOWN_SECONDS,
    STARTUP_LIMIT_SECONDS,
)
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from gpu.core.pricing import estimate
from gpu.core.problems import GpuUnreachable, SettingsIncomplete
from gpu.serve.modal.dispatcher import REPORT_SECONDS, PlatformState, call_limit_seconds, time_limit_seconds

if TYPE_CHECKING:
    from fastapi import FastAPI

log = logging.getLogger(__name__)

APP = "clipwright"
WEIGHTS = Path("/weights")
COMPILED = Path("/compiled")
STATE = Path("/tmp/clipwright")  # noqa: S108 (a container's own, and gone with it)

WEB_LIMIT_SECONDS = 60
WEB_IDLE_SECONDS = 300
"""An idle web container costs some 0.2 USD a day; a cold one may take as long as the site waits for an answer."""

DEFAULT_GPU = estimate(PRESETS[DEFAULT_PRESET], DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER).gpu
"""The card of the default clip; every ticket names its own."""

app = modal.App(APP, include_source=False)

weights_volume = modal.Volume.from_name("clipwright-weights", create_if_missing=True)
compiled_volume = modal.Volume.from_name("clipwright-compiled", create_if_missing=True)
"""Compiled kernels and graphs, so that a shape is compiled once for all containers. Deleting it costs only time."""

r2_secret = modal.Secret.from_name(
    "clipwright-r2", required_keys=["R2_ENDPOINT", "R2_BUCKET", "R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"]
)
site_secret = modal.Secret.from_name(
    "clipwright-site", required_keys=["CLIPWRIGHT_SITE_URL", "CLIPWRIGHT_EVENT_SECRET"]
)
signing_secret = modal.Secret.from_name(
    "clipwright-signing", required_keys=["CLIPWRIGHT_SIGNING_KEY", "CLIPWRIGHT_SIGNING_CERTIFICATES"]
)
"""The secret always exists, so that every deploy works; empty values mean that clips are not signed."""
hub_secret = modal.Secret.from_name("clipwright-huggingface", required_keys=["HF_TOKEN"])


def _made_of() -> dict[str, str]:
    """Digests that only the deploying machine can compute; a container reads them from its environment."""
    if not modal.is_local():
        return {name: os.environ.get(name, "") for name in ("CLIPWRIGHT_DEPLOY", "CLIPWRIGHT_IMAGE", "CLIPWRIGHT_CODE")}
    return {
        "CLIPWRIGHT_DEPLOY": secrets.token_hex(6),
        "CLIPWRIGHT_IMAGE": container_images.image_digest(),
        "CLIPWRIGHT_CODE": container_images.code_digest(),
    }


MADE_OF = _made_of()


def environment() -> dict[str, str | None]:
    """Environment variables of every container, secrets excluded: the deploy's own values, and the digests. Modal
    imports this module again inside the container; these values make both imports agree."""
    return {
        "CLIPWRIGHT_BUILD": os.environ.get("CLIPWRIGHT_BUILD", "dev"),
        "CLIPWRIGHT_CHECKPOINT": os.environ.get("CLIPWRIGHT_CHECKPOINT", PRODUCTION_CHECKPOINT),
        "CLIPWRIGHT_STATE": STATE.as_posix(),
        "CLIPWRIGHT_VISIBLE_MARK": os.environ.get("CLIPWRIGHT_VISIBLE_MARK", ""),
        "CLIPWRIGHT_WARM_SECONDS": os.environ.get("CLIPWRIGHT_WARM_SECONDS", ""),
        **MADE_OF,
    }


def options(gpu: str) -> dict[str, Any]:
    """Modal's options for a card. Equal cards get equal options, and so share their warm containers and the limit on
    their number. Leave out `env` and `secrets`: either makes a variant of the class that has none of its secrets, and
    `env` makes one for every job."""
    memory = CONTAINER_GIB * 1024
    return {"gpu": GPUS[gpu].modal_name, "cpu": CONTAINER_CORES, "memory": memory, "timeout": call_limit_seconds(gpu)}


def compiled_for(gpu: str) -> dict[str, str]:
    """Environment variables for the cache of compiled kernels: one folder for each kind of card and version of torch,
    so that each can be deleted by itself. Empty where the volume is not mounted."""
    if not COMPILED.is_dir():
        return {}
    folder = COMPILED / f"{gpu}-torch-{container_images.TORCH}"
    return {
        "TORCHINDUCTOR_CACHE_DIR": (folder / "inductor").as_posix(),
        "TRITON_CACHE_DIR": (folder / "triton").as_posix(),
    }


def _image(
    locks: tuple[str, ...], variables: dict[str, str], source: container_images.Source, torch: str | None = None
) -> modal.Image:
    image = modal.Image.debian_slim(python_version=container_images.PYTHON)
    if torch is not None:
        image = image.apt_install(*container_images.COMPILER)
        image = image.uv_pip_install(
            f"torch=={torch}", *container_images.BESIDE_TORCH.values(), uv_version=container_images.UV
        )
    image = image.uv_pip_install(
        requirements=container_images.lock_files(locks),
        extra_options=container_images.INSTALL_OPTIONS,
        uv_version=container_images.UV,
    )
    if torch is not None:
        image = image.run_commands(container_images.TORCHAUDIO_REPAIR)
    packages = image.env(variables)
    return packages.add_local_python_source(container_images.PACKAGE, ignore=lambda path: not source.holds(path))


web_image = _image(container_images.WEB_LOCKS, container_images.WEB_ENVIRONMENT, container_images.WEB_SOURCE)
gpu_image = _image(
    container_images.GPU_LOCKS, container_images.GPU_ENVIRONMENT, container_images.GPU_SOURCE, container_images.TORCH
)


# ---------------------------------------------------------------- the card


# No memory snapshot: it is taken without a card, and torch and LTX 1.0.0 look for one while they are imported. Whether
# a restored process finds its card has not been seen (decision 29).
@app.cls(
    image=gpu_image,
    volumes={WEIGHTS.as_posix(): weights_volume.read_only(), COMPILED.as_posix(): compiled_volume},
    secrets=[r2_secret, site_secret, signing_secret],
    env=environment(),
    startup_timeout=STARTUP_LIMIT_SECONDS,
    scaledown_window=SCALEDOWN_SECONDS,
    max_containers=MAX_CONTAINERS,
    retries=0,
    **options(DEFAULT_GPU),
)
class GpuWorker:
    """One card, one call at a time, and in a call one job at a time."""

    card: str = modal.parameter(default=DEFAULT_GPU)
    """The requested card, which is the one that is billed. Containers know it before their first ticket."""

    @modal.enter()
    def open(self) -> None:
        from gpu.serve.modal.container import Container

        _log_to_stderr()
        os.environ.update(compiled_for(self.card))  # before torch is imported, which looks there
        limit = time_limit_seconds(self.card) - REPORT_SECONDS
        self._container = Container(WEIGHTS, limit_seconds=limit, stop=_stop_taking_calls)
        self._container.open({**os.environ, "CLIPWRIGHT_GPU": self.card})

    @modal.method()
    def run(self, ticket: str) -> str:
        """Runs a ticket (JSON) and those that follow on its card. Returns how the first one ended: `finished`, `gone`,
        or a `Fault` (JSON). Raises no error of its own, since the caller could not tell it from an error of the
        platform."""
        try:
            given = Ticket.model_validate_json(ticket)
        except ValueError:
            log.exception("invalid ticket: another deploy sent it")
            return "gone"
        end = self._container.run(given)
        return end.model_dump_json() if isinstance(end, Fault) else end

    @modal.exit()
    def close(self) -> None:
        self._container.close()


def _stop_taking_calls() -> None:
    """The platform ends this container as soon as its call has returned."""
    try:
        modal.experimental.stop_fetching_inputs()  # pyright: ignore[reportUnusedCoroutine] (it blocks here)
    except Exception:
        log.exception("this container must stop, but it still gets jobs")


# ---------------------------------------------------------------- the web entry


if os.environ.get("CLIPWRIGHT_ENTRY") == "web":
    # A snapshot holds the imports made before it, and `web` runs after it: early imports shorten a person's wait.
    importlib.import_module("gpu.serve.api")


@app.function(
    image=web_image,
    volumes={WEIGHTS.as_posix(): weights_volume.read_only()},  # for the marker, whose revision /version names
    secrets=[r2_secret, site_secret],
    env=environment() | {"CLIPWRIGHT_ENTRY": "web"},
    timeout=WEB_LIMIT_SECONDS,
    scaledown_window=WEB_IDLE_SECONDS,
    max_containers=MAX_CONTAINERS,
    enable_memory_snapshot=True,
)
@modal.concurrent(max_inputs=100)
@modal.asgi_app(requires_proxy_auth=True)
def web() -> "FastAPI":
    """`POST /pictures`, `/sounds` and `/jobs`, `GET` and `DELETE /jobs/{call}`, `GET /version`, all behind Modal's
    proxy keys."""
    from gpu.core.checkpoints import CHECKPOINTS
    from gpu.serve import weights
    from gpu.serve.api import create_app, create_refusing_app
    from gpu.serve.connections import connect
    from gpu.serve.modal.dispatcher import RentedDispatcher
    from gpu.serve.picture_reader import PictureReader
    from gpu.serve.sound_reader import SoundReader

    _log_to_stderr()
    try:
        settings, storage, site = connect(os.environ)
    except SettingsIncomplete as error:
        log.error("the web entry cannot start: %s", error.detail)
        return create_refusing_app(error)
    site.close()  # checked here as in the containers; the web entry sends no events
    revision = weights.installed(CHECKPOINTS[settings.checkpoint], WEIGHTS)
    return create_app(
        RentedDispatcher(storage, ModalPlatform(), settings.deploy),
        PictureReader(storage),
        SoundReader(storage),
        settings,
        revision,
    )


class ModalPlatform:
    """Modal as `dispatcher.Platform`."""

    def spawn(self, ticket: Ticket) -> str:
        with _reaching():
            variant: Any = cast("Any", GpuWorker).with_options(**options(ticket.gpu))
            return str(variant(card=ticket.gpu).run.spawn(ticket.model_dump_json()).object_id)

    def state(self, platform_id: str) -> PlatformState | Fault:
        with _reaching():
            try:
                end = modal.FunctionCall.from_id(platform_id).get(timeout=0)
            except TimeoutError:  # the builtin one: no result yet. Modal's own TimeoutError is another class
                return "pending"
            except Exception as error:
                if not isinstance(error, _ENDED_WITHOUT_A_WORD) and _is_of_the_client(error):
                    raise
                log.info("call %s is gone: %s", platform_id, type(error).__name__)
                return "gone"
        return _state_from(end)

    def cancel(self, platform_id: str) -> None:
        with _reaching():
            try:
                modal.FunctionCall.from_id(platform_id).cancel()
            except _ENDED_WITHOUT_A_WORD:
                log.info("call %s ended before it could be canceled", platform_id)


_ENDED_WITHOUT_A_WORD = (
    modal.exception.FunctionTimeoutError,
    modal.exception.RemoteError,
    modal.exception.InternalFailure,
    modal.exception.OutputExpiredError,
    modal.exception.NotFoundError,
    modal.exception.InvalidError,
    modal.exception.ExecutionError,
    modal.exception.DeserializationError,
)
"""The errors of Modal's client which mean that a call will never return a result."""


def _is_of_the_client(error: Exception) -> bool:
    """True for an error of Modal's client or its transport: then Modal could not be reached. `get` also raises the
    call's own errors, for example when our code cannot be imported in its container; such a call has ended for good."""
    return type(error).__module__.partition(".")[0] in ("modal", "grpclib", "h2")


def _state_from(end: object) -> PlatformState | Fault:
    if end == "finished":
        return "finished"
    try:
        return Fault.model_validate_json(str(end))
    except ValueError:
        return "gone"


@contextmanager
def _reaching() -> Generator[None]:
    """Turns errors into GpuUnreachable. An unreachable Modal says nothing about a call: only Modal's own answer may
    make an attempt `gone`."""
    try:
        yield
    except Exception as error:
        log.warning("Modal cannot be reached: %s: %s", type(error).__name__, error)
        raise GpuUnreachable("The GPU platform did not answer.") from None


# ---------------------------------------------------------------- weights


@app.function(
    image=gpu_image,
    cpu=CONTAINER_CORES,
    memory=FETCH_GIB * 1024,
    volumes={WEIGHTS.as_posix(): weights_volume},
    secrets=[hub_secret],
    timeout=FETCH_LIMIT_SECONDS,
    max_containers=1,  # two at once would overwrite each other's partial files
    retries=0,
)
def fetch_weights(flavour: str = "19b") -> None:
    """Downloads one family's weights to the volume and packs them there. After a failure, run it again: it resumes
    where it stopped."""
    from gpu.serve import weights_program

    _log_to_stderr()
    weights_program.fetch(flavour, WEIGHTS, os.environ["HF_TOKEN"], weights_volume.commit)


@app.function(
    image=gpu_image,
    cpu=CONTAINER_CORES,
    volumes={WEIGHTS.as_posix(): weights_volume.read_only()},
    timeout=FETCH_LIMIT_SECONDS,
    retries=0,
)
def verify_weights(flavour: str = "19b") -> None:
    """Reads every file of one family on the volume and compares its size and SHA-256 with its pin."""
    from gpu.serve import weights_program

    weights_program.verify(flavour, WEIGHTS)


@app.function(image=gpu_image, secrets=[hub_secret], timeout=FETCH_LIMIT_SECONDS, retries=0)
def pin_weights(flavour: str = "19b") -> None:
    """Prints the newest revision, size and hash of every wanted file; `python run.py weights pin` writes them down."""
    from gpu.serve import weights_program

    weights_program.pin(flavour, os.environ["HF_TOKEN"])


def _log_to_stderr() -> None:
    from gpu.serve.job_log import log_to_stderr

    log_to_stderr("%(levelname)s %(name)s: %(message)s", logging.WARNING)
