"""Every command of the guides is run: here, beside the platforms' stand-ins, or by the test that is named for it.

Here: what reads or changes a live site. Its database is SQLite with the product's own migrations behind a stand-in for
wrangler; git is real. What makes, releases and removes a site has long stories of its own, which the table names.
"""

import ast
import re
from collections.abc import Generator
from pathlib import Path

import pytest

from infra.settings import ROOT
from tests.infra.release.rehearsal import SECRETS, STAND_IN, WRANGLER, Rehearsal, git
from tests.infra.release.services import Services, serving
from tests.infra.test_guides import DOCS, GUIDES, WITHOUT_ACCOUNTS, commands_of

ALONE = "tests/infra/test_guides.py::test_what_the_guides_ask_for_before_anything_is_made_runs_without_accounts"
EMPTY = "tests/infra/release/test_empty_accounts.py"
REHEARSED = "tests/infra/release/test_deploy_rehearsed.py"
WEIGHTS = "tests/infra/bootstrap/test_weights.py::test_files_are_pinned_accepted_fetched_and_verified"
TERMINAL = "tests/infra/bootstrap/test_terminal.py"
ROTATION = "tests/infra/bootstrap/test_shared_secrets.py"
RUN_BY = {
    **dict.fromkeys(WITHOUT_ACCOUNTS, ALONE),
    "demo --once": "tests/infra/dev/test_demo.py::test_once_makes_one_clip_and_ends",
    "setup-account": f"{EMPTY}::first",
    "setup-account --check": f"{EMPTY}::test_a_call_after_the_last_one_makes_nothing",
    "setup-account --no-release": f"{EMPTY}::test_a_call_after_the_last_one_makes_nothing",
    "setup-account --env preview": "tests/infra/bootstrap/test_bootstrap.py::"
    "test_a_preview_gets_blocks_of_its_own_and_none_of_productions_data",
    "remove --env preview": f"{EMPTY}::test_a_site_is_removed_and_nothing_is_left",
    "setup-account --releases-from github": f"{TERMINAL}::"
    "test_a_push_alone_releases_after_two_tokens_are_typed_for_github",
    "setup-account --release-webhook": f"{TERMINAL}::"
    "test_who_skips_the_webhook_is_not_asked_again_and_may_change_it_later",
    "export ../백업": f"{EMPTY}::moved",
    "import ../백업": f"{EMPTY}::moved",
    "remove": f"{EMPTY}::test_a_site_is_removed_and_nothing_is_left",
    "remove --check": f"{EMPTY}::test_a_site_is_removed_and_nothing_is_left",
    "rollback": f"{REHEARSED}::undone",
    "deploy": f"{REHEARSED}::resumed",
    'deploy --why "새 화질을 더함"': f"{REHEARSED}::failed",
    "deploy --take-lock": "tests/infra/release/test_release_lock.py::"
    "test_what_stopped_in_order_goes_on_here_or_is_taken_over_at_once",
    "deploy --replace-gpu": "tests/infra/release/test_gpu_side.py::test_an_operator_may_ask_for_new_containers",
    "preflight": "tests/infra/preflight/test_preflight_planted.py::"
    "test_the_repository_as_it_is_lacks_its_accounts_and_weights_and_nothing_else",
    "weights pin": WEIGHTS,
    "weights fetch": WEIGHTS,
    "weights verify": WEIGHTS,
    "rotate event": f"{ROTATION}::test_readers_know_the_new_event_secret_before_workers_sign_with_it",
    "rotate event --drop-old": f"{ROTATION}::test_readers_know_the_new_event_secret_before_workers_sign_with_it",
    'reflect 20261127-0930-1a2b3c4 --learned "단가가 내려서 예측보다 쌌어요"': f"{REHEARSED}::"
    "test_the_reflection_holds_what_was_found_fixed_and_measured",
}
"""Command of the Korean guides -> the test or fixture that runs its verb."""
RUN_HERE = (
    "preflight --only modal-token --only release-keys",
    "preflight --fix",
    "weights where",
    "prices",
    "caps",
    "caps --set owner_day=20000",
    "caps --stop",
    "caps --go",
    "bill",
    "bill --day 2026-11-24",
)
"""In an order in which each can be run."""
PROGRAMS_HELP = {
    "modal token new": "token new",
    "modal app logs clipwright": "app logs",
    "wrangler pages deployment tail --project-name clipwright": "wrangler pages deployment tail [deployment]",
    "wrangler pages secret put ALERT_WEBHOOK --project-name clipwright": "wrangler pages secret put <key>",
    "wrangler secret put ALERT_WEBHOOK --config functions/_sweeper/wrangler.toml": "wrangler secret put <key>",
    "wrangler tail clipwright-sweeper": "wrangler tail [worker]",
    "wrangler d1 time-travel restore clipwright --timestamp 2026-11-24T09:00:00Z": "d1 time-travel restore <database>",
}
"""The platforms' own: the real programs say what they take, in these words."""
D1 = """
if WORDS[:2] == ["d1", "execute"]:
    import sqlite3
    fresh = not (HERE / "site.db").exists()
    database = sqlite3.connect(HERE / "site.db", isolation_level=None)
    database.row_factory = sqlite3.Row
    for path in sorted(Path("functions", "migrations").glob("*.sql")) if fresh else ():
        database.executescript(path.read_text(encoding="utf-8"))
    found = []
    for statement in filter(str.strip, WORDS[WORDS.index("--command") + 1].split("; ")):
        found.append({"results": [dict(row) for row in database.execute(statement)], "success": True})
    print(json.dumps(found))
    sys.exit(0)
"""
BILLING = """
if WORDS[:2] == ["billing", "report"]:
    hour = {"interval_start": "2026-11-24T09:00:00+09:00", "cost": "1.25"}
    print(json.dumps([{"description": "clipwright", "environment": "main", **hour}]))
    sys.exit(0)
"""


