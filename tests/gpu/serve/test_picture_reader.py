"""An upload on its way to a picture: read in a process of its own, kept once."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from gpu.core.contract import PictureToRead
from gpu.core.problems import PictureRefused, PictureUnsupported, UploadNotFound
from gpu.media import read_picture
from gpu.serve import picture_reader
from gpu.serve.picture_reader import PictureReader
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage
from tests.corpus import files, portrait

Upload = Callable[[str, bytes], PictureToRead]


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return Storage(settings)


@pytest.fixture
def uploaded(storage: Storage, tmp_path: Path) -> Upload:
    def upload(name: str, data: bytes) -> PictureToRead:
        path = tmp_path / "file"
        path.write_bytes(data)
        storage.upload(f"inputs/raw/{name}", path, "image/png")
        return PictureToRead(key=f"inputs/raw/{name}")

    return upload


def test_equal_pictures_are_one_object(storage: Storage, uploaded: Upload, tmp_path: Path) -> None:
    reader = PictureReader(storage)
    first = reader.read(uploaded("one", files.png()))
    second = reader.read(uploaded("other", files.png(files.chunk(b"tEXt", b"a\0note"))))

    assert first == second
    assert (first.width, first.height) == (files.WIDTH, files.HEIGHT)
    kept = storage.read(first.key, first.bytes)
    assert kept is not None
    (tmp_path / "kept.png").write_bytes(kept)
    with Image.open(tmp_path / "kept.png") as image:
        assert image.info == {}
        assert image.tobytes() == files.picture().tobytes()


@pytest.mark.parametrize(
    ("data", "problem"), [(b"a text", PictureUnsupported), (files.png()[:-30], PictureRefused)], ids=["text", "cut off"]
)
def test_what_is_no_picture_is_refused(
    storage: Storage, uploaded: Upload, data: bytes, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        PictureReader(storage).read(uploaded("bad", data))
    with pytest.raises(UploadNotFound):
        PictureReader(storage).read(PictureToRead(key="inputs/raw/absent"))


def test_a_file_that_takes_too_long_is_refused(
    storage: Storage, uploaded: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_reader, "READING_SECONDS", 0.001)
    with pytest.raises(PictureRefused, match="too long"):
        PictureReader(storage).read(uploaded("slow", files.png()))


def test_the_faces_of_a_picture_are_told(storage: Storage, uploaded: Upload) -> None:
    (face,) = PictureReader(storage).read(uploaded("person", portrait.FILE.read_bytes())).faces
    told = (face.left, face.top, face.width, face.height)
    assert max(abs(one - other) for one, other in zip(told, portrait.FACE, strict=True)) < 0.05


@pytest.mark.parametrize("fault", ["raise OSError", "os.abort()", "time.sleep(60)"])
def test_whatever_goes_wrong_with_faces_costs_no_picture(
    storage: Storage, uploaded: Upload, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    """The detector is another library for one file; this is what a fault in its compiled part looks like."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "cv2.py").write_text(f"import os, time\n{fault}\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(broken), *sys.path])
    monkeypatch.setattr(picture_reader, "READING_SECONDS", 8.0)
    read = PictureReader(storage).read(uploaded("person", portrait.FILE.read_bytes()))
    assert (read.width, read.faces) == (512, ())


def test_a_larger_picture_than_any_clip_needs_is_made_smaller() -> None:
    assert read_picture.shrunk(Image.new("RGB", (6_000, 4_000))).size == (3_264, 2_176)
    assert read_picture.shrunk(Image.new("RGB", (9_000, 2_000))).size == (9_000, 2_000)
