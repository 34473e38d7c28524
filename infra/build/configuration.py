"""`docs/configuration.md`: every setting, read from the files that define it.

Four sources: the rows of `infra/targets.toml` with the comments above them, the type `Env` of the site, the settings of
the GPU service, and the caps. What an operator's machine may set is kept here, because several modules read it. The
values of a row are left out: each operator chooses their own, and the document must not differ then. Writing the file
is not done here (that is `infra.build.render`).
"""

import ast
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

from gpu.core.contract import CapName
from infra.build.codegen import MARK
from infra.language import LANGUAGES, VARIABLE
from infra.platforms.access import OPERATOR
from infra.platforms.live import ACCESS_KEYS, PROXY_KEYS
from infra.platforms.operator_keys import NOBODY, RELEASE_WEBHOOK
from infra.platforms.signing_key import CERTIFICATES_FILE, KEY_FILE
from infra.platforms.targets import FILE
from infra.settings import ROOT

ENV = Path("functions", "_lib", "env.ts")
SERVICE = Path("gpu", "serve", "settings.py")
MIGRATIONS = Path("functions", "migrations")
NAME = re.compile(r"'((?:CLIPWRIGHT|R2|MODAL)_[A-Z0-9_]+)'")
"""A variable of the GPU service, as its source names it."""
MACHINE = (
    ("CLOUDFLARE_API_TOKEN", "Cloudflare's API token", True),
    ("CLOUDFLARE_ACCOUNT_ID", "the account of that token", False),
    (OPERATOR, "e-mail addresses of the operators, separated by commas", False),
    (PROXY_KEYS[0], "the key of the pair with which the GPU service is called", False),
    (PROXY_KEYS[1], "the secret of that pair", True),
    (ACCESS_KEYS[0], "the id of the service token with which a release calls a site behind a sign-in", False),
    (ACCESS_KEYS[1], "the secret of that token", True),
    (KEY_FILE, "a file with the private key that signs clips, in PEM form", False),
    (CERTIFICATES_FILE, "a file with that key's certificates", False),
    ("HF_TOKEN", "a read token of Hugging Face", True),
    ("MODAL_TOKEN_ID", "Modal's token, where nobody can log in: a release from GitHub", False),
    ("MODAL_TOKEN_SECRET", "the secret of that token", True),
    (RELEASE_WEBHOOK, f"an address that receives each release's short report; `{NOBODY}`: nobody", True),
    ("CLIPWRIGHT_RELEASES_FROM", "a variable of the repository at GitHub: with `github` a push to it releases", False),
    (VARIABLE, f"the language of the terminal: {' or '.join(LANGUAGES)}; at GitHub a variable, too", False),
)
"""Variables of the operator's machine: name, meaning, and whether it is a secret."""


def document() -> str:
    """`docs/configuration.md`. Raises ValueError for a source that no longer has the shape that is read here."""
    machine = ((f"`{name}`", meaning, "yes" if is_secret else "") for name, meaning, is_secret in MACHINE)
    site = ((f"`{name}`", "yes" if needed else "", meaning) for name, needed, meaning in variables_of_site())
    service = ((f"`{name}`", "yes" if needed else "", meaning) for name, needed, meaning in variables_of_service())
    rows = ((f"`{name}`", meaning) for name, meaning in fields_of_target())
    return "\n".join(
        (
            f"<!-- {MARK} -->",
            "# Configuration",
            "",
            "Every setting, where it is written, and what it means. A demo needs none. How they come to be:",
            "[deploy.md](deploy.md).",
            "",
            "## An environment: `infra/targets.toml`",
            "",
            "Committed with its values, one row an environment. `python run.py setup-account` fills in the addresses.",
            "",
            *table(("field", "meaning"), rows),
            "",
            "## The operator's machine",
            "",
            "`python run.py setup-account` asks for them and keeps them; a variable that is set takes precedence.",
            "",
            *table(("variable", "meaning", "secret"), machine),
            "",
            "## The site and the sweeper",
            "",
            "Bindings, variables and secrets at Cloudflare: the type `Env` in `functions/_lib/env.ts`.",
            "",
            *table(("name", "needed", "meaning"), site),
            "",
            "## The GPU service",
            "",
            "Variables and secrets at Modal: `gpu/serve/settings.py`. A local stack sets its own.",
            "",
            *table(("name", "needed", "meaning"), service),
            "",
            "## Caps",
            "",
            "Rows of the site's database. `python run.py caps` shows and changes them while the site runs.",
            "",
            *table(("cap", "default", "unit"), caps()),
            "",
        )
    )


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "|" + "".join(f" {cell} |" if cell else " |" for cell in row)


