"""The tiny model set: deterministic bytes in the real formats, wherever it is put and whoever builds it at once."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import copy
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from ltx_pipelines.utils.constants import LTX_2_3_PARAMS, LTX_2_PARAMS, PipelineParams, detect_params
from safetensors import safe_open
from transformers import AutoTokenizer, Gemma3Config, Gemma3ForConditionalGeneration

from gpu.render.model_files import ModelFiles
from gpu.render.pipelines import Renderer
from gpu.tiny import sizes
from gpu.tiny.build import build, model_files
from gpu.tiny.gemma_shapes import gemma_shapes
from gpu.tiny.sizes import Flavour


def digests(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(("flavour", "params"), [("19b", LTX_2_PARAMS), ("22b", LTX_2_3_PARAMS)])
def test_a_set_is_small_the_same_every_time_and_recognised_by_ltx(
    tmp_path: Path, flavour: Flavour, params: PipelineParams
) -> None:
    files = build(tmp_path / "하나", flavour)
    first = digests(tmp_path / "하나")

    for again in ("둘", "셋", "넷"):
        build(tmp_path / again, flavour)
        assert digests(tmp_path / again) == first
    assert 4e6 < sum(path.stat().st_size for path in (tmp_path / "하나").rglob("*") if path.is_file()) < 8e6
    assert detect_params(str(files.checkpoint)) == params


@pytest.mark.parametrize("changes", [{}, {"head_dim": 16, "num_key_value_heads": 2, "num_hidden_layers": 2}])
def test_the_shapes_of_gemma_are_those_of_the_model_that_transformers_builds(changes: dict[str, int]) -> None:
    config = sizes.gemma()
    config["text_config"] |= changes
    with torch.device("meta"):
        model = Gemma3ForConditionalGeneration(Gemma3Config.from_dict(copy.deepcopy(config)))
    built = {
        name.removeprefix("model.").replace("language_model.", "language_model.model.", 1): tuple(tensor.shape)
        for name, tensor in model.state_dict().items()
        if not name.startswith("lm_head.")  # derived from the embedding when the file is read
    }
    assert gemma_shapes(config) == built


def test_another_seed_gives_other_weights(tmp_path: Path, tiny_files: ModelFiles) -> None:
    other = build(tmp_path / "set", "19b", seed=1)

    assert other.checkpoint.read_bytes() != tiny_files.checkpoint.read_bytes()
    assert other.distilled_lora.read_bytes() != tiny_files.distilled_lora.read_bytes()


def test_a_set_in_place_is_kept_and_an_outdated_one_replaced(tmp_path: Path) -> None:
    files = build(tmp_path / "set")
    built_at = files.checkpoint.stat().st_mtime_ns

    assert build(tmp_path / "set") == files
    assert files.checkpoint.stat().st_mtime_ns == built_at

    before = digests(tmp_path / "set")
    build(tmp_path / "set", seed=3)
    assert digests(tmp_path / "set").keys() == before.keys()
    assert digests(tmp_path / "set") != before
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_builders_at_the_same_time_leave_one_whole_set(tmp_path: Path, tiny_files: ModelFiles) -> None:
    with ThreadPoolExecutor(3) as pool:
        sets = list(pool.map(build, [tmp_path / "set"] * 3))

    assert sets == [model_files(tmp_path / "set", "19b")] * 3
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert digests(tmp_path / "set") == digests(tiny_files.checkpoint.parent)


def test_the_tokenizer_encodes_any_script_and_loses_nothing(tiny_files: ModelFiles) -> None:
    tokenizer = AutoTokenizer.from_pretrained(str(tiny_files.gemma_root), local_files_only=True)

    for text in ("안녕하세요, 세계", "zoom in", "花が揺れる", "🙂👩‍🚀", "tab\tline\n"):
        ids = tokenizer(text).input_ids
        assert ids[0] == tokenizer.bos_token_id
        assert len(ids) == 1 + len(text.encode())
        assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_each_lora_delta_has_its_weight_in_the_checkpoint(tiny_files: ModelFiles) -> None:
    with safe_open(tiny_files.checkpoint, framework="pt") as checkpoint:
        weights = {key.removeprefix("model.") for key in checkpoint.keys()}  # noqa: SIM118 (not a mapping)
    assert tiny_files.ic_lora is not None
    for lora in (tiny_files.distilled_lora, tiny_files.ic_lora):
        with safe_open(lora, framework="pt") as deltas:
            targets = {key.split(".lora_")[0] + ".weight" for key in deltas.keys()}  # noqa: SIM118
        assert len(targets) > 20
        assert targets <= weights


@pytest.mark.parametrize("flavour", ["19b", "22b"])
def test_ltx_finds_every_weight_that_it_wants(tmp_path: Path, flavour: Flavour) -> None:
    renderer = Renderer(build(tmp_path / flavour, flavour), threads=1)
    renderer.warm()

    # One transformer and seven shared models; the two LoRAs that it wears own no weights of theirs.
    modules = {key: model for key, model in renderer.models.built.items() if isinstance(model, torch.nn.Module)}
    assert len(modules) == 8
    assert not [
        (kind, name)
        for kind, model in modules.items()
        for name, tensor in [*model.named_parameters(), *model.named_buffers()]
        if tensor.is_meta
    ]
