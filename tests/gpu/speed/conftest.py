"""The tiny sets' transformers as ltx-core loads them."""

# pyright: reportUnknownMemberType=false

from collections.abc import Generator

import pytest
import torch

from gpu.render.ltx_patches import allow_cpu, number_format
from gpu.render.pipelines import stock_pipeline
from gpu.tiny.build import build
from gpu.tiny.sizes import Flavour
from tests.gpu.speed.tiny_transformer import Tiny


@pytest.fixture(scope="module", params=["19b", "22b", "19b as here"])
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Tiny]:
    """Both flavours in the numbers of a card, and one in those that run where there is none."""
    flavour: Flavour = request.param[:3]
    allow_cpu()
    files = build(tmp_path_factory.mktemp("빠른 모델") / flavour, flavour)
    ledger = stock_pipeline("TI2VidOneStagePipeline", files).model_ledger
    ledger.dtype = number_format() if request.param.endswith("here") else torch.bfloat16
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # on a busy machine two would spin for each other
    with torch.inference_mode():
        yield Tiny(files, ledger, ledger.transformer())
    torch.set_num_threads(threads)
