"""Queries the accounts through `wrangler` and `modal`: names of secrets, Modal's token, environment and weights.

Values of secrets are never read. It does not judge the answers.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gpu.core.checkpoints import CHECKPOINTS, Flavour
from gpu.core.hardware import FETCH_LIMIT_SECONDS
from gpu.core.weight_sources import MARKERS, listing
from infra.language import localized
from infra.platforms import weight_files
from infra.platforms.cloudflare import SECRETS, SECRETS_BY_ACCESS, of_sweeper
from infra.platforms.ground import Ground
from infra.platforms.live import ACCESS_KEYS, PROXY_KEYS
from infra.platforms.programs import RUN_MODAL, attempt, json_part, modal, plain, wrangler
from infra.platforms.targets import Target, is_tiny
from infra.process.known_answers import explained
from infra.process.shell import COLOUR, InfraError

LIMIT_SECONDS = 60.0


PLACEHOLDER = "00000000-0000-4000-8000-"
"""Begins the ids of databases that setup-account has not made yet."""


BOOTSTRAP = "python run.py setup-account --env {0}"


APP = Path("gpu", "serve", "modal", "app.py")


ERROR_MARK = "[ERROR]"
"""Wrangler's mark for an error."""


FRAME = re.compile(r"[\u2500-\u257f]+( Error )?")
"""The frame that Modal draws around an error."""


@dataclass(frozen=True, slots=True)
class Names:
    """The wanted and the found names. `error` holds the end of the program's output when it failed."""

    what: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]
    error: str
    fix: str
    commands: tuple[str, ...]


def site_secrets(target: Target, *words: str) -> list[str]:
    """Wrangler on the secrets of the Pages project: `list`, or `bulk` with a file."""
    return [*wrangler(), "pages", "secret", *words, "--project-name", target.pages_project, "--env", target.name]


def sweeper_secrets(target: Target, *words: str) -> list[str]:
    return [*wrangler(), "secret", *words, *of_sweeper(target)]


def probe_site_secrets(ground: Ground) -> Names:
    further = SECRETS_BY_ACCESS[ground.target.access]
    return secrets_by_wrangler(
        ground, localized(ko="Pages 프로젝트", en="the Pages project"), site_secrets, (*SECRETS, *further)
    )


def probe_sweeper_secrets(ground: Ground) -> Names:
    return secrets_by_wrangler(ground, localized(ko="정리 Worker", en="the sweeper"), sweeper_secrets, SECRETS)


def secrets_by_wrangler(ground: Ground, what: str, command: Callable[..., list[str]], wanted: tuple[str, ...]) -> Names:
    finished = attempt(command(ground.target, "list"), cwd=ground.root, timeout_seconds=LIMIT_SECONDS)
    return Names(
        what=what,
        wanted=wanted,
        found=tuple(name for name in wanted if re.search(rf"\b{name}\b", finished.output)),
        error="" if finished.exit_code == 0 else last_words(finished.output),
        fix=localized(
            ko="빠진 비밀값을 저장해 주세요. 함께 쓰는 곳마다 같은 값이어야 해요",
            en="store the missing secret; every side that shares it needs the same value",
        ),
        commands=tuple(plain(command(ground.target, "put", name)) for name in wanted),
    )


def probe_modal_token(ground: Ground) -> Names:
    finished = attempt([*modal(), "token", "info"], cwd=ground.root, timeout_seconds=LIMIT_SECONDS)
    error = "" if finished.exit_code == 0 else last_words(finished.output)
    return Names(
        "Modal",
        (),
        (),
        error,
        localized(ko="Modal에 로그인해 주세요", en="log in to Modal"),
        (f"{RUN_MODAL} token new",),
    )


def probe_release_keys(ground: Ground) -> Names:
    """Checks only that the variables are set; the request to the GPU service shows whether the keys are valid."""
    is_open = ground.target.name == "production" and ground.target.access == "public"
    wanted = PROXY_KEYS if is_open else (*PROXY_KEYS, *ACCESS_KEYS)
    found = tuple(name for name in wanted if ground.environ.get(name))
    make = ("python run.py setup-account",)
    return Names(
        localized(ko="이 컴퓨터의 환경 변수", en="this machine's environment"),
        wanted,
        found,
        "",
        localized(ko="setup-account가 만든 키 쌍을 변수에 넣어 주세요", en="set the key pair that setup-account made"),
        make,
    )


def probe_modal_environment(ground: Ground) -> Names:
    wanted = ground.target.modal_environment
    create = (f"{RUN_MODAL} environment create {wanted}",)
    return by_modal(
        ground,
        "Modal",
        ["environment", "list", "--json"],
        (wanted,),
        localized(ko="그 환경을 만들어 주세요", en="create the environment"),
        create,
    )


