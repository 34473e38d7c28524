"""What only a person has: accounts, tokens, licences. Where each is made, and a question that tries it out at once.

A need that is met is never asked for. What is typed is kept on this machine (`infra.platforms.operator_keys`); the
hub's token is kept by Modal alone. It makes nothing in the accounts.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cloudflare import Cloudflare, CloudflareError

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.weight_sources import SOURCES
from infra import console
from infra.bootstrap import token_form
from infra.bootstrap.pages import PAGES_APP, github_source
from infra.bootstrap.secret_stores import modal_secret_state
from infra.bootstrap.secrets import keep_hub_token
from infra.language import localized
from infra.platforms import access, accounts, hub_account, operator_keys
from infra.platforms.cloudflare_account import Account, asked_of, explained, open_account, rights_of
from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.platforms.programs import RUN_MODAL, attempt, by_hand, modal
from infra.platforms.targets import is_tiny
from infra.process.shell import InfraError, ProgramError

TRIES = 3
AGAIN = "python run.py setup-account"
SET_AUTHOR = ('git config --global user.name "NAME"', 'git config --global user.email "ADDRESS"')


@dataclass(frozen=True, slots=True)
class Need:
    """`how` tells where it is made. `variables` hold it: name, and whether it is a secret. `use` tries it out and
    returns whose it is; it raises InfraError. `log_in` starts a program that asks for it by itself. `store` keeps what
    was typed and works, where that is not on this machine."""

    name: str
    title: str
    how: tuple[str, ...]
    variables: tuple[tuple[str, bool], ...]
    use: Callable[[Ground], str]
    log_in: Callable[[], object] | None = None
    store: Callable[[Ground], object] | None = None


def needs(ground: Ground) -> tuple[Need, ...]:
    """In the order in which they are asked for."""
    found = [author(), github(), cloudflare(ground), modal_login()]
    if ground.target.access == "access":
        found.append(operator())
    if not is_tiny(ground.target.checkpoint):
        found.append(hub())
    return tuple(found)


def settle(need: Need, ground: Ground) -> Iterator[str]:
    """Tries a need out, and asks for it on a terminal until it works. Raises InfraError when it does not."""
    for tries in range(TRIES + 1):
        try:
            yield f"  ok {need.name}: {need.use(ground)}"
            if tries and need.store is not None:
                need.store(ground)
            return
        except InfraError as error:
            if tries == TRIES or not console.can_ask():
                raise
            if tries or all(os.environ.get(name) for name, _ in need.variables):
                yield f"  {need.name}: {error}"
                yield f"    {error.fix}"
            yield f"{need.title}"
            yield from (f"  {line}" for line in need.how)
            if not answered(need, ground):
                raise


def answered(need: Need, ground: Ground) -> bool:
    """Whether a person typed anything, logged in, or did what `how` says."""
    if need.log_in is not None:
        return need.log_in() == 0
    if not need.variables:
        return console.went_on(localized(ko="다 했으면 Enter를 눌러 주세요.", en="Press Enter when it is done."))
    values = {name: (console.secret if is_secret else console.asked)(name) for name, is_secret in need.variables}
    if not all(values.values()):
        return False
    operator_keys.keep(ground.root, values)
    return True


# ---------------------------------------------------------------- one by one


def author() -> Need:
    return Need(
        "Git",
        localized(
            ko="Git에 적을 이름과 이메일: 커밋마다 남아요. 다른 창에서 한 번만 정해 주세요",
            en="Git: the name and address that each commit carries; set them once, in another window",
        ),
        SET_AUTHOR,
        (),
        use_author,
    )


def use_author(ground: Ground) -> str:
    """Without an author git refuses the first commit, after everything else was made."""
    strict = ("-c", "user.useConfigOnly=true")  # a name guessed from the machine is nobody's
    try:
        return git(ground.root, *strict, "var", "GIT_AUTHOR_IDENT").rpartition(">")[0] + ">"
    except ProgramError as error:
        raise InfraError(
            localized(
                ko="Git에 이름과 이메일이 없어서 커밋할 수 없어요", en="git has no name and address to commit with"
            ),
            "\n  ".join(SET_AUTHOR),
        ) from error


def github() -> Need:
    return Need(
        "GitHub",
        localized(
            ko="GitHub 저장소: Cloudflare가 여기서 사이트를 빌드해요",
            en="GitHub: Cloudflare builds from a repository of yours",
        ),
        (
            localized(
                ko="비공개 저장소를 만들어 주세요: https://github.com/new",
                en="create a private repository: https://github.com/new",
            ),
            "git remote set-url origin https://github.com/<owner>/<name>.git",
            "git push -u origin main",
            localized(
                ko=f"Cloudflare에 저장소 읽기를 허용해 주세요: {PAGES_APP}",
                en=f"let Cloudflare read it: {PAGES_APP}",
            ),
        ),
        (),
        use_github,
    )


def use_github(ground: Ground) -> str:
    config = github_source(ground)["config"]
    remote = ground.target.remote
    finished = attempt(
        ["git", "ls-remote", "--heads", remote],
        cwd=ground.root,
        timeout_seconds=accounts.LIMIT_SECONDS,
        env={"GIT_TERMINAL_PROMPT": "0"},
    )
    if finished.exit_code != 0:
        raise InfraError(
            localized(
                ko=f"원격 저장소 {remote}에 물어볼 수 없어요: {accounts.last_words(finished.output)}",
                en=f"the remote {remote} does not answer: {accounts.last_words(finished.output)}",
            ),
            localized(
                ko=f"git push {remote} {ground.target.branch} 명령이 되는지 먼저 확인해 주세요",
                en=f"make git push {remote} {ground.target.branch} work first",
            ),
        )
    return f"{config['owner']}/{config['repo_name']}"


def cloudflare(ground: Ground) -> Need:
    rights = rights_of(ground.target)
    by_hand_rights = token_form.left_to_add(rights)
    return Need(
        "Cloudflare",
        localized(
            ko="Cloudflare API 토큰. 돈을 쓸 수 있는 토큰이라 남에게 보이면 안 돼요",
            en="Cloudflare API token; keep it secret, it can spend money",
        ),
        (
            localized(
                ko="계정을 만들고 R2와 Zero Trust(무료 요금제)를 켜 주세요: https://dash.cloudflare.com",
                en="create an account, enable R2 and Zero Trust (free plan): https://dash.cloudflare.com",
            ),
            localized(
                ko="workers.dev 하위 도메인을 정해 주세요: https://dash.cloudflare.com, Workers & Pages > Overview",
                en="choose a workers.dev subdomain: https://dash.cloudflare.com, Workers & Pages > Overview",
            ),
            localized(ko="권한이 채워진 양식:", en="the form, filled in:"),
            token_form.address(rights, f"Clipwright {ground.target.name}"),
            localized(
                ko=f"양식에서 직접 더할 권한: {', '.join(by_hand_rights)}",
                en=f"add these in the form: {', '.join(by_hand_rights)}",
            ),
            localized(ko=f"모두 있어야 하는 권한: {', '.join(rights)}", en=f"all of the rights: {', '.join(rights)}"),
        ),
        (("CLOUDFLARE_API_TOKEN", True),),
        use_cloudflare,
    )


def use_cloudflare(ground: Ground) -> str:
    """Finds the token's account, and tries each right. Raises InfraError with everything that is refused."""
    token = os.environ.get("CLOUDFLARE_API_TOKEN", "")
    if not token:
        form = token_form.address(rights_of(ground.target), f"Clipwright {ground.target.name}")
        raise InfraError(
            localized(ko="CLOUDFLARE_API_TOKEN 변수가 없어요", en="CLOUDFLARE_API_TOKEN is not set"),
            localized(ko=f"토큰을 만들어 이 변수에 넣어 주세요: {form}", en=f"create the token and set it: {form}"),
        )
    if not os.environ.get("CLOUDFLARE_ACCOUNT_ID"):
        operator_keys.keep(ground.root, {"CLOUDFLARE_ACCOUNT_ID": account_of(token)})
    account = open_account(ground)
    troubles: list[InfraError] = []
    for thing, question in questions(account):
        try:
            asked_of(thing, question)
        except InfraError as error:
            troubles.append(error)
    if troubles:
        raise InfraError(
            "; ".join(dict.fromkeys(str(each) for each in troubles)),
            "\n  ".join(dict.fromkeys(each.fix for each in troubles)),
        )
    return localized(ko=f"계정 {account.id}", en=f"account {account.id}")


