"""Installs the missing groups into `.venv` and node_modules, and shows its progress.

Installed groups stay as they are; a package of `.venv` that lacks a file is installed again. It does not know verbs.
"""

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from infra.language import localized
from infra.setup import costs
from infra.setup.damage import broken, node_packages_are_whole
from infra.setup.folder import warnings_here
from infra.setup.pip_install import pip_install
from infra.setup.place import Place
from infra.setup.programs import Program
from infra.setup.progress import Progress, say
from infra.setup.refusals import SetupError, disk_full, of_output, of_system, tail
from infra.setup.venv import make_venv

TORCH = costs.TORCH
EDGE = costs.EDGE
"""The group that stands for node_modules: npm installs it from package-lock.json, with the Node of the site group."""
FIRST_IMPORT = "import torchaudio, ltx_pipelines"
UNCOMPILED = ("--no-compile",)
"""For torch and the render group. Only a third of their files is ever imported, and compiling all of them takes most of
the installation time."""


def prepare(place: Place, groups: Sequence[str], torch_index: str, environment: Mapping[str, str]) -> None:
    """Installs the missing ones of `groups`. `torch_index` is used when pip's usual sources lack torch's CPU build.
    Raises SetupError."""
    try:
        Setup(place, torch_index, environment).bring(groups)
    except OSError as error:
        raise of_system(error, place.root) or error from error


