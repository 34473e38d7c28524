"""What `setup-account` makes: respx replaces Cloudflare's API, stand-ins replace `modal` and `wrangler`.

respx works at the HTTP level: the real library builds the requests and parses the answers. An empty account gets every
resource once; a complete account stays unchanged.
"""

import hashlib
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from infra.bootstrap import storage
from infra.bootstrap.addresses import build_of, write_row
from infra.bootstrap.pages import github_source
from infra.bootstrap.plan import compare, make, resources
from infra.bootstrap.resource import Resource
from infra.bootstrap.secrets import proxy_keys
from infra.bootstrap.storage import lifecycle_rules
from infra.platforms import operator_keys
from infra.platforms.cloudflare import effective, read
from infra.platforms.cloudflare_account import Account, open_account
from infra.platforms.programs import STAND_INS
from infra.platforms.targets import pick
from infra.preflight.checks import names
from infra.preflight.checks.account import evaluate_addresses, probe_addresses
from infra.preflight.checks.cloudflare import evaluate_bindings, probe_bindings
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError
from tests.infra.release import access_answers
from tests.infra.release.rehearsal import GPU_URL, Rehearsal, git

ACCOUNT = "0123456789abcdef0123456789abcdef"
API = f"https://api.cloudflare.com/client/v4/accounts/{ACCOUNT}"
DATABASE = "7f1c2b9e-5d44-4c3a-9d0e-2f6a8b1c0d77"
EVERYTHING = (
    "bucket", "bucket-cors", "bucket-lifecycle", "database", "database-id", "pages-project", "site-url",
    "release-token", "access", "access-api", "access-previews", "access-previews-api", "access-mode", "operators",
    "modal-environment", "r2-token", "gpu-keys", "event-secret", "cookie-secret", "signing", "huggingface",
    "gpu-service", "gpu-url", "gpu-address", "sweeper-url",
)  # fmt: skip


SHARED = ("gpu-keys", "event-secret", "cookie-secret")
FORGETFUL = """
side = "modal" if NAME == "modal" else "site" if WORDS[0] == "pages" else "sweeper"
held = json.loads(kept(side + ".held.json") or "{}")
if "bulk" in WORDS or "create" in WORDS:
    values = json.loads(Path(next(word for word in WORDS if word.endswith(".json"))).read_text(encoding="utf-8"))
    held |= {WORDS[2]: values} if side == "modal" else values
    keep(side + ".held.json", json.dumps(held))
if WORDS[-1] == "--json" and "secret" in WORDS and "list" in WORDS:
    sys.exit(print(json.dumps([{"Name": name} for name in held])))
if "list" in WORDS and "secret" in WORDS:
    sys.exit(print(" ".join(held)))
"""
"""For a stand-in: a store of secrets that holds what was put, and at first nothing."""