def probe_modal_secrets(ground: Ground) -> Names:
    wanted = named_in_app(ground.root, "Secret")
    command = ["secret", "list", "--env", ground.target.modal_environment, "--json"]
    create = (BOOTSTRAP.format(ground.target.name),)
    return by_modal(
        ground,
        localized(ko="Modal 비밀값", en="Modal's secrets"),
        command,
        wanted,
        localized(ko="키를 모두 넣어 만들어 주세요", en="create them with all their keys"),
        create,
    )


def probe_modal_weights(ground: Ground, family: Flavour | None = None) -> Names:
    """The download writes its marker last, so the marker proves every file that it lists; it has to list the present
    pins. Without a family, that of the environment's checkpoint; a tiny set is part of the code."""
    if family is None and is_tiny(ground.target.checkpoint):
        return Names("weights", (), (), "", "", ())
    flavour = family or CHECKPOINTS[ground.target.checkpoint].flavour
    volume, marker = weights_volume(ground), MARKERS[flavour]
    command = ["volume", "ls", volume, "--env", ground.target.modal_environment, "--json"]
    most = FETCH_LIMIT_SECONDS // 3600
    hours = localized(
        ko=f"최대 {most}시간 걸려요. 마지막에 {marker} 파일이 생겨요", en=f"at most {most} h; writes {marker} last"
    )
    fetch = (f"python run.py weights fetch --env {ground.target.name}  # {hours}",)
    names = by_modal(
        ground,
        localized(ko=f"볼륨 {volume}", en=f"volume {volume}"),
        command,
        (marker,),
        localized(ko="가중치를 그 볼륨에 내려받아 주세요", en="download the weights into the volume"),
        fetch,
    )
    pins = weight_files.read(ground.root).pins.get(flavour, ())
    if marker not in names.found or not pins:
        return names
    read = ["volume", "get", volume, marker, "-", "--env", ground.target.modal_environment]
    finished = attempt([*modal(), *read], cwd=ground.root, timeout_seconds=LIMIT_SECONDS)
    if finished.exit_code != 0:
        return replace(names, error=last_words(finished.output))
    if parsed(finished.output) == listing(pins):
        return names
    wanted = localized(ko=f"지금 판의 {marker}", en=f"{marker} of the present pins")
    return replace(names, wanted=(wanted,), found=())


def weights_volume(ground: Ground) -> str:
    return next((name for name in named_in_app(ground.root, "Volume") if name.endswith("-weights")), "")


def parsed(output: str) -> Any:
    """The JSON document in a program's output; None without one."""
    try:
        return json.loads(json_part(output))
    except ValueError:
        return None


def by_modal(
    ground: Ground, what: str, command: list[str], wanted: tuple[str, ...], fix: str, commands: tuple[str, ...]
) -> Names:
    finished = attempt([*modal(), *command], cwd=ground.root, timeout_seconds=LIMIT_SECONDS)
    found: tuple[str, ...] = ()
    error = "" if finished.exit_code == 0 else last_words(finished.output)
    if not error:
        try:
            rows: list[dict[str, Any]] = json.loads(json_part(finished.output) or "[]")
            found = tuple(str(value) for row in rows for value in row.values())
        except ValueError:
            error = localized(ko="JSON이 아닌 답이에요", en="its answer is not JSON")
    return Names(what, wanted, found, error, fix, commands)


def named_in_app(root: Path, kind: str) -> tuple[str, ...]:
    """Names of the secrets or volumes that the Modal app uses, read from its source."""
    path = root / APP
    if not path.is_file():
        return ()
    source = path.read_text(encoding="utf-8")
    return tuple(dict.fromkeys(re.findall(rf'{kind}\.from_name\(\s*"([^"]+)"', source)))


def missing(names: Names, wanted: tuple[str, ...] | None = None) -> str:
    """The missing names in one line, of all names or of `wanted`; empty when none is. Raises InfraError when the query
    failed, because the names may exist."""
    if names.error:
        commands = f": {', '.join(names.commands)}" if names.commands else ""
        raise InfraError(
            localized(
                ko=f"{names.what}: 물어볼 수 없어요. {names.error}", en=f"{names.what} cannot be queried: {names.error}"
            ),
            f"{names.fix}{commands}",
        )
    lacking = [name for name in wanted or names.wanted if name not in names.found]
    return (
        localized(ko=f"{names.what}: {', '.join(lacking)} 없음", en=f"{names.what}: {', '.join(lacking)} missing")
        if lacking
        else ""
    )


def last_words(output: str) -> str:
    """A program's error message: from its last error mark on, otherwise its last two lines. Without colours and
    frames. What a known one means stands before it."""
    plain = FRAME.sub("", COLOUR.sub("", output))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    marked = [number for number, line in enumerate(lines) if ERROR_MARK in line]
    shown = lines[marked[-1] :] if marked else lines
    words = " / ".join(shown[:2] if marked else shown[-2:]).replace(ERROR_MARK, "").lstrip("\u2718 ")[:300]
    meaning = explained(output)
    return f"{meaning} ({words.partition('. ')[0]})" if meaning else words
