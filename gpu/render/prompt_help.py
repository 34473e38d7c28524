"""LTX's own enhancement of a prompt: Gemma writes it anew in English, in more detail, perhaps looking at a picture.

LTX's encoder is built around the language layers that the pipelines use already, so that it takes no second copy of
them; its picture tower is read for one answer and freed. It runs transformers, which is imported at the first answer.
Knows no job; the caller decides whether it is asked.
"""

# torch and ltx come with gaps in their types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from ltx_core.loader import SDOps, SingleGPUModelBuilder
from ltx_core.text_encoders.gemma.encoders import base_encoder, encoder_configurator
from ltx_pipelines.utils import helpers
from ltx_pipelines.utils.media_io import decode_image, resize_aspect_ratio_preserving
from torch import Tensor

from gpu.core.problems import JobCanceled, RenderFailed
from gpu.core.prompt_help import PICTURE_SIDE
from gpu.core.render_job import Follower, Worded, Wording
from gpu.render.gemma import Gemma
from gpu.render.model_files import gemma_files
from gpu.render.weight_loader import WeightLoader
from gpu.render.without_transformers import with_transformers
from gpu.speed import text_steps

if TYPE_CHECKING:
    from gpu.render.model_cache import ResidentLedger

_LANGUAGE = "model.model.language_model."
_PICTURES = (
    SDOps("GEMMA_PICTURES")
    .with_matching(prefix="vision_tower.")
    .with_replacement("vision_tower.", "model.model.vision_tower.")
    .with_matching(prefix="multi_modal_projector.")
    .with_replacement("multi_modal_projector.", "model.model.multi_modal_projector.")
)
"""As ltx-core's own renaming of Gemma's keys, without the language layers."""


class _Writing(torch.nn.Module):
    """Gemma as LTX's encoder calls it. The one place where an answer's tokens are made."""

    def __init__(self, model: Any, before_token: Callable[[], None]) -> None:
        super().__init__()
        self.model = model
        self._before_token = before_token

    @property
    def device(self) -> torch.device:
        return self.model.device

    def generate(self, *, max_new_tokens: int, do_sample: bool, temperature: float, **inputs: Any) -> Tensor:
        """The prompt's tokens and the answer's, (1, tokens). The seed of the random numbers is set by now."""
        assert do_sample
        return text_steps.write(
            self.model,
            inputs,
            most_tokens=max_new_tokens,
            temperature=temperature,
            before_token=self._before_token,
        )


@dataclass(frozen=True, slots=True)
class _Weights:
    """A loader for LTX's builder: the picture tower's weights from the files, the language layers that are there."""

    loader: WeightLoader
    gemma: Gemma

    def metadata(self, path: str) -> dict[str, Any]:
        return self.loader.metadata(path)

    def load(self, path: str | list[str], sd_ops: Any = None, device: Any = None) -> Any:
        found = self.loader.load(path, sd_ops=sd_ops, device=device)
        self.loader.settle()
        language = {f"{_LANGUAGE}{key}": weight for key, weight in self.gemma.state_dict().items()}
        output = {"model.lm_head.weight": self.gemma.embed_tokens.weight}  # Gemma's output layer is its embedding
        found.sd.update(language | output)
        return found


def word(ledger: "ResidentLedger", wording: Wording, follower: Follower) -> Worded:
    """A prompt as Gemma writes it, on this ledger's Gemma. Raises JobCanceled, RenderFailed where nothing was written,
    WeightsUnusable."""
    follower.on_progress("encode_prompt", None, None)
    models, loaded_before = ledger.models, ledger.models.loading_seconds
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    gemma = ledger.gemma()
    encoder = models.once(("enhancer", ledger.gemma_root), lambda: _encoder(gemma, ledger))

    def before_token() -> None:
        if follower.is_canceled():
            raise JobCanceled("Stopped while writing.")

    encoder.model = _Writing(encoder.model, before_token)
    text = enhanced(encoder, wording)
    if not text:
        raise RenderFailed("Gemma wrote nothing.")
    return Worded(
        text=text,
        loading_seconds=models.loading_seconds - loaded_before,
        peak_bytes=torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None,
    )


def enhanced(encoder: Any, wording: Wording) -> str:
    """The prompt as LTX's encoder writes it: `generate_enhanced_prompt` of ltx-pipelines, but for its fixed number of
    tokens."""
    settings = {"max_new_tokens": wording.most_tokens, "seed": wording.seed}
    if wording.picture is None:
        written = encoder.enhance_t2v(wording.prompt, **settings)
    else:
        written = encoder.enhance_i2v(wording.prompt, pixels_of(wording.picture), **settings)
    return helpers.clean_response(written).strip()


def _encoder(gemma: Gemma, ledger: "ResidentLedger") -> Any:
    with_transformers()
    weight, root = gemma.norm.weight, Path(ledger.gemma_root)
    builder = SingleGPUModelBuilder(
        encoder_configurator.GemmaTextEncoderConfigurator,
        tuple(map(str, gemma_files(root))),
        _PICTURES,
        (encoder_configurator.GEMMA_MODEL_OPS, *base_encoder.module_ops_from_gemma_root(str(root))),
        model_loader=_Weights(ledger.models.loader, gemma),
    )
    return builder.build(device=weight.device, dtype=weight.dtype).eval()


def pixels_of(picture: Path) -> Tensor:
    """A picture as Gemma is given it: uint8, (height, width, 3)."""
    return resize_aspect_ratio_preserving(torch.tensor(decode_image(str(picture))), PICTURE_SIDE).to(torch.uint8)
