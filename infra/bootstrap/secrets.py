"""Creates the secrets that a release needs, and stores them in Pages, the sweeper and Modal.

Each secret is a resource of its own. A value is drawn only when no store has it. When some stores have it, the others
receive the value of this machine's key ring; without that ring nothing is made, because a new value would lock out
whoever uses the old one. `infra.bootstrap.rotation` replaces a secret, by its name.
"""

import json
import os
from datetime import UTC, datetime

from infra import console
from infra.bootstrap import key_rings, r2_token
from infra.bootstrap.key_rings import DRAW, KeyRing, variable_of
from infra.bootstrap.resource import Resource
from infra.bootstrap.secret_stores import (
    LIMIT_SECONDS,
    MODAL,
    PAGES,
    SIGNS_EVENTS,
    SWEEPER,
    environment_state,
    modal_secret_state,
    put_to_modal,
    put_to_site,
    put_to_sweeper,
    site_state,
    sweeper_state,
)
from infra.language import localized
from infra.platforms import operator_keys
from infra.platforms.cloudflare_account import Account
from infra.platforms.live import PROXY_KEYS
from infra.platforms.programs import json_part, modal, run
from infra.platforms.signing_key import CERTIFICATES_FILE, KEY_FILE, signing_key
from infra.platforms.targets import is_tiny
from infra.process.shell import InfraError

GPU_KEYS = ("GPU_KEY", "GPU_SECRET")


def secret_resources(account: Account) -> tuple[Resource, ...]:
    return (
        Resource(
            "modal-environment",
            localized(ko="Modal 환경", en="Modal environment"),
            lambda: environment_state(account),
            lambda: make_environment(account),
        ),
        Resource(
            "r2-token",
            localized(
                ko="이 버킷만 여는 토큰, Modal 비밀값 clipwright-r2로",
                en="a token for this bucket only, as Modal secret clipwright-r2",
            ),
            lambda: modal_secret_state(account, "clipwright-r2"),
            lambda: make_r2_secret(account),
        ),
        Resource(
            "gpu-keys",
            localized(
                ko="GPU 서비스의 키, 사이트와 정리 Worker의 비밀값으로",
                en="the GPU service's keys, as secrets of site and sweeper",
            ),
            lambda: described(lacking(account, *GPU_KEYS)),
            lambda: put_gpu_keys(account),
        ),
        Resource(
            "event-secret",
            localized(ko="작업자가 이벤트에 서명하는 비밀값", en="the secret with which workers sign events"),
            lambda: described(lacking(account, "EVENT_SECRET")),
            lambda: make_shared(account, "EVENT_SECRET"),
        ),
        Resource(
            "cookie-secret",
            localized(ko="사이트가 쿠키에 서명하는 비밀값", en="the secret with which the site signs cookies"),
            lambda: described(lacking(account, "COOKIE_SECRET")),
            lambda: make_shared(account, "COOKIE_SECRET"),
        ),
        Resource(
            "signing",
            localized(
                ko="영상의 정보에 서명하는 Modal 비밀값 clipwright-signing",
                en="Modal secret clipwright-signing, which signs the manifest in clips",
            ),
            lambda: modal_secret_state(account, "clipwright-signing"),
            lambda: make_signing_secret(account),
        ),
        Resource(
            "huggingface",
            localized(
                ko="모델 파일을 받는 Modal 비밀값 clipwright-huggingface",
                en="Modal secret clipwright-huggingface, for the download of the weights",
            ),
            lambda: modal_secret_state(account, "clipwright-huggingface"),
            lambda: make_hub_secret(account),
        ),
    )


def make_environment(account: Account) -> str:
    name = account.ground.target.modal_environment
    run([*modal(), "environment", "create", name], cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)
    return localized(ko=f"{name} 환경을 만들었어요", en=f"created {name}")


def make_r2_secret(account: Account) -> str:
    """No container can start without Modal's secret, so earlier tokens of this bucket are of no use any more."""
    id_, values = r2_token.make_token(account)
    put_to_modal(account, "clipwright-r2", values)
    old = r2_token.others(account, id_)
    r2_token.revoke(account, old)
    return f"token created; only Modal has it{f'; revoked {len(old)} earlier' if old else ''}"


# ---------------------------------------------------------------- what several parts share


def lacking(account: Account, *names: str) -> dict[str, str]:
    """The stores that lack one of the names: store -> what is missing. Raises InfraError when one cannot be queried."""
    states = {PAGES: site_state(account, names), SWEEPER: sweeper_state(account, names)}
    if "EVENT_SECRET" in names:
        states[MODAL] = modal_secret_state(account, SIGNS_EVENTS)
    return {store: state for store, state in states.items() if state}


def described(states: dict[str, str]) -> str:
    return "; ".join(states.values())


