"""A release from an edit to its reflection, in a copy of this repository: preflight and git are real, accounts are not.

Everything is run as a Korean Windows would (see `rehearsal`), through the command line that an operator uses.
"""

from collections.abc import Generator

import pytest

from infra.reflection import read_log
from tests.infra.release.rehearsal import SECRETS, Rehearsal, git
from tests.infra.release.services import PEAK_VRAM_GIB, Services, serving

KEYS = {"CLIPWRIGHT_PROXY_KEY": "rehearsal", "CLIPWRIGHT_PROXY_SECRET": "rehearsal"}


@pytest.fixture(scope="module")
def services(rehearsal: Rehearsal) -> Generator[Services]:
    rehearsal.add_remote()
    with serving(rehearsal) as running:
        rehearsal.aim(running.address)
        rehearsal.change("infra/targets.toml", 'ai_label_off_because = ""', 'ai_label_off_because = "a rehearsal"')
        rehearsal.commit("The accounts of this rehearsal")
        yield running


def test_the_dry_run_prints_the_plan_and_touches_nothing(rehearsal: Rehearsal, services: Services) -> None:
    before = rehearsal.remote_head()
    code, output = rehearsal.infra("deploy", "--dry-run", "--why", "연습", stand_ins=True)
    assert code == 0, output
    steps = [line.split(": ")[0].split(". ")[1] for line in output.splitlines() if line[:1].isdigit()]
    assert steps == [
        "preflight", "remember", "push", "migrations", "modal", "sweeper", "agree", "smoke", "reflection",
    ]  # fmt: skip
    assert "modal deploy --env main --strategy rolling --tag <commit> -m gpu.app" in output
    assert f"GET {services.address}/gpu/version" in output
    assert rehearsal.calls() == []
    assert rehearsal.remote_head() == before
    assert git(rehearsal.root, "status", "--porcelain").strip() == ""


def test_an_edit_goes_live_with_its_mendable_fault_mended(rehearsal: Rehearsal, services: Services) -> None:
    rehearsal.write("docs/배포.md", "# 배포 안내 $0.30\n", encoding="cp949")
    edit = rehearsal.commit("새 안내")
    code, output = rehearsal.infra("deploy", "--why", "안내를 넣어요 😀 $0.30", stand_ins=True, **KEYS)
    assert code == 0, output
    fixes = git(rehearsal.root, "log", "-1", "--format=%H %s", "--grep=Fixes found").split(" ", 1)
    released = fixes[0]
    assert git(rehearsal.root, "rev-parse", f"{released}~1").strip() == edit
    assert "docs/배포.md" in git(rehearsal.root, "show", "--format=", "--name-only", released).splitlines()
    assert rehearsal.read("docs/배포.md") == "# 배포 안내 $0.30\n"
    assert rehearsal.kept("gpu.build") == released[:12]
    assert rehearsal.kept("sweeper.build") == released[:12]
    assert services.build_of_site() == released[:12]
    assert len(services.wishes) == 1
    assert git(rehearsal.root, "status", "--porcelain").strip() == ""
    assert rehearsal.remote_head() == rehearsal.head()


def test_paid_programs_were_called_in_order_and_never_with_a_shell_word(rehearsal: Rehearsal) -> None:
    spoken = [" ".join(call) for call in rehearsal.calls()]
    acts = [line for line in spoken if any(word in line for word in ("apply", "modal deploy", "wrangler deploy "))]
    assert [line.split()[:2] for line in acts] == [["wrangler", "d1"], ["modal", "deploy"], ["wrangler", "deploy"]]
    assert "--remote" in acts[0]
    assert not any(secret in line for line in acts for secret in SECRETS)
    assert not any("0.30" in line for line in spoken)


