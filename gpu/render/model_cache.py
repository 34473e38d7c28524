"""The model cache: models that the stock pipelines load on every call are built once here and shared between jobs.

LTX 1.0.0 pipelines get each model from a "ledger" and drop it after use. `Models.adopt` replaces the ledger with one
that builds a model at the first request, hooks it for progress and cancellation, and returns the same one afterwards.
Equal weights are one object for all pipelines, with LoRAs and without (`lora.py`). The transformer is the fast one of
`gpu.speed`. Encoded prompts are cached (`prompt_cache.py`).

Does not know jobs, presets or output files; the plan decides which models stay on the GPU.
"""

# LTX, torch and safetensors come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
import gc
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from ltx_core.loader import SDOps, SingleGPUModelBuilder
from ltx_pipelines.utils import ModelLedger

from gpu.core.placement import RESIDENT, Component, Plan
from gpu.core.problems import WeightsUnusable
from gpu.core.render_job import MachineFault, is_lost, is_out_of_memory
from gpu.core.workload import PAIRED_UP_TO
from gpu.render.early_graph import compile_early
from gpu.render.gemma import Gemma, PromptTokenizer
from gpu.render.lora import LoraMerge
from gpu.render.ltx_patches import freeze_what_stays, in_float32, number_format
from gpu.render.model_files import gemma_files
from gpu.render.progress import Watch
from gpu.render.prompt_cache import EmbeddingsProcessor, PromptCache, PromptKey, TextEncoder
from gpu.render.weight_loader import (
    AUDIO_DECODER,
    GEMMA,
    PROCESSOR,
    VIDEO_DECODER,
    VIDEO_ENCODER,
    VOCODER,
    WeightLoader,
)
from gpu.render.without_initial_values import without_initial_values
from gpu.speed.decoder import quicken
from gpu.speed.repeated import Repeated
from gpu.speed.transformer import QuickTransformer, Switches, Watched, narrowed

log = logging.getLogger(__name__)

# The kinds below, by their names in the placement plans.
_COMPONENTS: dict[str, Component] = {
    "transformer": "transformer",
    "quick": "transformer",
    "lora": "distilled_lora",
    "text encoder": "text_encoder",
    "embeddings processor": "embeddings_processor",
    "video encoder": "video_encoder",
    "video decoder": "video_decoder",
    "audio encoder": "audio",
    "audio decoder": "audio",
    "vocoder": "audio",
    "spatial upsampler": "spatial_upsampler",
}

_PARTS = {
    "embeddings processor": PROCESSOR,
    "video encoder": VIDEO_ENCODER,
    "video decoder": VIDEO_DECODER,
    "audio decoder": AUDIO_DECODER,
    "vocoder": VOCODER,
}
"""The models of a checkpoint that may equal another checkpoint's, by the beginnings of their keys."""


