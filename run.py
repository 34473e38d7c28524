"""The entry point of Clipwright: installs the packages that a verb needs, then runs `python -m infra <verb>`.

Standard library only, on Windows, macOS and Linux. It knows which dependency groups each verb needs, and does not know
what the verb does; `infra.setup` installs the groups into `.venv`. This file must parse on every Python since 3.6, so
that an old Python can print which versions are supported.
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 14)  # the newest that torch and the LTX packages ship wheels for


def check_python() -> None:
    """Ends the process with one sentence when the packages do not support this version of Python."""
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return
    here, oldest, newest = (".".join(map(str, each[:2])) for each in (sys.version_info, OLDEST_PYTHON, NEWEST_PYTHON))
    again = f"{'py -3.12' if os.name == 'nt' else 'python3.12'} run.py {' '.join(sys.argv[1:] or ['demo'])}"
    sys.stderr.write(
        f"[setup] 오류: 이 Python은 {here}이에요. Clipwright는 Python {oldest}부터 {newest}까지에서 돌아가요.\n"
        f"  해결: 그 가운데 하나를 설치하고 그것으로 시작해 주세요. 예: {again}\n"
        if speaks_korean()
        else f"[setup] error: this is Python {here}. Clipwright needs Python {oldest} to {newest}.\n"
        f"  fix: install one of those and start run.py with it, for example: {again}\n"
    )
    sys.exit(1)


def speaks_korean() -> bool:
    """The language of the terminal. An older Python cannot import the module that knows it, and speaks English."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        return False
    from infra.language import language_of, system_language

    return language_of(sys.argv[1:], os.environ, system_language()) == "ko"


sys.path.insert(0, str(Path(__file__).resolve().parent))
check_python()  # the modules imported below need one of the supported versions

from infra.language import choose_language, localized
from infra.process.guard import Guard, end_in_order, guard_this_process
from infra.setup.alone import alone
from infra.setup.installing import prepare as prepare_place
from infra.setup.place import Place
from infra.setup.progress import say
from infra.setup.refusals import SetupError

ALL_GROUPS = ("base", "site", "edge", "service", "render", "operator", "test")  # edge: node_modules
GROUPS_BY_VERB = {
    "build": ("base", "site", "edge"),
    "render": ("base", "site", "edge"),
    "dev": ("base", "site", "edge", "service", "render"),
    "demo": ("base", "site", "edge", "service", "render"),
    "bench": ("base", "site", "edge", "service", "render", "test"),
    "shots": ("base", "site", "edge", "service", "render", "operator", "test"),
    "measure": ("base", "service", "render", "test"),
    "tiny": ("base", "render"),
    "lock": ("base", "site", "test"),  # without edge: it writes package-lock.json, from which edge is installed
    "preflight": ("base", "site", "edge", "operator"),
    "deploy": ("base", "site", "edge", "operator"),
    "rollback": ("base", "site", "edge", "operator"),
    "setup-account": ("base", "site", "edge", "operator"),
    "caps": ("base", "site", "edge"),
    "rotate": ("base", "site", "edge", "operator"),
    "bill": ("base", "site", "edge", "operator"),
    "export": ("base", "site", "edge", "operator"),
    "import": ("base", "site", "edge", "operator"),
    "remove": ("base", "site", "edge", "operator"),
    "weights": ("base", "operator"),
    "modal": ("base", "operator"),
    "wrangler": ("base", "site", "edge"),
    "reflect": ("base",),
    "vram": ("base",),
    "quote": ("base",),
    "prices": ("base", "site", "edge", "operator"),
    "scenes": ("base",),
    "compare": ("base",),
    "setup": ALL_GROUPS,
    "check": ALL_GROUPS,
    "test": ALL_GROUPS,
}

# The programs that these verbs start end with the verb, also when it is killed. Other verbs are guarded while they
# install.
GUARDED_VERBS = ("dev", "demo", "test", "bench", "shots")

TORCH = "2.13.0"
# PyTorch's own, documented index of CPU builds. Asked only when the client's usual sources lack the CPU build.
PYTORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"

