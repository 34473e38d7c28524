"""The scenes of a file and the pictures of a folder, put together by the site's own rules. Nothing is stored yet.

Which picture belongs to which scene is the site's to say, so that the page and the command line agree.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from infra import console
from infra.language import localized
from infra.platforms.site_client import SiteClient
from infra.process.shell import InfraError

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
OTHER_PICTURES = (".heic", ".heif", ".avif", ".gif", ".bmp", ".tif", ".tiff")
TAKEN = (
    "title", "line", "subtitle", "seconds", "quality", "sound", "seed", "negative_prompt", "picture_name",
    "first_upload_id", "last_upload_id",
)  # fmt: skip
"""Members of a row that a scene's cells have too."""


@dataclass(frozen=True, slots=True)
class SceneInput:
    """`cells` as the site takes them; `first` and `last` are its pictures."""

    cells: dict[str, Any]
    first: Path | None
    last: Path | None


def scenes_of(site: SiteClient, file: Path, folder: Path | None) -> list[SceneInput]:
    """Raises InfraError for a file that the site cannot read or that holds no scene, with the line at fault."""
    rows = _rows_of(site, file)
    pictures = _pictures_in(folder)
    lasts = _lasts(site, pictures, rows)
    others = [path for path in pictures if path not in lasts.values()]
    firsts = _paired(site, others, [{"number": row["number"], "picture_name": row["picture_name"]} for row in rows])
    return [
        SceneInput(cells={name: row[name] for name in TAKEN}, first=firsts.get(index), last=lasts.get(index))
        for index, row in enumerate(rows)
    ]


def _rows_of(site: SiteClient, file: Path) -> list[dict[str, Any]]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InfraError(
            localized(ko=f"{file} 파일을 열 수 없어요", en=f"{file} cannot be opened"),
            localized(ko="파일 이름을 확인해 주세요", en="check the file's name"),
        ) from error
    found = site.answer("POST", f"/api/scenes/read?name={quote(file.name)}", content=data)
    for column in found["columns"]:
        field = column["field"] or localized(ko="넣지 않음", en="not taken")
        console.note(f"  {column['heading'] or '-'} -> {field}")
    for note in found["notes"]:
        console.note(
            localized(ko=f"  {note['at']}번째 줄: {note['words']}", en=f"  line {note['at']}: {note['words']}")
        )
    if not found["rows"]:
        raise InfraError(
            localized(ko=f"{file.name} 파일에 장면이 없어요", en=f"no scene in {file.name}"),
            localized(ko="한 줄에 장면 하나씩 적어 주세요", en="write one scene a line"),
        )
    return cast("list[dict[str, Any]]", found["rows"])


def _pictures_in(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise InfraError(
            localized(ko=f"{folder} 폴더가 없어요", en=f"there is no folder {folder}"),
            localized(ko="--pictures 경로를 확인해 주세요", en="check the path of --pictures"),
        )
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    for path in files:
        if path.suffix.lower() in OTHER_PICTURES:
            console.note(
                localized(
                    ko=f"  읽을 수 없는 형식의 이미지: {path.name}", en=f"  a picture in a format not read: {path.name}"
                )
            )
    return [path for path in files if path.suffix.lower() in PICTURES]


def _lasts(site: SiteClient, pictures: list[Path], rows: list[dict[str, Any]]) -> dict[int, Path]:
    """The pictures with which scenes shall end, by the names that the file says."""
    asking = [(index, str(name)) for index, row in enumerate(rows) if (name := row["last_picture_name"])]
    if not asking or not pictures:
        return {}
    asked = {"pictures": [path.name for path in pictures], "scenes": [{"picture_name": name} for _, name in asking]}
    found = site.answer("POST", "/api/scenes/pictures", json=asked)
    lonely: list[int] = found["scenes_left"]
    for index, name in (asking[place] for place in lonely):
        console.note(
            localized(
                ko=f"  장면 {index + 1}의 끝 이미지가 없어요: {name}",
                en=f"  scene {index + 1} has no last picture {name}",
            )
        )
    return {asking[pair["scene"]][0]: pictures[pair["picture"]] for pair in found["pairs"]}


def _paired(site: SiteClient, pictures: list[Path], scenes: list[dict[str, Any]]) -> dict[int, Path]:
    """Names what has no partner, before anything is spent."""
    if not pictures:
        return {}
    asked = {"pictures": [path.name for path in pictures], "scenes": scenes}
    found = site.answer("POST", "/api/scenes/pictures", json=asked)
    lonely: list[int] = found["pictures_left"]
    for name in (pictures[place].name for place in lonely):
        console.note(localized(ko=f"  짝이 없는 이미지: {name}", en=f"  no scene for the picture {name}"))
    if found["scenes_left"]:
        numbers = ", ".join(str(place + 1) for place in found["scenes_left"])
        console.note(localized(ko=f"  이미지가 없는 장면: {numbers}", en=f"  no picture for the scenes {numbers}"))
    return {pair["scene"]: pictures[pair["picture"]] for pair in found["pairs"]}