class Setup:
    """One installation. A stamp is written after each step, so that an interrupted run repeats one step only."""

    def __init__(self, place: Place, torch_index: str, environment: Mapping[str, str]) -> None:
        self.place = place
        self.torch_index = torch_index
        self.temporary = place.root / ".clipwright" / "setup"
        # Downloads go to the disk whose free space was checked; the system's /tmp may be small.
        self.environment = {**environment, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.temporary))}
        self.stamps = place.read_stamps()
        self.progress = Progress(0)
        self.npm: Program | None = None

    def bring(self, groups: Sequence[str]) -> None:
        wanted = [group for group in groups if group != EDGE]
        known = set(self.stamps)
        self.forget_broken(wanted)
        missing = [group for group in wanted if self.stamps.get(group) != self.place.digest(group)]
        if missing and self.stamps and broken(self.place, {"pip": True}):
            say(
                localized(
                    ko=".venv의 pip이 망가져서 .venv를 다시 만들어요",
                    en="pip is broken in .venv, so .venv is created again",
                )
            )
            self.stamps, missing = {}, wanted
        with_edge = EDGE in groups and not self.edge_is_ready()
        if not (missing or with_edge):
            return
        self.tell_cost([group for group in missing if group not in known or not self.stamps], with_edge=with_edge)
        self.install(missing, with_edge=with_edge)

    def forget_broken(self, groups: Collection[str]) -> None:
        """Removes the stamp of each group with an incomplete package, and the package's .dist-info, so that pip
        installs it again.

        In a group whose installation was interrupted, only packages with a .dist-info count.
        """
        for group in groups if self.stamps else ():
            found = broken(self.place, self.place.locked(group))
            damaged = {name: folder for name, folder in found.items() if folder or group in self.stamps}
            if damaged:
                say(
                    localized(
                        ko=f".venv에 {', '.join(sorted(damaged))} 파일이 빠져 있어서 이 패키지들을 다시 설치해요",
                        en=f"files of {', '.join(sorted(damaged))} are missing in .venv; these packages are installed "
                        "again",
                    )
                )
                self.stamps.pop(group, None)
            for folder in filter(None, damaged.values()):
                shutil.rmtree(folder)

    def edge_is_ready(self) -> bool:
        try:
            stamp = self.place.node_stamp.read_text(encoding="utf-8").strip()
        except OSError:
            return False
        return stamp == self.place.node_digest() and node_packages_are_whole(self.place)

    def tell_cost(self, new: Collection[str], *, with_edge: bool) -> None:
        """Announces the cost of new groups and checks the disk. An update of an installed group is not estimated."""
        parts = [] if self.stamps else [costs.VENV]
        for group in new:
            parts += [TORCH, group] if group == "render" else [group]
        if with_edge and not self.place.node_stamp.is_file():
            parts.append(EDGE)
        if parts:
            for warning in warnings_here(str(self.place.root)):
                say(warning)
            say(costs.announcement(parts))
            costs.check_disk(self.place.root, parts)

    def install(self, missing: Collection[str], *, with_edge: bool) -> None:
        """Runs the steps. npm runs in parallel as soon as its Node is installed."""
        steps: list[Callable[[], None]] = [] if self.stamps else [self.make_venv]
        first = [group for group in missing if group == "site" and with_edge]
        plain = [group for group in missing if group not in (*first, "render")]
        steps += [partial(self.install_groups, batch) for batch in (first, plain) if batch]
        if "render" in missing:
            steps += [self.install_torch, partial(self.install_groups, ["render"]), self.import_once]
        if with_edge:
            steps.append(self.finish_edge)
        self.progress = Progress(len(steps))
        began = time.monotonic()
        with contextlib.ExitStack() as stack:
            self.temporary.mkdir(parents=True, exist_ok=True)
            stack.callback(shutil.rmtree, self.temporary, ignore_errors=True)
            for step in steps:
                if with_edge and self.npm is None and "site" in self.stamps:
                    self.npm = stack.enter_context(self.start_npm())
                step()
        say(
            localized(
                ko=f"{time.monotonic() - began:.0f}초 만에 준비됐어요",
                en=f"ready after {time.monotonic() - began:.0f} s",
            )
        )

    def make_venv(self) -> None:
        with self.progress.step(".venv"):
            make_venv(self.place, self.environment, self.look)
        self.stamps = {"identity": self.place.identity}
        self.place.write_stamps(self.stamps)

    def install_groups(self, groups: Sequence[str]) -> None:
        """One call of pip for all groups: each call takes a second to start."""
        for group in groups:
            self.stamps.pop(group, None)
        self.place.write_stamps(self.stamps)
        packages = {name for group in groups for name in self.place.locked(group)} - {TORCH}
        locks = [word for group in groups for word in ("-r", str(self.place.lock(group)))]
        lazily = UNCOMPILED if "render" in groups else ()
        with self.progress.step(
            localized(
                ko=f"{', '.join(groups)}: 패키지 {len(packages)}개",
                en=f"{', '.join(groups)}: packages: {len(packages)}",
            )
        ):
            self.pip(", ".join(groups), len(packages), ["--require-hashes", "--only-binary=:all:", *lazily, *locks])
        if "render" not in groups:  # render gets its stamp after the first import
            self.stamp(groups)

    def install_torch(self) -> None:
        """Installs the CPU build of torch separately; together with other packages pip would install CUDA packages."""
        # The plain wheel has no CUDA on a Mac.
        wheel = f"torch=={self.place.torch}" if sys.platform == "darwin" else f"torch=={self.place.torch}+cpu"
        with self.progress.step(f"torch {self.place.torch} (CPU build)"):
            try:
                self.pip(wheel, 1, [*UNCOMPILED, wheel])
            except SetupError:
                if sys.platform == "darwin":
                    raise
                self.pip(wheel, 1, [*UNCOMPILED, "--index-url", self.torch_index, wheel])

    def import_once(self) -> None:
        """Proves that the render group runs here, and lets Python write the bytecode of the imported files.

        torchaudio's own libraries are CUDA builds even on a machine without CUDA. It treats an absent one as
        "extension not built" and works in Python; one that cannot be loaded is an error at import. The LTX packages
        use only its spectrogram and resampling, which need no library.
        """
        for library in (self.place.packages / "torchaudio" / "lib").glob("*"):
            if library.suffix in {".so", ".pyd", ".dll", ".dylib"}:
                library.unlink()
        # This import replaces pip's compiling, so it must write bytecode even if the user's variable forbids it.
        environment = {name: value for name, value in self.environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
        command = [self.place.python, "-c", FIRST_IMPORT]
        with (
            self.progress.step(localized(ko="torch와 LTX를 처음 불러와요", en="first import of torch and LTX")),
            self.start(command, environment) as program,
        ):
            if program.wait(self.look) != 0:
                raise SetupError(
                    localized(
                        ko=f"torch와 LTX 패키지를 불러올 수 없어요:\n{tail(program.output)}",
                        en=f"torch and the LTX packages cannot be imported:\n{tail(program.output)}",
                    ),
                    localized(
                        ko=".venv를 지우고 다시 돌려 주세요. 그래도 안 되면 위의 줄에 나온 시스템 라이브러리를 "
                        "설치해 주세요",
                        en="delete .venv and run this again. If it fails again, install the system library that the "
                        "lines "
                        "above name",
                    ),
                )
        self.stamp(["render"])

    def start_npm(self) -> Program:
        # npm runs as a script of this Node: its launchers are shell or cmd files, which need a shell.
        npm = [self.place.node, self.place.npm_script]
        return self.start([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], self.environment)

    def finish_edge(self) -> None:
        """Waits for npm. The stamp is inside node_modules, so that deleting the folder deletes it."""
        assert self.npm is not None, localized(
            ko="edge 묶음은 Node를 설치하는 site 묶음이 있어야 해요",
            en="the edge group needs the site group, which installs Node",
        )
        with self.progress.step(
            localized(ko="에지 도구 (npm ci)", en="edge tools (npm ci)"), began=time.monotonic() - self.npm.seconds
        ):
            self.npm.wait(self.look)
            self.look()
            # On a full disk npm truncates files and exits with 0. It writes its list of packages last.
            if not node_packages_are_whole(self.place) or costs.is_full(self.place.root):
                raise disk_full(self.place.root)
            self.place.node_stamp.write_text(self.place.node_digest() + "\n", encoding="utf-8", newline="\n")

    def pip(self, what: str, packages: int, arguments: Sequence[str]) -> None:
        pip_install(self.place, what, packages, arguments, environment=self.environment, look=self.look)

    def start(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> Program:
        return Program(command, cwd=self.place.root, env=environment)

    def look(self, state: str = "") -> None:
        """Called while a program runs: updates the progress line, and raises SetupError when npm has failed."""
        self.progress.show(state)
        if self.npm is not None and self.npm.has_failed():
            raise of_output("npm", localized(ko="에지 도구", en="the edge tools"), self.npm.output)

    def stamp(self, groups: Collection[str]) -> None:
        self.stamps |= {group: self.place.digest(group) for group in groups}
        self.place.write_stamps(self.stamps)
