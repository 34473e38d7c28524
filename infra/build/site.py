"""The static site: bundles frontend/src with esbuild and renders one page shell per language into frontend/dist.

An up-to-date result is left alone. This module does not know the API or what the page does; it knows files, headers
and which addresses are Functions.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from gpu.core.contract.schema import contract_digest
from gpu.core.problems import PROBLEMS, type_uri
from infra.platforms.commit_name import commit_name
from infra.platforms.node import node
from infra.process.shell import check
from infra.settings import ROOT

FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist"
LANGUAGES = ("ko", "en")
STAMP = ".inputs"
"""File inside the result that holds the digest of what it was made from."""

BUNDLE_LIMIT_SECONDS = 600.0
BROWSERS = ["chrome123", "firefox121", "safari17.5"]
"""The oldest that know the CSS function light-dark(), on which both themes rest."""

SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types lit-html",
    )
)

# esbuild is called as a library: its command-line launcher is a script on some systems and a program on others.
_RUN_ESBUILD = """
let options = "";
for await (const part of process.stdin) options += part;
const { build } = await import("esbuild");
const { metafile } = await build(JSON.parse(options));
process.stdout.write(JSON.stringify(metafile.outputs));
"""


@dataclass(frozen=True, slots=True)
class Assets:
    """Addresses of the bundled files; their names carry a digest, so they may be cached for ever."""

    main: str
    theme: str
    pick: str
    style: str


def build(out: Path = DIST, *, force: bool = False) -> bool:
    """Makes the site in `out`. Returns False when it was already up to date.

    Raises infra.process.shell.ProgramError with esbuild's words when the TypeScript or CSS cannot be bundled.
    """
    commit = commit_name()
    digest = inputs_digest(commit)
    stamp = out / STAMP
    if not force and stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == digest:
        return False
    stamp.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    assets = bundle(out)
    written = {path for path in (out / "assets").iterdir() if "/assets/" + path.name in vars_of(assets)}
    for name, text in pages(assets, commit):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.add(path)
    written |= set(copy_public(out))
    for path in sorted(out.rglob("*"), reverse=True):
        # In place and leftovers last: a running server keeps serving whole files meanwhile.
        if path.is_file() and path not in written:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    stamp.write_text(digest + "\n", encoding="utf-8", newline="\n")
    return True


def inputs_digest(commit: str) -> str:
    """Hex digits over everything the site is made from, the commit that its pages name included."""
    digest = hashlib.sha256(commit.encode("utf-8"))
    sources = [path for path in FRONTEND.rglob("*") if path.is_file() and DIST not in path.parents]
    sources += [Path(__file__), ROOT / "gpu" / "core" / "problems.py", ROOT / "package-lock.json"]
    for path in sorted(sources):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    digest.update(contract_digest().encode())
    return digest.hexdigest()


def bundle(out: Path) -> Assets:
    """Runs esbuild into `out`/assets and returns the addresses."""
    shared = {
        "absWorkingDir": str(ROOT),
        "outdir": str(out / "assets"),
        "bundle": True,
        "minify": True,
        "target": BROWSERS,
        "charset": "utf8",
        "legalComments": "none",
        "entryNames": "[name]-[hash]",
        "metafile": True,
        "logLevel": "error",
    }
    # The two small ones run before the page is parsed, so they cannot be modules.
    early = ["frontend/src/theme.ts", "frontend/src/pick-language.ts"]
    made = {
        **esbuild({**shared, "entryPoints": ["frontend/src/main.ts", "frontend/styles/site.css"], "format": "esm"}),
        **esbuild({**shared, "entryPoints": early, "format": "iife"}),
    }
    return Assets(
        main=made["frontend/src/main.ts"],
        theme=made["frontend/src/theme.ts"],
        pick=made["frontend/src/pick-language.ts"],
        style=made["frontend/styles/site.css"],
    )


def esbuild(options: Mapping[str, object]) -> dict[str, str]:
    """One esbuild run. Returns entry point -> address of its output."""
    command = [node(), "--input-type=module", "-e", _RUN_ESBUILD]
    output = check(command, timeout_seconds=BUNDLE_LIMIT_SECONDS, cwd=ROOT, stdin=json.dumps(options))
    outputs: dict[str, dict[str, object]] = json.loads(output)
    return {
        str(made["entryPoint"]): f"/assets/{Path(path).name}" for path, made in outputs.items() if "entryPoint" in made
    }


def pages(assets: Assets, commit: str) -> Iterator[tuple[str, str]]:
    """Every rendered text file of the site: path inside the result, and content."""
    shells = Environment(
        loader=FileSystemLoader(FRONTEND / "shell", encoding="utf-8"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for language in LANGUAGES:
        facts = {"language": language, "contract": contract_digest(), "commit": commit}
        page = shells.get_template("page.html.j2")
        yield f"{language}/index.html", page.render(**facts, assets=assets, words=words_of(language))
    yield "index.html", shells.get_template("pick.html.j2").render(assets=assets, words=words_of("ko"))
    plain = shells.get_template("plain.html.j2")
    parts = [part_of(language, words_of(language)("missing_title"), "missing_text") for language in LANGUAGES]
    yield "404.html", plain.render(assets=assets, parts=parts, code="")
    for problem in PROBLEMS:
        # A problem's `type` is an address: here it says the same as the problem did.
        parts = [
            {"language": "ko", "title": problem.title_ko, "text": problem.fix_ko, "home": words_of("ko")("home")},
            {"language": "en", "title": problem.title_en, "text": problem.fix_en, "home": words_of("en")("home")},
        ]
        yield f"problems/{problem.slug}.html", plain.render(assets=assets, parts=parts, code=type_uri(problem.slug))
    yield "_headers", shells.get_template("headers.txt.j2").render(policy=SECURITY_POLICY)
    yield "_routes.json", json.dumps({"version": 1, "include": ["/api/*"], "exclude": []}, indent=2) + "\n"


def messages() -> dict[str, dict[str, str]]:
    """The page's words: key -> language -> text."""
    return json.loads((FRONTEND / "messages.json").read_text(encoding="utf-8"))


def words_of(language: str) -> Callable[[str], str]:
    table = messages()
    return lambda key: table[key][language]


def part_of(language: str, title: str, text_key: str) -> dict[str, str]:
    words = words_of(language)
    return {"language": language, "title": title, "text": words(text_key), "home": words("home")}


def copy_public(out: Path) -> Iterator[Path]:
    public = FRONTEND / "public"
    for source in public.rglob("*"):
        if source.is_file():
            target = out / source.relative_to(public)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            yield target


def vars_of(assets: Assets) -> set[str]:
    return {assets.main, assets.theme, assets.pick, assets.style}
