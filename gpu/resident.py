"""Models kept between jobs: what the stock pipelines load from disk on every call is built once here and shared.

LTX 1.0.0 pipelines ask a "ledger" for each model and drop it after use. `Models.adopt` puts a ledger in its place that
builds a model at the first request, hooks it for progress and cancellation, and hands the same one out ever after.
Equal weights are one object however many pipelines use them, LoRAs or not (`lora.py`). Prompts already encoded are
remembered.

The two process-wide adjustments that LTX 1.0.0 needs (a CPU without CUDA, the sizes of Gemma) live here as well.
Does not know jobs, presets or files on the way out, and nothing about when a model should leave the GPU.
"""

# LTX, torch and safetensors come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import ctypes
import dataclasses
import gc
import json
import logging
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from ltx_core.text_encoders.gemma import config as gemma_config
from ltx_core.text_encoders.gemma.embeddings_processor import EmbeddingsProcessorOutput
from ltx_pipelines.utils import ModelLedger, samplers
from safetensors import SafetensorError

from gpu.lora import Adapted
from gpu.problems import WeightsUnusable
from gpu.residency import RESIDENT, Component, Plan
from gpu.watch import Watch

log = logging.getLogger(__name__)

PROMPTS_KEPT = 16
"""Encoded prompts kept: 12.6 to 15.7 MB each at real size, so 250 MB at most."""

PROMPT_TOKENS = 1024
"""Tokens LTX reads of a prompt; hard-coded in its Gemma tokenizer. The rest is cut off."""


@dataclasses.dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where one checkpoint's weights lie. `distilled_checkpoint` may be the same file as `checkpoint`."""

    checkpoint: Path
    distilled_checkpoint: Path
    distilled_lora: Path
    distilled_lora_strength: float
    ic_lora: Path | None
    spatial_upsampler: Path
    gemma_root: Path
    version: str


# ---------------------------------------------------------------- adjustments to LTX 1.0.0


def allow_cpu() -> None:
    """Lets the pipelines run where there is no CUDA; changes nothing where there is.

    They call `torch.cuda.synchronize()` without asking for CUDA (25 places), which raises on a CPU build.
    Can go with LTX 1.2.0, which has a device layer.
    """
    if torch.cuda.is_available():
        return

    def nothing_to_wait_for(device: object = None) -> None:
        del device

    assert callable(torch.cuda.synchronize)
    torch.cuda.synchronize = nothing_to_wait_for


def use_gemma_config(root: Path) -> None:
    """Makes LTX build Gemma with the sizes in `root/config.json`; for the released 12B root this changes nothing.

    LTX 1.0.0 builds Gemma, and sizes the feature extractor, from a constant and never reads the file. The constant is
    a plain mutable dataclass read at build time. Can go with LTX 1.2.0, which reads the file.
    """
    target = getattr(gemma_config, "GEMMA3_CONFIG_FOR_LTX", None)
    assert dataclasses.is_dataclass(target) and not isinstance(target, type), "LTX no longer keeps Gemma's sizes here"
    _overlay(target, json.loads((root / "config.json").read_text(encoding="utf-8")))


def _overlay(target: Any, source: dict[str, Any]) -> None:
    for field in dataclasses.fields(target):
        if field.name in source:
            current, value = getattr(target, field.name), source[field.name]
            if dataclasses.is_dataclass(current) and isinstance(value, dict):
                _overlay(current, cast("dict[str, Any]", value))
            elif value is not None:
                setattr(target, field.name, value)


def without_progress_bars() -> None:
    """Stops the samplers from drawing terminal bars into the worker's log. LTX has no switch for it as of 1.2.0."""
    assert hasattr(samplers, "tqdm"), "the samplers no longer draw their own bar"

    def plain(steps: Any) -> Any:
        return steps

    samplers.tqdm = plain


# ---------------------------------------------------------------- prompts


@dataclasses.dataclass(frozen=True, slots=True)
class EncodedPrompt:
    output: EmbeddingsProcessorOutput
    tokens_dropped: int


class PromptCache:
    """The last prompts' encodings, by exact text, Gemma root and checkpoint. Least recently used leaves first."""

    def __init__(self, capacity: int = PROMPTS_KEPT) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[tuple[str, str, str], EncodedPrompt] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def get(self, key: tuple[str, str, str]) -> EncodedPrompt | None:
        entry = self._entries.get(key)
        if entry is None:
            self.misses += 1
        else:
            self.hits += 1
            self._entries.move_to_end(key)
        return entry

    def peek(self, key: tuple[str, str, str]) -> EncodedPrompt | None:
        """The entry without counting it as used."""
        return self._entries.get(key)

    def put(self, key: tuple[str, str, str], entry: EncodedPrompt) -> None:
        self._entries[key] = entry
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        self._entries.clear()


