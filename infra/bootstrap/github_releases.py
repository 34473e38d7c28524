"""Releases by a push alone: what the workflow needs at GitHub, asked for where it is missing, and put there.

The names are those that the workflow itself reads. Two tokens are GitHub's own, with no more rights than a release
needs; they are typed for that moment, tried out, and kept by GitHub alone. Without `gh` all of it is named with the
page where a person enters it. The variable that starts releases is set last.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from cloudflare import Cloudflare, CloudflareError

from infra import console
from infra.bootstrap import token_form
from infra.bootstrap.pages import github_source
from infra.language import language, localized
from infra.platforms import accounts, operator_keys
from infra.platforms.cloudflare_account import RELEASE_RIGHTS, explained
from infra.platforms.github_settings import Repository
from infra.platforms.ground import Ground
from infra.platforms.live import ACCESS_KEYS
from infra.platforms.programs import attempt, modal
from infra.process.shell import InfraError
from infra.release import notice

WORKFLOW = Path(".github", "workflows", "deploy.yml")
SWITCH, FROM_GITHUB, FROM_MACHINE = "CLIPWRIGHT_RELEASES_FROM", "github", "machine"
LANGUAGE = "CLIPWRIGHT_LANG"
TRIES = 3
MODAL_TOKENS = "https://modal.com/settings/tokens"
CLOUDFLARE_TOKEN, MODAL_PAIR = "CLOUDFLARE_API_TOKEN", ("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET")


def repository(ground: Ground) -> Repository:
    config = github_source(ground)["config"]
    return Repository(f"{config['owner']}/{config['repo_name']}", ground.root)


def wanted(ground: Ground) -> tuple[str, ...]:
    """Names of the secrets that the workflow reads and a release of this site cannot do without."""
    text = (ground.root / WORKFLOW).read_text(encoding="utf-8")
    names = dict.fromkeys(re.findall(r"secrets\.([A-Z_]+)", text))
    left_out = {notice.VARIABLE, *(ACCESS_KEYS if ground.target.access == "public" else ())}
    return tuple(name for name in names if name not in left_out)


def state(ground: Ground) -> Iterator[tuple[str, bool]]:
    """Lines for a comparison, and whether something is missing."""
    there = repository(ground)
    if trouble := there.trouble():
        yield f"  ? GitHub: {trouble}. {there.secrets_page}", False
        return
    if there.variables().get(SWITCH) != FROM_GITHUB:
        said = localized(ko="배포는 이 컴퓨터에서 해요", en="releases come from this machine")
        yield f"  ok GitHub: {said}", False
        return
    missing = [name for name in (*wanted(ground), *webhook_secret()) if name not in there.secrets()]
    if missing:
        yield f"  ! GitHub: {', '.join(missing)}. {there.secrets_page}", True
    else:
        said = localized(ko="push만 하면 배포해요", en="a push alone releases")
        yield f"  ok GitHub: {said}", False


def arrange(ground: Ground, chosen: str = "") -> Iterator[str]:
    """`chosen` is where releases come from; without it a person is asked, once. Raises InfraError where it stops: the
    next call goes on."""
    there = repository(ground)
    trouble = there.trouble()
    if not chosen:
        if trouble or not console.can_ask():
            yield localized(
                ko="  push만으로 배포하려면: python run.py setup-account --releases-from github",
                en="  to release by a push alone: python run.py setup-account --releases-from github",
            )
            return
        chosen = there.variables().get(SWITCH, "")
    if not chosen:
        question = localized(ko="앞으로 push만 하면 배포할까요?", en="release by a push alone from now on?")
        chosen = FROM_GITHUB if console.agreed(question) else FROM_MACHINE
    if trouble:
        if chosen == FROM_GITHUB:
            yield f"  {trouble}"
            yield from by_hand(ground, there)
        return
    if chosen == FROM_GITHUB:
        known = there.secrets()
        for name, value in values(ground, [name for name in wanted(ground) if name not in known]):
            there.put_secret(name, value)
            yield localized(ko=f"  {name}: GitHub에 저장했어요", en=f"  {name}: stored at GitHub")
        for name in webhook_secret():  # whether it is the same cannot be read back
            there.put_secret(name, notice.address())
        there.put_variable(LANGUAGE, language())
    there.put_variable(SWITCH, chosen)
    yield from (line for line, _ in state(ground))


def webhook_secret() -> tuple[str, ...]:
    """The secret that GitHub holds only where somebody is told of releases."""
    return (notice.VARIABLE,) if notice.address() else ()


def change_webhook(ground: Ground) -> Iterator[str]:
    """Gives the workflow the address that this machine has now, or takes it away; nothing while releases come from this
    machine."""
    there, name = repository(ground), notice.VARIABLE
    if there.trouble():
        yield localized(
            ko=f"  GitHub에서 배포한다면 {name} 값을 여기서도 바꿔 주세요: {there.secrets_page}",
            en=f"  if GitHub releases, change {name} there as well: {there.secrets_page}",
        )
    elif there.variables().get(SWITCH) == FROM_GITHUB:
        if address := notice.address():
            there.put_secret(name, address)
            yield localized(ko=f"  {name}: GitHub에 저장했어요", en=f"  {name}: stored at GitHub")
        elif name in there.secrets():
            there.delete_secret(name)
            yield localized(ko=f"  {name}: GitHub에서 지웠어요", en=f"  {name}: deleted at GitHub")


def values(ground: Ground, names: list[str]) -> Iterator[tuple[str, str]]:
    """The value of each name: this machine's, or what is typed. Raises InfraError for one that nobody has."""
    if CLOUDFLARE_TOKEN in names:
        form = token_form.address(RELEASE_RIGHTS, f"Clipwright releases {ground.target.name}")
        by_hand_rights = ", ".join(token_form.left_to_add(RELEASE_RIGHTS))
        console.note(
            localized(
                ko=f"배포에만 쓸 Cloudflare 토큰을 하나 더 만들어 주세요: {form}\n  직접 더할 권한: {by_hand_rights}",
                en=f"create one more token, for releases alone: {form}\n  add in the form: {by_hand_rights}",
            )
        )
        typed = tried((CLOUDFLARE_TOKEN,), lambda found: try_cloudflare(ground, found[0]))
        yield CLOUDFLARE_TOKEN, typed[0]
    if set(MODAL_PAIR) & set(names):
        console.note(
            localized(
                ko=f"배포가 쓸 Modal 토큰을 만들어 주세요: {MODAL_TOKENS}",
                en=f"create a Modal token for releases: {MODAL_TOKENS}",
            )
        )
        yield from zip(MODAL_PAIR, tried(MODAL_PAIR, lambda pair: try_modal(ground, pair)), strict=True)
    for name in names:
        if name in (CLOUDFLARE_TOKEN, *MODAL_PAIR):
            continue
        if not (value := os.environ.get(name, "")):
            raise InfraError(
                localized(ko=f"{name} 값이 이 컴퓨터에 없어요", en=f"this machine does not have {name}"),
                f"python run.py setup-account --env {ground.target.name}",
            )
        yield name, value