ROOT = Path(__file__).resolve().parent
PLACE = Place(ROOT, TORCH)
VENV = PLACE.venv


def main() -> int:
    arguments = sys.argv[1:]
    verb = verb_of(arguments)
    choose_language(arguments)
    end_in_order()
    if not sys.flags.utf8_mode:
        if os.name == "nt" and verb in GUARDED_VERBS:
            start_guard()  # on Windows this process stays while the child runs, and Ctrl-C or a kill ends this one
        return hand_over([sys.executable, "-X", "utf8", str(Path(__file__).resolve()), *arguments])
    guard = start_guard()
    try:
        with one_setup_at_a_time():
            prepare(groups_of(arguments))
    except SetupError as error:
        say(localized(ko=f"오류: {error}\n  해결: {error.fix}", en=f"error: {error}\n  fix: {error.fix}"))
        return 1
    except KeyboardInterrupt:
        say(localized(ko="멈췄어요", en="stopped"))
        return 130
    if guard is not None:
        guard.stay() if verb in GUARDED_VERBS else guard.stand_down()
    return hand_over([str(venv_python()), "-X", "utf8", "-m", "infra", *arguments])


def start_guard() -> "Guard | None":
    """Makes every program that this process starts end with it. Returns None with a warning where that fails."""
    try:
        return guard_this_process()
    except OSError as error:
        say(
            localized(
                ko=f"주의: 이 명령을 강제로 끝내면 여기서 시작한 프로그램이 계속 돌아요 ({error})",
                en=f"warning: if this command is killed, the programs that it started keep running ({error})",
            )
        )
        return None


def groups_of(arguments: "list[str]") -> "tuple[str, ...]":
    if arguments == ["test", "--quick"]:
        return tuple(group for group in ALL_GROUPS if group != "render")
    if verb_of(arguments) == "weights" and "--folder" in arguments:
        return ("base", "service", "render")  # the hub's client, which at Modal is in the container
    if verb_of(arguments) == "scenes" and "--film" in arguments:
        return ("base", "site", "edge")  # Node, in which the page's joiner runs
    return GROUPS_BY_VERB.get(verb_of(arguments), ("base",))


def verb_of(arguments: list[str]) -> str:
    """The first word that is neither an option nor the value of `--lang`, the only option that stands before a verb."""
    pairs = zip(["", *arguments], arguments, strict=False)
    return next((word for before, word in pairs if not word.startswith("-") and before != "--lang"), "")


def hand_over(command: list[str]) -> int:
    """Replaces this process by `command`, in UTF-8 whatever the console's code page is.

    On Windows, exec would return to the shell before the command ends, so a child runs there and its exit code is
    returned. Ctrl-C reaches the child directly, and the parent waits for the child's end.
    """
    environment = child_environment()
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(command[0], command, environment)  # noqa: S606  # the same program, only in UTF-8 mode or in the venv
    child = subprocess.Popen(command, env=environment)
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            return child.wait()


def child_environment() -> dict[str, str]:
    environment = dict(os.environ)
    # For files. `infra.console` chooses the encoding of a pipe; PYTHONIOENCODING stays as the user set it.
    environment["PYTHONUTF8"] = "1"
    environment["PYTHONPATH"] = str(ROOT)
    # The venv's own programs (node among them) come first, as in an activated environment.
    environment["PATH"] = str(venv_programs()) + os.pathsep + environment.get("PATH", "")
    environment["VIRTUAL_ENV"] = str(VENV)
    environment.pop("PYTHONHOME", None)
    return environment


def one_setup_at_a_time() -> "contextlib.AbstractContextManager[None]":
    return alone(ROOT / ".clipwright")


def prepare(groups: "tuple[str, ...]") -> None:
    # This process reads the installers' output as UTF-8.
    prepare_place(PLACE, groups, PYTORCH_CPU_INDEX, {**child_environment(), "PYTHONIOENCODING": "utf-8"})


def venv_programs() -> Path:
    return PLACE.programs


def venv_python() -> Path:
    return PLACE.python


if __name__ == "__main__":
    sys.exit(main())
