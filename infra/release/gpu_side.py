"""The files and settings of a GPU service, and whether the live service equals what a release would deploy.

A release replaces the GPU service only if it would change, because replacing warm containers costs money. The service
reports its commit and settings at `/version`; git has the files of that commit. This module deploys nothing.
"""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any, cast

import httpx

from gpu.core import container_images
from infra.language import localized
from infra.platforms import live
from infra.platforms.git import changed_paths, git
from infra.platforms.ground import Ground
from infra.platforms.programs import modal
from infra.platforms.targets import FILE, Target, parse
from infra.process.shell import InfraError

LOCKS = tuple(f"infra/locks/{name}.txt" for name in container_images.GPU_LOCKS)
"""The locks from which the images are built, in addition to the pins in the code."""

WARM_SECONDS = ""
"""Lengths of the clips that a container renders before its first job: none, since a job waits (decision 29)."""


def deploy_command(target: Target, tag: str) -> list[str]:
    command = [*modal(), "deploy", "--env", target.modal_environment, "--strategy", "rolling"]
    return [*command, "--tag", tag, "-m", "gpu.serve.modal.app"]


def container_environment(target: Target) -> dict[str, str]:
    """Environment variables of the containers. They come from the target's row and the constant above, never from the
    deploying machine."""
    return {
        "CLIPWRIGHT_CHECKPOINT": target.checkpoint,
        "CLIPWRIGHT_VISIBLE_MARK": "1" if target.visible_mark else "",
        "CLIPWRIGHT_WARM_SECONDS": WARM_SECONDS,
    }


def row_at(ground: Ground, commit_id: str) -> Target:
    """The target's row in a commit. Raises InfraError or KeyError if that commit has no valid row."""
    return parse(git(ground.root, "show", f"{commit_id}:{FILE.as_posix()}"))[ground.target.name]


def is_gpu_side(name: str) -> bool:
    """Whether a container's code or image depends on this file. `name` is relative to the checkout."""
    return name in LOCKS or container_images.is_in_a_container(PurePosixPath(name))


def changed_between(ground: Ground, earlier: str, later: str) -> list[str]:
    """Files of the containers that differ between two commits. Raises InfraError for an unknown commit."""
    listing = git(ground.root, "diff", "--name-only", "--no-renames", "-z", earlier, later)
    return [name for name in listing.split("\0") if is_gpu_side(name)]


def uncommitted(ground: Ground) -> list[str]:
    """Files of the containers that have uncommitted changes in this checkout."""
    return [name for name in changed_paths(ground.root) if is_gpu_side(name)]


def gpu_side_equal(ground: Ground, build: str, commit_id: str) -> bool:
    """Whether the containers of the two commits have equal code, images and environment variables."""
    if not re.fullmatch(r"[0-9a-f]{7,40}", build):
        return False  # `dev` stands for no commit; a branch may have that name
    try:
        changed = changed_between(ground, build, commit_id)
        earlier = row_at(ground, build)
    except (InfraError, KeyError):
        return False  # an unknown commit, or a row in another format
    return not changed and container_environment(earlier) == container_environment(ground.target)


def reported_version(target: Target) -> Mapping[str, Any]:
    """The body of the GPU service's `/version`; empty when it does not answer."""
    keys = live.with_keys(("Modal-Key", "Modal-Secret"), live.PROXY_KEYS)
    try:
        response = httpx.get(f"{target.gpu_url}/version", headers=keys, timeout=live.ASK_SECONDS)
        response.raise_for_status()
        body: Any = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return {}
    return cast("Mapping[str, Any]", body) if isinstance(body, dict) else {}


def differences(ground: Ground, answer: Mapping[str, Any]) -> list[str]:
    """Differences between the live service and one deployed from this checkout, in words: settings, images, code. Empty
    when there is none. An older service does not report all fields; a missing field counts as a difference."""
    wanted = {
        "checkpoint": ground.target.checkpoint,
        "visible_mark": ground.target.visible_mark,
        "image": container_images.image_digest(ground.root),
        "code": container_images.code_digest(ground.root),
    }
    return [
        localized(
            ko=f"GPU 서비스의 {name} 값이 {answer.get(name)!r}이에요. 기다리는 것은 {value!r}",
            en=f"{name} of the GPU service is {answer.get(name)!r}, expected {value!r}",
        )
        for name, value in wanted.items()
        if answer.get(name) != value
    ]


def wait_until_deployed(
    ground: Ground, *, limit_seconds: float, pause_seconds: float, tell: Callable[[list[str]], None]
) -> None:
    """Returns when the live service equals this checkout and row. Raises InfraError with the differences."""
    deadline = time.monotonic() + limit_seconds
    while late := differences(ground, reported_version(ground.target)):
        tell(late)
        if time.monotonic() + pause_seconds > deadline:
            raise InfraError(
                "; ".join(late),
                localized(
                    ko="Modal 대시보드를 본 다음 deploy를 다시 돌려 주세요. 이 단계부터 이어서 해요",
                    en="look at Modal's dashboard, then run deploy again; it continues with this step",
                ),
            )
        time.sleep(pause_seconds)