def tried(names: tuple[str, ...], use: Callable[[list[str]], None]) -> list[str]:
    """What is typed for the names, once it works. Raises InfraError without a terminal, and after three tries."""
    for tries in range(1, TRIES + 1):
        typed = [console.secret(name) for name in names]
        if not all(typed):
            break
        try:
            use(typed)
        except InfraError as error:
            if tries == TRIES:
                raise
            console.note(f"  {error}\n    {error.fix}")
            continue
        return typed
    raise InfraError(
        localized(ko=f"입력하지 않았어요: {', '.join(names)}", en=f"not typed: {', '.join(names)}"),
        localized(
            ko="터미널에서 다시 실행해 주세요: python run.py setup-account --releases-from github",
            en="run it again on a terminal: python run.py setup-account --releases-from github",
        ),
    )


def try_cloudflare(ground: Ground, token: str) -> None:
    try:
        with Cloudflare(api_token=token, max_retries=2) as client:
            client.pages.projects.get(ground.target.pages_project, account_id=os.environ["CLOUDFLARE_ACCOUNT_ID"])
    except CloudflareError as error:
        raise explained(error, "pages-project") from error


def try_modal(ground: Ground, pair: list[str]) -> None:
    finished = attempt(
        [*modal(), "token", "info"],
        cwd=ground.root,
        timeout_seconds=accounts.LIMIT_SECONDS,
        env=dict(zip(MODAL_PAIR, pair, strict=True)),
    )
    if finished.exit_code != 0:
        said = accounts.last_words(finished.output)
        raise InfraError(
            localized(ko=f"Modal이 토큰을 받지 않아요: {said}", en=f"Modal refuses the token: {said}"), MODAL_TOKENS
        )


def by_hand(ground: Ground, there: Repository) -> Iterator[str]:
    """Where a person enters what, without the values."""
    form = token_form.address(RELEASE_RIGHTS, f"Clipwright releases {ground.target.name}")
    made = {CLOUDFLARE_TOKEN: form, **dict.fromkeys(MODAL_PAIR, MODAL_TOKENS)}
    yield f"  {there.secrets_page}"
    for name in (*wanted(ground), *webhook_secret()):
        yield f"    {name}: {made.get(name) or operator_keys.FILE.as_posix()}"
    yield f"  {there.variables_page}"
    yield f"    {LANGUAGE} = {language()}"
    yield f"    {SWITCH} = {FROM_GITHUB}"
