"""Creates `.venv` with the Python that runs this. It does not know what is installed there."""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.language import localized
from infra.setup.place import Place
from infra.setup.programs import Program
from infra.setup.refusals import SetupError, again, of_output


def make_venv(place: Place, environment: Mapping[str, str], look: Callable[[], None]) -> None:
    """Replaces `.venv`. Raises SetupError, before anything is removed if this Python cannot create it."""
    check_python_can(place)
    if place.venv.is_symlink() or place.venv.is_file():
        raise SetupError(
            localized(
                ko=f"{place.venv}는 폴더여야 하는데 링크나 파일이에요.",
                en=f"{place.venv} must be a folder, but it is a link or a file.",
            ),
            localized(ko=f"이름을 바꾸거나 지운 다음 {again()}", en=f"rename or remove it, {again()}"),
        )
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
            localized(
                ko="이 Python은 가상 환경을 만들 수 없어요 (venv나 ensurepip 모듈이 없어요).",
                en="this Python cannot make virtual environments (its venv or ensurepip module is missing).",
            ),
            localized(
                ko=f"Debian이나 Ubuntu라면: sudo apt-get install python{version}-venv ; 그 밖에는 "
                "python.org의 Python을 써 주세요",
                en=f"on Debian or Ubuntu: sudo apt-get install python{version}-venv ; elsewhere: a Python from "
                "python.org",
            ),
        )
    # Removing .venv would remove the program that is to create it.
    if Path(sys.prefix).resolve() == place.venv.resolve():
        raise SetupError(
            localized(
                ko=".venv를 다시 만들어야 하는데, 지금 그 안의 Python으로 돌고 있어요.",
                en=".venv must be created again, and the Python that runs this is inside it.",
            ),
            localized(
                ko=f"빠져나와서(deactivate) {sys.base_prefix}의 Python이나 다른 Python으로 run.py를 시작해 주세요",
                en=f"leave it (deactivate) and start run.py with the Python in {sys.base_prefix}, or with another one",
            ),
        )