class Cloud:
    """An account's memory behind the API: what was made is there at the next look."""

    def __init__(self, router: respx.Router) -> None:
        self.router = router
        self.has: dict[str, Any] = {"machines": [access_answers.TOKEN]}
        self.made: list[str] = []
        self.proves = "active"
        router.get(f"{API}/r2/buckets").mock(side_effect=lambda _: good({"buckets": self.has.get("buckets", [])}))
        router.post(f"{API}/r2/buckets").mock(side_effect=self.make_bucket)
        for part in ("cors", "lifecycle"):
            address = f"{API}/r2/buckets/clipwright-media/{part}"
            router.get(address).mock(side_effect=lambda _, part=part: self.rules(part))
            router.put(address).mock(side_effect=lambda request, part=part: self.keep(part, request))
        router.get(f"{API}/d1/database").mock(side_effect=lambda _: page(self.has.get("databases", [])))
        router.post(f"{API}/d1/database").mock(side_effect=self.make_database)
        router.get(f"{API}/pages/projects/clipwright").mock(side_effect=lambda _: self.project())
        router.post(f"{API}/pages/projects").mock(side_effect=lambda request: self.keep("project", request))
        router.get(f"{API}/access/apps").mock(side_effect=lambda request: self.listed("access", request))
        router.post(f"{API}/access/apps").mock(side_effect=self.make_access)
        router.put(url__regex=rf"{API}/access/apps/[\w-]+").mock(side_effect=self.correct_access)
        router.get(f"{API}/access/service_tokens").mock(side_effect=lambda request: self.listed("machines", request))
        router.post(f"{API}/access/service_tokens").mock(side_effect=self.make_machine)
        router.get(f"{API}/access/organizations").mock(return_value=good(access_answers.ORGANIZATION))
        router.get(f"{API}/challenges/widgets").mock(side_effect=lambda request: self.listed("widgets", request))
        router.post(f"{API}/challenges/widgets").mock(side_effect=self.make_widget)
        groups = [{"id": "g-1", "name": "Workers R2 Storage Bucket Item Write"}]
        router.get(f"{API}/tokens/permission_groups").mock(side_effect=lambda _: page(groups))
        router.post(f"{API}/tokens").mock(side_effect=self.make_token)
        router.get(f"{API}/tokens").mock(side_effect=lambda request: self.listed("tokens", request))
        router.get(f"{API}/tokens/verify").mock(side_effect=lambda _: good({"id": "t", "status": self.proves}))
        router.delete(url__regex=rf"{API}/tokens/[\w-]+").mock(side_effect=self.revoke)
        router.get(f"{API}/workers/subdomain").mock(return_value=good({"subdomain": "someone"}))

    def listed(self, what: str, request: httpx.Request) -> httpx.Response:
        """The library asks for pages until one is empty."""
        return page([] if request.url.params.get("page", "1") != "1" else self.has.get(what, []))

    def keep(self, what: str, request: httpx.Request) -> httpx.Response:
        self.made.append(what)
        self.has[what] = json.loads(request.content)
        return good(self.has[what])

    def make_bucket(self, request: httpx.Request) -> httpx.Response:
        self.made.append("bucket")
        self.has["buckets"] = [{"name": json.loads(request.content)["name"]}]
        return good(self.has["buckets"][0])

    def make_database(self, request: httpx.Request) -> httpx.Response:
        self.made.append("database")
        self.has["databases"] = [{"name": json.loads(request.content)["name"], "uuid": DATABASE}]
        return good(self.has["databases"][0])

    def make_token(self, request: httpx.Request) -> httpx.Response:
        self.keep("token", request)
        id_ = f"token-{self.made.count('token')}"
        self.has["tokens"] = [*self.has.get("tokens", []), {"id": id_, "name": self.has["token"]["name"]}]
        return good({"id": id_, "value": "token-value"})

    def revoke(self, request: httpx.Request) -> httpx.Response:
        id_ = request.url.path.rpartition("/")[2]
        self.has["tokens"] = [row for row in self.has["tokens"] if row["id"] != id_]
        return good({"id": id_})

    def rules(self, part: str) -> httpx.Response:
        return good(self.has[part]) if part in self.has else bad(404)

    def make_access(self, request: httpx.Request) -> httpx.Response:
        self.made.append("access")
        number = len(self.has.get("access", [])) + 1
        made = {"id": f"app-{number}", "aud": f"aud-{number}", **json.loads(request.content)}
        self.has["access"] = [*self.has.get("access", []), made]
        return good(made)

    def correct_access(self, request: httpx.Request) -> httpx.Response:
        self.made.append("access corrected")
        found = next(row for row in self.has["access"] if row["id"] == request.url.path.rpartition("/")[2])
        found |= json.loads(request.content)
        return good(found)

    def make_machine(self, request: httpx.Request) -> httpx.Response:
        del request
        self.has["machines"] = [access_answers.TOKEN]
        return good({**access_answers.TOKEN, "client_secret": access_answers.KEYS["CLIPWRIGHT_ACCESS_SECRET"]})

    def make_widget(self, request: httpx.Request) -> httpx.Response:
        self.keep("widget", request)
        self.has["widgets"] = [{**self.has["widget"], "sitekey": "0x4key", "secret": "0x4secret"}]
        return good(self.has["widgets"][0])

    def project(self) -> httpx.Response:
        return good(self.has["project"]) if "project" in self.has else bad(404)


def good(result: object) -> httpx.Response:
    return httpx.Response(200, json={"success": True, "errors": [], "messages": [], "result": result})


def page(rows: list[Any]) -> httpx.Response:
    info = {"page": 1, "per_page": 50, "count": len(rows), "total_count": len(rows)}
    return httpx.Response(
        200, json={"success": True, "errors": [], "messages": [], "result": rows, "result_info": info}
    )


def bad(status: int) -> httpx.Response:
    error = {"code": 10000, "message": "no"}
    return httpx.Response(status, json={"success": False, "errors": [error], "messages": [], "result": None})


