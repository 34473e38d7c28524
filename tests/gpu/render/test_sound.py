"""A clip's sound, or none: by the streams of its file, and by the samples of its vocoder."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import av
import torch

from gpu.core.checkpoints import Flavour
from gpu.core.render_job import Rendered
from gpu.render.model_cache import Models
from gpu.render.pipelines import Renderer, stock_pipeline
from gpu.render.progress import Watch
from gpu.tiny.build import build

RenderClip = Callable[..., Rendered]
CPU = torch.device("cpu")


def test_without_sound_the_file_has_no_stream_of_it_and_every_frame_is_the_same(
    render: RenderClip, tmp_path: Path
) -> None:
    with_sound = render("DistilledPipeline", seed=4)
    without = render("DistilledPipeline", seed=4, sound="off")
    assert without.frames_hash == with_sound.frames_hash
    with av.open(tmp_path / "clip.mp4", "r") as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert sum(1 for _ in container.decode(container.streams.video[0])) == without.num_frames


def test_the_two_vocoders_of_ltx_2_3_compute_in_float32(tmp_path: Path) -> None:
    """In the format of a card, from the same files: LTX-2's single one stays as LTX builds it."""
    heard: dict[str, tuple[torch.dtype, int]] = {}
    for flavour in get_args(Flavour):
        pipeline = stock_pipeline("TI2VidOneStagePipeline", build(tmp_path / flavour, flavour))
        pipeline.model_ledger.dtype = torch.bfloat16
        known = pipeline.model_ledger.vocoder_builder.build(device=CPU, dtype=torch.float32)
        vocoder = Models(Watch()).adopt(pipeline)[0].vocoder()
        spectrum = torch.randn(1, 2, 40, 64, generator=torch.Generator().manual_seed(1)).bfloat16()
        with torch.inference_mode():
            samples = vocoder(spectrum)
            assert torch.equal(samples, known(spectrum.float())) == (flavour == "22b")
        heard[flavour] = samples.dtype, vocoder.output_sampling_rate
    assert heard == {"19b": (torch.bfloat16, 24_000), "22b": (torch.float32, 48_000)}


def test_the_file_has_the_sampling_rate_of_the_model(render: RenderClip, tmp_path: Path) -> None:
    rates: list[int] = []
    for flavour in get_args(Flavour):
        render("DistilledPipeline", made_by=Renderer(build(tmp_path / flavour, flavour), threads=1))
        with av.open(tmp_path / "clip.mp4", "r") as container:
            rates.append(container.streams.audio[0].rate)
    assert rates == [24_000, 48_000]