def account_of(token: str) -> str:
    """The only account of a token; of several, the one that the person names. Raises InfraError."""
    try:
        with Cloudflare(api_token=token, max_retries=2) as client:
            found = {row.id: row.name for row in client.accounts.list()}
    except CloudflareError as error:
        raise explained(error, "account") from error
    if len(found) == 1:
        return next(iter(found))
    names = ", ".join(f"{name} {id_}" for id_, name in found.items())
    chosen = console.asked(f"CLOUDFLARE_ACCOUNT_ID ({names})") if found else ""
    if chosen not in found:
        raise InfraError(
            localized(ko=f"토큰으로 열 수 있는 계정: {names or '-'}", en=f"accounts of this token: {names or '-'}"),
            localized(
                ko="CLOUDFLARE_ACCOUNT_ID 변수에 하나를 적어 주세요", en="set CLOUDFLARE_ACCOUNT_ID to one of them"
            ),
        )
    return chosen


def questions(account: Account) -> Iterator[tuple[str, Callable[[], str]]]:
    """A question for each right, by the resource that needs it. Each only reads: an edit is proved by what is made."""
    client, id_ = account.client, account.id
    reads: dict[str, Callable[[], object]] = {
        "bucket": lambda: client.r2.buckets.list(account_id=id_),
        "database": lambda: next(iter(client.d1.database.list(account_id=id_)), None),
        "pages-project": lambda: next(iter(client.pages.projects.list(account_id=id_)), None),
        "access": lambda: access.applications(account),
        "access-mode": lambda: access.team_domain(account),
        "release-token": lambda: next(iter(client.zero_trust.access.service_tokens.list(account_id=id_)), None),
        "r2-token": lambda: next(iter(client.accounts.tokens.permission_groups.list(account_id=id_)), None),
        "sweeper-url": lambda: client.workers.subdomains.get(account_id=id_),
    }
    if account.ground.target.access == "public":
        reads["turnstile"] = lambda: next(iter(client.turnstile.widgets.list(account_id=id_)), None)
    for thing, read in reads.items():
        yield thing, lambda read=read: str(read() is None)


