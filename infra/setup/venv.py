"""Creates `.venv` with the Python that runs this. It does not know what is installed there."""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.setup.place import Place
from infra.setup.programs import Program
from infra.setup.refusals import AGAIN, SetupError, of_output


def make_venv(place: Place, environment: Mapping[str, str], look: Callable[[], None]) -> None:
    """Replaces `.venv`. Raises SetupError, before anything is removed if this Python cannot create it."""
    check_python_can(place)
    if place.venv.is_symlink() or place.venv.is_file():
        raise SetupError(f"{place.venv} must be a folder, but it is a link or a file.", f"rename or remove it, {AGAIN}")
    if place.venv.exists():
        shutil.rmtree(place.venv)
    with Program([sys.executable, "-m", "venv", place.venv], cwd=place.root, env=environment) as program:
        if program.wait(look) != 0:
            raise of_output("python -m venv", ".venv", program.output)


def check_python_can(place: Place) -> None:
    """Raises SetupError when this Python has no venv module, or lies in the folder that is to be replaced."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SetupError(
            "this Python cannot make virtual environments (its venv or ensurepip module is missing).",
            f"on Debian or Ubuntu: sudo apt-get install python{version}-venv ; elsewhere: a Python from python.org",
        )
    # Removing .venv would remove the program that is to create it.
    if Path(sys.prefix).resolve() == place.venv.resolve():
        raise SetupError(
            ".venv must be created again, and the Python that runs this is inside it.",
            f"leave it (deactivate) and start run.py with the Python in {sys.base_prefix}, or with another one",
        )
