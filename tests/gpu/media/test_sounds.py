"""Uploaded sounds: each format by its bytes, each limit with its reason, and what is kept of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from gpu.core.problems import SoundRefused, SoundUnsupported
from gpu.media.loudness import CEILING, LUFS, evened, loudness_of
from gpu.media.sounds import RATE, Samples, format_of, keep_sound, of_length, read_wav, write_wav

FORMATS = {"wav": "pcm_s16le", "mp3": "libmp3lame", "ipod": "aac"}
"""FFmpeg's names of containers, and what codes the sound in them."""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A tone of 440 Hz in a file: write(format, seconds, rate, layout)."""

    def written(name: str = "wav", seconds: float = 1.0, rate: int = 44_100, layout: str = "stereo") -> Path:
        path = tmp_path / f"내 소리 {name}"
        container: Any
        with av.open(str(path), "w", format=name) as container:
            stream = container.add_stream(FORMATS[name], rate=rate, layout=layout)
            at = np.arange(round(seconds * rate)) / rate
            tone = (np.sin(2 * np.pi * 440 * at) * 8_000).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(
                np.repeat(tone[:, None], len(av.AudioLayout(layout).channels), axis=1).reshape(1, -1), "s16", layout
            )
            frame.sample_rate = rate
            fitting = av.AudioResampler(stream.format, layout, rate, stream.frame_size or None)
            for part in [*fitting.resample(frame), *fitting.resample(None)]:
                container.mux(stream.encode(part))
            container.mux(stream.encode())
        return path

    return written


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("rate", "layout"), [(44_100, "stereo"), (16_000, "mono")], ids=str)
def test_each_format_becomes_the_same_kind_of_sound(
    write: Write, tmp_path: Path, name: str, rate: int, layout: str
) -> None:
    facts = keep_sound(write(name, rate=rate, layout=layout), tmp_path / "made.wav")
    samples = read_wav(tmp_path / "made.wav")

    assert facts.channels == len(av.AudioLayout(layout).channels)
    assert facts.seconds == pytest.approx(1.0, abs=0.1)  # coders add some silence
    assert len(samples) / RATE == pytest.approx(facts.seconds, abs=0.001)
    spectrum = np.abs(np.fft.rfft(samples[: RATE // 2, 0].astype(float)))
    assert abs(np.argmax(spectrum) * 2 - 440) <= 2
    assert np.abs(samples[:, 0].astype(int) - samples[:, 1]).max() < 400  # 1 %: AAC codes what differs


def test_equal_sounds_have_one_digest(write: Write, tmp_path: Path) -> None:
    first = keep_sound(write(), tmp_path / "one.wav")
    assert keep_sound(write(), tmp_path / "other.wav") == first
    assert keep_sound(write(seconds=1.5), tmp_path / "longer.wav").digest != first.digest


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"seconds": 0.2}, "too_short"),
        ({"seconds": 61.0, "rate": 8_000}, "too_long"),
        ({"layout": "5.1"}, "too_many_channels"),
    ],
    ids=str,
)
def test_each_limit_names_its_reason(write: Write, tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(SoundRefused) as refused:
        keep_sound(write(**changes), tmp_path / "made.wav")
    assert refused.value.errors == (("/reason", reason),)
    assert not (tmp_path / "made.wav").exists()


def test_files_that_are_no_sound_are_refused(write: Write, tmp_path: Path) -> None:
    whole = write("ipod").read_bytes()
    for data, problem in ((b"plain text", SoundUnsupported), (b"", SoundUnsupported), (whole[:60], SoundRefused)):
        path = tmp_path / "file"
        path.write_bytes(data)
        with pytest.raises(problem):
            keep_sound(path, tmp_path / "made.wav")
    assert format_of(b"\xff\xd8\xff\xe0JFIF") is None  # a JPEG
    assert format_of("\ufeff글".encode("utf-16")) is None


def test_a_sound_is_cut_or_followed_by_silence() -> None:
    samples: Samples = np.full((RATE, 2), 100, np.int16)
    assert np.array_equal(of_length(samples, 0.5), samples[: RATE // 2])
    longer = of_length(samples, 2.0)
    assert longer.shape == (2 * RATE, 2)
    assert longer[RATE:].max() == 0


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(-20_000, 20_000, (RATE, 2), dtype=np.int16)
    write_wav(samples, tmp_path / "noise.wav")
    assert np.array_equal(read_wav(tmp_path / "noise.wav"), samples)


@pytest.mark.parametrize("level", [0.02, 0.2, 0.9])
def test_a_sound_is_brought_to_the_loudness_of_platforms(level: float) -> None:
    at = np.arange(4 * RATE) / RATE
    tone = (level * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
    made = evened(np.stack([tone, tone]), RATE)
    assert made.shape == (2, 4 * RATE)
    assert loudness_of(made, RATE) == pytest.approx(LUFS, abs=0.5)


def test_peaks_stay_below_the_ceiling_and_silence_stays_silence() -> None:
    quiet = np.random.default_rng(1).normal(0, 0.01, (2, 4 * RATE)).astype(np.float32)
    quiet[:, RATE : RATE + 400] = 0.8
    assert np.abs(evened(quiet, RATE)).max() <= CEILING + 0.001
    nothing = np.zeros((2, RATE), np.float32)
    assert np.array_equal(evened(nothing, RATE), nothing)
    assert loudness_of(nothing[:, :100], RATE) is None
