"""A small checkout with a real remote. The steps of its releases deploy nothing, or run a test's functions.

Real: git, journal, log and pushes. It does not contain the product, so preflight's checks cannot pass in it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from infra.platforms.ground import Ground
from infra.platforms.targets import FILE
from infra.preflight.runner import ground_of
from infra.process.shell import ProgramError
from infra.reflection.release_log import read_log
from infra.release import steps
from infra.release.deploy import Order, deploy
from infra.release.release_context import ReleaseContext, Step, WaitTimes
from infra.release.steps import all_steps
from infra.settings import ROOT
from tests.infra.release.rehearsal import git

WAIT_TIMES = WaitTimes(0.3, 0.3, 0.05)
BEFORE = {"modal": "v3", "sweeper": "sweeper-4", "pages": "pages-7"}
Run = Callable[[ReleaseContext], None]


class Checkout:
    """`root` is a checkout with a remote; `run` carries a release out whose steps do what is told, or nothing."""

    def __init__(self, folder: Path) -> None:
        self.root, self.remote = folder / "여기 here", folder / "remote.git"
        self._make()

    def elsewhere(self, name: str) -> "Checkout":
        """Another machine's checkout of what the remote has."""
        other = Checkout.__new__(Checkout)
        other.root, other.remote = self.root.parent / name, self.remote
        git(self.root.parent, "clone", "--quiet", "--branch", "main", str(self.remote), str(other.root))
        other._name_author()
        return other

    def _make(self) -> None:
        (self.root / FILE).parent.mkdir(parents=True)
        (self.root / FILE).write_bytes((ROOT / FILE).read_bytes())
        (self.root / ".gitignore").write_text(".clipwright\n", encoding="utf-8")
        git(self.root, "init", "--quiet", "--initial-branch=main")
        self._name_author()
        git(self.root, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        git(self.root, "remote", "add", "origin", str(self.remote))
        self.change("the first version")
        git(self.root, "push", "--quiet", "origin", "main")

    def _name_author(self) -> None:
        git(self.root, "config", "user.name", "연습")
        git(self.root, "config", "user.email", "rehearsal@example.invalid")

    @property
    def ground(self) -> Ground:
        return ground_of(self.root, "production")

    def change(self, text: str) -> str:
        """Commits other content; returns the commit."""
        (self.root / "gpu").mkdir(exist_ok=True)
        (self.root / "gpu" / "code.py").write_text(text, encoding="utf-8")
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "-m", text)
        return git(self.root, "rev-parse", "HEAD").strip()

    def run(self, *, replaces_gpu: bool = False, takes_lock: bool = False, **acts: Run) -> list[str]:
        """Step and state of each event."""
        return self.carry_out(acts, Order("production", "", replaces_gpu, takes_lock))

    def carry_out(self, acts: Mapping[str, Run], order: Order) -> list[str]:
        told = {"preflight": choose_commit, "remember": remember, "publish": steps.publish, "push": steps.push} | dict(
            acts
        )
        plan = [Step(step.name, step.title, step.commands, told.get(step.name, nothing)) for step in all_steps()]
        return [f"{event.step} {event.state}" for event in deploy(self.root, order, WAIT_TIMES, plan)]

    def outcomes(self) -> dict[str, str]:
        return {release.commit: release.outcome for release in read_log(self.root).latest()}

    def remote_files(self, branch: str = "main") -> str:
        return git(self.remote, "show", "--format=", f"{branch}:gpu/code.py")

    def tip(self, branch: str) -> str:
        """The remote's; empty where there is no such branch."""
        return git(self.remote, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").strip()


def nothing(context: ReleaseContext) -> None:
    del context


def choose_commit(context: ReleaseContext) -> None:
    context.journal.commit = steps.content_commit(context.ground.root)


def remember(context: ReleaseContext) -> None:
    if not context.journal.before:
        context.journal.before.update(BEFORE)


def deploys_modal(context: ReleaseContext) -> None:
    context.journal.made["modal"] = context.journal.commit[:12]


def stops(context: ReleaseContext) -> None:
    del context
    raise ProgramError("something went wrong on the other side")
