"""A clip that was asked for while the site had other models."""

from dataclasses import replace
from pathlib import Path

import pytest

from gpu.core.problems import InvalidJob
from gpu.render.pipelines import stock_pipeline
from gpu.tiny.build import build


def test_models_that_cannot_restyle_end_the_job_and_blame_no_machine(tmp_path: Path) -> None:
    """Another card would have the same models."""
    files = replace(build(tmp_path / "set", "22b"), ic_lora=None)
    with pytest.raises(InvalidJob, match="cannot restyle"):
        stock_pipeline("ICLoraPipeline", files)
