"""Releases that stop, are abandoned or are undone. Each test has its own small checkout with real git, a real remote,
steps that deploy nothing, and the product's journal, log and rollback."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gpu.core.checkpoints import PRODUCTION_CHECKPOINT
from infra.dev.ports import free_port
from infra.platforms import git as git_program
from infra.platforms import live, pages
from infra.platforms.programs import STAND_INS
from infra.platforms.targets import FILE
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError, check
from infra.reflection.release_log import append, read_log
from infra.release import journal as local_journal
from infra.release import notice, rollback, steps
from infra.release.release_context import ReleaseContext
from tests.infra.release.checkout import BEFORE, WAIT_TIMES, Checkout, choose_commit, deploys_modal, stops
from tests.infra.release.listener import Listener
from tests.infra.release.rehearsal import git


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def parts(checkout: Checkout) -> list[str]:
    return [move.part for move in rollback.moves(checkout.ground, rollback.last_release(checkout.ground))]


def test_files_that_changed_since_the_checks_are_not_deployed_under_the_commits_name(checkout: Checkout) -> None:
    with pytest.raises(InfraError, match="step modal failed"):
        checkout.run(modal=stops)
    code = checkout.root / "gpu" / "code.py"
    code.write_text("mended, but not committed", encoding="utf-8")
    deployed: list[str] = []
    with pytest.raises(InfraError, match=r"gpu/code\.py") as caught:
        checkout.run(modal=lambda _: deployed.append(code.read_text(encoding="utf-8")))
    assert deployed == []
    assert "commit" in caught.value.fix
    git(checkout.root, "checkout", "--", "gpu/code.py")
    checkout.run(modal=lambda _: deployed.append(code.read_text(encoding="utf-8")))
    assert deployed == ["the first version"]


def test_what_a_given_up_release_replaced_goes_back_with_the_next_one(checkout: Checkout) -> None:
    with pytest.raises(InfraError, match="step sweeper failed"):
        checkout.run(modal=deploys_modal, sweeper=stops)
    checkout.change("a mend that does not pass the checks")
    with pytest.raises(InfraError, match="step preflight failed") as caught:
        checkout.run(preflight=stops)
    assert "nothing has been deployed" not in caught.value.fix
    assert "rollback" in caught.value.fix
    assert parts(checkout) == ["pages", "sweeper", "modal"]
    assert rollback.last_release(checkout.ground).before == BEFORE


def test_a_release_that_replaced_nothing_does_not_hide_the_one_that_is_to_be_undone(checkout: Checkout) -> None:
    bad = checkout.change("bad")
    checkout.run(modal=deploys_modal)
    checkout.change("a mend that does not pass the checks")
    with pytest.raises(InfraError, match="step preflight failed"):
        checkout.run(preflight=stops)
    assert rollback.last_release(checkout.ground).commit == bad
    assert parts(checkout) == ["pages", "modal"]


def test_a_live_release_whose_log_could_not_be_pushed_stays_live_and_is_the_next_ones_way_back(
    checkout: Checkout,
) -> None:
    first = checkout.change("good")
    git(checkout.root, "push", "--quiet", "origin", "main")
    git(checkout.remote, "config", "receive.hideRefs", "refs/heads/main")
    with pytest.raises(InfraError, match="the log could not be pushed"):
        checkout.run()
    git(checkout.remote, "config", "--unset", "receive.hideRefs")
    git(checkout.root, "push", "--quiet", "origin", "main")  # as the error says
    second = checkout.change("better")

    def look(context: ReleaseContext) -> None:
        assert not context.journal.before
        context.journal.before.update(BEFORE | {"modal": "v4"})

    checkout.run(remember=look)
    assert checkout.outcomes() == {second: "live", first: "live"}
    assert rollback.last_release(checkout.ground).before["modal"] == "v4"


def test_a_rollback_publishes_its_log_and_nobodys_unreleased_work(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    released = checkout.change("good")
    checkout.run(modal=deploys_modal)
    stand_in(monkeypatch, tmp_path, "modal")
    stand_in(monkeypatch, tmp_path, "wrangler")
    monkeypatch.setattr(pages, "serve", nothing_of)
    checkout.change("not released: no check has seen it")
    list(rollback.rollback(checkout.ground, "2026-11-24T00:00:00Z"))
    assert checkout.outcomes()[released] == "rolled_back"
    assert checkout.remote_files() == "good"
    # What stayed here goes out with its own release, so that Pages builds it.
    checkout.run()
    assert checkout.remote_files() == "not released: no check has seen it"
    assert git(checkout.remote, "rev-parse", "main") == git(checkout.root, "rev-parse", "main")


def test_a_rollback_is_told_like_a_release_and_keeps_what_the_log_knew(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    released = checkout.change("good")
    checkout.run(modal=deploys_modal)
    (entry,) = read_log(checkout.root).latest()
    said, chosen = ("빠진 라이브러리가 없나요? 예.",), {"card 35.0 37.5": "H100 37.5원 (B200 35.0원 대신)"}
    append(checkout.root, replace(entry, summary=said, choices=chosen))
    stand_in(monkeypatch, tmp_path, "modal")
    stand_in(monkeypatch, tmp_path, "wrangler")
    monkeypatch.setattr(pages, "serve", nothing_of)
    with Listener(free_port()) as listener:
        monkeypatch.setenv(notice.VARIABLE, f"{listener.address}/hook")
        told = [event.text for event in rollback.rollback(checkout.ground, "2026-11-24T00:00:00Z")]
        ((_, _, body),) = listener.heard
    assert body["text"].splitlines()[0].startswith(f"[Clipwright production] 배포 되돌림: {released[:12]}")
    assert "the message was delivered" in told
    undone = read_log(checkout.root).latest()[0]
    assert (undone.outcome, undone.summary, undone.choices) == ("rolled_back", said, chosen)


def test_a_rollback_whose_log_could_not_be_pushed_says_so_and_is_done(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checkout.change("good")
    checkout.run(modal=deploys_modal)
    stand_in(monkeypatch, tmp_path, "modal")
    stand_in(monkeypatch, tmp_path, "wrangler")
    monkeypatch.setattr(pages, "serve", nothing_of)
    git(checkout.remote, "config", "receive.hideRefs", "refs/heads/main")
    with pytest.raises(InfraError) as caught:
        list(rollback.rollback(checkout.ground, "2026-11-24T00:00:00Z"))
    assert "the release is live" not in str(caught.value)
    assert "git push origin HEAD:main" in caught.value.fix
    assert local_journal.load(checkout.root, "production") is None


def test_a_rollback_without_a_way_back_is_no_success(checkout: Checkout) -> None:
    released = checkout.change("the very first release")
    checkout.run(remember=lambda context: context.journal.before.update(dict.fromkeys(BEFORE, "")), modal=deploys_modal)
    with pytest.raises(InfraError, match="no rollback is possible"):
        list(rollback.rollback(checkout.ground, "2026-11-24T00:00:00Z"))
    assert checkout.outcomes() == {released: "live"}


def test_a_branch_called_dev_is_not_what_a_service_that_answers_dev_runs(checkout: Checkout) -> None:
    git(checkout.root, "branch", "dev")
    tip = git(checkout.root, "rev-parse", "HEAD").strip()
    assert not steps.gpu_side_equal(checkout.ground, "dev", tip)
    assert steps.gpu_side_equal(checkout.ground, tip[:12], tip)


@pytest.mark.parametrize(("build", "wanted"), [("aaaaaaaaaaaa", "pages-good"), ("dev", "pages-bad"), ("", "pages-bad")])
def test_the_way_back_is_the_deployment_that_serves_and_not_the_newest_one(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, build: str, wanted: str
) -> None:
    listed = [{"Id": "pages-bad", "Source": "bbbbbbb"}, {"Id": "pages-good", "Source": "aaaaaaa"}]
    stand_in(monkeypatch, tmp_path, "wrangler", json.dumps([*listed, {"version_id": "sweeper-4"}]))
    stand_in(monkeypatch, tmp_path, "modal", json.dumps([{"Version": "v3"}]))
    all_answer(monkeypatch, checkout, build)
    journal = local_journal.Journal("id", "production", "", "")
    steps.remember_live(ReleaseContext(checkout.ground, journal, lambda: None, lambda _: None, WAIT_TIMES))
    assert (journal.before["pages"], journal.before["sweeper"], journal.before["modal"]) == (wanted, "sweeper-4", "v3")


def test_what_answers_and_cannot_be_named_is_not_replaced(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(monkeypatch, tmp_path, "wrangler", json.dumps([{"Id": "pages-7", "version_id": "sweeper-4"}]))
    stand_in(monkeypatch, tmp_path, "modal", "error: the other side is busy", exit_code=1)
    all_answer(monkeypatch, checkout, "aaaaaaaaaaaa")
    journal = local_journal.Journal("id", "production", "", "")
    context = ReleaseContext(checkout.ground, journal, lambda: None, lambda _: None, WAIT_TIMES)
    with pytest.raises(InfraError, match=r"modal.*the other side is busy"):
        steps.remember_live(context)
    assert journal.before == {}
    all_answer(monkeypatch, checkout, "")  # it may be ill, and have been deployed
    with pytest.raises(InfraError, match=r"modal does not answer.*the other side is busy"):
        steps.remember_live(context)
    assert journal.before == {}
    stand_in(monkeypatch, tmp_path, "modal", "No App with name 'clipwright' found in 'main'", exit_code=1)
    steps.remember_live(context)  # a first release: there is nothing to name
    assert journal.before["modal"] == ""


def test_the_log_names_no_folder_of_the_machine_that_released(checkout: Checkout) -> None:
    def finds(context: ReleaseContext) -> None:
        choose_commit(context)
        crash = repr(str(checkout.root / "functions" / "env.ts"))
        steps.note_findings(context, [f"the check crashed: FileNotFoundError: No such file or directory: {crash}"])

    with pytest.raises(InfraError, match="step modal failed"):
        checkout.run(preflight=finds, modal=lambda _: stops_naming(checkout.root))
    row = read_log(checkout.root).latest()[0]
    assert checkout.root.name not in f"{row.found} {row.trouble}"
    assert "env.ts" in row.found[0]
    assert "code.py" in row.trouble


def stops_naming(folder: Path) -> None:
    raise InfraError(f"{folder / 'gpu' / 'code.py'} is not what it should be", "mend it")


def all_answer(monkeypatch: pytest.MonkeyPatch, checkout: Checkout, build: str) -> None:
    """What is live names this commit, or nothing is live yet."""
    names = ("site", "functions", "sweeper", "gpu")
    answers = tuple(live.Answer(name, checkout.ground.target.site_url, build, "") for name in names)
    monkeypatch.setattr(live, "ask", lambda _: answers)


def nothing_of(*_: object) -> None:
    return None


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, answer: str = "", *, exit_code: int = 0) -> None:
    """A program that answers always the same."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    (programs / f"{name}.py").write_text(f"print({answer!r})\nraise SystemExit({exit_code})", encoding="utf-8")
    monkeypatch.setenv(STAND_INS, str(programs))


