"""A site behind Cloudflare Access: who signed in is known by a verified token, and nobody else is."""

import time
from collections.abc import Iterator

import httpx
import pytest

from gpu.core.contract import Claimed, Me
from infra.dev.ports import free_port
from tests.edge.asking import problem, read, submit, until
from tests.edge.bodies import clip, event, png
from tests.edge.edge import Edge, serving
from tests.edge.identity_provider import AUDIENCE, TEAM, IdentityProvider, Key, claims, token

OPERATOR = "Chief@Example.com"


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider(free_port()) as provider:
        yield provider


@pytest.fixture(scope="module")
def site(provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    settings = {
        "ACCESS_MODE": "ACCESS",
        "ACCESS_TEAM_DOMAIN": TEAM,
        "ACCESS_AUD": f"{'b' * 64},{AUDIENCE}",
        "ACCESS_CERTS_URL": provider.certs_url,
        "OPERATORS": f"somebody@example.com, {OPERATOR}",
    }
    with serving(tmp_path_factory.mktemp("access"), settings) as site:
        yield site


def signed_in(site: Edge, provider: IdentityProvider, **fields: object) -> httpx.Client:
    """Somebody whom Access let in, on a new device."""
    return site.person(cookie=f"CF_Authorization={token(provider.keys[0], claims(**fields))}")


def me(person: httpx.Client) -> Me:
    return Me.model_validate_json(person.get("/api/me").content)


def test_nobody_gets_in_without_signing_in(site: Edge) -> None:
    with site.person() as stranger:
        for answer in (
            stranger.get("/api/jobs"),
            stranger.get("/api/usage"),
            stranger.get("/api/presets"),
            stranger.get("/api/jobs/0123456789/video"),
            stranger.get("/api/whatever-comes"),
            stranger.post("/api/jobs", json=clip()),
            stranger.put("/api/uploads", content=png()),
            stranger.post("/api/me/claim"),
            stranger.post("/api/session", json={"token": "t"}),
        ):
            assert "sign in" in problem(answer, "sign-in-needed")["fix"].lower()
            assert "set-cookie" not in answer.headers
        assert stranger.get("/api/version").status_code == 200
        problem(stranger.get(f"/api/shared/{'a' * 32}"), "job-not-found")
        asked = me(stranger)
        assert (asked.owner, asked.role, asked.via, asked.mode, asked.sign_in) == (None, None, None, "ACCESS", "/")
    assert site.rows("SELECT * FROM uploads") == []


def test_a_person_has_one_shelf_on_every_device(site: Edge, provider: IdentityProvider) -> None:
    with signed_in(site, provider) as phone, signed_in(site, provider, country="SE") as computer:
        job_id = submit(phone)["id"]
        assert read(computer, job_id)["id"] == job_id
        asked = me(computer)
        assert (asked.role, asked.via, asked.email) == ("member", "access", "maker@example.com")
        assert asked.sign_out == "/cdn-cgi/access/logout"
        assert "7335d417" not in (asked.owner or "")
    with signed_in(site, provider, sub="another") as other:
        problem(other.get(f"/api/jobs/{job_id}"), "job-not-found")
    with site.person(**{"cf-access-jwt-assertion": token(provider.keys[0])}) as behind_access:
        assert read(behind_access, job_id)["id"] == job_id


def test_operators_are_known_by_their_address(site: Edge, provider: IdentityProvider) -> None:
    with signed_in(site, provider, sub="chief", email="chief@example.com") as chief:
        assert me(chief).role == "operator"
    with signed_in(site, provider, sub="chief", email="chief@example.com.evil") as other:
        assert me(other).role == "member"


def test_a_service_token_is_an_owner_of_its_own(site: Edge, provider: IdentityProvider) -> None:
    with signed_in(site, provider, sub="", email=None, common_name="ci.access") as script:
        asked = me(script)
        assert (asked.role, asked.email) == ("member", None)
    with signed_in(site, provider, sub="", email=None, common_name="other.access") as other:
        assert me(other).owner != asked.owner
    with signed_in(site, provider, sub="", email=None) as nobody:
        problem(nobody.get("/api/jobs"), "sign-in-needed")


def test_a_token_that_access_did_not_sign_for_us_now_is_none(site: Edge, provider: IdentityProvider) -> None:
    ours, forgers = provider.keys[0], Key(provider.keys[0].kid)
    now = int(time.time())
    good = token(ours)
    head, body, signature = good.split(".")
    another = token(ours, claims(sub="another")).split(".")[1]
    wrong = {
        "forged": token(forgers),
        "of another body": f"{head}.{another}.{signature}",
        "without signature": f"{head}.{body}.",
        "alg none": token(ours, alg="none"),
        "alg none with a signature": f"{token(ours, alg='none')}{signature}",
        "alg HS256 by the public key": token(ours, alg="HS256"),
        "alg RS512": token(ours, alg="RS512"),
        "unknown kid": token(ours, kid="of-nobody"),
        "expired": token(ours, claims(exp=now - 1)),
        "without an end": token(ours, claims(exp=None)),
        "not yet": token(ours, claims(nbf=now + 600)),
        "wrong audience": token(ours, claims(aud=["c" * 64])),
        "no audience": token(ours, claims(aud=None)),
        "wrong issuer": token(ours, claims(iss="https://evil.cloudflareaccess.com")),
        "no issuer": token(ours, claims(iss=None)),
        "no token": "nonsense",
        "two dots": "..",
    }
    for name, value in wrong.items():
        for headers in ({"cookie": f"CF_Authorization={value}"}, {"cf-access-jwt-assertion": value}):
            with site.person(**headers) as person:
                answer = person.post("/api/jobs", json=clip())
                assert answer.status_code == 401, (name, answer.text)
                problem(answer, "sign-in-needed")
    with site.person(cookie=f"CF_Authorization={good}") as person:
        assert person.get("/api/jobs").status_code == 200


def test_new_keys_are_fetched_and_known_ones_are_not(site: Edge, provider: IdentityProvider) -> None:
    with signed_in(site, provider) as person:
        person.get("/api/jobs")
        asked = provider.asked
        for _ in range(5):
            assert person.get("/api/jobs").status_code == 200
        assert provider.asked == asked
    before = provider.keys[0]
    provider.keys = [Key("of-winter"), before]
    with site.person(cookie=f"CF_Authorization={token(provider.keys[0])}") as person:
        # Keys are asked for again at most once a second, whoever sends tokens with unknown ones.
        until(lambda: person.get("/api/jobs").status_code == 200)
    with site.person(cookie=f"CF_Authorization={token(before)}") as person:
        assert person.get("/api/jobs").status_code == 200, "the key before stays good while it is published"


def test_other_sites_cannot_act_for_who_signed_in(site: Edge, provider: IdentityProvider) -> None:
    with signed_in(site, provider) as person:
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            problem(person.post("/api/jobs", json=clip(), headers=headers), "cross-site-refused")


def test_a_workers_event_needs_no_sign_in(site: Edge, provider: IdentityProvider) -> None:
    with signed_in(site, provider) as person:
        job_id = submit(person)["id"]
        assert site.send_event(event(job_id, 1, "started")).status_code == 200
        assert read(person, job_id)["status"] == "running"
        problem(site.send_event(event(job_id, 2), secret="whsec_AAAA"), "event-unsigned")


def test_clips_of_before_are_claimed_once(site: Edge, provider: IdentityProvider) -> None:
    before = "0mwxjzb4l" + "k" * 20
    cookie = f"clipwright_owner={site.signed(before)}"
    with signed_in(site, provider, sub="maker-to-be") as person:
        job_id = submit(person)["id"]
        owner = me(person).owner
        upload = person.put("/api/uploads", content=png()).json()["id"]
        project = person.post("/api/projects", json={}).json()["id"]
    # As the release before left it: everything belongs to the browser.
    for statement in (
        "UPDATE jobs SET owner = ?1 WHERE owner = ?2",
        "UPDATE uploads SET owner = ?1 WHERE owner = ?2",
        "UPDATE projects SET owner = ?1 WHERE owner = ?2",
        "UPDATE ledger SET owner = ?1 WHERE owner = ?2",
    ):
        site.rows(statement, before, str(owner))
    assert sums_of(site, str(owner)) == (0, 0, 0, 0)
    moved = sums_of(site, before)
    assert moved[0] > 0 and moved[1:3] == (1, 1) and moved[3] == 1

    def with_cookie(sub: str, old: str = cookie) -> httpx.Client:
        return site.person(cookie=f"CF_Authorization={token(provider.keys[0], claims(sub=sub))}; {old}")

    with with_cookie("maker-to-be", cookie + "x") as forger:
        assert not me(forger).is_claimable
        problem(forger.post("/api/me/claim"), "nothing-to-claim")
    with with_cookie("maker-to-be") as person:
        assert me(person).is_claimable
        problem(person.get(f"/api/jobs/{job_id}"), "job-not-found")
        answer = person.post("/api/me/claim")
        claimed = Claimed.model_validate_json(answer.content)
        assert (claimed.jobs, claimed.uploads) == (1, 1)
        assert "clipwright_owner=; Path=/; Max-Age=0" in answer.headers["set-cookie"]
        assert read(person, job_id)["id"] == job_id
        assert person.get(f"/api/uploads/{upload}/picture").status_code == 200
        assert person.get(f"/api/projects/{project}").status_code == 200
        assert person.get("/api/usage").json()["today"]["jobs"] == 1
        assert not me(person).is_claimable
    with with_cookie("somebody-else") as other:
        assert not me(other).is_claimable
        problem(other.post("/api/me/claim"), "nothing-to-claim")
    spent = site.rows("SELECT owner, SUM(micro_won) AS micro_won FROM ledger WHERE job_id = ?1 GROUP BY owner", job_id)
    assert [row["owner"] for row in spent] == [owner]
    assert spent[0]["micro_won"] > 0
    assert (sums_of(site, before), sums_of(site, str(owner))) == ((0, 0, 0, 0), moved)


def sums_of(site: Edge, owner: str) -> tuple[int, ...]:
    """An owner's running sums: micro-won and jobs of the days, open jobs, uploads."""
    (days,) = site.rows("SELECT SUM(micro_won) AS won, SUM(jobs) AS jobs FROM day_totals WHERE owner = ?1", owner)
    (now,) = site.rows("SELECT SUM(open_jobs) AS jobs, SUM(uploads) AS uploads FROM totals WHERE owner = ?1", owner)
    return days["won"] or 0, days["jobs"] or 0, now["jobs"] or 0, now["uploads"] or 0


def test_a_provider_that_is_away_is_no_sign_out(site: Edge, provider: IdentityProvider) -> None:
    """Runs last in this file: it starts the site anew, so that it knows no keys."""
    site.process.stop()
    provider.answering = False
    try:
        site.process.start()
        with signed_in(site, provider) as person:
            until(lambda: is_up(person))
            answer = person.get("/api/jobs")
            assert problem(answer, "sign-in-unreachable")["retryable"]
            with site.person() as stranger:
                problem(stranger.get("/api/jobs"), "sign-in-needed")
            provider.answering = True
            assert person.get("/api/jobs").status_code == 200
    finally:
        provider.answering = True


def is_up(person: httpx.Client) -> bool:
    try:
        return person.get("/api/version").is_success
    except httpx.TransportError:
        return False
