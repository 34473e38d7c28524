"""`setup-account` on a terminal: each question asked once and tried out, secrets typed unseen, interrupted and gone on.

Real: the verb in its own process, the terminal, git, Cloudflare's library against an account of this machine. `modal`
and `wrangler` are stand-ins that hold what they were given.
"""

import json
import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest

from gpu.core.weight_sources import GEMMA, LTX_2, SOURCES, Accepted, Pin, licences
from infra.bootstrap import github_releases
from infra.bootstrap.first_day import first_day
from infra.dev.ports import free_port
from infra.language import speaking
from infra.platforms import operator_keys, weight_files
from infra.platforms.programs import STAND_INS
from infra.preflight.runner import ground_of
from infra.preflight.trade_offs import trade_offs
from infra.process.shell import environment
from infra.release import notice
from tests.gpu.serve.local_hub import Hub
from tests.infra.bootstrap.terminal import CTRL_C, Terminal
from tests.infra.bootstrap.test_bootstrap import FORGETFUL
from tests.infra.release.cloudflare_account import ID, CloudflareAccount, cloudflare_account
from tests.infra.release.listener import Listener
from tests.infra.release.rehearsal import STAND_IN, Rehearsal, git

GITHUB = "https://github.com/someone/clipwright.git"
CLOUDFLARE_TOKEN, HUB_TOKEN = "cf-typed-and-unseen", "hf-typed-and-unseen"
MODAL_LOGIN = """
if WORDS[:2] == ["token", "info"] and not kept("logged-in"):
    print("Token missing")
    sys.exit(1)
if WORDS[:2] == ["token", "new"]:
    keep("logged-in", "yes")
    print("Opened in the browser")
"""

NOWHERE = "http://127.0.0.1:9/mistyped-hook"
GH = """
values = json.loads(kept("gh.json") or '{"secret": {}, "variable": {}}')
if WORDS[0] in values and WORDS[1] == "list":
    assert WORDS[2:4] == ["--repo", "someone/clipwright"], WORDS
    fields = WORDS[5].split(",")
    rows = [{"name": name, "value": value} for name, value in values[WORDS[0]].items()]
    print(json.dumps([{field: row[field] for field in fields} for row in rows]))
elif WORDS[0] in values:
    if WORDS[1] == "delete":
        del values[WORDS[0]][WORDS[2]]
    else:
        values[WORDS[0]][WORDS[2]] = WORDS[WORDS.index("--body") + 1] if "--body" in WORDS else sys.stdin.read()
    keep("gh.json", json.dumps(values))
"""
"""GitHub's program: it holds what it was given, and a secret comes by standard input."""
OF_RELEASES = """
if WORDS[:2] == ["token", "info"] and os.environ.get("MODAL_TOKEN_SECRET") != "as-of-releases":
    print("Token invalid")
    sys.exit(1)
"""
ARRANGE = """
import sys
from pathlib import Path
from infra import console
from infra.bootstrap.github_releases import arrange, state
from infra.platforms import operator_keys
from infra.preflight.runner import ground_of
from infra.preflight.trade_offs import trade_offs
operator_keys.load(Path.cwd())
ground = ground_of(Path.cwd(), "production")
for line in arrange(ground, *sys.argv[1:]):
    console.note(line)
"""

OFFER = """
from pathlib import Path
from infra import console
from infra.bootstrap.release_webhook import offer
from infra.platforms import operator_keys
from infra.preflight.runner import ground_of
operator_keys.load(Path.cwd())
for line in offer(ground_of(Path.cwd(), "production")):
    console.note(line)
"""

CHOOSE = """
import json
from pathlib import Path
from infra import console
from infra.preflight.runner import ground_of
from infra.preflight.trade_offs import trade_offs
from infra.process.shell import InfraError
from infra.release import choices
from infra.release.journal import Journal
from infra.release.release_context import ReleaseContext, WaitTimes
journal = Journal(id="r-1", environment="production", why="", began_at="")
ground = ground_of(Path.cwd(), "production")
try:
    choices.ask(ReleaseContext(ground, journal, lambda: None, console.note, WaitTimes()))
except InfraError as error:
    console.error(str(error), error.fix)
console.note("kept " + json.dumps(list(journal.choices)))
"""


