"""A release from an edit to its reflection, in a copy of this repository: preflight and git are real, accounts are not.

Everything is run as a Korean Windows would (see `rehearsal`), through the command line that an operator uses. What is
done to the copy is done once, in fixtures that follow each other; a test looks at what was to be seen after one.
"""

import json
import re
from collections.abc import Generator
from dataclasses import dataclass

import pytest

from infra.dev.ports import free_port
from infra.reflection.release_log import Release, read_log
from tests.infra.release import access_answers
from tests.infra.release.rehearsal import SECRETS, Rehearsal, git
from tests.infra.release.services import PEAK_VRAM_GIB, Services, serving
from tests.infra.release.test_told_elsewhere import Listener

KEYS = {"CLIPWRIGHT_PROXY_KEY": "rehearsal", "CLIPWRIGHT_PROXY_SECRET": "rehearsal", **access_answers.KEYS}
ACCOUNT = {"CLOUDFLARE_API_TOKEN": "rehearsal", "CLOUDFLARE_ACCOUNT_ID": "0" * 32}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a verb said, what it called, and how things stood when it had ended."""

    code: int
    output: str
    calls: list[list[str]]
    commit: str
    """Committed just before."""
    head: str
    remote_before: str
    remote_head: str
    status: str
    gpu_build: str
    sweeper_build: str
    site_build: str
    log: list[Release]
    """Newest first; one row per release."""
    page: str


def carry_out(rehearsal: Rehearsal, services: Services, *words: str, **extra: str) -> Seen:
    earlier, commit, remote_before = len(rehearsal.calls()), rehearsal.head(), rehearsal.remote_head()
    services.looks = 0
    account = {"CLOUDFLARE_BASE_URL": services.address, **ACCOUNT}
    code, output = rehearsal.infra(*words, stand_ins=True, **KEYS, **account, **extra)
    return Seen(
        code=code,
        output=output,
        calls=rehearsal.calls()[earlier:],
        commit=commit,
        head=rehearsal.head(),
        remote_before=remote_before,
        remote_head=rehearsal.remote_head(),
        status=git(rehearsal.root, "status", "--porcelain").strip(),
        gpu_build=rehearsal.kept("gpu.build"),
        sweeper_build=rehearsal.kept("sweeper.build"),
        site_build=services.site_build,
        log=read_log(rehearsal.root).latest(),
        page=rehearsal.read("infra/reflection/REFLECTIONS.md"),
    )


def with_accounts(rehearsal: Rehearsal) -> Generator[Services]:
    rehearsal.add_remote()
    with serving(rehearsal) as running:
        rehearsal.aim(running.address)
        rehearsal.change("infra/targets.toml", 'ai_label_off_because = ""', 'ai_label_off_because = "a rehearsal"')
        rehearsal.commit("The accounts of this rehearsal")
        yield running


@pytest.fixture(scope="module")
def services(rehearsal: Rehearsal) -> Generator[Services]:
    yield from with_accounts(rehearsal)


@pytest.fixture(scope="module")
def planned(rehearsal: Rehearsal, services: Services) -> Seen:
    return carry_out(rehearsal, services, "deploy", "--dry-run", "--why", "연습")


@pytest.fixture(scope="module")
def released(rehearsal: Rehearsal, services: Services, planned: Seen) -> Seen:
    del planned
    rehearsal.write("docs/배포.md", "# 배포 안내 $0.30\n", encoding="cp949")
    rehearsal.commit("새 안내")
    return carry_out(rehearsal, services, "deploy", "--why=안내를 넣어요\n\n😀 $0.30\n")


@pytest.fixture(scope="module")
def failed(rehearsal: Rehearsal, services: Services, released: Seen) -> Seen:
    del released
    rehearsal.write("docs/two.md", "# Two\n")
    rehearsal.commit("Two")
    rehearsal.break_when("wrangler deploy --config")
    seen = carry_out(rehearsal, services, "deploy", "--why", "둘째")
    rehearsal.break_when("")
    return seen


@pytest.fixture(scope="module")
def resumed(rehearsal: Rehearsal, services: Services, failed: Seen) -> Seen:
    del failed
    return carry_out(rehearsal, services, "deploy")


@pytest.fixture(scope="module")
def undone(rehearsal: Rehearsal, services: Services, resumed: Seen) -> Seen:
    del resumed
    return carry_out(rehearsal, services, "rollback")


def test_the_dry_run_prints_the_plan_and_touches_nothing(planned: Seen, services: Services) -> None:
    assert planned.code == 0, planned.output
    steps = [line.split(": ")[0].split(". ")[1] for line in planned.output.splitlines() if line[:1].isdigit()]
    assert steps == [
        "preflight", "remember", "publish", "migrations", "modal", "push", "sweeper", "agree", "smoke", "reflection",
    ]  # fmt: skip
    assert "modal deploy --env main --strategy rolling --tag <commit> -m gpu.serve.modal.app" in planned.output
    assert f"GET {services.address}/gpu/version" in planned.output
    assert planned.calls == []
    assert (planned.head, planned.remote_head) == (planned.commit, planned.remote_before)
    assert planned.status == ""


def test_an_edit_goes_live_with_its_mendable_fault_mended(
    rehearsal: Rehearsal, services: Services, released: Seen
) -> None:
    assert released.code == 0, released.output
    fixes = git(rehearsal.root, "log", "-1", "--format=%H %s", "--grep=Fixes found").split(" ", 1)[0]
    assert git(rehearsal.root, "rev-parse", f"{fixes}~1").strip() == released.commit
    assert "docs/배포.md" in git(rehearsal.root, "show", "--format=", "--name-only", fixes).splitlines()
    assert rehearsal.read("docs/배포.md") == "# 배포 안내 $0.30\n"
    assert (released.gpu_build, released.sweeper_build, released.site_build) == (fixes[:12], fixes[:12], fixes[:12])
    release = released.log[0].id
    assert len([key for key, _ in services.wishes if release in key]) == 1
    assert released.status == ""
    assert released.remote_head == released.head


def test_its_end_shows_what_was_predicted_beside_what_was_measured_and_what_is_left(released: Seen) -> None:
    end = released.output[released.output.index("reflection: ") :]
    assert re.search(r"won: predicted \d+\.\d, measured \d+\.\d \([+-]\d+%\)", end), end
    assert re.search(r"GPU seconds: predicted \d+\.\d, measured", end)
    assert "left: " in end and "ai-label" in end


def test_paid_programs_were_called_in_order_and_never_with_a_shell_word(released: Seen) -> None:
    spoken = [" ".join(call) for call in released.calls]
    acts = [line for line in spoken if any(word in line for word in ("apply", "modal deploy", "wrangler deploy "))]
    assert [line.split()[:2] for line in acts] == [["wrangler", "d1"], ["modal", "deploy"], ["wrangler", "deploy"]]
    assert "--remote" in acts[0]
    assert not any(secret in line for line in acts for secret in SECRETS)
    assert not any("0.30" in line for line in spoken)


def test_the_reflection_holds_what_was_found_fixed_and_measured(
    rehearsal: Rehearsal, services: Services, released: Seen
) -> None:
    (release,) = released.log
    assert release.outcome == "live"
    assert release.why == "안내를 넣어요 😀 $0.30"
    assert "docs/배포.md" in release.fixed
    assert any(" · text-encoding: " in line for line in release.found)
    assert any(line.startswith("영상에 AI가 만들었다는 표시가 있는지 · ai-label: ") for line in release.left)
    assert release.measured["gpu_seconds"] == pytest.approx(services.gpu_seconds)
    assert release.measured["cold_start_seconds"] == 42.0
    assert release.measured["peak_vram_gib"] == PEAK_VRAM_GIB
    assert release.predicted["won"] == pytest.approx(release.measured["won"], rel=0.05)
    assert release.versions["modal before"] == "v12"
    assert "안내를 넣어요 😀 $0.30" in released.page
    assert "예측 · predicted" in released.page
    code, output = rehearsal.infra("reflect", release.id, "--learned", "배운 점: 파일은 UTF-8로")
    assert code == 0, output
    assert "배운 점: 파일은 UTF-8로" in rehearsal.read("infra/reflection/REFLECTIONS.md")
    # The next preflight wants a tree without changes, and the lesson is no release.
    assert git(rehearsal.root, "status", "--porcelain").strip() == ""
    assert git(rehearsal.root, "log", "-1", "--format=%s").startswith("[skip ci] ")


def test_a_failure_says_what_is_live_and_how_to_go_back(released: Seen, failed: Seen) -> None:
    assert failed.code == 1
    assert "step sweeper failed" in failed.output
    assert f"functions: {failed.commit[:12]}, before this release" in failed.output
    assert f"sweeper: {released.sweeper_build}" in failed.output
    assert "python run.py rollback --env production" in failed.output
    row = failed.log[0]
    assert (row.outcome, row.failed_step) == ("failed", "sweeper")
    assert "실패" in failed.page


def test_it_goes_on_where_it_stopped_without_deploying_an_unchanged_gpu_service(resumed: Seen) -> None:
    assert resumed.code == 0, resumed.output
    assert "preflight: already done" in resumed.output
    assert [call[:2] for call in resumed.calls] == [["wrangler", "deploy"], *[["wrangler", "d1"]] * 3]
    assert "INSERT INTO releases" in resumed.calls[-1][-1]  # for the operator's page
    release = resumed.log[0]
    assert (release.outcome, release.why) == ("live", "둘째")
    assert release.versions["modal"] == "unchanged"
    assert len(resumed.log) == 2


def test_rollback_undoes_what_the_last_release_replaced(services: Services, undone: Seen) -> None:
    assert undone.code == 0, undone.output
    assert [call[:3] for call in undone.calls] == [
        ["wrangler", "rollback", "sweeper-4"],
        ["wrangler", "d1", "execute"],
    ]
    rolled = [path for method, path in services.seen if method == "POST" and path.endswith("/rollback")]
    assert rolled == [f"/accounts/{'0' * 32}/pages/projects/clipwright/deployments/pages-7/rollback"]
    assert undone.log[0].outcome == "rolled_back"
    assert "되돌림" in undone.page


def test_after_a_rollback_there_is_one_more_release_to_undo_with_its_gpu_service(
    rehearsal: Rehearsal, undone: Seen
) -> None:
    assert undone.code == 0, undone.output
    code, output = rehearsal.infra("rollback", "--dry-run", stand_ins=True)
    assert code == 0, output
    assert "modal app rollback clipwright v12 --env main --strategy rolling" in output


@pytest.fixture
def its_services(another: Rehearsal) -> Generator[Services]:
    yield from with_accounts(another)


def test_a_rehearsal_with_the_tiny_set_needs_no_weights(another: Rehearsal, its_services: Services) -> None:
    """How an operator tries accounts for a few won, before any hub and any licence."""
    modal = another.programs / "modal.py"
    program = modal.read_text(encoding="utf-8")
    modal.write_text(program.replace('PINS["19b"]', 'PINS["19b"][1:]'), encoding="utf-8")
    older = another.findings("--only", "modal-weights", stand_ins=True)
    assert "complete.json of the present pins is missing" in older["modal-weights"][0]["message"]
    modal.write_text(program.replace('"complete.json"', '"begun.json"'), encoding="utf-8")
    blocked = another.findings("--only", "modal-weights", stand_ins=True)
    assert "complete.json is missing" in blocked["modal-weights"][0]["message"]
    another.change("infra/targets.toml", 'checkpoint = "ltx-2-19b"', 'checkpoint = "tiny-trained"')
    another.commit("The tiny set")
    its_services.gpu_seconds = 2.0
    seen = carry_out(another, its_services, "deploy", "--why", "accounts tried")
    assert seen.code == 0, seen.output
    assert json.loads(another.kept("gpu.told"))["checkpoint"] == "tiny-trained"
    assert seen.log[0].outcome == "live"
    assert (seen.log[0].predicted, seen.log[0].measured["gpu_seconds"]) == ({}, 2.0)


def test_an_error_blocks_before_anything_is_deployed_and_is_the_commits_status(
    another: Rehearsal, its_services: Services
) -> None:
    """As GitHub's workflow runs it after a push from anywhere."""
    number = len(list((another.root / "functions" / "migrations").glob("*.sql"))) + 1
    another.write(f"functions/migrations/{number:04d}_gone.sql", "DROP TABLE ledger;\n")
    another.commit("Tidy")
    with Listener(free_port()) as github:
        pushed = {"GITHUB_ACTIONS": "true", "GITHUB_TOKEN": "of-the-run", "GITHUB_REPOSITORY": "someone/clipwright"}
        pushed |= {"GITHUB_SHA": another.head(), "GITHUB_API_URL": github.address, "GITHUB_RUN_ID": "7"}
        seen = carry_out(another, its_services, "deploy", **pushed)
    assert seen.code == 1
    assert [(path.rpartition("/")[2], body["state"]) for path, _, body in github.heard] == [
        (another.head(), "pending"),
        (another.head(), "failure"),
    ]
    assert "table ledger goes away" in github.heard[-1][2]["description"]
    assert "table ledger goes away" in seen.output
    assert "nothing has been deployed" in seen.output
    assert seen.remote_head == seen.remote_before
    assert not any("deploy" in call and "pages" not in call for call in seen.calls)
