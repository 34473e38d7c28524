"""A start: no transformers, the block compiled as a clip runs it, and the same frames as ever."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch

from gpu.core.contract import Resolved
from gpu.core.render_job import Rendered
from gpu.render.early_graph import compile_early
from gpu.render.model_files import ModelFiles
from gpu.render.pipelines import Renderer
from gpu.speed import transformer
from gpu.speed.transformer import Switches

RenderClip = Callable[..., Rendered]

IN_A_PROCESS_OF_ITS_OWN = """
import json, sys
from pathlib import Path
from gpu.core.contract import Resolved
from gpu.core.placement import PLANS
from gpu.core.render_job import NOBODY, Conditioning, Shot
from gpu.render.model_files import ModelFiles
from gpu.serve.open_models import open_files

asked = json.loads(sys.argv[1])
paths = {name: Path(value) if name in asked["paths"] else value for name, value in asked["files"].items()}
renderer = open_files(ModelFiles(**paths), PLANS["resident"])
folder = Path(asked["folder"])
shown = [Conditioning(Path(asked["picture"]), 0, 0.85)]
resolved = Resolved.model_validate_json(json.dumps(asked["settings"]))
shot = Shot(resolved, shown, None, folder / "clip.mp4", folder / "poster.jpg")
rendered = renderer.render(shot, NOBODY)
print(json.dumps([rendered.frames_hash, rendered.loading_seconds > 0, "transformers" in sys.modules]))
"""


def test_a_start_makes_the_same_frames_without_transformers(
    render: RenderClip,
    make_settings: Callable[..., Resolved],
    tiny_files: ModelFiles,
    gradient: Path,
    tmp_path: Path,
) -> None:
    files = asdict(tiny_files)
    asked = {
        "files": {name: str(value) if isinstance(value, Path) else value for name, value in files.items()},
        "paths": [name for name, value in files.items() if isinstance(value, Path)],
        "picture": str(gradient),
        "folder": str(tmp_path),
        "settings": make_settings().model_dump(mode="json"),
    }
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", IN_A_PROCESS_OF_ITS_OWN, json.dumps(asked)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == [render().frames_hash, True, False]


def kinds_of(value: Any) -> Any:
    """What a compiled graph is made for: everything of its arguments but the sizes that stay open."""
    if isinstance(value, torch.Tensor):
        return value.dtype, value.dim(), value.requires_grad, value.is_inference(), type(value)
    if isinstance(value, tuple):
        return type(value), [kinds_of(each) for each in value]
    return value


def test_the_early_graph_is_the_one_that_a_clip_runs(
    render: RenderClip, renderer: Renderer, tiny_files: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[Any, Any]] = []

    def noted(shape: Any) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            calls.append((shape, kinds_of(arguments)))
            return transformer.run_block(shape, *arguments)

        return run

    monkeypatch.setattr(transformer, "_compiled", noted)
    compiled = Switches(compiled=True, paired_up_to=16_384)
    config = renderer.models.loader.metadata(str(tiny_files.checkpoint))
    with torch.inference_mode():
        compile_early(config, compiled, torch.device("cpu"), torch.float32)
    (early,) = calls
    calls.clear()
    render(made_by=Renderer(tiny_files, threads=1, compiled=True))
    first_stage = [each for each in calls if each == early]
    assert len(first_stage) == len(calls)
