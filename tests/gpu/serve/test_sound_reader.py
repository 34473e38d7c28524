"""An upload on its way to a sound: read in a process of its own, kept once."""

from pathlib import Path

import pytest

from gpu.core.contract import SoundToRead
from gpu.core.problems import SoundRefused, SoundUnsupported, UploadNotFound
from gpu.serve import picture_reader
from gpu.serve.settings import Settings
from gpu.serve.sound_reader import SoundReader
from gpu.serve.storage import Storage
from tests.gpu.conftest import spoken


def uploaded(storage: Storage, path: Path) -> SoundToRead:
    storage.upload("inputs/raw/sound", path, "audio/wav")
    return SoundToRead(key="inputs/raw/sound")


def test_equal_sounds_are_one_object_and_others_are_refused(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Storage(settings)
    reader = SoundReader(storage)
    said = uploaded(storage, spoken(tmp_path / "말.wav", seconds=1.5))
    first = reader.read(said)
    assert reader.read(said) == first
    assert (first.seconds, first.channels) == (1.5, 2)
    assert first.key.startswith("inputs/") and first.key.endswith(".wav")
    kept = storage.read(first.key, first.bytes)
    assert kept is not None and kept[:4] == b"RIFF"

    text = tmp_path / "text"
    text.write_bytes(b"no sound")
    with pytest.raises(SoundUnsupported):
        reader.read(uploaded(storage, text))
    with pytest.raises(SoundRefused, match="at least"):
        reader.read(uploaded(storage, spoken(tmp_path / "short.wav", seconds=0.1)))
    with pytest.raises(UploadNotFound):
        reader.read(SoundToRead(key="inputs/raw/absent"))
    monkeypatch.setattr(picture_reader, "READING_SECONDS", 0.001)
    with pytest.raises(SoundRefused, match="too long"):
        reader.read(uploaded(storage, spoken(tmp_path / "말.wav", seconds=1.5)))