MODAL = """
import json, os, pathlib
told = {name: os.environ.get(name) for name in ("CLIPWRIGHT_CHECKPOINT", "CLIPWRIGHT_VISIBLE_MARK")}
pathlib.Path(__file__).with_name("told.json").write_text(json.dumps(told), encoding="utf-8")
"""


def test_modal_is_told_by_the_targets_row_and_by_nothing_that_lies_about(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "modal.py").write_text(MODAL, encoding="utf-8")
    monkeypatch.setenv(STAND_INS, str(tmp_path))
    monkeypatch.setenv("CLIPWRIGHT_CHECKPOINT", "tiny-trained")  # left over from a rehearsal
    monkeypatch.setenv("CLIPWRIGHT_VISIBLE_MARK", "1")
    monkeypatch.setattr(live, "ask", lambda _target: [live.Answer("gpu", "", "", "")])
    checkout.run(modal=steps.deploy_gpu)
    told = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert told == {"CLIPWRIGHT_CHECKPOINT": PRODUCTION_CHECKPOINT, "CLIPWRIGHT_VISIBLE_MARK": ""}


@pytest.mark.parametrize("replaces", [False, True])
def test_an_unchanged_gpu_service_is_replaced_where_that_is_asked_for(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaces: bool
) -> None:
    """A corrected secret does not change the code, and lost starts are counted per deployment."""
    (tmp_path / "modal.py").write_text(MODAL, encoding="utf-8")
    monkeypatch.setenv(STAND_INS, str(tmp_path))
    commit = checkout.change("good")
    monkeypatch.setattr(live, "ask", lambda _target: [live.Answer("gpu", "", commit[:12], "")])
    monkeypatch.setattr(steps, "differences", lambda _ground, _answer: [])
    checkout.run(replaces_gpu=replaces, modal=steps.deploy_gpu, push=nothing_of)
    assert (tmp_path / "told.json").exists() == replaces