@dataclasses.dataclass(slots=True)
class _Encoding:
    """What passes from the text encoder to the embeddings processor in place of Gemma's hidden states."""

    key: tuple[str, str, str]
    entry: EncodedPrompt | None
    hidden_states: Any = None
    tokens_dropped: int = 0


class _TextEncoder:
    """Stands where Gemma would: loads and runs it only for a prompt that is not in the cache."""

    def __init__(self, ledger: "ResidentLedger") -> None:
        self._ledger = ledger

    def encode(self, text: str) -> tuple[_Encoding, Any]:
        text = text.strip()
        key = self._ledger.prompt_key(text)
        entry = self._ledger.models.prompts.get(key)
        if entry is not None:
            return _Encoding(key, entry), None
        gemma = self._ledger.gemma()
        hidden_states, mask = gemma.encode(text)
        length = len(gemma.tokenizer.tokenizer(text, truncation=False, verbose=False).input_ids)
        return _Encoding(key, None, hidden_states, max(0, length - PROMPT_TOKENS)), mask


class _EmbeddingsProcessor:
    """Stands where the embeddings processor would; finishes what `_TextEncoder` began and remembers it."""

    def __init__(self, ledger: "ResidentLedger") -> None:
        self._ledger = ledger

    def process_hidden_states(self, encoding: _Encoding, mask: Any) -> EmbeddingsProcessorOutput:
        if encoding.entry is not None:
            return encoding.entry.output
        output = self._ledger.embeddings_processor().process_hidden_states(encoding.hidden_states, mask)
        self._ledger.models.prompts.put(encoding.key, EncodedPrompt(output, encoding.tokens_dropped))
        return output


# ---------------------------------------------------------------- models


# The kinds below in the words of the residency plans.
_COMPONENTS: dict[str, Component] = {
    "transformer": "transformer",
    "lora": "distilled_lora",
    "text encoder": "text_encoder",
    "embeddings processor": "embeddings_processor",
    "video encoder": "video_encoder",
    "video decoder": "video_decoder",
    "audio decoder": "audio",
    "vocoder": "audio",
    "spatial upsampler": "spatial_upsampler",
}


