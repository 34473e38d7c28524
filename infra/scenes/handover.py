"""The finished clips of a scene table into a folder, under the site's own names, with subtitles and the table.

Only what is new is fetched. It orders nothing.
"""

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from infra.language import localized
from infra.platforms.site_client import SiteClient
from infra.process.shell import InfraError
from infra.scenes.kept_order import KeptFile, KeptOrder

Body = dict[str, Any]
TEXTS = ("subtitles.srt", "scenes.csv")


def hand_over(site: SiteClient, folder: Path, project: Body, kept: KeptOrder) -> int:
    """Writes `001_….mp4`, `subtitles.srt` and `scenes.csv`. Returns how many clips were fetched.

    Raises InfraError for a download that broke off; what came before it stays.
    """
    clips = {scene["id"]: scene["clip"] for scene in project["scenes"] if scene["clip"] is not None}
    wanted = [scene for scene, job in clips.items() if not _is_here(folder, kept.files.get(scene), job)]
    if wanted:
        address = f"/api/projects/{project['id']}/clips.zip?scenes={','.join(wanted)}"
        with tempfile.TemporaryFile(dir=folder) as packed:
            site.download(address, packed)
            _unpack(packed, folder, wanted, clips, kept)
    if clips:
        for name in TEXTS:
            with (folder / name).open("wb") as file:
                site.download(f"/api/projects/{project['id']}/{name}", file)
    return len(wanted)


def _is_here(folder: Path, file: KeptFile | None, job: str) -> bool:
    return file is not None and file.job == job and (folder / file.name).is_file()


def _unpack(packed: Any, folder: Path, scenes: list[str], clips: dict[str, str], kept: KeptOrder) -> None:
    """The ZIP has the films in the scenes' order."""
    try:
        with zipfile.ZipFile(packed) as archive:
            films = [entry for entry in archive.infolist() if entry.filename not in TEXTS]
            for scene, entry in zip(scenes, films, strict=True):
                name = Path(entry.filename).name
                before = kept.files.get(scene)
                with archive.open(entry) as film, (folder / name).open("wb") as file:
                    shutil.copyfileobj(film, file)
                if before is not None and before.name != name:
                    (folder / before.name).unlink(missing_ok=True)
                kept.files[scene] = KeptFile(job=clips[scene], name=name)
    except (zipfile.BadZipFile, ValueError) as error:
        raise _broken_off() from error


def _broken_off() -> InfraError:
    return InfraError(
        localized(ko="내려받기가 중간에 끊겼어요", en="the download broke off"),
        localized(ko="같은 명령을 다시 실행해 주세요. 이어서 받아요", en="run the same command again; it goes on"),
    )