@pytest.mark.parametrize(
    ("line", "other", "is_equal"),
    [("visible_mark = false", "visible_mark = true", False), ("cap_won = 54", "cap_won = 50", True)],
)
def test_what_modal_is_told_counts_as_a_change_and_other_rows_do_not(
    checkout: Checkout, line: str, other: str, is_equal: bool
) -> None:
    before = git(checkout.root, "rev-parse", "HEAD").strip()
    row = checkout.root / FILE
    row.write_text(row.read_text(encoding="utf-8").replace(line, other, 1), encoding="utf-8")
    git(checkout.root, "commit", "--quiet", "-am", "another row")
    assert (
        steps.gpu_side_equal(checkout.ground, before[:12], git(checkout.root, "rev-parse", "HEAD").strip()) == is_equal
    )


def test_a_row_with_unknown_models_is_refused(checkout: Checkout) -> None:
    row = checkout.root / FILE
    row.write_text(row.read_text(encoding="utf-8").replace(PRODUCTION_CHECKPOINT, "ltx-9"), encoding="utf-8")
    with pytest.raises(InfraError, match="ltx-9"):
        ground_of(checkout.root, "production")


def test_a_push_over_a_slow_line_may_take_longer_than_a_question_to_git(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: dict[str, float] = {}

    def check_noting_limits(command: Sequence[str], *, timeout_seconds: float, cwd: Path) -> str:
        limits[command[3]] = timeout_seconds
        return check(command, timeout_seconds=timeout_seconds, cwd=cwd)

    monkeypatch.setattr(git_program, "check", check_noting_limits)
    checkout.change("many megabytes")
    checkout.run()
    assert limits.pop("push") > 10 * max(limits.values())
    assert git(checkout.remote, "log", "--format=%s", "main").count("many megabytes") == 1
