"""The steps of Cloudflare's builder after a push: clone, read the settings, install dependencies, build.

The clone, wrangler's reading of the settings (the builder calls the same command), pip and `run.py build` are real. The
packages that `run.py` would download are taken from this environment.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from infra.platforms.pages import BUILD_COMMAND
from infra.platforms.programs import attempt, wrangler
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.setup.place import Place
from tests.infra.release.rehearsal import Rehearsal, git, link
from tests.infra.test_run import load
from tests.programs import Ended, run_to_end

OFFLINE = {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_CONFIG_FILE": os.devnull}
OFF = {"0", "false", ""}


@pytest.fixture(scope="module")
def clone(rehearsal: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("builder") / "새 clone"
    git(rehearsal.root, "clone", "--quiet", str(rehearsal.root), str(folder))
    return folder


@pytest.fixture(scope="module")
def settings(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables that the builder takes from the clone before it installs anything."""
    out = tmp_path_factory.mktemp("settings") / "settings.json"
    command = [*wrangler(), "pages", "functions", "build-env", str(clone), "--outfile", str(out)]
    finished = attempt(command, cwd=clone, timeout_seconds=STALLED_AFTER_SECONDS)
    assert finished.exit_code == 0, finished.output
    read = json.loads(out.read_text(encoding="utf-8"))
    assert read["pages_build_output_dir"] == "frontend/dist"
    return read["vars"]


def pip_install(clone: Path, target: Path) -> Ended:
    """What the builder types when it finds a pyproject.toml, without the network and without what it depends on."""
    command = [sys.executable, "-m", "pip", "install", ".", "--no-build-isolation", "--no-deps", "--no-index"]
    return run_to_end([*command, "--target", str(target)], cwd=clone, env={**os.environ, **OFFLINE})


def test_the_repository_can_be_installed_by_pip_and_brings_nothing(clone: Path, tmp_path: Path) -> None:
    """Where the settings are not read, the builder installs it, and a failure would end the build."""
    finished = pip_install(clone, tmp_path / "installed")
    assert finished.returncode == 0, finished.stdout.decode("utf-8", errors="replace")
    assert [path.suffix for path in (tmp_path / "installed").iterdir()] == [".dist-info"]
    assert (
        tomllib.loads((clone / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("dependencies", []) == []
    )


def test_the_builder_installs_nothing_before_our_command(settings: dict[str, str]) -> None:
    assert settings.get("SKIP_DEPENDENCY_INSTALL", "").lower() not in OFF


def test_the_builders_python_and_node_are_exact_ones_that_the_product_takes(
    settings: dict[str, str], clone: Path
) -> None:
    versions = {name: settings.get(name, "") for name in ("PYTHON_VERSION", "NODE_VERSION")}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values()), versions
    python, node = (tuple(int(part) for part in version.split(".")) for version in versions.values())
    run = load(clone / "run.py")
    assert run.OLDEST_PYTHON <= python[:2] <= run.NEWEST_PYTHON
    wanted = json.loads((clone / "package.json").read_text(encoding="utf-8"))["engines"]["node"]
    assert node >= tuple(int(part) for part in wanted.removeprefix(">=").split("."))


def test_the_build_command_leaves_the_site_of_the_pushed_commit(clone: Path, settings: dict[str, str]) -> None:
    furnish(clone)
    commit = git(clone, "rev-parse", "HEAD").strip()
    told = {"CF_PAGES": "1", "CF_PAGES_COMMIT_SHA": commit, "CF_PAGES_BRANCH": "main", "CI": "true"}
    program, *words = BUILD_COMMAND.split()
    assert program == "python"
    finished = run_to_end([sys.executable, *words], cwd=clone, env={**os.environ, **OFFLINE, **settings, **told})
    assert finished.returncode == 0, finished.stdout.decode("utf-8", errors="replace")
    page = (clone / "frontend" / "dist" / "ko" / "index.html").read_text(encoding="utf-8")
    assert f'data-commit="{commit[:12]}"' in page


def furnish(clone: Path) -> None:
    """The environment as `run.py` leaves it, with the packages of the one that runs this."""
    place = Place(clone, "")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place.venv)], check=True)
    place.packages.rmdir()
    link(place.packages, Path(sysconfig.get_path("purelib")))
    place.write_stamps({"identity": place.identity, **{group: place.digest(group) for group in ("base", "site")}})
    link(place.node_modules, Path(__file__).resolve().parents[3] / "node_modules")
    # Otherwise `run.py` would let npm empty the linked folder first, which is that of this checkout.
    assert place.node_stamp.read_text(encoding="utf-8").strip() == place.node_digest(), "start run.py setup first"
