"""Builds the static site into frontend/dist: the bundles of frontend/build.mjs and the pages of frontend/pages.

A page's path is its address. A page with `[language]` or `[problem]` in its path is rendered once for each language or
problem type. A build that is up to date is not repeated. This module knows neither the API nor the pages' content.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from gpu.core.contract.schema import contract_digest
from gpu.core.problems import PROBLEMS, type_uri
from infra.build.script_weight import refuse_heavy
from infra.build.site_address import site_address
from infra.platforms.commit_name import commit_name
from infra.platforms.node import node
from infra.process.shell import check
from infra.settings import ROOT

FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist"
LANGUAGES = ("ko", "en")
STAMP = ".inputs"
"""File in the result that holds the digest of its inputs."""

BUNDLE_LIMIT_SECONDS = 600.0
BLANK = re.compile(r"\[(\w+)\]")


def build(out: Path = DIST, *, frontend: Path = FRONTEND, force: bool = False, access_mode: str | None = None) -> bool:
    """Builds the site of `frontend` into `out`. Returns False when it was already up to date. `access_mode` is that of
    wrangler.toml, which Cloudflare's builder has as a variable; the pages of PUBLIC may load Turnstile.

    Raises infra.process.shell.ProgramError with esbuild's message when the TypeScript or CSS cannot be bundled, and
    jinja2's errors when a page cannot be rendered, and TooHeavyError when one loads more script than it may.
    """
    commit, site = commit_name(), site_address(ROOT)
    is_public = (os.environ.get("ACCESS_MODE", "") if access_mode is None else access_mode) == "PUBLIC"
    digest = inputs_digest(frontend, f"{commit} {is_public} {site}")
    stamp = out / STAMP
    if not force and stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == digest:
        return False
    stamp.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    assets = bundle(frontend, out / "assets")
    written = {out / "assets" / name for name in assets.files.values()}
    for address, text in pages(frontend, assets, commit, site=site, is_public=is_public):
        refuse_heavy(address, text, out / "assets")
        path = out / address
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.add(path)
    written |= set(copy_public(frontend / "public", out))
    for path in sorted(out.rglob("*"), reverse=True):
        # Old files are deleted last, so that a running server always finds complete files.
        if path.is_file() and path not in written:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    stamp.write_text(digest + "\n", encoding="utf-8", newline="\n")
    return True


SHARED_WITH_EDGE = tuple(ROOT / "functions" / "_lib" / name for name in ("clip-length.ts", "dialogue-motions.ts"))
"""What the page imports of the edge beside generated files. A test holds it to the imports."""


def inputs_digest(frontend: Path, told: str) -> str:
    """SHA-256 (hex) of all inputs of the site, including `told`: the commit that its pages name, and its mode."""
    digest = hashlib.sha256(told.encode("utf-8"))
    dist = frontend / "dist"
    own = [path for path in frontend.rglob("*") if path.is_file() and dist not in path.parents]
    others = [Path(__file__), ROOT / "package-lock.json", *(ROOT / "gpu" / "core" / "problems").glob("*.py")]
    others += [*(ROOT / "functions" / "_generated").iterdir(), *SHARED_WITH_EDGE]
    for folder, paths in ((frontend, own), (ROOT, others)):
        for path in sorted(paths):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    digest.update(contract_digest().encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Assets:
    """What was bundled, by file name."""

    files: Mapping[str, str]
    """Entry point (relative to `frontend`) -> file name. Licences and shared scripts are named by their file name."""
    needs: Mapping[str, list[str]]
    """File name -> the files that it imports at once."""

    def address(self, source: str) -> str:
        return f"/assets/{self.files[source]}"

    def needed(self, *addresses: str) -> list[str]:
        """The addresses of those modules and of all that they import at once, so that a page asks for all together."""
        found: dict[str, None] = {}
        waiting = [address.rpartition("/")[2] for address in addresses]
        while waiting:
            name = waiting.pop(0)
            if name not in found:
                found[name] = None
                waiting += self.needs[name]
        return [f"/assets/{name}" for name in found]


def bundle(frontend: Path, folder: Path) -> Assets:
    """Writes scripts and styles into `folder`."""
    command = [node(), frontend / "build.mjs", folder]
    return Assets(**json.loads(check(command, timeout_seconds=BUNDLE_LIMIT_SECONDS, cwd=ROOT)))


def pages(frontend: Path, assets: Assets, commit: str, *, site: str, is_public: bool) -> Iterator[tuple[str, str]]:
    """Every rendered file of the site: its path in the result, and its text. `site`: where it will lie, or empty."""
    templates = Environment(
        loader=FileSystemLoader(frontend, encoding="utf-8"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    shared: dict[str, Any] = {
        "asset": assets.address,
        "needed": assets.needed,
        "messages": json.loads((frontend / "messages.json").read_text(encoding="utf-8")),
        "languages": LANGUAGES,
        "contract": contract_digest(),
        "commit": commit,
        "site": site,
        "is_public": is_public,
    }
    folder = frontend / "pages"
    for path in sorted(folder.rglob("*.j2")):
        template = templates.get_template(path.relative_to(frontend).as_posix())
        for address, values in filled(path.relative_to(folder).as_posix().removesuffix(".j2")):
            yield address, template.render(shared | values)


def filled(pattern: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The addresses of a page's path, each with the page's variables there.

    Raises KeyError for an unknown placeholder.
    """
    blank = BLANK.search(pattern)
    if blank is None:
        yield pattern, {}
        return
    for name, value in FILLINGS[blank[1]].items():
        yield pattern.replace(blank[0], name), {blank[1]: value}


FILLINGS: Mapping[str, Mapping[str, Any]] = {
    "language": {language: language for language in LANGUAGES},
    "problem": {
        problem.slug: {
            "type": type_uri(problem.slug),
            "title_ko": problem.title_ko,
            "title_en": problem.title_en,
            "fix_ko": problem.fix_ko,
            "fix_en": problem.fix_en,
        }
        for problem in PROBLEMS
    },
}
"""Placeholder -> its values in an address -> the page's variable for that value."""


def copy_public(public: Path, out: Path) -> Iterator[Path]:
    for source in public.rglob("*"):
        if source.is_file():
            target = out / source.relative_to(public)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            yield target