def modal_login() -> Need:
    return Need(
        "Modal",
        localized(
            ko="Modal 로그인. 브라우저에서 계정을 만들거나 로그인하면 돼요",
            en="Modal: sign up or log in, in the browser",
        ),
        (
            localized(
                ko="결제 카드를 등록해 주세요: https://modal.com/settings",
                en="register a payment card: https://modal.com/settings",
            ),
        ),
        (),
        use_modal,
        lambda: by_hand(modal(), ["token", "new"]),
    )


def use_modal(ground: Ground) -> str:
    accounts.missing(accounts.probe_modal_token(ground))  # raises when Modal does not accept it
    return localized(ko="로그인되어 있어요", en="logged in")


def operator() -> Need:
    return Need(
        access.OPERATOR,
        localized(
            ko="사이트를 열 수 있는 사람의 이메일 주소. 여럿이면 쉼표로 나눠 주세요",
            en="e-mail addresses of the operators, separated by commas",
        ),
        (),
        ((access.OPERATOR, False),),
        use_operator,
    )


def use_operator(_ground: Ground) -> str:
    emails = access.operators()
    if not emails or not all("@" in email for email in emails):
        raise InfraError(
            localized(
                ko=f"{access.OPERATOR} 값이 이메일 주소가 아니에요", en=f"{access.OPERATOR} is no e-mail address"
            ),
            localized(
                ko="사이트를 열 사람의 이메일 주소를 적어 주세요", en="set it to the address of who may open the site"
            ),
        )
    return ", ".join(emails)


def hub() -> Need:
    pages = [f"{hub_account.HUB}/{source.repository}" for source in SOURCES["19b"] if source.gated]
    return Need(
        "HF_TOKEN",
        localized(
            ko="Hugging Face 읽기 토큰. 모델 파일을 받는 데만 써요",
            en="a read token of Hugging Face, to fetch the model files",
        ),
        (
            localized(
                ko=f"이 모델의 라이선스를 수락해 주세요: {', '.join(pages)}",
                en=f"accept the licence of: {', '.join(pages)}",
            ),
            localized(ko=f"토큰 만들기: {hub_account.TOKEN_PAGE}", en=f"create the token: {hub_account.TOKEN_PAGE}"),
        ),
        (("HF_TOKEN", True),),
        use_hub,
        store=lambda ground: keep_hub_token(open_account(ground)),
    )


def use_hub(ground: Ground) -> str:
    if token := os.environ.get("HF_TOKEN", ""):
        return hub_account.check(token, SOURCES[CHECKPOINTS[ground.target.checkpoint].flavour])
    if not modal_secret_state(open_account(ground), "clipwright-huggingface"):
        return localized(ko="Modal이 이미 가지고 있어요", en="Modal has it already")
    raise InfraError(
        localized(ko="HF_TOKEN 변수가 없어요", en="HF_TOKEN is not set"),
        localized(
            ko=f"읽기 토큰을 만들어 이 변수에 넣어 주세요: {hub_account.TOKEN_PAGE}",
            en=f"create a read token and set the variable: {hub_account.TOKEN_PAGE}",
        ),
    )


def plain_how(need: Need) -> Iterator[str]:
    """For a plan: what is asked and where it is made."""
    yield f"  {need.title}"
    yield from (f"      {line}" for line in need.how)
    yield from (f"      {variable_line(name, is_secret=is_secret)}" for name, is_secret in need.variables)
    if need.log_in is not None:
        yield f"      {RUN_MODAL} token new"


def variable_line(name: str, *, is_secret: bool) -> str:
    hidden = localized(ko=" (화면에 보이지 않게 입력)", en=" (typed without being shown)") if is_secret else ""
    return localized(ko=f"변수 {name}{hidden}", en=f"variable {name}{hidden}")
