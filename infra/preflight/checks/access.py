"""Protection of the GPU service: proxy keys at every public address, and secrets with the names that the code uses.

Reads the source of both sides. `infra.preflight.checks.account` checks whether the accounts have the secrets.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.language import localized
from infra.platforms.accounts import APP
from infra.platforms.cloudflare import SECRETS, SITE, SWEEPER, effective
from infra.platforms.files import syntax_of, text_of, toml_of
from infra.platforms.ground import Ground
from infra.preflight.checks.cloudflare import ENVIRONMENT, bound_names
from infra.preflight.findings import Check, Finding

SERVES = {"asgi_app", "wsgi_app", "web_server", "fastapi_endpoint", "web_endpoint"}
"""Modal's decorators that give a function a public address."""
GUARD = "requires_proxy_auth"
SETTINGS = Path("gpu", "serve", "settings.py")


@dataclass(frozen=True, slots=True)
class Entry:
    """A function with a public address, and whether Modal requires the proxy keys."""

    name: str
    line: int
    guarded: bool


@dataclass(frozen=True, slots=True)
class Names:
    """`members` are the fields of the type Env, optional ones included. `given` are the names that wrangler's two
    configurations bind. `required` are the variables that the GPU service's settings need. `provided` is every text of
    gpu/serve/modal/app.py: the variables that a container receives are among them."""

    members: tuple[str, ...]
    given: frozenset[str]
    required: tuple[str, ...]
    provided: frozenset[str]


def probe_entries(ground: Ground) -> tuple[Entry, ...]:
    return tuple(entries(tree_of(ground, APP)))


def tree_of(ground: Ground, path: Path) -> ast.Module:
    """Raises SyntaxError with the file's path."""
    return syntax_of(text_of(ground.root, path.as_posix()), str(ground.root / path))


def entries(tree: ast.Module) -> Iterator[Entry]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            function = call.func if call else decorator
            if isinstance(function, ast.Attribute) and function.attr in SERVES:
                guard = next((word.value for word in call.keywords if word.arg == GUARD), None) if call else None
                yield Entry(node.name, decorator.lineno, isinstance(guard, ast.Constant) and guard.value is True)


def evaluate_entries(found: Sequence[Entry]) -> list[Finding]:
    if not found:
        message = localized(
            ko="공개 주소를 가진 함수가 없어서 사이트가 GPU 서비스에 닿지 못해요",
            en="no function has a public address, so the site cannot reach the GPU service",
        )
        return [
            Finding(
                "error",
                message,
                localized(
                    ko="API를 @modal.asgi_app(requires_proxy_auth=True)로 내보내 주세요",
                    en="serve the API with @modal.asgi_app(requires_proxy_auth=True)",
                ),
                where=APP.as_posix(),
            )
        ]
    return [
        Finding(
            "error",
            localized(
                ko=f"{entry.name} 함수가 누구에게나 열려 있어요. 주소를 아는 사람이 내 돈으로 GPU를 쓸 수 있어요",
                en=f"{entry.name} is open to everybody: anyone who finds its address can spend your money on GPUs",
            ),
            localized(
                ko=f"거기에 {GUARD}=True를 써 주세요. 사이트는 요청마다 Modal 프록시 키를 보내요",
                en=f"write {GUARD}=True there; the site sends Modal's proxy keys with every request",
            ),
            where=f"{APP.as_posix()}:{entry.line}",
        )
        for entry in found
        if not entry.guarded
    ]


def probe_names(ground: Ground) -> Names:
    source = text_of(ground.root, ENVIRONMENT.as_posix())
    body = re.search(r"export interface Env \{(.*?)\n\}", source, re.DOTALL)
    configurations = [effective(toml_of(ground.root, name), ground.target.name) for name in (SITE, SWEEPER)]
    app, settings = tree_of(ground, APP), tree_of(ground, SETTINGS)
    return Names(
        members=tuple(re.findall(r"^  (\w+)\??:", body[1], re.MULTILINE)) if body else (),
        given=frozenset(name for config in configurations for name in bound_names(config)),
        required=tuple(texts_of(assigned(settings, "REQUIRED"))),
        provided=frozenset(texts_of(app)),
    )


def assigned(tree: ast.Module, name: str) -> ast.AST:
    """The value that a module assigns to a name; an empty module if there is none."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(found)], value=value) if found == name:
                return value
            case ast.AnnAssign(target=ast.Name(found), value=ast.expr() as value) if found == name:
                return value
            case _:
                pass
    return ast.Module([], [])


def texts_of(tree: ast.AST) -> Iterator[str]:
    """Every string in a tree, among them the keys of secrets and the names of environment variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def evaluate_names(names: Names) -> list[Finding]:
    findings = [
        Finding(
            "error",
            localized(
                ko=f"비밀값 {name} 항목이 Env 타입에 없어요. 코드가 쓰지 않는 값이에요",
                en=f"the secret {name} is not a field of the type Env, so the code does not use it",
            ),
            localized(
                ko="Env 타입, 그것을 읽는 코드, infra/platforms/cloudflare.py에서 같은 이름을 써 주세요",
                en="use one name in the type Env, in the code that reads it and in infra/platforms/cloudflare.py",
            ),
            where=ENVIRONMENT.as_posix(),
        )
        for name in SECRETS
        if name not in names.members
    ]
    if not names.required:
        findings.append(
            Finding(
                "error",
                localized(ko="REQUIRED 목록이 없어요", en="the list REQUIRED was not found"),
                localized(ko="그 목록을 그대로 두세요", en="keep it there"),
                where=SETTINGS.as_posix(),
            )
        )
    findings += [
        Finding(
            "error",
            localized(
                ko=f"컨테이너에 {name} 값이 필요한데 아무도 넣어 주지 않아요. 그러면 모든 작업을 거절해요",
                en=f"containers need {name}, but nothing here sets it, so they would refuse all jobs",
            ),
            localized(
                ko="그 값을 담는 비밀값의 required_keys에 더해 주세요",
                en="add it to the required_keys of the secret that holds it",
            ),
            where=APP.as_posix(),
        )
        for name in names.required
        if name not in names.provided
    ]
    return findings


ENTRY_CHECKS: Sequence[Check[tuple[Entry, ...]]] = (
    Check(
        "gpu-entry",
        "Access",
        "the GPU service requires keys",
        "GPU 서비스가 열쇠를 묻는지",
        probe_entries,
        evaluate_entries,
        of_the_tree=True,
    ),
)
NAME_CHECKS: Sequence[Check[Names]] = (
    Check(
        "secret-names",
        "Access",
        "secrets have the names that the code uses",
        "비밀값 이름이 코드와 같은지",
        probe_names,
        evaluate_names,
        of_the_tree=True,
    ),
)
