"""The secrets that site, sweeper and GPU service share: made once, one by one, and replaced only by their name.

Stand-ins for wrangler and modal hold what was put, so a test sees what each store would use.
"""

import json
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.bootstrap import key_rings, rotation
from infra.bootstrap.plan import compare, make, make_each
from infra.bootstrap.rotation import Wish, rotate
from infra.platforms import live, pages
from infra.process.shell import InfraError
from tests.infra.bootstrap.test_bootstrap import (
    FORGETFUL,
    SHARED,
    Cloud,
    account_of,
    cloud,
    name_the_site,
    resource_of,
)
from tests.infra.release.rehearsal import STAND_IN, Rehearsal, git

__all__ = ["cloud"]  # a fixture
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=rotation.CONTAINER_SECONDS)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    """Few files, because each of these tests changes its own copy."""
    files = ("infra/targets.toml", "wrangler.toml", "functions/_sweeper/wrangler.toml", "gpu/serve/modal/app.py")
    return Rehearsal(tmp_path, (*files, "infra/bootstrap/key_rings.py", ".gitignore"))


@pytest.fixture
def fresh(rehearsal: Rehearsal, cloud: Cloud) -> Rehearsal:
    """An account whose project is there and whose stores hold no secret."""
    cloud.has["project"] = {"name": "clipwright", "production_branch": "live"}
    for name in ("wrangler", "modal"):
        program = rehearsal.programs / f"{name}.py"
        text = program.read_text(encoding="utf-8")
        program.write_text(text.replace(STAND_IN, STAND_IN + FORGETFUL), encoding="utf-8", newline="\n")
    name_the_site(rehearsal)
    return rehearsal