class Models:
    """Every model kept, by kind and by the files (and LoRAs) it was built from. What the plan does not keep is built
    anew at each request, as the stock pipelines do, and gone when they let go of it."""

    def __init__(self, watch: Watch, plan: Plan = RESIDENT) -> None:
        self.watch = watch
        self.plan = plan
        self.prompts = PromptCache()
        self.built: dict[tuple[object, ...], Any] = {}

    def adopt(self, pipeline: Any) -> list["ResidentLedger"]:
        """Gives a stock pipeline resident ledgers in place of its own; returns them for warming."""
        ledgers: list[ResidentLedger] = []
        for name in ("model_ledger", "stage_1_model_ledger", "stage_2_model_ledger"):
            stock = getattr(pipeline, name, None)
            if stock is not None:
                assert isinstance(stock, ModelLedger), f"{type(pipeline).__name__}.{name} is not a ModelLedger"
                ledgers.append(ResidentLedger(stock, self))
                setattr(pipeline, name, ledgers[-1])
        assert ledgers, f"{type(pipeline).__name__} keeps its ledgers under other names"
        return ledgers

    def once(
        self, key: tuple[object, ...], build: Callable[[], Any], hook: Callable[[Any], None] = lambda _model: None
    ) -> Any:
        """The model under `key`, built and hooked at its first request. Raises WeightsUnusable."""
        model = self.built.get(key)
        if model is None:
            if key[0] == "transformer":
                self._make_room(key)
            try:
                model = build()
            except WeightsUnusable:
                raise
            except (NotImplementedError, OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
                # NotImplementedError is how a weight missing from the file shows: it stays on the meta device.
                if isinstance(error, torch.cuda.OutOfMemoryError):
                    raise
                log.exception("could not build %s", key[0])
                raise WeightsUnusable(f"The {key[0]} could not be built from {Path(str(key[1])).name}.") from None
            hook(model)
            if self._stays(str(key[0])):
                self.built[key] = model
        return model

    def _stays(self, kind: str) -> bool:
        # What wears a LoRA holds its transformer, so it may stay only where that does.
        kinds = {_COMPONENTS[kind], "transformer"} if kind == "lora" else {_COMPONENTS[kind]}
        return kinds <= self.plan.resident

    def _make_room(self, wanted: tuple[object, ...]) -> None:
        """Drops the checkpoint used longest ago, with all that came from it, where the plan holds no more of them."""
        held = [key for key in self.built if key[0] == "transformer" and key != wanted]
        if len(held) < self.plan.checkpoints:
            return
        leaving = held[0][1]
        log.info("making room: %s leaves the card", Path(str(leaving)).name)
        for key in [key for key in self.built if leaving in key[1:]]:
            del self.built[key]
        # A transformer and its hooks hold each other, and `settle` has hidden them from the collector.
        gc.unfreeze()
        settle()
        torch.cuda.empty_cache()


class ResidentLedger:
    """A `ModelLedger` whose models are built once. Offers exactly the factory methods that the pipelines call."""

    def __init__(self, stock: ModelLedger, models: Models) -> None:
        self.models = models
        self._stock = stock
        self._checkpoint = str(stock.checkpoint_path)
        self._gemma_root = str(stock.gemma_root_path)
        self._loras = tuple((lora.path, lora.strength) for lora in stock.loras)

    def prompt_key(self, text: str) -> tuple[str, str, str]:
        return text, self._gemma_root, self._checkpoint

    def tokens_dropped(self, text: str) -> int:
        """Tokens of a prompt just encoded that were past the limit."""
        entry = self.models.prompts.peek(self.prompt_key(text.strip()))
        return 0 if entry is None else entry.tokens_dropped

    def transformer(self) -> Any:
        """The one transformer of this checkpoint, wearing this ledger's LoRAs where it has any."""

        def build() -> Any:
            return self._stock.with_loras(()).transformer()

        base = self.models.once(("transformer", self._checkpoint), build, self.models.watch.follow_transformer)
        if not self._loras:
            return base

        def adapt() -> Adapted:
            return Adapted(base, self._stock.loras, self._checkpoint)

        return self.models.once(("lora", self._loras[0][0], self._checkpoint, self._loras, id(base)), adapt)

    def video_encoder(self) -> Any:
        self.models.watch.before_pictures()
        return self._from_checkpoint("video encoder", self._stock.video_encoder)

    def video_decoder(self) -> Any:
        return self._from_checkpoint("video decoder", self._stock.video_decoder)

    def audio_decoder(self) -> Any:
        return self._from_checkpoint("audio decoder", self._stock.audio_decoder)

    def vocoder(self) -> Any:
        return self._from_checkpoint("vocoder", self._stock.vocoder)

    def spatial_upsampler(self) -> Any:
        key = ("spatial upsampler", str(self._stock.spatial_upsampler_path))
        return self.models.once(key, self._stock.spatial_upsampler, self.models.watch.follow("spatial upsampler"))

    def text_encoder(self) -> _TextEncoder:
        self.models.watch.enter("encode_prompt")
        return _TextEncoder(self)

    def gemma_embeddings_processor(self) -> _EmbeddingsProcessor:
        return _EmbeddingsProcessor(self)

    def gemma(self) -> Any:
        key = ("text encoder", self._gemma_root)
        return self.models.once(key, self._stock.text_encoder, self.models.watch.follow("text encoder"))

    def embeddings_processor(self) -> Any:
        return self._from_checkpoint("embeddings processor", self._stock.gemma_embeddings_processor)

    def load_all(self) -> None:
        """Builds every model this ledger can hand out."""
        for build in (self.gemma, self.embeddings_processor, self.video_encoder, self.transformer):
            build()
        if self._stock.spatial_upsampler_path is not None:
            self.spatial_upsampler()
        for build in (self.video_decoder, self.audio_decoder, self.vocoder):
            build()

    def _from_checkpoint(self, kind: str, build: Callable[[], Any]) -> Any:
        return self.models.once((kind, self._checkpoint), build, self.models.watch.follow(kind))


def settle() -> None:
    """Takes everything alive out of the garbage collector's sight; call it once the models are loaded.

    The pipelines collect up to eight times a call; over the object graph of transformers and torch that was 70 % of
    a tiny clip's time (measured on 2 CPU cores).
    """
    gc.collect()
    gc.freeze()


def return_free_memory() -> None:
    """Hands memory that a clip used and freed back to the system, where the C library would keep it (glibc).

    After a run of 41-frame tiny clips 634 MiB were held, 524 of them in use, and up to 828 on a busy machine (measured,
    2 CPU cores, 2026-11-23): glibc keeps an arena for each thread that ever asked for memory.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # absent from musl
        if trim is not None:
            trim(0)