class Models:
    """Every cached model, by kind and by the files (and LoRAs) it was built from. Models that the plan does not keep
    are built at each request, as in the stock pipelines, and freed when the pipeline drops them."""

    def __init__(
        self, watch: Watch, plan: Plan = RESIDENT, *, compiled: bool = False, loader: WeightLoader | None = None
    ) -> None:
        """`loader`: one that reads ahead already, attached to the device of the pipelines."""
        self.watch = watch
        self.plan = plan
        self.loader = loader or WeightLoader.to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
        self.prompts = PromptCache()
        self.built: dict[tuple[object, ...], Any] = {}
        self.loading_seconds = 0.0
        """Seconds spent so far on loading models that stay."""
        self.repeated = Repeated()
        self.quick_decoder = torch.cuda.is_available()
        self._switches = Switches(
            compiled, plan.quantization == "fp8", plan.attention == "fp8", PAIRED_UP_TO if compiled else 0
        )
        self._watched = Watched(watch.evaluation, watch.check)
        self._ledgers: list[ResidentLedger] = []
        self._parts: dict[str, dict[str, str]] = {}
        self._last_used: dict[str, None] = {}
        """Checkpoints whose transformer was requested, the most recent one last."""

    def adopt(self, pipeline: Any) -> list["ResidentLedger"]:
        """Replaces a stock pipeline's ledgers with cached ones; returns them for warming."""
        ledgers: list[ResidentLedger] = []
        for name in ("model_ledger", "stage_1_model_ledger", "stage_2_model_ledger"):
            stock = getattr(pipeline, name, None)
            if stock is not None:
                assert isinstance(stock, ModelLedger), f"{type(pipeline).__name__}.{name} is not a ModelLedger"
                ledgers.append(ResidentLedger(stock, self))
                setattr(pipeline, name, ledgers[-1])
        assert ledgers, f"{type(pipeline).__name__} keeps its ledgers under other names"
        self._ledgers += ledgers
        return ledgers

    def compile_early(self, checkpoint: Path) -> None:
        """Compiles what the transformer runs, where it is compiled at all. Raises WeightsUnusable."""
        if self._switches.compiled:
            config = self._made("compiled block", str(checkpoint), lambda: self.loader.metadata(str(checkpoint)))
            compile_early(config, self._switches, self.loader.device, number_format())
            log.info("the block is compiled")

    def transformer(self, ledger: "ResidentLedger") -> QuickTransformer:
        """The transformer for this ledger, with its LoRAs. Raises WeightsUnusable."""
        self._last_used.pop(ledger.checkpoint, None)
        self._last_used[ledger.checkpoint] = None
        if self._switches.eight_bit_layers:
            return self._narrow_transformer(ledger)
        base = self.once(("transformer", ledger.checkpoint), ledger.stock_transformer)

        kind, file = ("lora", ledger.loras[0][0]) if ledger.loras else ("quick", "")
        key = kind, file, ledger.checkpoint, ledger.loras, id(base)
        return self.once(key, lambda: self._quick(base, self._merge_for(ledger, base) if ledger.loras else None))

    def _merge_for(self, ledger: "ResidentLedger", base: Any) -> LoraMerge:
        """The ledger's LoRAs for this transformer: those that are there at another strength, else read."""
        strengths = dict(ledger.loras)
        worn = [model.merge for (kind, *_), model in self.built.items() if kind == "lora" and model.base is base]
        known = next((merge for merge in worn if merge.files == strengths.keys()), None)
        return known.at(strengths) if known else ledger.merge(base.velocity_model, ledger.device)

    def _narrow_transformer(self, ledger: "ResidentLedger") -> QuickTransformer:
        """The same in 8 bits. Each set of LoRAs has its own rounded weights, so one pass over the file makes all sets
        that stay."""
        stays = self._stays("transformer")
        missing = {
            each.loras: each
            for each in (self._ledgers if stays else [ledger])
            if each.checkpoint == ledger.checkpoint and ("transformer", each.checkpoint, each.loras) not in self.built
        }

        def build() -> dict[Any, QuickTransformer]:
            base = ledger.stock_transformer(torch.device("cpu"))
            merges = {
                loras: each.merge(base.velocity_model, each.device) if loras else None
                for loras, each in missing.items()
            }
            blocks = narrowed(base, merges, ledger.device)
            for merge in filter(None, merges.values()):
                merge.forget_blocks()
            return {loras: self._quick(base, merge, blocks[loras]) for loras, merge in merges.items()}

        if missing and ledger.loras in missing:
            self._make_room(ledger.checkpoint)
            made = self._made("transformer", ledger.checkpoint, build)
            if not stays:
                return made[ledger.loras]
            self.built |= {("transformer", ledger.checkpoint, loras): quick for loras, quick in made.items()}
        return self.built["transformer", ledger.checkpoint, ledger.loras]

    def _quick(self, base: Any, merge: LoraMerge | None, blocks: Any = None) -> QuickTransformer:
        return QuickTransformer(
            base,
            merge=merge,
            switches=self._switches,
            watched=self._watched,
            repeated=self.repeated,
            blocks=blocks,
        )

    def once(
        self,
        key: tuple[object, ...],
        build: Callable[[], Any],
        hook: Callable[[Any], None] = lambda _model: None,
        file: str = "",
    ) -> Any:
        """The model for `key`, built and hooked at its first request. `file` is what it is built from, where the key
        does not name it. Raises WeightsUnusable, MachineFault."""
        model = self.built.get(key)
        if model is None:
            if key[0] == "transformer":
                self._make_room(key[1])
            model = self._made(str(key[0]), file or str(key[1]), build)
            hook(model)
            if self._stays(str(key[0])):
                self.built[key] = model
        return model

    def _made(self, kind: str, file: str, build: Callable[[], Any]) -> Any:
        began = time.monotonic()
        try:
            with without_initial_values():
                model = build()
            built = time.monotonic()
            self.loader.settle()
            log.info("%s: built in %.1f s, weights there after %.1f s", kind, built - began, time.monotonic() - built)
            return model
        except WeightsUnusable:
            raise
        except (OSError, NotImplementedError, KeyError, ValueError, RuntimeError) as error:
            if _speaks_of_weights(error):
                log.exception("could not build %s", kind)
                raise WeightsUnusable(f"The {kind} could not be built from {Path(file).name}.") from None
            if is_out_of_memory(error) or is_lost(error):
                raise
            raise MachineFault(f"The {kind} could not be built.") from error
        finally:
            if self._stays(kind):
                self.loading_seconds += time.monotonic() - began

    def _stays(self, kind: str) -> bool:
        # A transformer with a LoRA references the plain one, so it may stay only where the plain one stays.
        if kind not in _COMPONENTS:
            return False
        kinds = {_COMPONENTS[kind], "transformer"} if kind == "lora" else {_COMPONENTS[kind]}
        return kinds <= self.plan.resident

    def checkpoints(self) -> frozenset[str]:
        """Files whose transformer is in memory."""
        return frozenset(str(key[1]) for key in self.built if key[0] == "transformer")

    def parts_of(self, checkpoint: str) -> dict[str, str]:
        """What tells each smaller model of a checkpoint from that of another: the digest of its weights, or the file's
        path where that is not known."""
        if checkpoint not in self._parts:
            path = Path(checkpoint)
            try:
                digests = {kind: self.loader.digest(path, prefixes) for kind, prefixes in _PARTS.items()}
            except (OSError, ValueError):  # the load that needs the file says so
                return {}
            self._parts[checkpoint] = {kind: digest or checkpoint for kind, digest in digests.items()}
        return self._parts[checkpoint]

    def _make_room(self, wanted: object) -> None:
        """Frees the least recently used checkpoint with all its models, where the plan has no room for another."""
        loaded = self.checkpoints()
        held = [each for each in self._last_used if each in loaded and each != wanted]
        if len(held) < self.plan.checkpoints:
            return
        leaving = held[0]
        log.info("making room: the models of %s are freed", Path(leaving).name)
        self.repeated.forget()
        unused = {leaving, *self.parts_of(leaving).values()} - set(self.parts_of(str(wanted)).values())
        for key in [key for key in self.built if not unused.isdisjoint(key[1:])]:
            del self.built[key]
        # A transformer's parts reference each other, and `freeze_what_stays` excluded them from collection.
        gc.unfreeze()
        freeze_what_stays()
        torch.cuda.empty_cache()


