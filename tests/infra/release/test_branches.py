"""The order in which a release moves the remote's branches; only a release moves the branch that Pages builds."""

from pathlib import Path
from typing import Any

import pytest

from infra.platforms import live, pages
from infra.platforms.targets import Target, load
from infra.preflight.checks import repository
from infra.process.shell import InfraError
from infra.release.release_context import ReleaseContext
from infra.release.steps import all_steps
from tests.infra.release.checkout import Checkout, stops
from tests.infra.release.rehearsal import git


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_site_is_built_once_schema_and_gpu_service_are_there() -> None:
    assert [step.name for step in all_steps()] == [
        "preflight", "remember", "publish", "migrations", "modal", "push", "sweeper", "agree", "smoke",
    ]  # fmt: skip


def test_no_branch_that_people_push_to_is_built(checkout: Checkout) -> None:
    rows = load(checkout.root).values()
    assert not {row.branch for row in rows} & {row.live_branch for row in rows}
    assert len({row.live_branch for row in rows}) == len(rows)


@pytest.mark.parametrize("failing", ["migrations", "modal"])
def test_what_fails_before_leaves_the_built_branch_alone_and_the_commit_kept(checkout: Checkout, failing: str) -> None:
    checkout.run()
    good = checkout.tip("live")
    bad = checkout.change("bad")
    acts: dict[str, Any] = {failing: stops}
    with pytest.raises(InfraError, match=f"step {failing} failed"):
        checkout.run(**acts)
    assert checkout.tip("live") == good
    assert bad in git(checkout.remote, "rev-list", "main").split()


def test_the_built_branch_may_lag_behind_and_then_skips_what_was_never_released(checkout: Checkout) -> None:
    checkout.run()
    for text in ("never released", "released"):
        last = checkout.change(text)
        git(checkout.root, "push", "--quiet", "origin", "main")
    checkout.run()
    assert checkout.tip("live") == last
    assert checkout.remote_files("live") == "released"


def test_the_log_never_moves_the_built_branch(checkout: Checkout) -> None:
    released = checkout.change("good")
    checkout.run()
    assert checkout.tip("live") == released
    assert checkout.tip("main") != released
    assert git(checkout.remote, "log", "-1", "--format=%s", "main").startswith("[skip ci] ")


def test_a_failure_is_noted_where_others_see_it(checkout: Checkout) -> None:
    bad = checkout.change("bad")
    with pytest.raises(InfraError, match="the log is on origin/main"):
        checkout.run(modal=stops)
    assert bad in git(checkout.remote, "show", "main:infra/reflection/reflections.jsonl")
    assert checkout.tip("main") == git(checkout.root, "rev-parse", "HEAD").strip()


def test_the_log_goes_on_top_of_what_others_pushed_meanwhile(checkout: Checkout) -> None:
    released = checkout.change("good")
    other = checkout.elsewhere("다른 machine")

    def somebody_pushes(_: ReleaseContext) -> None:
        git(other.root, "pull", "--quiet", "--ff-only", "origin", "main")
        other.change("work of somebody else")
        git(other.root, "push", "--quiet", "origin", "main")

    checkout.run(sweeper=somebody_pushes)
    assert released in git(checkout.remote, "show", "main:infra/reflection/reflections.jsonl")
    assert checkout.remote_files() == "work of somebody else"
    assert (checkout.root / "gpu" / "code.py").read_text(encoding="utf-8") == "good"
    git(checkout.root, "pull", "--quiet", "--rebase", "origin", "main")  # as preflight tells before the next release
    assert git(checkout.root, "rev-parse", "HEAD").strip() == checkout.tip("main")


def test_a_branch_that_takes_no_push_stops_a_release_before_anything_is_changed(checkout: Checkout) -> None:
    git(checkout.remote, "config", "receive.hideRefs", "refs/heads/main")
    checkout.change("a fix that only this machine has")
    reached: list[str] = []
    with pytest.raises(InfraError, match="step publish failed"):
        checkout.run(migrations=lambda _: reached.append("migrations"))
    assert reached == []


@pytest.mark.parametrize(
    ("answering", "asked"), [("the release that was gone back to", True), ("", True), ("it", False)]
)
def test_a_commit_that_the_built_branch_has_already_is_built_once_more(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, answering: str, asked: bool
) -> None:
    """A rollback leaves the branch where it was, so a release of the same commit again moves nothing."""
    commit = checkout.change("undone, and found to be innocent")
    checkout.run()
    build = commit[:12] if answering == "it" else answering
    monkeypatch.setattr(live, "ask", lambda _: (live.Answer("functions", "", build, ""),))
    builds: list[str] = []

    def note(target: Target) -> None:
        builds.append(target.live_branch)

    monkeypatch.setattr(pages, "build", note)
    checkout.run()
    assert builds == (["live"] if asked else [])


def test_a_built_branch_that_somebody_else_moved_is_not_built_over(checkout: Checkout) -> None:
    checkout.run()
    assert repository.evaluate_live(repository.probe_live(checkout.ground)) == []
    other = checkout.elsewhere("other")
    other.change("straight to the site")
    git(other.root, "push", "--quiet", "origin", "HEAD:refs/heads/live")
    (finding,) = repository.evaluate_live(repository.probe_live(checkout.ground))
    assert finding.severity == "error"
    for command in finding.commands:
        git(checkout.root, *command.split()[1:])
    assert repository.evaluate_live(repository.probe_live(checkout.ground)) == []
    assert (checkout.root / "gpu" / "code.py").read_text(encoding="utf-8") == "the first version"
