"""Generated files: writes them, or reports which are stale. It does not know their content, which
`infra.build.codegen` and `infra.build.costs` generate."""

import difflib
from pathlib import Path

from infra.build import codegen, configuration, costs, evening_cases, first_costs, menu_table
from infra.settings import ROOT

GENERATED = ROOT / "functions" / "_generated"


def generated_files() -> dict[Path, str]:
    """Every generated file with its expected text."""
    return {
        GENERATED / "contract.schema.json": codegen.request_schema(),
        GENERATED / "responses.schema.json": codegen.response_schema(),
        GENERATED / "openapi.json": codegen.api_document(),
        GENERATED / "contract.d.ts": codegen.types(),
        GENERATED / "problems.ts": codegen.problem_table(),
        GENERATED / "constants.ts": codegen.constants(),
        GENERATED / "presets.json": codegen.preset_table(),
        GENERATED / "quotes.json": codegen.price_table(),
        ROOT / "tests" / "functions" / "evenings.json": evening_cases.document(codegen.MARK),
        ROOT / "docs" / "costs.md": costs.document(),
        ROOT / "docs" / "configuration.md": configuration.document(),
        ROOT / menu_table.PAGE: menu_table.in_page(on_disk(ROOT / menu_table.PAGE)),
        **{ROOT / name: costs.in_readme(on_disk(ROOT / name), language) for name, language in costs.READMES.items()},
        **{ROOT / name: first_costs.in_guide(on_disk(ROOT / name), each) for name, each in first_costs.GUIDES.items()},
    }


def write() -> list[Path]:
    """Writes the files that differ; returns them."""
    written: list[Path] = []
    for path, text in generated_files().items():
        if on_disk(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            written.append(path)
    return written


def stale() -> str:
    """A unified diff from the files on disk to the expected texts; empty when all are up to date."""
    parts: list[str] = []
    for path, text in generated_files().items():
        name = path.relative_to(ROOT).as_posix()
        before = on_disk(path).splitlines(keepends=True)
        parts += difflib.unified_diff(before, text.splitlines(keepends=True), name, f"{name} (as it should be)")
    return "".join(parts)


def on_disk(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