def told(words: str) -> tuple[str, ...]:
    return tuple(word.strip('"') for word in re.findall(r'"[^"]*"|\S+', words))


def test_every_command_of_the_guides_is_run_by_a_test() -> None:
    korean = {tuple(words) for path in GUIDES if ".ko" in path.name for words in commands_of(path)}
    tried = {told(words) for words in (*RUN_BY, *RUN_HERE, *PROGRAMS_HELP)}
    assert korean - tried - {("render",)} == set()  # the mark of a generated table names `render`
    assert tried - korean == set()


@pytest.mark.parametrize(("words", "place"), RUN_BY.items(), ids=RUN_BY)
def test_the_named_test_is_there_and_speaks_of_the_verb(words: str, place: str) -> None:
    name, _, function = place.partition("::")
    source = (ROOT / name).read_text(encoding="utf-8")
    functions = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    assert function in functions, f"{place} is gone"
    assert words.split(maxsplit=1)[0] in source.lower()


@pytest.fixture(scope="module")
def site(rehearsal: Rehearsal) -> Generator[Services]:
    """A live site: addresses, pins and a pushed commit, as after a first release."""
    text = STAND_IN + D1 + WRANGLER % {"secrets": repr(SECRETS)}
    (rehearsal.programs / "wrangler.py").write_text(text, encoding="utf-8", newline="\n")
    modal = (rehearsal.programs / "modal.py").read_text(encoding="utf-8")
    text = modal.replace(STAND_IN, STAND_IN + BILLING)
    (rehearsal.programs / "modal.py").write_text(text, encoding="utf-8", newline="\n")
    rehearsal.add_remote()
    with serving(rehearsal) as running:
        rehearsal.aim(running.address)
        rehearsal.commit("A live site")
        git(rehearsal.root, "push", "--quiet", "origin", "main", "main:live")
        yield running


SHOWN = {
    "preflight --only modal-token --only release-keys": "오류 0개",
    "preflight --fix": "영상 값이 한도 안인가요?",
    "prices": "달라진 값이 없어요",
    "caps": "owner_day",
    "caps --set owner_day=20000": "20,000",
    "bill --day 2026-11-24": "2026-11-24",
}
"""What a command shows in Korean, where it shows more than a table."""


@pytest.mark.parametrize("words", RUN_HERE)
def test_a_command_of_a_days_work_runs_in_korean(rehearsal: Rehearsal, site: Services, words: str) -> None:
    account = {"CLOUDFLARE_BASE_URL": site.address, "CLOUDFLARE_API_TOKEN": "rehearsal"}
    keys = {"CLOUDFLARE_ACCOUNT_ID": "0" * 32, "CLIPWRIGHT_PROXY_KEY": "r", "CLIPWRIGHT_PROXY_SECRET": "r"}
    access = {"CLIPWRIGHT_ACCESS_ID": "r", "CLIPWRIGHT_ACCESS_SECRET": "r", "CLIPWRIGHT_LANG": "ko"}
    code, output = rehearsal.infra(*told(words), stand_ins=True, **account, **keys, **access)
    assert re.search("[가-힣]", output), output
    assert "Traceback" not in output and "예상하지 못한" not in output, output
    assert SHOWN.get(words, "") in output, output
    if not words.startswith("preflight"):  # which may find what this site lacks
        assert code == 0, output


@pytest.mark.parametrize(("words", "usage"), PROGRAMS_HELP.items(), ids=PROGRAMS_HELP)
def test_a_command_of_a_platforms_own_program_is_one_that_it_has(rehearsal: Rehearsal, words: str, usage: str) -> None:
    code, output = rehearsal.infra(*words.split(), "--help")
    assert code == 0, output
    assert usage in output
    assert [word for word in words.split() if word.startswith("--") and word not in output] == []


def git_lines(path: Path) -> list[str]:
    """Those that bring a copy to an address of one's own."""
    return re.findall(r"^ *(git (?:clone|remote|push) .+)$", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_guides_git_commands_bring_a_copy_to_a_repository_of_ones_own(tmp_path: Path) -> None:
    lines = git_lines(DOCS / "deploy.ko.md")
    assert lines == git_lines(DOCS / "deploy.md") and len(lines) == 3
    theirs, mine, desk = tmp_path / "그들의 저장소", tmp_path / "내 저장소.git", tmp_path / "내 폴더"
    theirs.mkdir()
    desk.mkdir()
    git(theirs, "init", "--quiet", "--initial-branch=main")
    git(theirs, "-c", "user.name=x", "-c", "user.email=x@x.invalid", "commit", "--quiet", "--allow-empty", "-m", "x")
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(mine))
    places = ((desk, theirs), (desk / "clipwright", mine), (desk / "clipwright", mine))
    for line, (folder, address) in zip(lines, places, strict=True):
        git(folder, *(str(address) if word.startswith("https://") else word for word in line.split()[1:]))
    assert git(mine, "rev-parse", "main") == git(theirs, "rev-parse", "HEAD")
