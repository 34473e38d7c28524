"""A release that stopped on a machine that is gone (a GitHub runner), continued or undone on another machine."""

import json
from pathlib import Path

import pytest

from infra.process.shell import InfraError
from infra.release import journal as local_journal
from infra.release import rollback, steps
from infra.release.release_context import ReleaseContext
from infra.release.shared_journal import ref_of
from tests.infra.release.checkout import BEFORE, Checkout, choose_commit, deploys_modal, stops
from tests.infra.release.rehearsal import git

REF = ref_of("production")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def stopped(checkout: Checkout) -> Checkout:
    """A checkout whose release stopped once the GPU service was deployed."""
    checkout.change("good")
    with pytest.raises(InfraError, match="step push failed"):
        checkout.run(modal=deploys_modal, push=stops)
    return checkout


def kept(checkout: Checkout) -> local_journal.Journal:
    return local_journal.parse(git(checkout.remote, "cat-file", "blob", REF), "")


def test_it_goes_on_where_it_stopped(stopped: Checkout) -> None:
    other = stopped.elsewhere("다른 runner")
    events = other.run(takes_lock=True)
    assert [event for event in events if event.endswith("before")] == [
        f"{name} before" for name in ("preflight", "remember", "publish", "migrations", "modal")
    ]
    assert list(other.outcomes().values()) == ["live"]
    assert git(other.remote, "for-each-ref", REF) == ""


def test_what_a_newer_commit_wrote_is_read_as_far_as_it_is_known(stopped: Checkout) -> None:
    text = git(stopped.remote, "cat-file", "blob", REF)
    assert local_journal.parse(text.replace("{", '{"of_tomorrow": 1,', 1), "") == local_journal.parse(text, "")
    for broken in ("[]", "no journal", "{}"):
        with pytest.raises(InfraError, match="cannot be read"):
            local_journal.parse(broken, "")


def test_it_is_undone(stopped: Checkout) -> None:
    other = stopped.elsewhere("다른 runner")
    back = rollback.last_release(other.ground)
    assert (back.before, back.replaced) == (BEFORE, ("modal", "pages"))


def test_what_ended_elsewhere_is_not_taken_up_again(stopped: Checkout) -> None:
    stopped.elsewhere("다른 runner").run(takes_lock=True)
    git(stopped.root, "pull", "--quiet", "--rebase", "origin", "main")
    later = stopped.change("better")
    stopped.run()
    assert list(stopped.outcomes().values()) == ["live", "live"]
    assert next(iter(stopped.outcomes())) == later


def test_what_went_on_elsewhere_goes_on_from_there(stopped: Checkout) -> None:
    other = stopped.elsewhere("다른 runner")
    with pytest.raises(InfraError, match="step agree failed"):
        other.run(takes_lock=True, agree=stops)
    git(stopped.root, "pull", "--quiet", "--rebase", "origin", "main")
    assert "sweeper before" in stopped.run(takes_lock=True)


def test_a_journal_that_another_machine_has_moved_is_not_overwritten(stopped: Checkout) -> None:
    """Even if that machine got past the lock."""
    other = stopped.elsewhere("다른 runner")

    def goes_on_elsewhere(_: ReleaseContext) -> None:
        git(stopped.remote, "update-ref", "-d", "refs/clipwright/lock/production")
        with pytest.raises(InfraError, match="step agree failed"):
            other.run(agree=stops)

    reached: list[str] = []
    with pytest.raises(InfraError, match="cannot be saved on origin"):
        stopped.run(push=goes_on_elsewhere, sweeper=lambda _: reached.append("sweeper"))
    assert reached == []
    assert kept(other).done[-1] == "sweeper"


def test_where_the_checkout_lies_is_told_to_nobody(checkout: Checkout) -> None:
    def finds(context: ReleaseContext) -> None:
        choose_commit(context)
        steps.note_findings(context, [f"a crash in {checkout.root / 'functions' / 'env.ts'}"])

    checkout.change("good")
    with pytest.raises(InfraError, match="step agree failed"):
        checkout.run(preflight=finds, agree=stops)
    told = git(checkout.remote, "cat-file", "blob", REF)
    assert checkout.root.name not in told
    assert "env.ts" in told


def test_the_machine_that_asked_for_the_smoke_clip_follows_the_same_one(checkout: Checkout) -> None:
    def uploads(context: ReleaseContext) -> None:
        context.journal.smoke_upload = "0123456789"
        context.keep()
        raise InfraError("the smoke clip has not ended", "run it again")

    seen: list[str] = []
    checkout.change("good")
    with pytest.raises(InfraError):
        checkout.run(smoke=uploads)
    other = checkout.elsewhere("다른 runner")
    with pytest.raises(InfraError):
        other.run(takes_lock=True, smoke=stops)
    checkout.run(takes_lock=True, smoke=lambda context: seen.append(context.journal.smoke_upload))
    assert seen == ["0123456789"]
    rows = git(checkout.remote, "show", "main:infra/reflection/reflections.jsonl").splitlines()
    assert [json.loads(row)["failed_step"] for row in rows] == ["smoke", "smoke", ""]


def test_a_remote_that_does_not_answer_is_named(checkout: Checkout) -> None:
    git(checkout.root, "remote", "set-url", "origin", str(checkout.remote.parent / "nowhere.git"))
    with pytest.raises(InfraError, match="the remote origin does not answer"):
        checkout.run()