@pytest.fixture
def live_site(fresh: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    """The same with all secrets, and a live site of the newest commit, whose builds end at once."""
    for name in SHARED:
        make(resource_of(fresh, name))
    fresh.commit("Addresses")
    fresh.add_remote()
    git(fresh.root, "push", "--quiet", "origin", "main:live")
    answers = [live.Answer("functions", "", fresh.head()[:12], ""), live.Answer("gpu", "", fresh.head()[:12], "")]
    monkeypatch.setattr(live, "ask", lambda _: answers)
    monkeypatch.setattr(pages, "build", lambda _: "pages-8")
    monkeypatch.setattr(pages, "wait_until_deployed", lambda *_, **__: None)
    return fresh


def held(rehearsal: Rehearsal, store: str) -> dict[str, str]:
    return json.loads(rehearsal.kept(f"{store}.held.json") or "{}")


def forget(rehearsal: Rehearsal, store: str, *names: str) -> None:
    left = {name: value for name, value in held(rehearsal, store).items() if name not in names}
    (rehearsal.programs / f"{store}.held.json").write_text(json.dumps(left), encoding="utf-8")


def puts(rehearsal: Rehearsal, since: int = 0) -> list[str]:
    """Stores in the order in which they received values."""
    calls = [" ".join(call[:3]) for call in rehearsal.calls()[since:] if "bulk" in call or "create" in call]
    names = {"wrangler pages secret": "site", "wrangler secret bulk": "sweeper", "modal secret create": "modal"}
    return [names[call] for call in calls]


def test_each_is_made_once_and_stored_wherever_it_is_used(fresh: Rehearsal) -> None:
    for name in SHARED:
        make(resource_of(fresh, name))
    site, sweeper, modal = (held(fresh, store) for store in ("site", "sweeper", "modal"))
    assert site == sweeper
    assert (site["GPU_KEY"], site["GPU_SECRET"]) == ("key", "secret-value")
    told = json.loads(json.dumps(modal["clipwright-site"]))
    assert told == {
        "CLIPWRIGHT_SITE_URL": "https://clipwright.pages.dev", "CLIPWRIGHT_EVENT_SECRET": site["EVENT_SECRET"],
    }  # fmt: skip
    assert [found.state for found in compare(tuple(resource_of(fresh, name) for name in SHARED))] == ["", "", ""]


def test_no_value_is_on_a_command_line_and_the_ring_is_its_owners_alone(fresh: Rehearsal) -> None:
    said = [make(resource_of(fresh, name)) for name in SHARED]
    spoken = " ".join([*said, *(word for call in fresh.calls() for word in call)])
    for value in held(fresh, "site").values():
        assert value not in spoken.split()
    path = key_rings.path_of(fresh.root, "production")
    assert "keys" in spoken
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert git(fresh.root, "status", "--porcelain", "--", str(path)) == ""
    assert "whsec_" not in repr(key_rings.load(fresh.root, "production"))


@pytest.mark.parametrize("failing", ["pages secret list", "secret list --config", "modal secret list"])
def test_a_store_that_cannot_be_asked_is_no_reason_to_make_one(fresh: Rehearsal, failing: str) -> None:
    """It may belong to a live site: with a new cookie secret no visitor would own their clips any more."""
    fresh.break_when(failing)
    (found,) = compare((resource_of(fresh, "event-secret"),))
    assert found.state == "" and found.trouble is not None and "cannot be queried" in str(found.trouble)
    ((_, _, trouble),) = make_each(fresh.root, "production", ["event-secret"])
    fresh.break_when("")
    assert trouble is not None and "cannot be queried" in str(trouble)
    assert puts(fresh) == []


def test_what_somebody_made_since_the_plan_was_shown_is_left_alone(live_site: Rehearsal) -> None:
    before, earlier = held(live_site, "site"), len(live_site.calls())
    made = list(make_each(live_site.root, "production", list(SHARED)))
    assert [said for _, said, _ in made] == ["is there already"] * len(SHARED)
    assert puts(live_site, earlier) == []
    assert held(live_site, "site") == before


@pytest.mark.parametrize(
    ("store", "name"), [("site", "COOKIE_SECRET"), ("sweeper", "EVENT_SECRET"), ("modal", "EVENT_SECRET")]
)
def test_what_one_store_lost_it_gets_back_and_no_other_is_touched(live_site: Rehearsal, store: str, name: str) -> None:
    before = {each: held(live_site, each) for each in ("site", "sweeper", "modal")}
    forget(live_site, store, name, "clipwright-site")
    resource = resource_of(live_site, name.lower().replace("_", "-"))
    assert resource.state()
    make(resource)
    assert {each: held(live_site, each) for each in before} == before


def test_without_its_value_what_some_stores_have_is_never_made_anew(
    live_site: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_rings.path_of(live_site.root, "production").unlink()  # another machine
    value, earlier = held(live_site, "site")["COOKIE_SECRET"], len(live_site.calls())
    forget(live_site, "sweeper", "COOKIE_SECRET")
    with pytest.raises(InfraError, match="does not have its value") as caught:
        make(resource_of(live_site, "cookie-secret"))
    assert "python run.py rotate cookie" in caught.value.fix
    assert puts(live_site, earlier) == []
    monkeypatch.setenv("CLIPWRIGHT_COOKIE_SECRET", value)
    make(resource_of(live_site, "cookie-secret"))
    assert held(live_site, "sweeper")["COOKIE_SECRET"] == value == held(live_site, "site")["COOKIE_SECRET"]


@pytest.mark.parametrize("failing", ["modal secret create", "pages secret bulk", "secret bulk"])
def test_an_interrupted_making_goes_on_with_the_same_value(fresh: Rehearsal, failing: str) -> None:
    """Otherwise Pages and Modal would keep two event secrets, and the site would refuse each event of each worker."""
    fresh.break_when(failing)
    with pytest.raises(InfraError, match="exit code 1"):
        make(resource_of(fresh, "event-secret"))
    fresh.break_when("")
    assert resource_of(fresh, "event-secret").state()
    make(resource_of(fresh, "event-secret"))
    modal = json.loads(json.dumps(held(fresh, "modal")))["clipwright-site"]["CLIPWRIGHT_EVENT_SECRET"]
    assert modal == held(fresh, "site")["EVENT_SECRET"] == held(fresh, "sweeper")["EVENT_SECRET"]


# ---------------------------------------------------------------- rotate


def turn(rehearsal: Rehearsal, name: str, *, at: datetime = NOW, **options: bool) -> list[str]:
    return list(rotate(account_of(rehearsal), Wish(name, **options), lambda: at))


def test_readers_know_the_new_event_secret_before_workers_sign_with_it(live_site: Rehearsal) -> None:
    old, earlier = held(live_site, "site")["EVENT_SECRET"], len(live_site.calls())
    said = turn(live_site, "event")
    new, kept = held(live_site, "site")["EVENT_SECRET"].split()
    assert kept == old != new
    assert held(live_site, "sweeper")["EVENT_SECRET"] == f"{new} {old}"
    assert json.loads(json.dumps(held(live_site, "modal")["clipwright-site"]))["CLIPWRIGHT_EVENT_SECRET"] == new
    assert puts(live_site, earlier) == ["site", "sweeper", "modal"]
    assert said.index("Pages: the new deployment is live") < said.index(next(s for s in said if s.startswith("Modal")))
    assert not any(secret in " ".join(said) for secret in (old, new))
    assert held(live_site, "site")["COOKIE_SECRET"]
    with pytest.raises(InfraError, match="may still use the old secret"):
        turn(live_site, "event", drop_old=True, at=LATER - timedelta(seconds=1))
    turn(live_site, "event", drop_old=True, at=LATER)
    assert held(live_site, "site")["EVENT_SECRET"] == held(live_site, "sweeper")["EVENT_SECRET"] == new


@pytest.mark.parametrize("failing", ["pages secret bulk", "secret bulk", "modal secret create"])
def test_an_interrupted_rotation_loses_no_secret_that_is_in_use(live_site: Rehearsal, failing: str) -> None:
    old = held(live_site, "site")["EVENT_SECRET"]
    live_site.break_when(failing)
    with pytest.raises(InfraError, match="exit code 1"):
        turn(live_site, "event")
    live_site.break_when("")
    with pytest.raises(InfraError, match="has not finished a rotation"):
        turn(live_site, "event", drop_old=True, at=LATER)
    turn(live_site, "event")
    signs = json.loads(json.dumps(held(live_site, "modal")["clipwright-site"]))["CLIPWRIGHT_EVENT_SECRET"]
    for store in ("site", "sweeper"):
        assert {signs, old} <= set(held(live_site, store)["EVENT_SECRET"].split())


def test_owners_keep_their_clips_over_a_rotation_of_the_cookie_secret(live_site: Rehearsal) -> None:
    old = held(live_site, "site")["COOKIE_SECRET"]
    turn(live_site, "cookie")
    assert held(live_site, "site")["COOKIE_SECRET"].split()[1:] == [old]
    key_rings.path_of(live_site.root, "production").unlink()
    with pytest.raises(InfraError, match="does not have the present COOKIE_SECRET"):
        turn(live_site, "cookie")
    turn(live_site, "cookie", forget_old=True)
    assert old not in held(live_site, "site")["COOKIE_SECRET"]


def test_a_build_that_would_release_something_else_is_refused(live_site: Rehearsal) -> None:
    live_site.write("docs/later.md", "# Later\n")
    live_site.commit("Later")
    git(live_site.root, "push", "--quiet", "origin", "main:live")
    earlier = len(live_site.calls())
    for name in ("event", "cookie", "gpu"):
        with pytest.raises(InfraError, match=", but live is at "):
            turn(live_site, name)
    assert puts(live_site, earlier) == []


def test_a_store_that_cannot_be_asked_stops_a_rotation_before_it_begins(live_site: Rehearsal) -> None:
    before = key_rings.load(live_site.root, "production")
    live_site.break_when("secret list")
    with pytest.raises(InfraError, match="cannot be queried"):
        turn(live_site, "event")
    assert key_rings.load(live_site.root, "production") == before


def test_another_pair_of_gpu_keys_replaces_the_first(live_site: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    key_rings.save(live_site.root, "production", "GPU_KEY", key_rings.KeyRing(("key",), "2026-01-01T00:00:00Z"))
    with pytest.raises(InfraError, match="the pair that is in use"):
        turn(live_site, "gpu")
    monkeypatch.setenv("CLIPWRIGHT_PROXY_KEY", "key-2")
    turn(live_site, "gpu")
    assert held(live_site, "site")["GPU_KEY"] == held(live_site, "sweeper")["GPU_KEY"] == "key-2"
    turn(live_site, "gpu", drop_old=True)
    assert live_site.calls()[-1] == ["modal", "workspace", "proxy-tokens", "delete", "key", "--yes"]


def test_an_earlier_r2_token_ends_after_the_new_one_has_proved_itself(live_site: Rehearsal, cloud: Cloud) -> None:
    cloud.has["tokens"] = [{"id": "old", "name": "clipwright clipwright-media"}, {"id": "other", "name": "else"}]
    cloud.proves, rotation.r2_token.PAUSE_SECONDS = "disabled", 0.0
    with pytest.raises(InfraError, match="does not work"):
        turn(live_site, "r2")
    assert [row["id"] for row in cloud.has["tokens"]] == ["old", "other"]
    cloud.proves = "active"
    turn(live_site, "r2")
    assert [row["id"] for row in cloud.has["tokens"]] == ["old", "other", "token-2"]
    turn(live_site, "r2", drop_old=True, at=LATER)
    assert [row["id"] for row in cloud.has["tokens"]] == ["other", "token-2"]


def test_a_damaged_file_of_rings_is_said_without_its_content(tmp_path: Path) -> None:
    path = key_rings.path_of(tmp_path, "production")
    path.parent.mkdir(parents=True)
    path.write_text('{"EVENT_SECRET": "whsec_dG', encoding="utf-8")
    with pytest.raises(InfraError, match="cannot be read") as caught:
        key_rings.load(tmp_path, "production")
    assert "whsec_" not in str(caught.value)