def fields_of_target() -> Iterator[tuple[str, str]]:
    """Fields of the production row: name, and the comment above it."""
    text = (ROOT / FILE).read_text(encoding="utf-8")
    block = text[text.index("[production]") :]
    comment: list[str] = []
    for line in block.splitlines()[1:]:
        if line.startswith("["):
            return
        if line.startswith("#"):
            comment.append(line.removeprefix("#").strip())
        elif found := re.match(r"(\w+) = ", line):
            yield found[1], " ".join(comment)
            comment = []


def variables_of_site() -> Iterator[tuple[str, bool, str]]:
    """Members of `Env`: name, whether the site needs it, and the comment above it, which may hold for several."""
    text = (ROOT / ENV).read_text(encoding="utf-8")
    body = re.search(r"export interface Env \{\n(.*?)\n\}", text, re.DOTALL)
    if body is None:
        raise ValueError(f"{ENV.as_posix()} has no interface Env")
    member = re.compile(
        r"^  (?:/\*\* (?P<words>.*?) \*/\n  )?(?P<name>\w+)(?P<optional>\??): (?P<type>\w+);", re.MULTILINE
    )
    for found in member.finditer(body[1]):
        yield found["name"], not found["optional"], found["words"] or ""


def variables_of_service() -> Iterator[tuple[str, bool, str]]:
    """Variables that `Settings.from_environment` reads: name, whether it must be set, and its field's docstring."""
    tree = ast.parse((ROOT / SERVICE).read_text(encoding="utf-8"))
    settings = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    meanings: dict[str, str] = {}
    for field, after in zip(settings.body, settings.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            meanings[field.target.id] = " ".join(str(ast.literal_eval(after.value)).split())
    made = next(node for node in ast.walk(settings) if isinstance(node, ast.Call) and ast.unparse(node.func) == "cls")
    required = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "REQUIRED" and node.value
    )
    fields: dict[str, str] = {}
    for argument in made.keywords:
        for name in re.findall(NAME, ast.unparse(argument.value)):
            fields.setdefault(name, argument.arg or "")
    for name in dict.fromkeys((*required, *re.findall(NAME, ast.unparse(settings)))):
        field_name = fields.get(name) or name.removeprefix("CLIPWRIGHT_").lower()
        yield name, name in required, meanings.get(field_name, "")


def caps() -> Iterator[tuple[str, str, str]]:
    """Each cap with the default that the migrations write, in the unit of `python run.py caps`."""
    with sqlite3.connect(":memory:") as database:
        for path in sorted((ROOT / MIGRATIONS).glob("*.sql")):
            database.executescript(path.read_text(encoding="utf-8"))
        won = dict(database.execute("SELECT name, micro_won FROM limits"))
        counts = dict(database.execute("SELECT name, most FROM count_limits"))
    database.close()
    for name in get_args(CapName):
        if name in won:
            yield f"`{name}`", f"{won[name] // 1_000_000:,}", "won"
        elif name in counts:
            is_bytes = "bytes" in name
            most = counts[name] // 1_000_000 if is_bytes else counts[name]
            yield f"`{name}`", f"{most:,}", "MB" if is_bytes else ""
