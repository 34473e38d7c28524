"""Releases and rollbacks over a state that no release made, and over one whose journal was lost.

Real: git, its remote, journal, lock, log, and the step that remembers. The services answer from a table that the steps
of these releases write, and `wrangler` and `modal` always list the same versions.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.platforms import live, pages
from infra.platforms.programs import STAND_INS
from infra.process.shell import InfraError
from infra.reflection.release_log import read_log
from infra.release import journal as local_journal
from infra.release import rollback, shared_journal, steps
from infra.release.deploy import Order
from infra.release.release_context import ReleaseContext
from tests.infra.release.checkout import Checkout, stops
from tests.infra.release.rehearsal import git

BY_HAND = "f00dfacef00d"
SERVICES: tuple[str, ...] = ("site", "functions", "sweeper", "gpu")
AT = "2026-11-24T00:00:00Z"


class World:
    """`builds` is what each service reports, `served` the deployments to which Pages was taken back."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.builds: dict[str, str] = dict.fromkeys(SERVICES, "0123456789ab")
        self.served: list[str] = []
        self.checkout = Checkout(folder)
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.lists("wrangler", [{"Id": "pages-7", "version_id": "sweeper-4"}])
        self.lists("modal", [{"version": "v3", "tag": None}])
        monkeypatch.setenv(STAND_INS, str(self.programs))
        monkeypatch.setattr(live, "ask", self.answers)
        monkeypatch.setattr(pages, "serve", lambda _target, deployment: self.served.append(deployment))

    def lists(self, program: str, rows: list[dict[str, Any]]) -> None:
        (self.programs / f"{program}.py").write_text(f"print({json.dumps(rows)!r})", encoding="utf-8")

    def answers(self, _target: object) -> tuple[live.Answer, ...]:
        return tuple(
            live.Answer(name, "", build, "", "" if build else "HTTP 500") for name, build in self.builds.items()
        )

    def acts(self, **other: Callable[[ReleaseContext], None]) -> dict[str, Callable[[ReleaseContext], None]]:
        """Steps that change what the services report, as the real ones do."""

        def goes_to(part: str, *services: str) -> Callable[[ReleaseContext], None]:
            def act(context: ReleaseContext) -> None:
                context.journal.made |= {part: context.journal.commit[:12], "gpu_commit": context.journal.commit}
                self.builds |= dict.fromkeys(services, context.journal.commit[:12])

            return act

        def push(context: ReleaseContext) -> None:
            git(context.ground.root, "push", "--quiet", "origin", f"{context.journal.commit}:refs/heads/live")
            self.builds |= dict.fromkeys(("site", "functions"), context.journal.commit[:12])

        own = {"remember": steps.remember_live, "modal": goes_to("modal", "gpu"), "push": push}
        return own | {"sweeper": goes_to("sweeper", "sweeper")} | other

    def release(self, text: str, checkout: Checkout | None = None, **other: Callable[[ReleaseContext], None]) -> str:
        commit = (checkout or self.checkout).change(text)
        self.go_on(checkout, from_live=False, **other)
        return commit

    def go_on(
        self, checkout: Checkout | None = None, *, from_live: bool = False, **other: Callable[[ReleaseContext], None]
    ) -> list[str]:
        order = Order("production", takes_lock=checkout is not None, from_live=from_live)
        return (checkout or self.checkout).carry_out(self.acts(**other), order)

    def undo(self, checkout: Checkout | None = None) -> list[str]:
        at = (checkout or self.checkout).ground
        events = rollback.rollback(at, AT, takes_lock=checkout is not None)
        return [event.step for event in events if event.state == "done"]

    def lose_journal(self) -> None:
        """The runner's folder is gone, and somebody has deleted the refs on the remote."""
        local_journal.close(self.checkout.root, "production")
        for ref in ("refs/clipwright/releases/production", "refs/clipwright/lock/production"):
            for folder in (self.checkout.root, self.checkout.remote):
                git(folder, "update-ref", "-d", ref)

    def before(self) -> dict[str, str]:
        journal = shared_journal.load(self.checkout.ground)
        return journal.before if journal else {}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def dies(_: ReleaseContext) -> None:
    raise KeyboardInterrupt


# ---------------------------------------------------------------- the way back


