"""From empty accounts to a delivered clip, then a second release, one that fails, and the way back: one story, told in
order by fixtures; a test looks at what was to be seen after a chapter.

Real: the verbs, git and its remote, `modal` and the program in its containers with the code that was deployed, the tiny
set on this machine's processor, the builds of Pages, workerd with D1 and the bucket. Stand-ins: both clouds' far ends
(`modal_account`, `cloudflare_account`). After the first release preflight is left out; others run it whole.
"""

import json
import re
import time
from collections.abc import Generator
from dataclasses import dataclass

import httpx
import pytest

from infra.bootstrap.moving import R2_VARIABLES
from infra.dev import edge_config
from infra.platforms import operator_keys
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.reflection.release_log import Release, read_log
from infra.release.branches import CONTENT
from infra.release.smoke import clip_path
from tests.infra.release.cloudflare_account import CloudflareAccount, cloudflare_account
from tests.infra.release.modal_account import ModalAccount, modal_account
from tests.infra.release.rehearsal import STAND_IN, Rehearsal, git
from tests.local_cloud import LocalCloud

KEYS = ("wk-rehearsal", "ws-rehearsal")
GITHUB = "https://github.com/someone/clipwright.git"
PASS_ON = """
os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "modal", *sys.argv[1:]])
"""
RELEASE = """
import dataclasses, sys
from pathlib import Path
from infra.platforms import operator_keys
from infra.release import steps
from infra.release.release_context import WaitTimes
from infra.release.deploy import Order, deploy
from infra.process.shell import InfraError

operator_keys.load(Path.cwd())  # as the verb does

def chosen(context):
    context.journal.commit = steps.content_commit(context.ground.root)

plan = [dataclasses.replace(step, run=chosen) if step.name == "preflight" and sys.argv[2] else step
        for step in steps.all_steps()]
try:
    for event in deploy(Path.cwd(), Order("production", sys.argv[1]), WaitTimes(600.0, 600.0, 0.1), plan):
        print(event.step, event.state, event.text)
except InfraError as error:
    print(error, error.fix, sep="\\n")
    sys.exit(1)
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a verb said, and how things stood when it had ended."""

    code: int
    output: str
    commit: str
    """Released, or last committed."""
    site: str
    gpu: str
    sweeper: str
    log: list[Release]
    """Newest first; one row per release."""


class Evening:
    """Everything that there is; `env` is what the operator has set."""

    def __init__(self, rehearsal: Rehearsal, cloudflare: CloudflareAccount, modal: ModalAccount) -> None:
        self.rehearsal, self.cloudflare, self.modal = rehearsal, cloudflare, modal
        self.spent: list[tuple[str, float]] = []
        """Each verb with its seconds on this machine, which says nothing about another one."""
        self.env = {
            "CLOUDFLARE_API_TOKEN": "rehearsal",
            "CLOUDFLARE_BASE_URL": cloudflare.address,
            "CLIPWRIGHT_OPERATOR_EMAIL": "operator@example.invalid",
            "MODAL_CONFIG_PATH": str(rehearsal.programs / "no-modal.toml"),
            "MODAL_SERVER_URL": modal.service.address,
            "MODAL_TOKEN_ID": "rehearsal",
            "MODAL_TOKEN_SECRET": "rehearsal",
        }

    def verb(self, *words: str) -> Seen:
        began = time.monotonic()
        code, output = self.rehearsal.infra(*words, stand_ins=True, **self.env)
        self.spent.append((" ".join(words), time.monotonic() - began))
        print(*self.spent[-1])  # noqa: T201  # for whoever measures a first day, with pytest -s
        return self.seen(code, output)

    def release(self, why: str, *, preflight: bool = False) -> Seen:
        arguments = ("-c", RELEASE, why, "" if preflight else "left out")
        return self.seen(*self.rehearsal.python(*arguments, stand_ins=True, **self.env))

    def seen(self, code: int, output: str) -> Seen:
        if self.cloudflare.pages.trouble:
            raise self.cloudflare.pages.trouble
        return Seen(
            code,
            output,
            git(self.rehearsal.root, "rev-list", "-1", "HEAD", "--", *CONTENT).strip(),
            self.build(f"{self.cloudflare.pages.url}/api/version"),
            self.build(f"{self.modal.gpu_url}/version"),
            self.build(f"{self.cloudflare.sweeper_url}/version"),
            read_log(self.rehearsal.root).latest(),
        )

    def build(self, address: str) -> str:
        headers = {"Modal-Key": KEYS[0], "Modal-Secret": KEYS[1]}
        try:
            answer = httpx.get(address, headers=headers, timeout=STALLED_AFTER_SECONDS, trust_env=False)
        except httpx.TransportError:
            return ""
        return str(answer.json()["build"]) if answer.is_success else ""

    def clips(self) -> dict[str, bytes]:
        """Key -> bytes of each video in the bucket."""
        cloud = LocalCloud(self.cloudflare.pages.url)
        videos = [key for key in cloud.keys("jobs/") if key.endswith(".mp4")]
        found = {key: cloud.s3.get_object(Bucket=cloud.bucket_name, Key=key)["Body"].read() for key in videos}
        cloud.s3.close()
        return found