_GEMMA_KEYS = SDOps("GEMMA").with_matching(prefix=GEMMA[0]).with_replacement(GEMMA[0], "")


def _leave_block(model: torch.nn.Module) -> None:
    """Copies weights that still lie in the block they were read into: a single one would keep all of it."""
    for weight in [*model.parameters(), *model.buffers()]:
        if weight.untyped_storage().nbytes() > weight.nbytes:
            weight.data = weight.data.clone()


def _read_through(stock: ModelLedger, loader: WeightLoader) -> None:
    """Lets all builders of a ledger load their weights by this loader."""
    for name, builder in list(vars(stock).items()):
        if isinstance(builder, SingleGPUModelBuilder):
            setattr(stock, name, dataclasses.replace(builder, model_loader=loader))


def _speaks_of_weights(error: Exception) -> bool:
    """Whether an error while building is the file's fault. A disk, a card, its driver and its libraries fail with plain
    OSErrors and RuntimeErrors: an equal file may work elsewhere, and no job may fail for it."""
    if isinstance(error, (FileNotFoundError, NotImplementedError)):
        return True  # a weight missing from the file stays on the meta device, which cannot be copied
    if isinstance(error, OSError):
        return False
    if isinstance(error, RuntimeError):
        return "Error(s) in loading state_dict" in str(error)  # torch's words for a weight of another shape
    return True


