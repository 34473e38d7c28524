"""Brings `.venv` and node_modules to what a verb needs, and says meanwhile what it does.

What is there already is left alone; a package of `.venv` that lost a file is installed anew. It does not know verbs.
"""

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from infra.setup import costs
from infra.setup.damage import broken, node_packages_are_whole
from infra.setup.pip_install import pip_install
from infra.setup.place import Place
from infra.setup.programs import Program
from infra.setup.progress import Progress, say
from infra.setup.refusals import SetupError, disk_full, of_output, of_system, tail
from infra.setup.venv import make_venv

TORCH = costs.TORCH
EDGE = costs.EDGE
"""Stands among the groups for node_modules, which npm fills from package-lock.json with the Node of the site group."""
FIRST_IMPORT = "import torchaudio, ltx_pipelines"
UNCOMPILED = ("--no-compile",)
"""For torch and the render group: of their files a third is ever imported, and compiling all of them is what takes most
of an install's time."""


def prepare(place: Place, groups: Sequence[str], torch_index: str, environment: Mapping[str, str]) -> None:
    """Installs what of `groups` is missing: nothing at all, most times. `torch_index` is asked for torch's CPU build
    where pip's usual sources lack it. Raises SetupError."""
    try:
        Setup(place, torch_index, environment).bring(groups)
    except OSError as error:
        raise of_system(error, place.root) or error from error


class Setup:
    """One run over what is missing. Stamps are written after each step, so that a run broken off costs one step."""

    def __init__(self, place: Place, torch_index: str, environment: Mapping[str, str]) -> None:
        self.place = place
        self.torch_index = torch_index
        self.temporary = place.root / ".clipwright" / "setup"
        # What is fetched lies on the disk that was looked at; a machine's own /tmp may be small.
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
            say("pip is broken in .venv, which is made anew")
            self.stamps, missing = {}, wanted
        with_edge = EDGE in groups and not self.edge_is_ready()
        if not (missing or with_edge):
            return
        self.tell_cost([group for group in missing if group not in known or not self.stamps], with_edge=with_edge)
        self.install(missing, with_edge=with_edge)

    def forget_broken(self, groups: Collection[str]) -> None:
        """Takes the stamp off a group with a package that lost a file, and the package out of pip's sight.

        Of a group whose install was broken off, only a package that is half there counts.
        """
        for group in groups if self.stamps else ():
            found = broken(self.place, self.place.locked(group))
            damaged = {name: folder for name, folder in found.items() if folder or group in self.stamps}
            if damaged:
                say(f"files of {', '.join(sorted(damaged))} are missing in .venv; they are installed anew")
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
        """Says what is to come and looks at the disk. A group that only changed costs less than anybody can say."""
        parts = [] if self.stamps else [costs.VENV]
        for group in new:
            parts += [TORCH, group] if group == "render" else [group]
        if with_edge and not self.place.node_stamp.is_file():
            parts.append(EDGE)
        if parts:
            say(costs.announcement(parts))
            costs.check_disk(self.place.root, parts)

    def install(self, missing: Collection[str], *, with_edge: bool) -> None:
        """The steps. npm works beside those that come after its Node."""
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
        say(f"ready after {time.monotonic() - began:.0f} s")

    def make_venv(self) -> None:
        with self.progress.step(".venv"):
            make_venv(self.place, self.environment, self.look)
        self.stamps = {"identity": self.place.identity}
        self.place.write_stamps(self.stamps)

    def install_groups(self, groups: Sequence[str]) -> None:
        """One call of pip for all: it takes a second to start, and reads what several groups name but once."""
        for group in groups:
            self.stamps.pop(group, None)
        self.place.write_stamps(self.stamps)
        packages = {name for group in groups for name in self.place.locked(group)} - {TORCH}
        locks = [word for group in groups for word in ("-r", str(self.place.lock(group)))]
        lazily = UNCOMPILED if "render" in groups else ()
        with self.progress.step(f"{', '.join(groups)}: {len(packages)} packages"):
            self.pip(", ".join(groups), len(packages), ["--require-hashes", "--only-binary=:all:", *lazily, *locks])
        if "render" not in groups:  # that one's stamp waits for the first import
            self.stamp(groups)

    def install_torch(self) -> None:
        """The CPU build of torch, by itself: resolving it along with the rest would bring the CUDA packages in."""
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
        """Shows that the render group runs here, and has Python write the compiled form of what is imported.

        torchaudio's own libraries are CUDA builds even on a machine without CUDA. It treats an absent one as
        "extension not built" and works in Python; one that cannot be loaded is an error at import. The LTX packages
        use only its spectrogram and resampling, which need no library.
        """
        for library in (self.place.packages / "torchaudio" / "lib").glob("*"):
            if library.suffix in {".so", ".pyd", ".dll", ".dylib"}:
                library.unlink()
        # As pip does, whose compiling this stands for, whatever the variable says of a person's own programs.
        environment = {name: value for name, value in self.environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
        command = [self.place.python, "-c", FIRST_IMPORT]
        with self.progress.step("first import of torch and LTX"), self.start(command, environment) as program:
            if program.wait(self.look) != 0:
                raise SetupError(
                    f"torch and the LTX packages cannot be imported:\n{tail(program.output)}",
                    "delete .venv and run this again; if it stays, this system lacks a library that the lines name",
                )
        self.stamp(["render"])

    def start_npm(self) -> Program:
        # npm is called as a script of this Node: the launchers beside it are shell or cmd files that need a shell.
        npm = [self.place.node, self.place.npm_script]
        return self.start([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], self.environment)

    def finish_edge(self) -> None:
        """Waits for npm. The stamp lies inside node_modules, so that it goes with it."""
        assert self.npm is not None, "the site group, which brings Node, goes with the edge"
        with self.progress.step("edge tools (npm ci)", began=time.monotonic() - self.npm.seconds):
            self.npm.wait(self.look)
            self.look()
            # On a full disk npm cuts files short and ends with 0; but it writes its list of packages last.
            if not node_packages_are_whole(self.place) or costs.is_full(self.place.root):
                raise disk_full(self.place.root)
            self.place.node_stamp.write_text(self.place.node_digest() + "\n", encoding="utf-8", newline="\n")

    def pip(self, what: str, packages: int, arguments: Sequence[str]) -> None:
        pip_install(self.place, what, packages, arguments, environment=self.environment, look=self.look)

    def start(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> Program:
        return Program(command, cwd=self.place.root, env=environment)

    def look(self, state: str = "") -> None:
        """What is done while a program runs: shows that time goes on, and stops everything when npm has failed."""
        self.progress.show(state)
        if self.npm is not None and self.npm.has_failed():
            raise of_output("npm", "the edge tools", self.npm.output)

    def stamp(self, groups: Collection[str]) -> None:
        self.stamps |= {group: self.place.digest(group) for group in groups}
        self.place.write_stamps(self.stamps)
