"""Replaces one secret by its name, without a moment at which a part refuses what another part sends.

The readers of a secret learn the new one before its writers use it, and accept the old one until `drop_old`:

* event: the site, then the sweeper, then Modal, whose workers sign.
* cookie: the site and the sweeper; the site both signs and reads.
* gpu: Modal accepts several pairs of proxy keys, so the site and the sweeper just begin to send another pair.
* r2: Modal; Cloudflare accepts several tokens.

Pages uses secrets from its next deployment on, so the live commit is built again in between. Each step may be repeated.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from infra.bootstrap import key_rings, r2_token
from infra.bootstrap.key_rings import DRAW, KeyRing, variable_of
from infra.bootstrap.secret_stores import MODAL, PAGES, SWEEPER, put_to_edge, put_to_modal
from infra.bootstrap.secrets import GPU_KEYS, lacking, proxy_keys, put_shared, stores_of
from infra.language import localized
from infra.platforms import live, operator_keys, pages
from infra.platforms.cloudflare_account import Account
from infra.platforms.git import committed, remote_tip
from infra.platforms.programs import modal, run
from infra.process.shell import InfraError

NAMES = {"event": "EVENT_SECRET", "cookie": "COOKIE_SECRET", "gpu": "GPU_KEY", "r2": "R2_ACCESS_KEY_ID"}
CONTAINER_SECONDS = 2 * 3600
"""A container that started with the old secret may work for so long: the longest a job may take from hand-over to end.
"""
KNOWS_RINGS = "infra/bootstrap/key_rings.py"
"""A commit with this file has Functions that accept several secrets."""
BUILD_SECONDS, PAUSE_SECONDS = 1200.0, 5.0


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of a rotation. `forget_old` replaces a secret whose present value nobody has: what it signed is then
    refused."""

    name: str
    drop_old: bool = False
    forget_old: bool = False