@pytest.mark.parametrize("service", SERVICES)
def test_what_somebody_deployed_by_hand_is_not_rolled_back(world: World, service: str) -> None:
    world.release("first")
    good = world.release("second")
    world.builds[service] = BY_HAND
    with pytest.raises(InfraError) as caught:
        world.undo()
    assert f"{service} reports {BY_HAND}, expected" in str(caught.value)
    assert good[:12] in str(caught.value)
    for way in ("git pull", "--from-live", "app history", "deployments list", "dashboard"):
        assert way in caught.value.fix
    assert world.served == []
    world.builds[service] = good[:12]
    assert world.undo() == ["pages", "sweeper", "modal", "reflection"]


def test_a_branch_that_somebody_moved_by_hand_is_named(world: World) -> None:
    world.release("first")
    world.release("second")
    stranger = world.checkout.elsewhere("다른 machine")
    moved = stranger.change("pushed by hand to what Pages builds")
    git(stranger.root, "push", "--quiet", "origin", "HEAD:refs/heads/live")
    with pytest.raises(InfraError, match=f"origin/live is at {moved[:12]}"):
        world.undo()
    assert world.served == []


def test_a_site_that_was_built_from_a_push_past_preflight_stops_the_next_release(world: World) -> None:
    world.release("first")
    stranger = world.checkout.elsewhere("다른 machine")
    moved = stranger.change("pushed by hand to what Pages builds")
    git(stranger.root, "push", "--quiet", "origin", "HEAD:refs/heads/live")
    world.builds |= dict.fromkeys(("site", "functions"), moved[:12])
    with pytest.raises(InfraError) as caught:
        world.release("second")
    assert f"site reports {moved[:12]}, expected" in str(caught.value)
    assert "nothing has been deployed" in caught.value.fix


def test_a_rollback_that_stopped_goes_on_from_where_it_is(world: World) -> None:
    first = world.release("first")
    second = world.release("second")
    world.builds |= {"site": first[:12], "functions": first[:12]}  # Pages is back, the sweeper refused
    assert world.undo() == ["pages", "sweeper", "modal", "reflection"]
    assert world.checkout.outcomes()[second] == "rolled_back"


def test_two_releases_are_undone_one_after_the_other(world: World) -> None:
    builds = [dict(world.builds)]
    for text in ("first", "second", "third"):
        world.release(text)
        builds.append(dict(world.builds))
    world.undo()
    world.builds = dict(builds[2])
    world.undo()
    world.builds = dict(builds[1])
    fourth = world.release("fourth")
    assert list(world.checkout.outcomes().values()) == ["live", "rolled_back", "rolled_back", "live"]
    assert rollback.last_release(world.checkout.ground).before["gpu_build"] == builds[1]["gpu"]
    assert world.builds["gpu"] == fourth[:12]


def test_a_checkout_without_the_newest_log_undoes_nothing(world: World) -> None:
    world.release("first")
    other = world.checkout.elsewhere("다른 machine")
    world.release("second")
    world.builds = dict.fromkeys(SERVICES, "")  # nothing answers, so nothing can be compared
    with pytest.raises(InfraError, match="lacks releases") as caught:
        world.undo(other)
    assert "git pull" in caught.value.fix
    assert world.served == []
    git(other.root, "pull", "--quiet", "--rebase", "origin", "main")
    assert world.undo(other) == ["pages", "sweeper", "modal", "reflection"]


def test_what_does_not_answer_is_not_compared_but_said(world: World) -> None:
    world.release("first")
    world.release("second")
    world.builds["functions"] = ""
    at = world.checkout.ground
    said = [event.text for event in rollback.rollback(at, AT) if event.state == "says"]
    assert any("functions does not answer" in line for line in said)


# ---------------------------------------------------------------- a release that stopped


def test_a_runner_that_died_is_undone_on_another_machine(world: World) -> None:
    first = world.release("first")
    with pytest.raises(KeyboardInterrupt):
        world.release("second", push=dies)
    git(world.checkout.remote, "update-ref", "-d", "refs/clipwright/lock/production")
    other = world.checkout.elsewhere("다른 machine")
    world.builds["sweeper"] = BY_HAND
    with pytest.raises(InfraError, match=f"sweeper reports {BY_HAND}, expected {first[:12]}"):
        world.undo(other)
    world.builds["sweeper"] = first[:12]
    assert world.undo(other) == ["pages", "modal", "reflection"]


