"""The page of a comparison, self-contained beside its clips: what it shows, in an order that hides the presets.

It knows no site: clips and their facts are there already.
"""

import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image, ImageOps

from gpu.core.presets import PRESETS
from infra.compare.making import CLIPS, Making
from infra.compare.plan import Entry
from infra.language import language

HERE = Path(__file__).parent
NAME = "index.html"
SMALL = 256
"""Pixels of the longer side of the picture that is shown beside the clips."""


def write_page(making: Making, entries: Sequence[Entry]) -> Path:
    """Writes `index.html` and small copies of the pictures; returns the page's path. Rows whose clips are not all here
    are left out."""
    made = {entry.id for entry in entries if making.kept.clips[entry.id].is_here}
    by_row: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        by_row.setdefault(entry.row, []).append(entry)
    rows = [row_of(making, row) for row in by_row.values() if all(entry.id in made for entry in row)]
    names = dict.fromkeys(str(entry.request["preset"]) for entry in entries)
    comparison = {
        "id": making.kept.begun,
        "rows": rows,
        "presets": {
            name: {"ko": preset.title_ko, "en": preset.title_en} for name, preset in PRESETS.items() if name in names
        },
    }
    # What is put in is our own files, and JSON that cannot end a script.
    templates = Environment(loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=False)  # noqa: S701
    page = making.folder / NAME
    page.write_text(
        templates.get_template("page.html.j2").render(
            language=language(),
            styles=(HERE / "page.css").read_text(encoding="utf-8"),
            script=(HERE / "page.mjs").read_text(encoding="utf-8"),
            comparison=as_json(comparison),
            words=as_json(json.loads((HERE / "words.json").read_text(encoding="utf-8"))),
        ),
        encoding="utf-8",
        newline="\n",
    )
    return page


def row_of(making: Making, entries: Sequence[Entry]) -> dict[str, Any]:
    first = entries[0]
    shown = list(entries)
    random.Random(f"{making.kept.begun} {first.digest} {first.request['seed']}").shuffle(shown)
    return {
        "id": f"{first.digest[:16]}-{first.request['seed']}",
        "name": first.picture.name,
        "picture": small_copy(making.folder, first),
        "line": first.request["prompt"],
        "seed": first.request["seed"],
        "clips": [
            {
                "file": f"{CLIPS}/{entry.id}.mp4",
                "preset": entry.request["preset"],
                "facts": making.kept.clips[entry.id].facts,
            }
            for entry in shown
        ],
    }


def small_copy(folder: Path, entry: Entry) -> str:
    path = folder / "pictures" / f"{entry.digest[:16]}.jpg"
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        with Image.open(entry.picture) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((SMALL, SMALL))
        new = path.with_suffix(".new")
        upright.save(new, "JPEG", quality=85)
        shutil.move(new, path)
    return f"pictures/{path.name}"


def as_json(value: Any) -> str:
    """JSON that an HTML parser passes over as the text of a script."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