@pytest.fixture
def cloud(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Generator[Cloud]:
    values = {
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
        "CLOUDFLARE_API_TOKEN": "rehearsal",
        "CLIPWRIGHT_OPERATOR_EMAIL": access_answers.OPERATOR,
        **access_answers.KEYS,
        "CLIPWRIGHT_PROXY_KEY": "key",
        "CLIPWRIGHT_PROXY_SECRET": "secret-value",
        "HF_TOKEN": "hub",
        STAND_INS: str(rehearsal.programs),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with respx.mock(assert_all_called=False) as router:
        yield Cloud(router)


def account_of(rehearsal: Rehearsal) -> Account:
    return open_account(ground_of(rehearsal.root, "production"))


def resource_of(rehearsal: Rehearsal, name: str) -> Resource:
    return next(resource for resource in resources(account_of(rehearsal)) if resource.name == name)


def name_the_site(rehearsal: Rehearsal) -> None:
    write_row(account_of(rehearsal), "site_url", "https://clipwright.pages.dev")


def states(rehearsal: Rehearsal) -> dict[str, str]:
    compared = list(compare(resources(account_of(rehearsal))))
    assert [found.trouble for found in compared if found.trouble] == []
    return {found.resource.name: found.state for found in compared}


def test_an_empty_account_gets_everything_once(
    another: Rehearsal, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STAND_INS, str(another.programs))
    git(another.root, "remote", "add", "origin", "https://github.com/someone/clipwright.git")
    before = states(another)
    assert tuple(before) == EVERYTHING
    # The stand-ins know Modal's and wrangler's secrets already.
    modal = ("modal-environment", "r2-token", "signing", "huggingface")
    known = ("release-token", "operators", *modal, *SHARED, "gpu-address")
    wanted = [name for name in EVERYTHING if name not in known]
    assert [name for name, state in before.items() if state] == wanted
    for name in wanted:
        make(next(resource for resource in resources(account_of(another)) if resource.name == name))
    assert cloud.made == ["bucket", "cors", "lifecycle", "database", "project", *["access"] * 4]
    assert set(states(another).values()) == {""}
    for name in ("wrangler.toml", "functions/_sweeper/wrangler.toml"):
        text = another.read(name)
        assert f'database_id = "{DATABASE}"' in text
        assert text.startswith("# ")
    production = pick(another.root, "production")
    assert production.site_url == "https://clipwright.pages.dev"
    assert production.gpu_url == GPU_URL
    assert production.sweeper_url == "https://clipwright-sweeper.someone.workers.dev"
    assert pick(another.root, "preview").gpu_url == ""
    assert cloud.has["project"]["source"]["config"]["repo_name"] == "clipwright"


def test_only_the_sites_own_pages_may_read_the_bucket(rehearsal: Rehearsal, cloud: Cloud) -> None:
    storage.make_cors(account_of(rehearsal))
    assert cloud.has["cors"]["rules"][0]["allowed"]["origins"] == ["https://clipwright.pages.dev"]


def test_rules_that_differ_are_seen(rehearsal: Rehearsal, cloud: Cloud) -> None:
    cloud.has["lifecycle"] = {"rules": lifecycle_rules()[:1]}
    assert storage.lifecycle_state(account_of(rehearsal)) == "different"


def test_the_r2_token_opens_one_bucket_and_its_value_stays_off_the_command_line(
    rehearsal: Rehearsal, cloud: Cloud
) -> None:
    resource = next(resource for resource in resources(account_of(rehearsal)) if resource.name == "r2-token")
    said = make(resource)
    policy = cloud.has["token"]["policies"][0]
    assert policy["resources"] == {f"com.cloudflare.edge.r2.bucket.{ACCOUNT}_default_clipwright-media": "*"}
    call = rehearsal.calls()[-1]
    assert call[:4] == ["modal", "secret", "create", "clipwright-r2"]
    file = Path(call[call.index("--from-json") + 1])
    assert not file.exists()
    spoken = " ".join([said, *call])
    assert "token-value" not in spoken
    assert hashlib.sha256(b"token-value").hexdigest() not in spoken


def test_the_key_pair_and_the_service_token_are_made_and_kept_for_the_owner_alone(
    rehearsal: Rehearsal, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*access_answers.KEYS, "CLIPWRIGHT_PROXY_KEY", "CLIPWRIGHT_PROXY_SECRET"):
        monkeypatch.delenv(name)
    cloud.has["machines"] = []
    assert proxy_keys(account_of(rehearsal)) == ("wk-made", "ws-made")
    assert resource_of(rehearsal, "release-token").state()
    make(resource_of(rehearsal, "release-token"))
    assert not resource_of(rehearsal, "release-token").state()
    kept = operator_keys.kept(rehearsal.root)
    assert kept == {"CLIPWRIGHT_PROXY_KEY": "wk-made", "CLIPWRIGHT_PROXY_SECRET": "ws-made", **access_answers.KEYS}
    elsewhere: dict[str, str] = {"CLIPWRIGHT_PROXY_KEY": "set"}
    operator_keys.load(rehearsal.root, elsewhere)
    assert elsewhere == kept | {"CLIPWRIGHT_PROXY_KEY": "set"}
    assert "operator.json" not in git(rehearsal.root, "status", "--porcelain")
    operator_keys.forget(rehearsal.root)


def test_the_gpu_services_address_goes_to_site_and_sweeper(rehearsal: Rehearsal, cloud: Cloud) -> None:
    del cloud
    (rehearsal.programs / "gpu.build").write_text("dev", encoding="utf-8")  # deployed once
    earlier = len(rehearsal.calls())
    assert GPU_URL in make(resource_of(rehearsal, "gpu-address"))
    puts = [call for call in rehearsal.calls()[earlier:] if "bulk" in call]
    assert [call[:3] for call in puts] == [["wrangler", "pages", "secret"], ["wrangler", "secret", "bulk"]]


def test_what_was_deployed_from_changed_files_does_not_pass_for_its_commit(rehearsal: Rehearsal) -> None:
    ground = ground_of(rehearsal.root, "production")
    assert build_of(ground) == rehearsal.head()[:12]
    rehearsal.write("gpu/unfinished.py", "# not committed\n")
    assert build_of(ground) == "dev"
    (rehearsal.root / "gpu" / "unfinished.py").unlink()


def test_the_first_gpu_service_is_told_what_the_row_says_and_nothing_that_lies_about(
    another: Rehearsal, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    del cloud
    monkeypatch.setenv(STAND_INS, str(another.programs))
    monkeypatch.setenv("CLIPWRIGHT_CHECKPOINT", "tiny-22b")  # left over from something else
    another.change("infra/targets.toml", 'checkpoint = "ltx-2-19b"', 'checkpoint = "tiny-trained"')
    another.change("infra/targets.toml", "visible_mark = false", "visible_mark = true")
    head = another.head()
    make(resource_of(another, "gpu-service"))
    told = json.loads(another.kept("gpu.told"))
    assert (told["checkpoint"], told["visible_mark"]) == ("tiny-trained", "1")
    assert another.kept("gpu.build") == "dev"  # the commit has another row
    another.commit("The tiny set")
    (another.programs / "gpu.build").unlink()
    make(resource_of(another, "gpu-service"))
    assert another.kept("gpu.build") == another.head()[:12] != head[:12]


def test_a_preview_gets_blocks_of_its_own_and_none_of_productions_data(rehearsal: Rehearsal, cloud: Cloud) -> None:
    cloud.has["databases"] = [{"name": "clipwright-preview", "uuid": "0d9a2c55-1111-4222-8333-123456789abc"}]
    ground = ground_of(rehearsal.root, "preview")
    assert {finding.where for finding in evaluate_addresses(probe_addresses(ground))} >= set(storage.CONFIGURATIONS)
    storage.write_id(open_account(ground))
    site, sweeper = (effective(read(rehearsal.root / name), "preview") for name in storage.CONFIGURATIONS)
    for config in (site, sweeper):
        assert config["d1_databases"][0]["database_id"] == "0d9a2c55-1111-4222-8333-123456789abc"
        assert config["r2_buckets"][0]["bucket_name"] == "clipwright-media-preview"
    assert sweeper["name"] == "clipwright-sweeper-preview"
    assert sweeper["d1_databases"][0]["migrations_dir"] == "../migrations"
    assert names.evaluate(names.probe(ground)) == []
    assert evaluate_bindings(probe_bindings(ground)) == []


def test_pages_builds_from_github_and_nothing_else_will_do(rehearsal: Rehearsal, cloud: Cloud) -> None:
    del cloud
    git(rehearsal.root, "config", "remote.origin.url", "https://git.example.invalid/someone/clipwright.git")
    with pytest.raises(InfraError, match="builds from GitHub"):
        make(resource_of(rehearsal, "pages-project"))
    git(rehearsal.root, "config", "remote.origin.url", "git@github.com:someone/clipwright.git")
    assert github_source(ground_of(rehearsal.root, "production"))["config"]["owner"] == "someone"


def test_without_a_token_nothing_is_asked(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    with pytest.raises(InfraError, match="CLOUDFLARE_API_TOKEN"):
        account_of(rehearsal)