def test_a_runner_that_died_is_continued_on_another_machine_from_a_state_it_knows(world: World) -> None:
    world.release("first")
    with pytest.raises(KeyboardInterrupt):
        world.release("second", sweeper=dies)
    git(world.checkout.remote, "update-ref", "-d", "refs/clipwright/lock/production")
    other = world.checkout.elsewhere("다른 machine")
    known = world.builds["gpu"]
    world.builds["gpu"] = BY_HAND
    with pytest.raises(InfraError, match=f"gpu reports {BY_HAND}, expected"):
        world.go_on(other)
    world.builds["gpu"] = known
    assert "sweeper done" in world.go_on(other)


def test_what_an_abandoned_release_deployed_is_a_known_state(world: World) -> None:
    first = world.release("first")
    with pytest.raises(InfraError, match="step agree failed"):
        world.release("abandoned", agree=stops)
    with pytest.raises(InfraError, match="step modal failed"):
        world.release("abandoned as well", modal=stops)
    world.release("good")
    assert rollback.last_release(world.checkout.ground).before["gpu_build"] == first[:12]


def test_a_lost_journal_lets_no_half_new_state_become_the_way_back(world: World) -> None:
    first = world.release("first")
    with pytest.raises(KeyboardInterrupt):
        world.release("second", push=dies)
    half = world.builds["gpu"]
    world.lose_journal()
    with pytest.raises(InfraError, match=f"gpu reports {half}, expected {first[:12]}") as caught:
        world.go_on()
    assert "step remember failed" in str(caught.value)
    assert world.before() == {}
    with pytest.raises(InfraError, match=f"gpu reports {half}, expected"):
        world.undo()
    assert world.served == []


def test_a_half_new_gpu_service_that_does_not_answer_is_known_by_its_tag(world: World) -> None:
    world.release("first")
    with pytest.raises(KeyboardInterrupt):
        world.release("second", push=dies)
    world.lose_journal()
    world.lists("modal", [{"version": "v4", "tag": world.builds["gpu"]}, {"version": "v3", "tag": None}])
    half, world.builds["gpu"] = world.builds["gpu"], ""
    with pytest.raises(InfraError, match=f"gpu reports {half}, expected"):
        world.go_on()
    assert world.before() == {}


def test_a_failure_in_the_log_keeps_its_way_back_without_a_journal(world: World) -> None:
    first = world.release("first")
    with pytest.raises(InfraError, match="step push failed"):
        world.release("second", push=stops)
    world.lose_journal()
    world.lists("modal", [{"version": "v4", "tag": None}])
    world.go_on()
    back = rollback.last_release(world.checkout.ground)
    assert (back.before["gpu_build"], back.before["modal"]) == (first[:12], "v3")


def test_a_half_undone_state_does_not_become_the_way_back(world: World) -> None:
    first = world.release("first")
    world.release("second")
    world.builds |= {"site": first[:12], "functions": first[:12]}
    with pytest.raises(InfraError, match=f"site reports {first[:12]}, expected"):
        world.release("third")
    assert world.before() == {}


def test_without_a_log_services_that_disagree_are_no_way_back(world: World) -> None:
    world.builds |= {"site": "aaaaaaaaaaaa", "functions": "aaaaaaaaaaaa", "sweeper": "bbbbbbbbbbbb"}
    with pytest.raises(InfraError, match="sweeper reports bbbbbbbbbbbb, expected aaaaaaaaaaaa"):
        world.release("first")
    world.builds["sweeper"] = "aaaaaaaaaaaa"
    world.go_on()


def test_an_operator_who_made_what_is_live_can_take_it_as_the_way_back(world: World) -> None:
    world.release("first")
    world.builds["sweeper"] = BY_HAND
    with pytest.raises(InfraError, match="step remember failed"):
        world.release("second")
    with pytest.raises(InfraError, match="step sweeper failed"):
        world.go_on(from_live=True, sweeper=stops)
    assert world.before()["sweeper_build"] == BY_HAND
    world.go_on()  # the wish is kept
    row = read_log(world.checkout.root).latest()[0]
    assert row.versions["sweeper_build before"] == BY_HAND
    assert any("from-live" in line for line in row.left)


def test_taking_what_is_live_begins_a_stopped_release_anew(world: World) -> None:
    world.release("first")
    with pytest.raises(InfraError, match="step sweeper failed"):
        world.release("second", sweeper=stops)
    world.builds = dict.fromkeys(SERVICES, BY_HAND)
    with pytest.raises(InfraError, match=f"gpu reports {BY_HAND}, expected"):
        world.go_on()
    assert "modal done" in world.go_on(from_live=True)
    assert rollback.last_release(world.checkout.ground).before["gpu_build"] == BY_HAND
