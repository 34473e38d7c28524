"""The PowerShell launchers: rendered from their template, ASCII, and nothing that Windows PowerShell 5.1 cannot parse.

They only set the console, Python and git to UTF-8 and start run.py; whatever is worth saying is said there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

FOLDER = Path("infra", "windows")
TEMPLATE = Path(__file__).resolve().parents[2] / "windows" / "launcher.ps1.j2"
LAUNCHERS = ("bootstrap", "demo", "deploy", "preflight", "reflect", "rollback")
NEWER_ONLY = re.compile(r"&&|\|\||\?\?|\?\.|-Parallel\b")
"""Operators of PowerShell 7; 5.1, which every Windows has, stops at the first of them."""


@dataclass(frozen=True, slots=True)
class Script:
    """`wanted` is None for a script that no template knows."""

    name: str
    wanted: str | None
    found: bytes | None


def probe(ground: Ground) -> tuple[Script, ...]:
    wanted = rendered()
    present = {path.name for path in (ground.root / FOLDER).glob("*.ps1")}
    return tuple(
        Script(name, wanted.get(name), (ground.root / FOLDER / name).read_bytes() if name in present else None)
        for name in sorted(wanted.keys() | present)
    )


def rendered() -> dict[str, str]:
    """File name -> text of every launcher."""
    loader = FileSystemLoader(TEMPLATE.parent, encoding="utf-8")
    # A script, not a page: escaping for HTML would break it.
    environment = Environment(  # noqa: S701
        loader=loader, undefined=StrictUndefined, keep_trailing_newline=True
    )
    template = environment.get_template(TEMPLATE.name)
    return {f"{verb}.ps1": template.render(verb=verb) for verb in LAUNCHERS}


def evaluate(scripts: Sequence[Script]) -> list[Finding]:
    findings: list[Finding] = []
    for script in scripts:
        where = (FOLDER / script.name).as_posix()
        if script.found is None:
            findings.append(stale("is missing", where))
            continue
        text = script.found.decode("ascii", errors="replace")
        if "\ufffd" in text:
            findings.append(stale("is not ASCII, so Windows PowerShell 5.1 reads something else", where))
        elif found := NEWER_ONLY.search(without_comments(text)):
            findings.append(stale(f"uses {found[0]}, which Windows PowerShell 5.1 cannot parse", where))
        elif script.wanted is None:
            findings.append(
                Finding("error", "no template renders it", "delete it, or add its verb to LAUNCHERS", where=where)
            )
        elif text.replace("\r\n", "\n") != script.wanted:
            findings.append(stale("is not what its template renders", where))
    return findings


def stale(message: str, where: str) -> Finding:
    return Finding(
        "error", message, "render the launchers", ("python run.py preflight --fix --only windows-scripts",),
        where=where, mendable=True,
    )  # fmt: skip


def without_comments(text: str) -> str:
    return re.sub(r"#.*", "", text)


def mend(ground: Ground, findings: Sequence[Finding]) -> list[str]:
    texts = rendered()
    changed: list[str] = []
    for finding in findings:
        name = Path(finding.where or "").name
        if name in texts:
            (ground.root / FOLDER).mkdir(parents=True, exist_ok=True)
            (ground.root / FOLDER / name).write_text(texts[name], encoding="ascii", newline="\n")
            changed.append((FOLDER / name).as_posix())
    return changed


CHECKS: tuple[Check[tuple[Script, ...]], ...] = (
    Check("windows-scripts", "Encoding", "PowerShell launchers are rendered and safe", probe, evaluate, mend=mend),
)
