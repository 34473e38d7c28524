"""What a GPU service is made from and told, and whether the one that answers is what a release would deploy.

A release that changes nothing there leaves it alone, because replacing warm containers costs money. What answers tells
its commit and what it was told (`/version`); what the commit is made of is in git. It deploys nothing.
"""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any, cast

import httpx

from gpu.core import container_images
from infra.platforms import live
from infra.platforms.git import changed_paths, git
from infra.platforms.ground import Ground
from infra.platforms.programs import modal
from infra.platforms.targets import FILE, Target, parse
from infra.process.shell import InfraError

LOCKS = tuple(f"infra/locks/{name}.txt" for name in container_images.GPU_LOCKS)
"""What images are made from, beside the pins in the code."""

WARM_SECONDS = "2"
"""Length of the default clip that a container goes through before its first job; gpu/serve/warm_up.py says what it
costs."""


def deploy_command(target: Target, tag: str) -> list[str]:
    command = [*modal(), "deploy", "--env", target.modal_environment, "--strategy", "rolling"]
    return [*command, "--tag", tag, "-m", "gpu.serve.modal.app"]


def container_environment(target: Target) -> dict[str, str]:
    """What containers are told that is no code: by the target's row, whatever lies about on the deploying machine."""
    return {
        "CLIPWRIGHT_CHECKPOINT": target.checkpoint,
        "CLIPWRIGHT_VISIBLE_MARK": "1" if target.visible_mark else "",
        "CLIPWRIGHT_WARM_SECONDS": WARM_SECONDS,
    }


def row_at(ground: Ground, commit_id: str) -> Target:
    """The target's row as a commit has it. Raises InfraError or KeyError where that has none of this form."""
    return parse(git(ground.root, "show", f"{commit_id}:{FILE.as_posix()}"))[ground.target.name]


def is_gpu_side(name: str) -> bool:
    """Whether a container is made from this file, by code or by image. `name` is relative to the checkout."""
    return name in LOCKS or container_images.is_in_a_container(PurePosixPath(name))


def changed_between(ground: Ground, earlier: str, later: str) -> list[str]:
    """Files that containers are made from and that differ between two commits. Raises InfraError for an unknown one."""
    listing = git(ground.root, "diff", "--name-only", "--no-renames", "-z", earlier, later)
    return [name for name in listing.split("\0") if is_gpu_side(name)]


def uncommitted(ground: Ground) -> list[str]:
    """Files that containers would be made from and that are in this checkout, but in no commit as they are."""
    return [name for name in changed_paths(ground.root) if is_gpu_side(name)]


def gpu_side_equal(ground: Ground, build: str, commit_id: str) -> bool:
    """Whether containers of the two commits would be the same, code, images and what they are told."""
    if not re.fullmatch(r"[0-9a-f]{7,40}", build):
        return False  # `dev` is no commit, though many a repository has a branch of that name
    try:
        changed = changed_between(ground, build, commit_id)
        earlier = row_at(ground, build)
    except (InfraError, KeyError):
        return False  # a commit that is not known here, or a row of another form
    return not changed and container_environment(earlier) == container_environment(ground.target)


def reported_version(target: Target) -> Mapping[str, Any]:
    """What the GPU service tells of itself; nothing where it does not answer."""
    keys = live.with_keys(("Modal-Key", "Modal-Secret"), live.PROXY_KEYS)
    try:
        response = httpx.get(f"{target.gpu_url}/version", headers=keys, timeout=live.ASK_SECONDS)
        response.raise_for_status()
        body: Any = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return {}
    return cast("Mapping[str, Any]", body) if isinstance(body, dict) else {}


def differences(ground: Ground, answer: Mapping[str, Any]) -> list[str]:
    """In words, what of the service is other than this checkout and the target's row would make it: what it was told,
    its images, its code. Empty when all is the same; one that does not say was deployed before it could."""
    wanted = {
        "checkpoint": ground.target.checkpoint,
        "visible_mark": ground.target.visible_mark,
        "image": container_images.image_digest(ground.root),
        "code": container_images.code_digest(ground.root),
    }
    return [
        f"{name} of the GPU service is {answer.get(name)!r}, wanted {value!r}"
        for name, value in wanted.items()
        if answer.get(name) != value
    ]


def wait_until_deployed(
    ground: Ground, *, limit_seconds: float, pause_seconds: float, tell: Callable[[list[str]], None]
) -> None:
    """Returns when what answers is what this checkout and the row make. Raises InfraError that names what differs."""
    deadline = time.monotonic() + limit_seconds
    while late := differences(ground, reported_version(ground.target)):
        tell(late)
        if time.monotonic() + pause_seconds > deadline:
            raise InfraError("; ".join(late), "look at Modal's dashboard; then run deploy again, it goes on here")
        time.sleep(pause_seconds)