@pytest.fixture
def hub() -> Generator[Hub]:
    server = Hub()
    server.token = HUB_TOKEN
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def listener() -> Generator[Listener]:
    with Listener(free_port()) as listener:
        yield listener


@pytest.fixture
def account(another: Rehearsal, tmp_path: Path) -> Generator[CloudflareAccount]:
    another.add_remote()
    program = another.programs / "modal.py"
    text = program.read_text(encoding="utf-8").replace(STAND_IN, STAND_IN + MODAL_LOGIN + FORGETFUL)
    program.write_text(text, encoding="utf-8", newline="\n")
    with cloudflare_account(another, tmp_path) as account:
        account.token = CLOUDFLARE_TOKEN
        yield account


class Person:
    """Who sits at the terminal. `screens` are all that the terminals have shown."""

    def __init__(self, copy: Rehearsal, account: CloudflareAccount, hub: Hub) -> None:
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "MODAL_"))}
        self.copy, self.screens = copy, list[str]()
        self.env = environment(
            {
                **bare,
                "CLIPWRIGHT_HUB": hub.url,
                "CLIPWRIGHT_PROGRAMS": str(copy.programs),
                "CLOUDFLARE_BASE_URL": account.address,
                "GIT_CONFIG_GLOBAL": os.devnull,
                "NO_COLOR": "1",
                "PYTHONPATH": str(copy.root),
                "TERM": "xterm",
            }
        )

    def sits_down(self, *words: str) -> Terminal:
        return Terminal(["-X", "utf8", "-m", "infra", "setup-account", *words], self.copy.root, self.env)

    def leaves(self, terminal: Terminal) -> int:
        code = terminal.end()
        self.screens.append(terminal.seen)
        return code


def test_it_is_walked_question_by_question_and_asks_nothing_twice(
    another: Rehearsal, account: CloudflareAccount, hub: Hub, listener: Listener
) -> None:
    person = Person(another, account, hub)
    first = person.sits_down("--lang", "ko", "--no-release")
    first.waits_for("Pages는 GitHub에서만 빌드해요")
    git(another.root, "config", "remote.origin.url", GITHUB)
    git(another.root, "config", f"url.{another.remote.as_posix()}.insteadOf", GITHUB)
    first.answers("다 했으면 Enter를 눌러 주세요.", "")
    first.waits_for("ok GitHub: someone/clipwright")
    first.answers("CLOUDFLARE_API_TOKEN: ", "a-mistyped-one")
    first.answers("CLOUDFLARE_API_TOKEN: ", CLOUDFLARE_TOKEN)
    first.waits_for("ok Modal: 로그인되어 있어요")
    first.answers("CLIPWRIGHT_OPERATOR_EMAIL: ", "nobody")
    first.answers("CLIPWRIGHT_OPERATOR_EMAIL: ", "operator@example.invalid")
    first.waits_for("HF_TOKEN: ")
    first.types(CTRL_C)
    assert person.leaves(first) == 130
    assert "멈췄어요" in first.seen and "Traceback" not in first.seen

    second = person.sits_down("--lang", "en", "--no-release")
    second.answers("HF_TOKEN: ", HUB_TOKEN)
    second.waits_for("optional, press Enter for none")
    second.answers("CLIPWRIGHT_RELEASE_WEBHOOK: ", NOWHERE)
    second.waits_for("the message was not delivered: ConnectError")
    second.answers("CLIPWRIGHT_RELEASE_WEBHOOK: ", f"{listener.address}/typed-hook")
    second.waits_for("ok CLIPWRIGHT_RELEASE_WEBHOOK: each release is reported")
    second.answers("create or change these: ", "n")
    assert person.leaves(second) == 1
    assert "nothing was changed" in second.seen

    third = person.sits_down("--lang", "en", "--no-release")
    third.waits_for("create or change these: ")
    names = ("CLOUDFLARE_API_TOKEN", "CLIPWRIGHT_OPERATOR_EMAIL", "HF_TOKEN", notice.VARIABLE)
    assert [name for name in names if f"\n{name}: " in third.seen] == []
    assert "ok HF_TOKEN: Modal has it already" in third.seen
    third.types(CTRL_C)
    assert person.leaves(third) == 130
    assert account.kept["buckets"] == []

    screens = "\n".join(person.screens)
    day = first_day(ground_of(another.root, "production"))
    asked = dict.fromkeys(re.findall(r"^([A-Z_]{8,}): ", screens, re.MULTILINE))
    assert [name for name in day.typed if name not in licences("19b")] == list(asked)  # the others: the next test
    with speaking("ko"):
        pages = first_day(ground_of(another.root, "production")).dashboards
    assert [page for page in pages if page not in screens] == []
    calls = (another.programs / "calls.jsonl").read_text(encoding="utf-8")
    for secret in (CLOUDFLARE_TOKEN, HUB_TOKEN, "a-mistyped-one", NOWHERE, "typed-hook"):
        assert secret not in screens
        assert secret not in calls
    kept = operator_keys.kept(another.root)
    assert kept["CLOUDFLARE_API_TOKEN"] == CLOUDFLARE_TOKEN
    assert kept[notice.VARIABLE] == f"{listener.address}/typed-hook"
    assert [body["text"] for _, _, body in listener.heard] == [
        "[Clipwright production] Each release will be reported here."
    ]
    assert HUB_TOKEN not in (another.root / operator_keys.FILE).read_text(encoding="utf-8")


