"""One release at a time over all machines, and none over a newer one. Real git and a real remote."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.process.shell import InfraError
from infra.release import release_lock
from infra.release.deploy import Order
from infra.release.release_context import ReleaseContext
from infra.release.release_lock import SILENT_SECONDS, ref_of
from tests.infra.release.checkout import Checkout, deploys_modal, stops
from tests.infra.release.rehearsal import git

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
REF = ref_of("production")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def lock(checkout: Checkout) -> dict[str, str]:
    """Empty where nobody holds it."""
    held = git(checkout.remote, "for-each-ref", "--format=%(objectname)", REF).strip()
    return json.loads(git(checkout.remote, "cat-file", "blob", held)) if held else {}


def at(seconds: float) -> release_lock.Clock:
    return lambda: NOW + timedelta(seconds=seconds)


def test_it_is_held_while_a_release_runs_and_given_back_at_its_end(checkout: Checkout) -> None:
    commit = checkout.change("good")
    seen: list[dict[str, str]] = []
    checkout.run(remember=lambda _: seen.append(lock(checkout)))
    assert (seen[0]["who"], seen[0]["commit"], seen[0]["stopped_at"]) == ("연습", commit, "")
    assert lock(checkout) == {}


def test_of_two_machines_the_second_is_told_who_releases(checkout: Checkout) -> None:
    other = checkout.elsewhere("다른 machine")
    reached: list[str] = []

    def begins_elsewhere(_: ReleaseContext) -> None:
        for take_lock in (False, True):
            with pytest.raises(InfraError, match="연습 began to release or undo production at") as caught:
                other.run(takes_lock=take_lock, remember=lambda _: reached.append("remember"))
            assert "add --take-lock after" in caught.value.fix

    checkout.change("good")
    checkout.run(migrations=begins_elsewhere)
    assert reached == []
    assert list(checkout.outcomes().values()) == ["live"]


def test_a_lock_is_taken_once_however_many_ask_at_the_same_moment(checkout: Checkout) -> None:
    other = checkout.elsewhere("다른 machine")
    before = release_lock.blob_of(other.ground).there()
    release_lock.take(checkout.ground, now=at(0))
    mine = release_lock.Lock("다른", f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "0" * 40)
    with pytest.raises(InfraError, match="cannot be saved"):
        release_lock.blob_of(other.ground).put(release_lock.text_of(mine), before)
    assert lock(checkout)["who"] == "연습"


def test_what_stopped_in_order_goes_on_here_or_is_taken_over_at_once(checkout: Checkout) -> None:
    checkout.change("good")
    with pytest.raises(InfraError, match="step push failed") as caught:
        checkout.run(modal=deploys_modal, push=stops)
    assert "--take-lock" in caught.value.fix
    assert lock(checkout)["stopped_at"]
    other = checkout.elsewhere("다른 machine")
    with pytest.raises(InfraError, match="and stopped at") as caught:
        other.run()
    assert "add --take-lock" in caught.value.fix
    assert "modal before" in other.run(takes_lock=True)
    assert lock(checkout) == {}


def test_the_machine_that_stopped_needs_no_option(checkout: Checkout) -> None:
    checkout.change("good")
    with pytest.raises(InfraError):
        checkout.run(push=stops)
    assert "modal before" in checkout.run()


def test_what_deployed_nothing_keeps_nobody_waiting(checkout: Checkout) -> None:
    checkout.change("bad")
    with pytest.raises(InfraError, match="step preflight failed"):
        checkout.run(preflight=stops)
    assert lock(checkout) == {}


def test_a_machine_that_is_silent_is_waited_for_as_long_as_a_release_may_take(checkout: Checkout) -> None:
    other = checkout.elsewhere("다른 machine")
    release_lock.take(checkout.ground, now=at(0))
    with pytest.raises(InfraError, match="has not said that it stopped"):
        release_lock.take(other.ground, over=True, now=at(SILENT_SECONDS - 1))
    with pytest.raises(InfraError):
        release_lock.take(other.ground, now=at(SILENT_SECONDS))
    release_lock.take(other.ground, over=True, now=at(SILENT_SECONDS))
    with pytest.raises(InfraError, match="began to release"):
        release_lock.take(checkout.ground, now=at(SILENT_SECONDS + 1))


def test_a_lock_that_nobody_can_read_says_how_to_end_it(checkout: Checkout) -> None:
    other = checkout.elsewhere("다른 machine")
    blob = git(checkout.root, "hash-object", "-w", ".gitignore").strip()
    git(checkout.root, "push", "--quiet", "origin", f"{blob}:{REF}")
    with pytest.raises(InfraError, match="cannot be read") as caught:
        release_lock.take(other.ground)
    assert f"git push origin :{REF}" in caught.value.fix


@pytest.mark.parametrize("step", ["migrations", "modal", "push", "sweeper"])
def test_a_release_does_not_go_on_over_a_newer_one(checkout: Checkout, step: str) -> None:
    """Another machine took over, began to release something else, and this one wakes up."""
    checkout.change("older")
    with pytest.raises(InfraError, match=f"step {step} failed"):
        checkout.carry_out({step: stops}, Order("production"))
    other = checkout.elsewhere("다른 machine")
    newer = other.change("newer")
    with pytest.raises(InfraError, match="step migrations failed"):
        other.run(takes_lock=True, migrations=stops)
    reached: list[str] = []
    # As if this machine had never stopped: it still believes that it holds the release.
    held = git(checkout.root, "for-each-ref", "--format=%(objectname)", REF).strip()
    git(checkout.root, "push", "--quiet", "origin", f"+{held}:{REF}")
    journal = git(
        checkout.root, "for-each-ref", "--format=%(objectname)", "refs/clipwright/releases/production"
    ).strip()
    git(checkout.root, "push", "--quiet", "origin", f"+{journal}:refs/clipwright/releases/production")
    with pytest.raises(InfraError, match=f"has gone on to {newer[:12]}"):
        checkout.carry_out({step: lambda _: reached.append(step)}, Order("production"))
    assert reached == []


def test_commits_of_the_log_alone_hold_up_no_release(checkout: Checkout) -> None:
    checkout.change("good")
    with pytest.raises(InfraError, match="step modal failed"):
        checkout.run(modal=stops)
    assert git(checkout.remote, "log", "-1", "--format=%s", "main").startswith("[skip ci]")
    assert "sweeper done" in checkout.run()
