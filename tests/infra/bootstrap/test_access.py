"""Who may use the site: what bootstrap makes of Access and Turnstile, and what preflight says of applications."""

from dataclasses import replace

import pytest

from infra.bootstrap.access import access_resources
from infra.bootstrap.plan import make
from infra.bootstrap.resource import Resource
from infra.platforms.access import Json, covered
from infra.platforms.cloudflare import SITE, effective, read
from infra.platforms.cloudflare_account import Account, open_account
from infra.platforms.targets import parse, pick
from infra.preflight.checks import access_mode
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError
from infra.settings import ROOT
from tests.infra.bootstrap.test_bootstrap import Cloud, account_of, cloud, resource_of
from tests.infra.release import access_answers
from tests.infra.release.rehearsal import Rehearsal

__all__ = ["cloud"]  # a fixture
OURS = [policy["include"] for policy in access_answers.closed_policies()]


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    files = ("infra/targets.toml", "wrangler.toml", "functions/_sweeper/wrangler.toml")
    return Rehearsal(tmp_path_factory.mktemp("문 access"), files)


def of(account: Account, name: str) -> Resource:
    return next(resource for resource in access_resources(account) if resource.name == name)


def test_production_is_closed_with_all_its_other_addresses_and_the_site_verifies_its_api(
    rehearsal: Rehearsal, cloud: Cloud
) -> None:
    for name in ("access", "access-api", "access-previews", "access-previews-api"):
        assert resource_of(rehearsal, name).state() == "missing"
        make(resource_of(rehearsal, name))
        assert resource_of(rehearsal, name).state() == ""
    made = {row["domain"]: [policy["decision"] for policy in row["policies"]] for row in cloud.has["access"]}
    assert made == {
        "clipwright.pages.dev": ["allow", "non_identity"],
        "clipwright.pages.dev/api": ["bypass"],
        "*.clipwright.pages.dev": ["allow", "non_identity"],
        "*.clipwright.pages.dev/api": ["bypass"],
    }
    assert [policy["include"] for policy in cloud.has["access"][0]["policies"]] == OURS


def test_an_address_of_the_operators_own_leaves_the_first_one_closed_too() -> None:
    target = pick(ROOT, "production")
    domains = [each.domain for each in covered(replace(target, site_url="https://clips.example.com"))]
    assert domains[::2] == ["clips.example.com", "clipwright.pages.dev", "*.clipwright.pages.dev"]
    assert [each.domain for each in covered(replace(target, access="public"))][::2] == ["*.clipwright.pages.dev"]
    preview = pick(ROOT, "preview")
    assert [each.domain for each in covered(preview)][::2] == ["*.clipwright.pages.dev"]


WRONG: list[tuple[str, list[Json]]] = [
    ("lets in by any_valid_service_token", [{"name": "x", "decision": "non_identity",
                                             "include": [{"any_valid_service_token": {}}]}]),
    ("lets in by everyone", [{"name": "x", "decision": "allow", "include": [{"everyone": {}}]}]),
    ("lets everybody through without a question", [{"name": "x", "decision": "bypass", "include": [{"everyone": {}}]}]),
    ("lets in by ip", [{"name": "x", "decision": "non_identity", "include": [{"ip": {"ip": "0.0.0.0/0"}}]}]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "policies"), WRONG)
def test_an_application_with_another_policy_is_seen_and_corrected_and_invited_people_stay(
    rehearsal: Rehearsal, cloud: Cloud, words: str, policies: list[Json]
) -> None:
    friends = {"name": "friends", "decision": "allow", "include": [{"email_domain": {"domain": "example.org"}}]}
    target = account_of(rehearsal).ground.target
    cloud.has["access"] = access_answers.applications(target)
    cloud.has["access"][0]["policies"] += [friends, *policies]
    assert words in resource_of(rehearsal, "access").state()
    (finding,) = access_mode.evaluate_applications(
        access_mode.probe_applications(ground_of(rehearsal.root, "production"))
    )
    assert (finding.severity, words in finding.message) == ("error", True)
    make(resource_of(rehearsal, "access"))
    assert cloud.made == ["access corrected"]
    assert [policy["include"] for policy in cloud.has["access"][0]["policies"]] == [*OURS, friends["include"]]
    assert (
        access_mode.evaluate_applications(access_mode.probe_applications(ground_of(rehearsal.root, "production"))) == []
    )


def test_a_missing_application_and_a_closed_api_are_errors(rehearsal: Rehearsal, cloud: Cloud) -> None:
    ground = ground_of(rehearsal.root, "production")
    found = access_mode.evaluate_applications(access_mode.probe_applications(ground))
    assert [finding.message.endswith("missing") for finding in found] == [True] * 4
    cloud.has["access"] = access_answers.applications(ground.target)
    cloud.has["access"][1]["policies"] = access_answers.closed_policies()
    (finding,) = access_mode.evaluate_applications(access_mode.probe_applications(ground))
    assert "workers cannot reach the site" in finding.message


def test_without_a_token_of_its_own_a_release_opens_nothing(
    rehearsal: Rehearsal, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLIPWRIGHT_ACCESS_ID")
    with pytest.raises(InfraError, match="service token") as caught:
        make(resource_of(rehearsal, "access"))
    assert "release-token" in caught.value.fix
    assert cloud.made == []


def test_the_sites_variables_name_who_signs_people_in(rehearsal: Rehearsal, cloud: Cloud) -> None:
    account = account_of(rehearsal)
    with pytest.raises(InfraError, match="not known yet: ACCESS_AUD"):
        make(of(account, "access-mode"))
    cloud.has["access"] = access_answers.applications(account.ground.target)
    for environment, aud in (("production", "aud-1"), ("preview", "aud-3")):
        account = open_account(ground_of(rehearsal.root, environment))
        assert of(account, "access-mode").state()
        make(of(account, "access-mode"))
        assert of(account, "access-mode").state() == ""
        found = effective(read(rehearsal.root / SITE), environment)["vars"]
        assert (found["ACCESS_MODE"], found["ACCESS_AUD"]) == ("ACCESS", aud)
        assert found["ACCESS_TEAM_DOMAIN"] == "team.cloudflareaccess.com"
    assert rehearsal.read(SITE).startswith("# ")


def test_a_public_site_gets_turnstile_and_its_secret_stays_off_the_command_line(
    rehearsal: Rehearsal, cloud: Cloud
) -> None:
    ground = ground_of(rehearsal.root, "production")
    account = replace(account_of(rehearsal), ground=replace(ground, target=replace(ground.target, access="public")))
    names = [resource.name for resource in access_resources(account)]
    assert names == ["release-token", "access-previews", "access-previews-api", "turnstile", "access-mode"]
    assert of(account, "turnstile").state() == "the widget is missing"
    make(of(account, "turnstile"))
    assert cloud.has["widget"]["domains"] == ["clipwright.pages.dev"]
    make(of(account, "access-mode"))
    found = read(rehearsal.root / SITE)["vars"]
    assert (found["ACCESS_MODE"], found["TURNSTILE_SITE_KEY"]) == ("PUBLIC", "0x4key")
    assert "0x4secret" not in str(rehearsal.calls())


@pytest.mark.parametrize(("line", "words"), [("", "wrong in: access"), ('access = "open"', "who may use the site")])
def test_an_environment_without_a_chosen_mode_is_refused(line: str, words: str) -> None:
    text = (ROOT / "infra" / "targets.toml").read_text(encoding="utf-8")
    with pytest.raises(InfraError, match=words):
        parse(text.replace('access = "access"', line, 1))