def rotate(account: Account, wish: Wish, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[str]:
    """Yields what was done, in words. Raises InfraError where it stops; it may be run again."""
    if wish.name not in NAMES:
        raise InfraError(
            localized(
                ko=f"{wish.name!r}: 바꿀 수 있는 비밀값이 아니에요", en=f"there is no secret {wish.name!r} to rotate"
            ),
            localized(ko=f"바꿀 수 있는 것: {', '.join(NAMES)}", en=f"known are {', '.join(NAMES)}"),
        )
    if wish.drop_old:
        yield from drop(account, wish, now())
    elif wish.name == "r2":
        yield from rotate_r2(account, now())
    elif wish.name == "gpu":
        yield from rotate_gpu(account, now())
    else:
        yield from rotate_shared(account, wish, now())


def rotate_shared(account: Account, wish: Wish, now: datetime) -> Iterator[str]:
    name = NAMES[wish.name]
    lacking(account, name)  # raises where a store cannot be queried, while nothing is changed yet
    check_site_reads_rings(account)
    ring = known(account, name)
    if not ring.secrets and not wish.forget_old:
        raise InfraError(
            localized(
                ko=f"지금의 {name} 값이 이 컴퓨터에 없어요. 바꾸면 그 값으로 서명한 것이 거절돼요",
                en=f"this machine does not have the present {name}, so what it signed would be refused",
            ),
            localized(
                ko=f"{variable_of(name)} 변수에 그 값을 넣거나, 만든 컴퓨터에서 바꿔 주세요. 그래도 "
                "바꾸려면 --forget-old: ",
                en=f"set {variable_of(name)} to it, or rotate where it was made; --forget-old replaces it all the "
                "same: ",
            )
            + (
                localized(
                    ko="계정이 없는 방문자는 모두 자기 영상을 볼 수 없게 돼요",
                    en="every visitor without an account loses sight of their clips",
                )
                if wish.name == "cookie"
                else localized(
                    ko="돌고 있는 컨테이너의 이벤트가 거절되고, 그 영상은 정리할 때 찾게 돼요",
                    en="events of running containers are refused, and their clips are found by the sweep",
                )
            ),
        )
    keep(account, name, ring.led_by(DRAW[name]()))
    yield from spread(account, name, now)
    yield localized(
        ko=f"{name}: 새 비밀값으로 서명해요. --drop-old를 할 때까지 옛것 {len(known(account, name).secrets) - 1}개도 "
        "받아요",
        en=f"{name}: the new secret signs; {len(known(account, name).secrets) - 1} older accepted until --drop-old",
    )


def spread(account: Account, name: str, now: datetime) -> Iterator[str]:
    """Puts the ring into every store, readers first."""
    ring = known(account, name)
    for store in stores_of(name):
        if store == MODAL:
            put_shared(account, store, name, ring)
            yield localized(
                ko=f"{store}: 이제부터 켜지는 컨테이너는 첫 번째 비밀값으로 서명해요",
                en=f"{store}: containers that start from now on sign with the first secret",
            )
            continue
        put_shared(account, store, name, ring)
        yield localized(ko=f"{store}: 저장했어요", en=f"{store}: stored")
        if store == PAGES:
            yield from build_again(account)
    key_rings.mark_stored(account.ground.root, account.ground.target.name, name, iso(now))


def rotate_gpu(account: Account, now: datetime) -> Iterator[str]:
    """The operator makes the new pair at Modal and sets the two variables, or lets a new machine
    make it."""
    lacking(account, *GPU_KEYS)
    check_build_changes_nothing(account)
    pair, target = proxy_keys(account), account.ground.target
    ring = known(account, "GPU_KEY")
    if ring.secrets[:1] == pair[:1] and ring.stored_at:
        raise InfraError(
            localized(
                ko="두 변수에 든 키 쌍은 이미 쓰고 있는 것이에요", en="the two variables hold the pair that is in use"
            ),
            localized(
                ko="새로 만들어 주세요: python run.py modal workspace proxy-tokens create --name clipwright",
                en="create another one: python run.py modal workspace proxy-tokens create --name clipwright",
            ),
        )
    answer = next(answer for answer in live.ask(target) if answer.service == "gpu")
    if answer.trouble:
        raise InfraError(
            localized(
                ko=f"GPU 서비스가 새 키 쌍을 받지 않아요: {answer.trouble}",
                en=f"the GPU service does not accept the new pair: {answer.trouble}",
            ),
            localized(ko="다른 키 쌍을 만들어 주세요", en="create another pair"),
        )
    keep(account, "GPU_KEY", ring.led_by(pair[0]))
    put_to_edge(account, dict(zip(GPU_KEYS, pair, strict=True)))
    yield localized(ko=f"{PAGES}, {SWEEPER}: 저장했어요", en=f"{PAGES}, {SWEEPER}: stored")
    yield from build_again(account)
    key_rings.mark_stored(account.ground.root, target.name, "GPU_KEY", iso(now))
    operator_keys.keep(account.ground.root, dict(zip(live.PROXY_KEYS, pair, strict=True)))
    yield localized(
        ko="GPU 키: 새 키 쌍을 써요. GitHub에서도 배포한다면 거기에도 넣고, 그다음 --drop-old를 해 주세요",
        en="GPU keys: the new pair is in use; set it at GitHub too if releases run there, then use --drop-old",
    )


def rotate_r2(account: Account, now: datetime) -> Iterator[str]:
    id_, values = r2_token.make_token(account)
    put_to_modal(account, "clipwright-r2", values)
    keep(account, NAMES["r2"], KeyRing((id_,)))
    key_rings.mark_stored(account.ground.root, account.ground.target.name, NAMES["r2"], iso(now))
    yield localized(
        ko="R2: 새 토큰을 확인하고 저장했어요. 이제부터 켜지는 컨테이너가 써요",
        en="R2: a new token was proved and stored; containers that start from now on use it",
    )
    yield localized(
        ko=f"--drop-old를 할 때까지 받는 옛 토큰: {len(r2_token.others(account, id_))}",
        en=f"earlier tokens still accepted until --drop-old: {len(r2_token.others(account, id_))}",
    )


def drop(account: Account, wish: Wish, now: datetime) -> Iterator[str]:
    """Ends the old secrets. Raises InfraError while a container may still use one."""
    name, ground = NAMES[wish.name], account.ground
    ring = known(account, name)
    if not ring.secrets or not ring.stored_at or ring.stored_at == "given":
        again = f"python run.py rotate {wish.name} --env {ground.target.name}"
        raise InfraError(
            localized(
                ko=f"이 컴퓨터에서 {wish.name} 바꾸기가 아직 끝나지 않았어요",
                en=f"this machine has not finished a rotation of {wish.name}",
            ),
            localized(ko=f"그것부터 끝내 주세요: {again}", en=f"finish it first: {again}"),
        )
    free_at = datetime.fromisoformat(ring.stored_at) + timedelta(seconds=CONTAINER_SECONDS)
    if wish.name in ("event", "r2") and now < free_at:
        raise InfraError(
            localized(
                ko=f"{ring.stored_at} 전에 켜진 컨테이너가 아직 옛 비밀값을 쓸 수 있어요",
                en=f"a container that started before {ring.stored_at} may still use the old secret",
            ),
            localized(ko=f"{iso(free_at)} 뒤에 돌려 주세요", en=f"run this after {iso(free_at)}"),
        )
    if wish.name == "r2":
        old = r2_token.others(account, ring.secrets[0])
        r2_token.revoke(account, old)
        yield localized(ko=f"R2: 옛것 {len(old)}개를 없앴어요", en=f"R2: revoked {len(old)} earlier")
        return
    if wish.name == "gpu":
        for id_ in ring.secrets[1:]:
            command = [*modal(), "workspace", "proxy-tokens", "delete", id_, "--yes"]
            run(command, cwd=ground.root, timeout_seconds=120.0)
            yield localized(ko=f"GPU 키: {id_}을 지웠어요", en=f"GPU keys: deleted {id_}")
    keep(account, name, KeyRing(ring.secrets[:1]))
    if wish.name == "gpu":
        key_rings.mark_stored(ground.root, ground.target.name, name, iso(now))
        return
    yield from spread(account, name, now)
    yield localized(ko=f"{name}: 가장 새 비밀값만 받아요", en=f"{name}: only the newest secret is accepted")


def build_again(account: Account) -> Iterator[str]:
    """Deploys the live commit again, so that the site uses the stored secrets."""
    target = account.ground.target
    deployment = pages.build(target)
    yield localized(
        ko=f"Pages가 올라가 있는 커밋을 다시 빌드해요 ({deployment})",
        en=f"Pages builds the live commit again ({deployment})",
    )
    pages.wait_until_deployed(target, deployment, limit_seconds=BUILD_SECONDS, pause_seconds=PAUSE_SECONDS)
    yield localized(ko="Pages: 새 배포가 올라갔어요", en="Pages: the new deployment is live")


def check_site_reads_rings(account: Account) -> None:
    """Raises InfraError unless the live site accepts several secrets."""
    tip = check_build_changes_nothing(account)
    if committed(account.ground.root, tip, KNOWS_RINGS) is None:
        raise InfraError(
            localized(
                ko=f"올라가 있는 커밋 {tip[:12]}은 비밀값 하나만 받거나, 이 클론에 없어요",
                en=f"the live commit {tip[:12]} accepts one secret only, or this clone lacks it",
            ),
            localized(
                ko="git fetch를 하고, 키 묶음을 아는 커밋을 배포한 다음 바꿔 주세요",
                en="git fetch; release a commit that has key rings, then rotate",
            ),
        )


def check_build_changes_nothing(account: Account) -> str:
    """The live commit. Raises InfraError when another build would deploy another one, as after a rollback."""
    ground = account.ground
    answer = next(answer for answer in live.ask(ground.target) if answer.service == "functions")
    if not answer.build:
        raise InfraError(
            localized(ko=f"사이트가 답하지 않아요: {answer.trouble}", en=f"the site does not answer: {answer.trouble}"),
            localized(
                ko="비밀값을 바꾸려면 사이트가 올라가 있어야 해요. 먼저 배포해 주세요",
                en="a rotation needs a live site; release first",
            ),
        )
    tip = remote_tip(ground, ground.target.live_branch)
    if not live.same(answer.build, tip):
        raise InfraError(
            localized(
                ko=f"사이트는 {answer.build} 버전인데 {ground.target.live_branch} 브랜치는 {tip[:12] or '-'}에 있어요",
                en=f"the site runs {answer.build}, but {ground.target.live_branch} is at {tip[:12] or '-'}",
            ),
            localized(
                ko="비밀값을 바꾸면 그 브랜치를 다시 빌드해서 배포하게 돼요. 먼저 deploy를 돌려 주세요",
                en="a rotation builds that branch again, which would release it; run deploy first",
            ),
        )
    return tip


def known(account: Account, name: str) -> KeyRing:
    return key_rings.load(account.ground.root, account.ground.target.name, os.environ).get(name, KeyRing())


def keep(account: Account, name: str, ring: KeyRing) -> None:
    key_rings.save(account.ground.root, account.ground.target.name, name, ring)


def iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