def test_the_reflection_holds_what_was_found_fixed_and_measured(rehearsal: Rehearsal, services: Services) -> None:
    release = read_log(rehearsal.root).latest()[0]
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
    page = rehearsal.read("infra/REFLECTIONS.md")
    assert "안내를 넣어요 😀 $0.30" in page
    assert "예측 · predicted" in page
    code, output = rehearsal.infra("reflect", release.id, "--learned", "배운 점: 파일은 UTF-8로")
    assert code == 0, output
    assert "배운 점: 파일은 UTF-8로" in rehearsal.read("infra/REFLECTIONS.md")
    git(rehearsal.root, "commit", "--quiet", "-am", "[skip ci] Lesson")


def test_a_failure_says_what_is_live_and_how_to_go_back(rehearsal: Rehearsal, services: Services) -> None:
    del services
    before = rehearsal.kept("sweeper.build")
    rehearsal.write("docs/two.md", "# Two\n")
    second = rehearsal.commit("Two")
    rehearsal.break_when("wrangler deploy --config")
    code, output = rehearsal.infra("deploy", "--why", "둘째", stand_ins=True, **KEYS)
    assert code == 1
    assert "step sweeper failed" in output
    assert f"functions: {second[:12]}, before this release" in output
    assert f"sweeper: {before}" in output
    assert "python run.py rollback --env production" in output
    failed = read_log(rehearsal.root).latest()[0]
    assert (failed.outcome, failed.failed_step) == ("failed", "sweeper")
    assert "실패" in rehearsal.read("infra/REFLECTIONS.md")


def test_it_goes_on_where_it_stopped_without_deploying_an_unchanged_gpu_service(
    rehearsal: Rehearsal, services: Services
) -> None:
    rehearsal.break_when("")
    earlier = len(rehearsal.calls())
    services.looks = 0
    code, output = rehearsal.infra("deploy", stand_ins=True, **KEYS)
    assert code == 0, output
    assert "preflight: was done before" in output
    again = [call[:2] for call in rehearsal.calls()[earlier:]]
    assert again == [["wrangler", "deploy"]]
    release = read_log(rehearsal.root).latest()[0]
    assert (release.outcome, release.why) == ("live", "둘째")
    assert release.versions["modal"] == "unchanged"
    assert len({row.id for row in read_log(rehearsal.root).releases}) == 2


def test_rollback_undoes_what_the_last_release_replaced(rehearsal: Rehearsal, services: Services) -> None:
    account = {"CLOUDFLARE_API_TOKEN": "rehearsal", "CLOUDFLARE_ACCOUNT_ID": "0" * 32}
    earlier = len(rehearsal.calls())
    code, output = rehearsal.infra("rollback", stand_ins=True, CLOUDFLARE_BASE_URL=services.address, **account, **KEYS)
    assert code == 0, output
    assert [call[:3] for call in rehearsal.calls()[earlier:]] == [["wrangler", "rollback", "sweeper-4"]]
    rolled = [path for method, path in services.seen if method == "POST" and path.endswith("/rollback")]
    assert rolled == [f"/accounts/{'0' * 32}/pages/projects/clipwright/deployments/pages-7/rollback"]
    assert read_log(rehearsal.root).latest()[0].outcome == "rolled_back"
    assert "되돌림" in rehearsal.read("infra/REFLECTIONS.md")


def test_after_a_rollback_there_is_one_more_release_to_undo_with_its_gpu_service(rehearsal: Rehearsal) -> None:
    code, output = rehearsal.infra("rollback", "--dry-run", stand_ins=True)
    assert code == 0, output
    assert "modal app rollback clipwright v12 --env main --strategy rolling" in output


def test_an_error_blocks_before_anything_is_deployed(rehearsal: Rehearsal, services: Services) -> None:
    del services
    tip = rehearsal.remote_head()
    rehearsal.write("functions/migrations/0009_gone.sql", "DROP TABLE ledger;\n")
    rehearsal.commit("Tidy")
    earlier = len(rehearsal.calls())
    code, output = rehearsal.infra("deploy", stand_ins=True, **KEYS)
    assert code == 1
    assert "table ledger goes away" in output
    assert "nothing has been deployed" in output
    assert rehearsal.remote_head() == tip
    assert not any("deploy" in call and "pages" not in call for call in rehearsal.calls()[earlier:])