def make_shared(account: Account, name: str) -> str:
    """Draws the secret where no store has it, and stores it where it is missing."""
    ground = account.ground
    if not ground.target.site_url:
        raise InfraError(
            localized(ko="사이트 주소를 몰라요", en="the site's address is not known"),
            localized(
                ko="site-url부터 만들어야 해요. setup-account를 다시 돌려 주세요",
                en="create site-url first: run setup-account again",
            ),
        )
    without = lacking(account, name)
    stores = stores_of(name)
    ring = key_rings.load(ground.root, ground.target.name, os.environ).get(name, KeyRing())
    if not ring.secrets and len(without) < len(stores):
        have = ", ".join(store for store in stores if store not in without)
        word = name.removesuffix("_SECRET").lower()
        raise InfraError(
            localized(
                ko=f"{name} 값이 {have}에는 있고 다른 곳에는 없는데, 이 컴퓨터에도 없어요",
                en=f"{name} is in {have} and missing elsewhere, and this machine does not have its value",
            ),
            localized(
                ko=f"{variable_of(name)} 변수에 그 값을 넣거나, 만든 컴퓨터에서 setup-account를 "
                f"돌려 주세요. 잃어버렸다면 새로 바꿔 주세요: python run.py rotate {word} --env "
                f"{ground.target.name} --forget-old",
                en=f"set {variable_of(name)} to it, or run setup-account where it was made; if it is lost, replace it: "
                f"python run.py rotate {word} --env {ground.target.name} --forget-old",
            ),
        )
    drawn = not ring.secrets
    if drawn:
        ring = KeyRing((DRAW[name](),))
    key_rings.save(ground.root, ground.target.name, name, ring)
    for store in without:
        put_shared(account, store, name, ring)
    key_rings.mark_stored(ground.root, ground.target.name, name, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    where = key_rings.path_of(ground.root, ground.target.name)
    return f"{'created and ' if drawn else ''}stored in {', '.join(without)}; keep a copy of {where}"


def stores_of(name: str) -> tuple[str, ...]:
    return (PAGES, SWEEPER, MODAL) if name == "EVENT_SECRET" else (PAGES, SWEEPER)


def put_shared(account: Account, store: str, name: str, ring: KeyRing) -> None:
    """The edge accepts every secret of the ring. Modal receives only the first, with which workers sign."""
    if store == PAGES:
        put_to_site(account, {name: ring.text})
    elif store == SWEEPER:
        put_to_sweeper(account, {name: ring.text})
    else:
        url = account.ground.target.site_url
        put_to_modal(account, SIGNS_EVENTS, {"CLIPWRIGHT_SITE_URL": url, "CLIPWRIGHT_EVENT_SECRET": ring.secrets[0]})


def put_gpu_keys(account: Account) -> str:
    without = lacking(account, *GPU_KEYS)
    values: dict[str, str] = dict(zip(GPU_KEYS, proxy_keys(account), strict=True))
    for store, put in ((PAGES, put_to_site), (SWEEPER, put_to_sweeper)):
        if store in without:
            put(account, values)
    return localized(ko=f"저장한 곳: {', '.join(without)}", en=f"stored in {', '.join(without)}")


def proxy_keys(account: Account) -> tuple[str, str]:
    """The key pair of the GPU service: this machine's, or a new one. Modal shows it once, so it is kept here, because
    each release needs it."""
    key, secret = (os.environ.get(name, "") for name in PROXY_KEYS)
    if key and secret:
        return key, secret
    command = [*modal(), "workspace", "proxy-tokens", "create", "--name", "clipwright", "--json"]
    output = run(command, cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)
    try:
        made = json.loads(json_part(output))
        pair = str(made["Modal-Key"]), str(made["Modal-Secret"])
    except (ValueError, KeyError, TypeError):
        # Without the output: it holds the pair.
        raise InfraError(
            localized(ko="Modal의 답에 키 쌍이 없어요", en="Modal's answer contains no key pair"),
            localized(ko="setup-account를 다시 돌려 주세요", en="run setup-account again"),
        ) from None
    operator_keys.keep(account.ground.root, dict(zip(PROXY_KEYS, pair, strict=True)))
    return pair


# ---------------------------------------------------------------- what only the GPU service has


def make_signing_secret(account: Account) -> str:
    key = signing_key(account.ground.environ)
    values = {"CLIPWRIGHT_SIGNING_KEY": key.key_pem, "CLIPWRIGHT_SIGNING_CERTIFICATES": key.certificates_pem}
    put_to_modal(account, "clipwright-signing", values)
    if key.ends_at is None:
        return localized(
            ko=f"Modal에 빈 값으로 저장해서 영상에 서명하지 않아요 (서명하려면 {KEY_FILE}, {CERTIFICATES_FILE} "
            "값을 넣어 주세요)",
            en=f"stored empty in Modal, so clips are not signed (to sign them, set {KEY_FILE} and {CERTIFICATES_FILE})",
        )
    return localized(
        ko=f"Modal에 저장했어요. 인증서는 {key.ends_at:%Y-%m-%d}까지예요",
        en=f"stored in Modal; its certificate expires on {key.ends_at:%Y-%m-%d}",
    )


def make_hub_secret(account: Account) -> str:
    token = os.environ.get("HF_TOKEN") or console.secret("HF_TOKEN")
    if not token and is_tiny(account.ground.target.checkpoint):
        put_to_modal(account, "clipwright-huggingface", {"HF_TOKEN": ""})
        replaces = "python run.py modal secret create clipwright-huggingface HF_TOKEN=<token> --force"
        return localized(
            ko="Modal에 빈 값으로 저장했어요. 작은 모델은 받을 파일이 없어요. 진짜 모델을 쓰기 "
            f"전에 돌려 주세요: {replaces}",
            en=f"stored empty in Modal: a tiny set needs no download. Before you use real models, run: {replaces}",
        )
    if not token:
        raise InfraError(
            localized(ko="HF_TOKEN 변수가 없어요", en="HF_TOKEN is not set"),
            localized(
                ko="Hugging Face에서 Gemma 라이선스를 수락하고 읽기 토큰을 만들어 HF_TOKEN에 넣은 "
                "다음 setup-account를 다시 돌려 주세요",
                en="accept Gemma's licence on Hugging Face, create a read token, set HF_TOKEN, run setup-account again",
            ),
        )
    put_to_modal(account, "clipwright-huggingface", {"HF_TOKEN": token})
    return localized(ko="Modal에 저장했어요", en="stored in Modal")


def keep_hub_token(account: Account) -> None:
    """Puts HF_TOKEN into Modal at once, since this machine does not keep it: a call that stops later asks no more."""
    if environment_state(account):
        make_environment(account)
    make_hub_secret(account)
