"""From empty accounts to a live site: asks for what only a person has, makes the rest in order, releases, and ends with
the address and a clip.

Every step looks first and does only what is missing, so a call after a failure goes on where the last one stopped. It
holds the order alone; each step is a module of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudflare import Cloudflare

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.weight_sources import licences
from infra import console
from infra.bootstrap import first_day, github_releases, person, release_webhook, weights
from infra.bootstrap.plan import compare, make_each, resources
from infra.build import first_costs
from infra.language import localized
from infra.platforms import live, weight_files
from infra.platforms.cloudflare_account import Account, open_account
from infra.platforms.git import changed_paths, commit
from infra.platforms.ground import Ground
from infra.platforms.targets import is_tiny
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError
from infra.reflection.release_log import read_log
from infra.release import notice
from infra.release.deploy import Event, Order, deploy
from infra.release.release_context import WaitTimes
from infra.release.smoke import clip_path
from infra.release.steps import content_commit

RUN = "python run.py setup-account"


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of a call. `accepts` are licences that were accepted on the command line, `releases_from` is where
    releases come from after the first one (empty: ask)."""

    environment: str
    agrees: bool = False
    releases: bool = True
    accepts: tuple[str, ...] = ()
    releases_from: str = ""


def plan(ground: Ground) -> Iterator[str]:
    """What a call would ask and make, and what it costs. Needs no account and asks nothing."""
    yield localized(ko="비용", en="cost")
    yield from (f"  {line}" for line in first_costs.lines(tiny=is_tiny(ground.target.checkpoint)))
    yield localized(ko="첫날에 하는 일", en="the first day")
    yield from first_day.lines(ground)
    yield localized(
        ko="직접 해야 하는 일 (이미 되어 있으면 묻지 않아요)", en="yours to do; what works already is not asked"
    )
    for need in person.needs(ground):
        yield from person.plain_how(need)
    yield from (f"  {line}" for line in release_webhook.how())
    yield f"      {person.variable_line(notice.VARIABLE, is_secret=True)}"
    yield localized(ko="계정에 만드는 것", en="made in the accounts")
    nobody = Account(Cloudflare(api_token="none"), "", ground)  # noqa: S106  # asks nothing
    yield from (f"  {resource.name}: {resource.title}" for resource in resources(nobody))
    if not is_tiny(ground.target.checkpoint):
        named = ", ".join(licences(CHECKPOINTS[ground.target.checkpoint].flavour))
        yield localized(ko="모델 파일", en="model files")
        yield localized(
            ko=f"  weights pin: 판을 정해요. 이름을 입력해서 수락하는 라이선스: {named}",
            en=f"  weights pin: pinned; licences that you accept by typing their names: {named}",
        )
        yield localized(ko="  weights fetch: Modal 볼륨에 받아요", en="  weights fetch: to Modal's volume")
    yield localized(ko="첫 배포: python run.py deploy", en="first release: python run.py deploy")
    yield localized(
        ko="원하면: push만으로 배포하도록 GitHub에 저장할 것",
        en="if you want to release by a push alone, stored at GitHub",
    )
    yield f"  {', '.join(github_releases.wanted(ground))}"


def check(root: Path, environment: str) -> Iterator[str]:
    """Each need and resource with its state; changes nothing. Raises InfraError when something is missing."""
    missing: list[str] = []
    for need in person.needs(ground_of(root, environment)):
        try:
            yield f"  ok {need.name}: {need.use(ground_of(root, environment))}"
        except InfraError as error:
            missing.append(need.name)
            yield f"  ! {need.name}: {error}"
    yield release_webhook.state()
    if not missing:
        for line, name, trouble in compared(open_account(ground_of(root, environment))):
            yield line
            missing += [name] if name or trouble else []
        if environment == "production":
            for line, lacks in github_releases.state(ground_of(root, environment)):
                yield line
                missing += ["GitHub"] if lacks else []
    if missing:
        raise InfraError(
            localized(ko=f"없거나 다른 것: {', '.join(missing)}", en=f"missing or different: {', '.join(missing)}"),
            f"{RUN} --env {environment}",
        )


def setup_account(root: Path, wish: Wish) -> Iterator[str]:
    """Raises InfraError where it stops: with what to do, after which the same call goes on."""
    ground = ground_of(root, wish.environment)
    yield localized(ko="1. 비용", en="1. cost")
    yield from (f"  {line}" for line in first_costs.lines(tiny=is_tiny(ground.target.checkpoint)))
    yield localized(ko="2. 직접 준비하는 것", en="2. what only you have")
    yield from ask(ground)
    yield localized(ko="3. 계정에 만들기", en="3. made in the accounts")
    yield from make(root, wish)
    if not is_tiny(ground.target.checkpoint):
        yield localized(ko="4. 모델 파일", en="4. model files")
        yield from bring_weights(root, wish)
    if not wish.releases:
        yield localized(ko="배포하지 않고 끝났어요", en="done, without a release")
        return
    yield localized(ko="5. 첫 배포", en="5. first release")
    yield from release(root, wish)
    if wish.environment == "production":
        yield localized(ko="6. push만으로 배포하기", en="6. releases by a push alone")
        yield from github_releases.arrange(ground_of(root, wish.environment), wish.releases_from)
    yield from ending(ground_of(root, wish.environment))