class ResidentLedger:
    """A `ModelLedger` whose models are built once. It has exactly the factory methods that the pipelines call."""

    def __init__(self, stock: ModelLedger, models: Models) -> None:
        self.models = models
        self._stock = stock
        self.checkpoint = str(stock.checkpoint_path)
        self.gemma_root = str(stock.gemma_root_path)
        self.loras = tuple((lora.path, lora.strength) for lora in stock.loras)
        self.device = torch.device(stock.device)
        _read_through(stock, models.loader)

    def prompt_key(self, text: str) -> PromptKey:
        return text, self.gemma_root, self.checkpoint

    def tokens_dropped(self, text: str) -> int:
        """Number of tokens over the limit in the prompt that was just encoded."""
        entry = self.models.prompts.peek(self.prompt_key(text.strip()))
        return 0 if entry is None else entry.tokens_dropped

    def transformer(self) -> QuickTransformer:
        """This checkpoint's transformer, with this ledger's LoRAs added where it has any."""
        return self.models.transformer(self)

    def stock_transformer(self, device: torch.device | None = None) -> Any:
        """The transformer as ltx-core builds it, without LoRAs; by default on the ledger's device."""
        plain = self._stock.with_loras(())
        plain.device = device or self.device
        if plain.device == self.models.loader.device:  # elsewhere LTX maps the file, which takes no memory
            _read_through(plain, self.models.loader)
        return plain.transformer()

    def merge(self, model: Any, device: torch.device) -> LoraMerge:
        """This ledger's LoRAs for the layers of this velocity model. Raises WeightsUnusable."""
        return LoraMerge(model, self._stock.loras, self.checkpoint, device, self.models.loader)

    def video_encoder(self) -> Any:
        self.models.watch.before_pictures()
        return self._from_checkpoint("video encoder", self._stock.video_encoder)

    def video_decoder(self) -> Any:
        return self._from_checkpoint("video decoder", self._decoder)

    def audio_encoder(self) -> Any:
        return self._from_checkpoint("audio encoder", self._stock.audio_encoder)

    def audio_decoder(self) -> Any:
        return self._from_checkpoint("audio decoder", self._stock.audio_decoder)

    def vocoder(self) -> Any:
        return self._from_checkpoint("vocoder", self._vocoder)

    def spatial_upsampler(self) -> Any:
        key = ("spatial upsampler", str(self._stock.spatial_upsampler_path))
        return self.models.once(key, self._stock.spatial_upsampler, self.models.watch.follow("spatial upsampler"))

    def text_encoder(self) -> TextEncoder:
        self.models.watch.enter("encode_prompt")
        return TextEncoder(self.models.prompts, self.prompt_key, self.gemma)

    def gemma_embeddings_processor(self) -> EmbeddingsProcessor:
        return EmbeddingsProcessor(self.models.prompts, self.embeddings_processor)

    def gemma(self) -> Any:
        key = ("text encoder", self.gemma_root)
        return self.models.once(key, self._gemma, self.models.watch.follow("text encoder"))

    def embeddings_processor(self) -> Any:
        return self._from_checkpoint("embeddings processor", self._stock.gemma_embeddings_processor)

    def load_all(self) -> None:
        """Builds every model of this ledger."""
        for build in (self.gemma, self.embeddings_processor, self.video_encoder, self.transformer):
            build()
        if self._stock.spatial_upsampler_path is not None:
            self.spatial_upsampler()
        for build in (self.video_decoder, self.audio_decoder, self.vocoder):
            build()

    def _gemma(self) -> Gemma:
        """Gemma's language layers alone, where LTX builds its picture tower and a processor of pictures too."""
        builder = SingleGPUModelBuilder(
            Gemma, tuple(map(str, gemma_files(Path(self.gemma_root)))), _GEMMA_KEYS, model_loader=self.models.loader
        )
        gemma = builder.build(device=self.device, dtype=self._stock.dtype).eval()
        gemma.tokenizer = PromptTokenizer(Path(self.gemma_root))
        return gemma

    def _decoder(self) -> Any:
        decoder = self._stock.video_decoder()
        if self.models.quick_decoder:
            self.models.loader.settle()  # weights change their layout
            _leave_block(decoder)
            quicken(decoder, self.models.watch.hook_for("video decoder"))
        return decoder

    def _vocoder(self) -> Any:
        """LTX-2.3's two in float32: in bf16 their spectrum is 40 to 90 % off, which a later release of ltx-core mended
        so (source: its changes). LTX-2's single one as LTX builds it."""
        if "bwe" not in self.models.loader.metadata(self.checkpoint)["vocoder"]:
            return self._stock.vocoder()
        vocoder = self._stock.vocoder_builder.build(device=self.device)
        self.models.loader.settle()  # the numbers are there before they are widened
        return in_float32(vocoder.eval())

    def _from_checkpoint(self, kind: str, build: Callable[[], Any]) -> Any:
        part = self.models.parts_of(self.checkpoint).get(kind, self.checkpoint)
        return self.models.once((kind, part), build, self.models.watch.follow(kind), self.checkpoint)