@pytest.fixture(scope="module")
def evening(rehearsal: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> Generator[Evening]:
    (rehearsal.programs / "modal.py").write_text(STAND_IN + PASS_ON, encoding="utf-8", newline="\n")
    rehearsal.add_remote()
    folder = tmp_path_factory.mktemp("구름 clouds")
    with cloudflare_account(rehearsal, folder) as cloudflare:
        bucket, key_id, secret = edge_config.local_bucket()
        machine = {
            "CLIPWRIGHT_STATE": str(folder / "worker"),
            "CLIPWRIGHT_HEARTBEAT_SECONDS": "0.2",
            "R2_ENDPOINT": f"{cloudflare.pages.url}/cdn-cgi/local/r2/s3",
            "R2_BUCKET": bucket,
            "R2_ACCESS_KEY_ID": key_id,
            "R2_SECRET_ACCESS_KEY": secret,
        }
        with modal_account(ModalAccount(folder, rehearsal.root, machine, KEYS)) as modal:
            evening = Evening(rehearsal, cloudflare, modal)
            evening.env |= {name: machine[name] for name in R2_VARIABLES}
            yield evening
            assert modal.service.missing == []


@pytest.fixture(scope="module")
def furnished(evening: Evening) -> Seen:
    """The row names addresses of the operator's own, and the set that needs no weights."""
    rehearsal = evening.rehearsal
    rehearsal.set_cap(10_000)
    rehearsal.change("infra/targets.toml", 'checkpoint = "ltx-2-19b"', 'checkpoint = "tiny-trained"')
    text = rehearsal.read("infra/targets.toml")
    for name, address in (("site_url", evening.cloudflare.pages.url), ("sweeper_url", evening.cloudflare.sweeper_url)):
        text = text.replace(f'{name} = ""', f'{name} = "{address}"', 1)
    rehearsal.write("infra/targets.toml", text)
    rehearsal.commit("What this operator chose")
    git(rehearsal.root, "config", "remote.origin.url", GITHUB)
    git(rehearsal.root, "config", f"url.{rehearsal.remote.as_posix()}.insteadOf", GITHUB)
    rehearsal.break_when("secret create clipwright-site")
    seen = evening.verb("setup-account", "--yes")
    rehearsal.break_when("")
    return seen


@pytest.fixture(scope="module")
def first(evening: Evening, furnished: Seen) -> Seen:
    assert furnished.code == 1, furnished.output
    return evening.verb("setup-account", "--yes")


def test_a_step_that_fails_is_named_and_all_else_is_made(evening: Evening, furnished: Seen) -> None:
    assert furnished.code == 1, furnished.output
    assert re.search(r"error: event-secret: .* ended with exit code 1", furnished.output)
    assert "python run.py setup-account --env production" in furnished.output
    assert "cookie-secret: created and stored" in furnished.output
    assert "gpu-address: the GPU service has no address yet" in furnished.output
    assert (furnished.site, furnished.gpu) == ("", "")
    assert evening.cloudflare.pages.branch == "live"
    assert git(evening.rehearsal.root, "status", "--porcelain").strip() == ""


def test_the_next_call_goes_on_and_ends_with_the_address_and_a_clip(evening: Evening, first: Seen) -> None:
    assert first.code == 0, first.output
    assert f"the site: {evening.cloudflare.pages.url}" in first.output
    path = clip_path(evening.rehearsal.root, first.log[0].id)
    assert f"the first clip: {path}" in first.output
    assert path.read_bytes() in evening.clips().values()
    kept = evening.rehearsal.root / operator_keys.FILE
    assert kept.stat().st_mode & 0o777 == 0o600
    secrets = operator_keys.kept(evening.rehearsal.root)
    assert not [name for name, value in secrets.items() if name.endswith("_SECRET") and value in first.output]


def test_a_call_after_the_last_one_makes_nothing(evening: Evening, first: Seen) -> None:
    assert first.code == 0, first.output
    again = evening.verb("setup-account", "--yes")
    assert again.code == 0, again.output
    assert "this commit is live already" in again.output
    assert again.log == first.log
    checked = evening.verb("setup-account", "--check")
    assert (checked.code, "ok CLIPWRIGHT_RELEASE_WEBHOOK: not chosen yet" in checked.output) == (0, True)


def test_the_first_release_delivers_a_clip(evening: Evening, first: Seen) -> None:
    assert first.code == 0, first.output
    assert (first.site, first.sweeper) == (first.commit[:12], first.commit[:12])
    assert [release.outcome for release in first.log] == ["live"]
    ((key, video),) = evening.clips().items()
    assert first.log[0].measured["video_bytes"] == len(video)
    assert video[4:8] == b"ftyp", key


def test_the_site_is_closed_to_whom_access_has_not_let_in(evening: Evening, first: Seen) -> None:
    assert first.code == 0, first.output
    answer = httpx.get(f"{evening.cloudflare.pages.url}/api/jobs", trust_env=False, timeout=STALLED_AFTER_SECONDS)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/sign-in-needed")


@pytest.fixture(scope="module")
def second(evening: Evening, first: Seen) -> Seen:
    assert first.code == 0, first.output
    evening.rehearsal.write("docs/둘째.md", "# 둘째\n")
    evening.rehearsal.commit("A change that the GPU service does not see")
    return evening.release("the second one")


@pytest.fixture(scope="module")
def failed(evening: Evening, second: Seen) -> Seen:
    """The GPU service starts and answers, and cannot make a clip."""
    assert second.code == 0, second.output
    evening.rehearsal.change(
        "gpu/serve/worker.py", "shot.poster_path, storage.POSTER_TYPE", "shot.poster_path, storage.POSTER"
    )
    evening.rehearsal.commit("Half a change")
    return evening.release("the broken one")


@pytest.fixture(scope="module")
def undone(evening: Evening, failed: Seen) -> Seen:
    assert failed.code == 1, failed.output
    return evening.verb("rollback")


def test_the_second_release_leaves_the_gpu_service_and_its_warm_container(evening: Evening, second: Seen) -> None:
    assert second.code == 0, second.output
    assert "so it is not deployed" in second.output
    assert (second.site, second.sweeper) == (second.commit[:12], second.commit[:12])
    assert len(evening.clips()) >= 2
    assert "cold_start_seconds" not in second.log[0].measured


def test_the_failed_release_says_what_is_live_and_is_noted_for_others(
    evening: Evening, second: Seen, failed: Seen
) -> None:
    assert failed.code == 1, failed.output
    assert "step smoke failed" in failed.output
    assert f"gpu: {failed.commit[:12]}, before this release {second.gpu}" in failed.output
    assert f"functions: {failed.commit[:12]}, before this release {second.commit[:12]}" in failed.output
    assert "python run.py rollback --env production" in failed.output
    assert (failed.log[0].outcome, failed.log[0].failed_step) == ("failed", "smoke")
    noted = git(evening.rehearsal.remote, "show", "main:infra/reflection/reflections.jsonl")
    assert failed.commit in noted


def test_after_the_way_back_the_earlier_commit_answers(second: Seen, undone: Seen) -> None:
    assert undone.code == 0, undone.output
    assert (undone.site, undone.gpu, undone.sweeper) == (second.site, second.gpu, second.sweeper)
    assert undone.log[0].outcome == "rolled_back"


@dataclass(frozen=True, slots=True)
class Moved:
    """The verbs of a move, in order, and what was to be seen of it."""

    exports: tuple[Seen, Seen]
    strange: Seen
    """An import into a bucket that has somebody's file."""
    imported: Seen
    repaired: bool
    """Whether the second export brought a file again that was damaged in the folder."""
    later: str
    """What wrangler says of a table at the new place that no migration of this code knows."""


@pytest.fixture(scope="module")
def moved(evening: Evening, undone: Seen, tmp_path_factory: pytest.TempPathFactory) -> Moved:
    """An export, a second one over a damaged file, and an import into another database and a bucket that has one of the
    files already, as after an import that was killed."""
    assert undone.code == 0, undone.output
    folder = tmp_path_factory.mktemp("이사 짐") / "집"
    cloud = LocalCloud(evening.cloudflare.pages.url, evening.rehearsal.root)
    cloud.rows("CREATE TABLE of_a_later_migration (word TEXT)")
    cloud.rows("INSERT INTO of_a_later_migration VALUES ('second')")
    out = evening.verb("export", str(folder))
    name = next(key for key in cloud.keys("jobs/") if key.endswith(".mp4"))
    kept = folder / "objects" / name
    content = kept.read_bytes()
    kept.write_bytes(bytes(len(content)))
    again = evening.verb("export", str(folder))
    repaired = kept.read_bytes() == content
    for key in cloud.keys(""):
        if key != name:
            cloud.s3.delete_object(Bucket=cloud.bucket_name, Key=key)
    cloud.s3.put_object(Bucket=cloud.bucket_name, Key="somebody's.txt", Body=b"else")
    config = json.loads(evening.rehearsal.kept("config.json"))
    elsewhere = config | {"state": str(tmp_path_factory.mktemp("새 계정"))}
    (evening.rehearsal.programs / "config.json").write_text(json.dumps(elsewhere), encoding="utf-8")
    strange = evening.verb("import", str(folder))
    cloud.s3.delete_object(Bucket=cloud.bucket_name, Key="somebody's.txt")
    cloud.s3.close()
    imported = evening.verb("import", str(folder))
    words = ["d1", "execute", "clipwright", "--remote", "--json", "--command", "SELECT word FROM of_a_later_migration"]
    _, said = evening.rehearsal.infra("wrangler", *words, stand_ins=True, **evening.env)
    return Moved((out, again), strange, imported, repaired, said)


def test_a_house_moves_with_every_row_and_every_clip(evening: Evening, first: Seen, moved: Moved) -> None:
    for seen in (*moved.exports, moved.imported):
        assert seen.code == 0, seen.output
    assert moved.repaired
    assert (moved.strange.code, "somebody's.txt" in moved.strange.output) == (1, True), moved.strange.output
    assert "equal in number and hash" in moved.imported.output
    assert '"word": "second"' in moved.later
    assert clip_path(evening.rehearsal.root, first.log[0].id).read_bytes() in evening.clips().values()


def test_a_site_is_removed_and_nothing_is_left(evening: Evening, moved: Moved) -> None:
    assert moved.imported.code == 0, moved.imported.output
    refused = evening.verb("remove", "--name", "another-site")
    assert (refused.code, "the name differs" in refused.output) == (1, True)
    assert evening.modal.versions
    evening.modal.detached = ["ap-0000000000000000000099"]  # a fetch of weights goes on, and would be billed
    evening.rehearsal.break_when("volume delete")
    stopped = evening.verb("remove", "--name", evening.cloudflare.pages.url)
    evening.rehearsal.break_when("")
    assert (stopped.code, "left in the accounts:" in stopped.output) == (1, True), stopped.output
    assert "nothing can bill" not in stopped.output
    gone = evening.verb("remove", "--name", evening.cloudflare.pages.url)
    assert gone.code == 0, gone.output
    assert "nothing of this site is left in either account" in gone.output
    kept = evening.cloudflare.kept
    assert (kept["buckets"], kept["databases"], kept["access"], kept["machines"]) == ([], [], [], [])
    assert "pages/projects/clipwright" not in kept
    assert (evening.modal.versions, evening.modal.detached) == ([], [])
    assert (evening.modal.volumes, evening.modal.has_keys) == ({}, False)
    assert not [
        secret.name for secret in evening.modal.service.secrets.values() if secret.name.startswith("clipwright")
    ]
    assert evening.clips() == {}