def ask(ground: Ground) -> Iterator[str]:
    """Settles every need. Without a terminal all that is missing is named at once."""
    troubles: list[InfraError] = []
    for need in person.needs(ground):
        try:
            yield from person.settle(need, ground)
        except InfraError as error:
            if console.can_ask():
                raise
            yield f"  ! {need.name}: {error}"
            troubles.append(error)
    if troubles:
        raise InfraError(
            "\n".join(str(error) for error in troubles),
            "\n  ".join([*(error.fix for error in troubles), again(ground)]),
        )
    yield from release_webhook.offer(ground)


def again(ground: Ground) -> str:
    return localized(ko=f"그런 다음: {RUN} --env {ground.target.name}", en=f"then: {RUN} --env {ground.target.name}")


def compared(account: Account) -> Iterator[tuple[str, str, InfraError | None]]:
    """For each resource a line, its name if it has to be made, and the error of a query that failed."""
    for found in compare(resources(account)):
        mark = "?" if found.trouble else "!" if found.state else "ok"
        unknown = localized(ko="알 수 없음", en="unknown")
        state = f"{unknown}: {found.trouble}" if found.trouble else found.state
        line = f"  {mark} {found.resource.name}: {found.resource.title}{': ' + state if state else ''}"
        yield line, found.resource.name if found.state else "", found.trouble


def make(root: Path, wish: Wish) -> Iterator[str]:
    todo: list[str] = []
    left: list[tuple[str, InfraError]] = []
    for line, name, trouble in compared(open_account(ground_of(root, wish.environment))):
        yield line
        todo += [name] if name else []
        left += [(line.split()[1].rstrip(":"), trouble)] if trouble else []
    if (
        todo
        and not wish.agrees
        and not console.agreed(
            localized(ko=f"{len(todo)}가지를 만들거나 고칠까요?", en=f"create or change these: {len(todo)}?")
        )
    ):
        raise InfraError(
            localized(ko="아무것도 바꾸지 않았어요", en="nothing was changed"), f"{RUN} --env {wish.environment} --yes"
        )
    if todo:
        for name, said, trouble in make_each(root, wish.environment, todo):
            yield f"  {name}: {trouble or said}"
            left += [(name, trouble)] if trouble else []
    if left:
        raise InfraError(
            "\n".join(f"{name}: {trouble}" for name, trouble in left),
            "\n  ".join(
                dict.fromkeys([*(trouble.fix for _, trouble in left), again(ground_of(root, wish.environment))])
            ),
        )


def bring_weights(root: Path, wish: Wish) -> Iterator[str]:
    """Pins what is not pinned, commits the pins, and fetches what is not fetched."""
    place = weights.Place(ground_of(root, wish.environment))
    found = weight_files.read(root)
    if not found.pins.get(place.flavour) or found.lacking(place.flavour):
        yield from weights.pin(place, weights.agreed_licences(place, wish.accepts, weights.ask_licence))
        if weight_files.FILE in changed_paths(root):
            commit(root, f"Pin the model files of {wish.environment}", [weight_files.FILE])
    if weights.is_fetched(place.ground):
        yield localized(ko="  모두 받아 두었어요", en="  fetched already")
        return
    weights.agree_to_fetch(place, agrees=wish.agrees)
    count = weights.fetch_shown(place)
    yield localized(ko=f"  파일 {count}개를 모두 받았어요", en=f"  files fetched: {count}")


def release(root: Path, wish: Wish) -> Iterator[str]:
    ground = ground_of(root, wish.environment)
    if is_live(ground):
        yield localized(ko="  이 커밋이 이미 배포되어 있어요", en="  this commit is live already")
        return
    why = localized(ko="계정 준비", en="the accounts were set up")
    for event in deploy(root, Order(wish.environment, why), WaitTimes()):
        yield from said(event)


def said(event: Event) -> Iterator[str]:
    match event.state:
        case "begins":
            yield f"  {event.step}: {event.text}"
        case "says":
            yield f"      {event.text}"
        case "done" | "before":
            pass


def is_live(ground: Ground) -> bool:
    """Whether the last release of this environment made this content live, and the site reports it."""
    rows = [row for row in read_log(ground.root).latest() if row.environment == ground.target.name]
    wanted = content_commit(ground.root)
    if not rows or (rows[0].outcome, rows[0].commit) != ("live", wanted):
        return False
    return all(live.same(answer.build, wanted) for answer in live.ask(ground.target) if answer.service == "functions")


def ending(ground: Ground) -> Iterator[str]:
    rows = [row for row in read_log(ground.root).latest() if row.environment == ground.target.name]
    yield ""
    yield localized(ko=f"사이트 주소: {ground.target.site_url}", en=f"the site: {ground.target.site_url}")
    path = clip_path(ground.root, rows[0].id) if rows else None
    if path is not None and path.is_file():
        yield localized(ko=f"첫 영상: {path}", en=f"the first clip: {path}")