def test_who_skips_the_webhook_is_not_asked_again_and_may_change_it_later(
    another: Rehearsal, account: CloudflareAccount, hub: Hub, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(another.root, "config", "remote.origin.url", GITHUB)
    (another.programs / "gh.py").write_text(STAND_IN + GH, encoding="utf-8", newline="\n")
    monkeypatch.setenv(STAND_INS, str(another.programs))
    ground = ground_of(another.root, "production")
    there = github_releases.repository(ground)
    person = Person(another, account, hub)
    first = Terminal(["-X", "utf8", "-c", OFFER], another.root, person.env)
    first.answers("CLIPWRIGHT_RELEASE_WEBHOOK: ", "")
    first.waits_for("no release is reported; to change it: python run.py setup-account --release-webhook")
    assert person.leaves(first) == 0
    again = Terminal(["-X", "utf8", "-c", OFFER], another.root, person.env)
    again.waits_for("ok CLIPWRIGHT_RELEASE_WEBHOOK: no release is reported")
    assert person.leaves(again) == 0
    assert "CLIPWRIGHT_RELEASE_WEBHOOK: \n" not in again.seen

    hook = f"{listener.address}/typed-later"
    machine = person.sits_down("--lang", "en", "--release-webhook")
    machine.answers("CLIPWRIGHT_RELEASE_WEBHOOK: ", hook)
    machine.waits_for("each release is reported")
    assert person.leaves(machine) == 0
    assert "GitHub" not in machine.seen  # releases come from this machine
    assert operator_keys.kept(another.root)[notice.VARIABLE] == hook

    there.put_variable(github_releases.SWITCH, github_releases.FROM_GITHUB)
    github = person.sits_down("--lang", "en", "--release-webhook")
    github.answers("CLIPWRIGHT_RELEASE_WEBHOOK: ", hook)
    github.waits_for("CLIPWRIGHT_RELEASE_WEBHOOK: stored at GitHub")
    assert person.leaves(github) == 0
    assert json.loads(another.kept("gh.json"))["secret"] == {notice.VARIABLE: hook}
    no_more = person.sits_down("--lang", "en", "--release-webhook")
    no_more.answers("CLIPWRIGHT_RELEASE_WEBHOOK: ", "")
    no_more.waits_for("CLIPWRIGHT_RELEASE_WEBHOOK: deleted at GitHub")
    assert person.leaves(no_more) == 0
    assert there.secrets() == set()
    assert "typed-later" not in "".join(person.screens) + another.kept("calls.jsonl")
    code, said = another.infra("setup-account", "--release-webhook")
    assert (code, "this is asked on a terminal alone" in said) == (1, True), said


def test_a_licence_is_accepted_by_typing_its_name(another: Rehearsal, account: CloudflareAccount, hub: Hub) -> None:
    person = Person(another, account, hub)
    command = ["-X", "utf8", "-m", "infra", "weights", "pin", "--lang", "ko"]
    terminal = Terminal(command, another.root, person.env)
    terminal.answers("읽고 동의하면 라이선스 이름을 그대로 적어 주세요: ", LTX_2)
    terminal.answers("읽고 동의하면 라이선스 이름을 그대로 적어 주세요: ", "yes")
    assert person.leaves(terminal) == 1
    assert f"라이선스를 수락하지 않았어요: {GEMMA}" in terminal.seen
    assert weight_files.read(another.root).accepted == ()


def test_a_fetch_names_size_time_and_most_money_before_it_is_agreed_to(
    another: Rehearsal, account: CloudflareAccount, hub: Hub
) -> None:
    pins = tuple(
        Pin(
            source.role, source.repository, "0" * 40, source.names[0], f"{source.role}.bin", 22 * 10**9, "0" * 64, LTX_2
        )
        for source in SOURCES["19b"]
    )
    accepted = (Accepted(LTX_2, "x", "2026-11-27"),)
    found = weight_files.with_rows(another.read(weight_files.FILE), weight_files.PinFile({"19b": pins}, accepted))
    another.write(weight_files.FILE, found)
    person = Person(another, account, hub)
    gigabytes = 22 * len(pins)
    won_an_hour = (4 * 0.0473 + 8 * 0.008) * 1450  # four cores and 8 GiB at Modal, 1,450 won a dollar
    hours = gigabytes / 0.02 / 3600
    for answer, code, begun in (("n", 1, 0), ("y", 1, 1)):  # the stand-in of Modal brings nothing
        terminal = Terminal(["-X", "utf8", "-m", "infra", "weights", "fetch", "--lang", "ko"], another.root, person.env)
        terminal.waits_for(f"모델 파일 받기: {gigabytes}.0 GB. Modal에서 받아요")
        terminal.waits_for(f"약 {hours:.1f}시간, {won_an_hour * hours:,.0f}원. 1초에 20 MB를 받는다고 가정했고")
        terminal.waits_for(f"아무리 길어도 6시간, {won_an_hour * 6:,.0f}원")
        terminal.answers("받을까요? [y/N] ", answer)
        assert person.leaves(terminal) == code, terminal.seen
        assert ("아무것도 받지 않았어요" in terminal.seen) == (answer == "n")
        fetches = [words for words in another.calls() if any("fetch_weights" in word for word in words)]
        assert len(fetches) == begun, terminal.seen


def test_a_push_alone_releases_after_two_tokens_are_typed_for_github(
    another: Rehearsal, account: CloudflareAccount, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(another.root, "config", "remote.origin.url", GITHUB)
    account.kept["pages/projects/clipwright"] = {"name": "clipwright"}
    (another.programs / "modal.py").write_text(STAND_IN + OF_RELEASES, encoding="utf-8", newline="\n")
    keys = {name: f"kept-{name.lower()}" for name in operator_keys.NAMES}  # the webhook's address among them
    operator_keys.write(another.root, keys | {"CLOUDFLARE_ACCOUNT_ID": ID})
    person = Person(another, account, hub)
    without = Terminal(["-X", "utf8", "-c", ARRANGE, "github"], another.root, person.env)
    without.waits_for("https://github.com/someone/clipwright/settings/secrets/actions")
    without.waits_for("CLIPWRIGHT_PROXY_SECRET: .clipwright/keys/operator.json")
    without.waits_for("CLIPWRIGHT_RELEASES_FROM = github")
    assert person.leaves(without) == 0
    assert "kept-" not in without.seen

    (another.programs / "gh.py").write_text(STAND_IN + GH, encoding="utf-8", newline="\n")
    first = Terminal(["-X", "utf8", "-c", ARRANGE], another.root, person.env)
    first.answers("release by a push alone from now on? [y/N]", "y")
    first.answers("CLOUDFLARE_API_TOKEN: ", "a-mistyped-one")
    first.answers("CLOUDFLARE_API_TOKEN: ", CLOUDFLARE_TOKEN)
    first.answers("MODAL_TOKEN_ID: ", "ak-of-releases")
    first.waits_for("MODAL_TOKEN_SECRET: ")
    first.types(CTRL_C)
    assert person.leaves(first) != 0
    assert json.loads(another.kept("gh.json"))["variable"] == {}  # a push in between releases nothing

    second = Terminal(["-X", "utf8", "-c", ARRANGE, "github"], another.root, person.env)
    second.answers("MODAL_TOKEN_ID: ", "ak-of-releases")
    second.answers("MODAL_TOKEN_SECRET: ", "as-of-releases")
    second.waits_for("ok GitHub: a push alone releases")
    assert person.leaves(second) == 0
    held = json.loads(another.kept("gh.json"))
    wanted = github_releases.wanted(ground_of(another.root, "production"))
    assert set(held["secret"]) == {*wanted, notice.VARIABLE}
    assert held["secret"][notice.VARIABLE] == "kept-clipwright_release_webhook"
    assert held["secret"]["CLOUDFLARE_API_TOKEN"] == CLOUDFLARE_TOKEN
    assert held["secret"]["CLIPWRIGHT_PROXY_SECRET"] == "kept-clipwright_proxy_secret"
    assert held["variable"] == {"CLIPWRIGHT_LANG": "en", "CLIPWRIGHT_RELEASES_FROM": "github"}

    ground = ground_of(another.root, "production")
    monkeypatch.setenv(STAND_INS, str(another.programs))
    assert [lacks for _, lacks in github_releases.state(ground)] == [False]
    del held["secret"]["CLIPWRIGHT_PROXY_KEY"]
    (another.programs / "gh.json").write_text(json.dumps(held), encoding="utf-8")
    ((line, lacks),) = github_releases.state(ground)
    assert (lacks, "! GitHub: CLIPWRIGHT_PROXY_KEY." in line) == (True, True)
    third = Terminal(["-X", "utf8", "-c", ARRANGE], another.root, person.env)  # what is kept is not asked for
    third.waits_for("CLIPWRIGHT_PROXY_KEY: stored at GitHub")
    third.waits_for("ok GitHub: a push alone releases")
    assert person.leaves(third) == 0
    calls = (another.programs / "calls.jsonl").read_text(encoding="utf-8")
    for secret in (CLOUDFLARE_TOKEN, "as-of-releases", "kept-"):
        assert secret not in calls
        assert secret not in "".join(person.screens)


def test_a_release_asks_whether_the_cheaper_way_is_wanted(
    another: Rehearsal, account: CloudflareAccount, hub: Hub
) -> None:
    person = Person(another, account, hub)
    asked = trade_offs(ground_of(another.root, "production").target)
    assert asked[0].name == "tier"  # the cheapest first
    cheaper = Terminal(["-X", "utf8", "-c", CHOOSE], another.root, person.env)
    cheaper.waits_for(f"1) {asked[0].cheaper} {asked[0].won:.1f} won")
    cheaper.answers("1 or 2: ", "1")
    cheaper.waits_for("the cheaper way was chosen: 352p")
    cheaper.waits_for('DEFAULT_TIER = "352p"')
    cheaper.waits_for("kept []")
    assert person.leaves(cheaper) == 0
    as_it_is = Terminal(["-X", "utf8", "-c", CHOOSE], another.root, person.env)
    for each in asked:
        as_it_is.waits_for(f"2) as it is, {each.now} {each.now_won:.1f} won")
        as_it_is.answers("1 or 2: ", "2")
    as_it_is.waits_for(f"kept {json.dumps([each.key for each in asked])}")
    assert person.leaves(as_it_is) == 0
