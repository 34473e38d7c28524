"""`setup-account` on a terminal: each question asked once and tried out, secrets typed unseen, interrupted and gone on.

Real: the verb in its own process, the terminal, git, Cloudflare's library against an account of this machine. `modal`
and `wrangler` are stand-ins that hold what they were given.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from gpu.core.weight_sources import GEMMA, LTX_2
from infra.platforms import operator_keys, weight_files
from infra.process.shell import environment
from tests.gpu.serve.local_hub import Hub
from tests.infra.bootstrap.terminal import CTRL_C, Terminal
from tests.infra.bootstrap.test_bootstrap import FORGETFUL
from tests.infra.release.cloudflare_account import CloudflareAccount, cloudflare_account
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


@pytest.fixture
def hub() -> Generator[Hub]:
    server = Hub()
    server.token = HUB_TOKEN
    yield server
    server.shutdown()
    server.server_close()


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
    another: Rehearsal, account: CloudflareAccount, hub: Hub
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
    second.answers("create or change these: ", "n")
    assert person.leaves(second) == 1
    assert "nothing was changed" in second.seen

    third = person.sits_down("--lang", "en", "--no-release")
    third.waits_for("create or change these: ")
    names = ("CLOUDFLARE_API_TOKEN", "CLIPWRIGHT_OPERATOR_EMAIL", "HF_TOKEN")
    assert [name for name in names if f"\n{name}: " in third.seen] == []
    assert "ok HF_TOKEN: Modal has it already" in third.seen
    third.types(CTRL_C)
    assert person.leaves(third) == 130
    assert account.kept["buckets"] == []

    screens = "\n".join(person.screens)
    calls = (another.programs / "calls.jsonl").read_text(encoding="utf-8")
    for secret in (CLOUDFLARE_TOKEN, HUB_TOKEN, "a-mistyped-one"):
        assert secret not in screens
        assert secret not in calls
    assert operator_keys.kept(another.root)["CLOUDFLARE_API_TOKEN"] == CLOUDFLARE_TOKEN
    assert HUB_TOKEN not in (another.root / operator_keys.FILE).read_text(encoding="utf-8")


def test_a_licence_is_accepted_by_typing_its_name(another: Rehearsal, account: CloudflareAccount, hub: Hub) -> None:
    person = Person(another, account, hub)
    command = ["-X", "utf8", "-m", "infra", "weights", "pin", "--lang", "ko"]
    terminal = Terminal(command, another.root, person.env)
    terminal.answers("읽고 동의하면 라이선스 이름을 그대로 적어 주세요: ", LTX_2)
    terminal.answers("읽고 동의하면 라이선스 이름을 그대로 적어 주세요: ", "yes")
    assert person.leaves(terminal) == 1
    assert f"라이선스를 수락하지 않았어요: {GEMMA}" in terminal.seen
    assert weight_files.read(another.root).accepted == ()
