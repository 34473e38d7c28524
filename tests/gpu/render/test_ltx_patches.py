"""What LTX takes for granted and this process sets right."""

# LTX and torch come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from ltx_core.components import diffusion_steps
from ltx_core.components.schedulers import LTX2Scheduler
from ltx_core.utils import to_velocity
from ltx_pipelines import distilled, ti2vid_two_stages
from ltx_pipelines.utils import media_io
from safetensors import safe_open

from gpu.render import ltx_patches
from gpu.render.ltx_patches import velocity, without_waiting
from gpu.render.model_files import ModelFiles
from gpu.render.pipelines import Renderer, stock_pipeline


@given(st.floats(min_value=0.01, max_value=1.0), st.integers(0, 2**31 - 1))
def test_a_velocity_without_waiting_is_ltx_s_to_the_last_bit_but_one(sigma: float, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    sample, denoised = (torch.randn(50, generator=draw) for _ in range(2))
    level = torch.tensor(sigma)
    ours, known = velocity(sample, level, denoised), to_velocity(sample, level, denoised)
    assert torch.allclose(ours, known, rtol=2**-22, atol=0.0)  # a reciprocal and a product round twice


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_a_velocity_keeps_the_sample_s_type(dtype: torch.dtype) -> None:
    sample = torch.ones(3, dtype=dtype)
    assert velocity(sample, torch.tensor(0.5), torch.zeros(3, dtype=dtype)).dtype == dtype


def test_the_step_stays_ltx_s_own_where_there_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting()
    assert diffusion_steps.to_velocity is to_velocity
    monkeypatch.setattr(diffusion_steps, "to_velocity", to_velocity)  # put back afterwards
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    without_waiting()
    assert diffusion_steps.to_velocity is velocity
    sigmas = LTX2Scheduler().execute(steps=4)
    sample, denoised = torch.randn(2, 5), torch.randn(2, 5)
    moved = diffusion_steps.EulerDiffusionStep().step(sample, denoised, sigmas, 1)
    assert torch.allclose(moved, sample + (sample - denoised) / sigmas[1] * (sigmas[2] - sigmas[1]), atol=1e-6)


def test_a_card_computes_as_ltx_means_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    plain = [keep_of(monkeypatch, module, "torch", torch) for module in (ti2vid_two_stages, distilled)]
    ltx_patches.use_number_format()
    assert ltx_patches.number_format() == torch.bfloat16
    assert all(module.torch is torch for module in plain)


def test_every_cpu_computes_in_float32_whatever_the_files_hold(renderer: Renderer, tiny_files: ModelFiles) -> None:
    with safe_open(str(tiny_files.checkpoint), "pt") as file:
        assert all(file.get_slice(key).get_dtype() == "BF16" for key in file.keys())  # noqa: SIM118 (not a mapping)
    two_stages = renderer.pipeline("TI2VidTwoStagesPipeline")
    assert two_stages.stage_1_model_ledger.transformer().base.velocity_model.proj_out.weight.dtype == torch.float32
    assert ti2vid_two_stages.torch.bfloat16 == torch.float32
    assert ti2vid_two_stages.torch.Generator is torch.Generator


def test_what_ltx_fuses_itself_is_in_one_format(tiny_files: ModelFiles) -> None:
    """It leaves what no LoRA touches as the file holds it."""
    ltx_patches.allow_cpu()
    fused = stock_pipeline("TI2VidTwoStagesPipeline", tiny_files).stage_2_model_ledger.transformer()
    assert {weight.dtype for weight in fused.parameters()} == {torch.float32}


def keep_of(patch: pytest.MonkeyPatch, module: Any, name: str, value: Any) -> Any:
    """The module with this value until the test ends."""
    patch.setattr(module, name, value)
    return module


def test_memory_is_returned_on_every_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ltx_patches.sys, "platform", "win32")
    monkeypatch.chdir(tmp_path)
    ltx_patches.return_free_memory()


def test_a_picture_is_compressed_alike_whatever_the_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_io, "encode_single_frame", media_io.encode_single_frame)  # put back afterwards
    ltx_patches.compress_pictures_alike()
    picture = np.random.default_rng(1).integers(0, 256, (320, 192, 3), dtype=np.uint8)

    def coded(threads: str) -> bytes:
        target: Any = BytesIO()
        with av.open(target, "w", format="mp4") as container:
            options = {"crf": "33", "preset": "veryfast", "threads": threads}
            stream: Any = container.add_stream("libx264", rate=1, options=options)
            stream.height, stream.width = 320, 192
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")))
            container.mux(stream.encode())
        target.seek(0)
        return media_io.decode_single_frame(target).tobytes()

    assert media_io.preprocess(picture, 33).tobytes() == coded("1")
    assert coded("1") != coded("3")
