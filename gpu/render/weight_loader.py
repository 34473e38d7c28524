"""Loads models' weights for LTX's builders through `weight_stream.py`, and reads ahead what a first clip needs.

LTX's builder asks a loader for the tensors of one model. This one hands out views that fill up while the model is
built; `settle` waits for them, and no model may be used before. Each file's header is read once. Knows LTX's keys and
no plan.
"""

# LTX and torch come with gaps in their types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import logging
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from gpu.render.weight_files import Header, read_header
from gpu.render.weight_stream import LATER, Group, WeightStream

log = logging.getLogger(__name__)

CONNECTORS = ("model.diffusion_model.video_embeddings_connector.", "model.diffusion_model.audio_embeddings_connector.")
"""They lie among the transformer's keys and belong to the embeddings processor; LTX's transformer drops them."""
GEMMA = ("language_model.model.",)
PROCESSOR = ("text_embedding_projection.", *CONNECTORS)
TRANSFORMER = ("model.diffusion_model.",)
_STATISTICS = ("vae.per_channel_statistics.",)
VIDEO_ENCODER = ("vae.encoder.", *_STATISTICS)
VIDEO_DECODER = ("vae.decoder.", *_STATISTICS)


class WeightLoader:
    """The weights of every model on one device. It has the methods of LTX's `StateDictLoader`."""

    def __init__(self, stream: WeightStream | None = None) -> None:
        self._stream = stream or WeightStream()
        self._ahead: dict[tuple[Path, frozenset[str]], Group] = {}
        self._given: list[Group] = []
        self._header = cache(read_header)
        self.device: Any = None

    @classmethod
    def to(cls, device: Any) -> "WeightLoader":
        """One that reads at request only."""
        loader = cls()
        loader.attach(device)
        return loader

    def attach(self, device: Any) -> None:
        """Says where the weights belong, once torch is imported."""
        self.device = device
        self._stream.attach(device)

    def read_ahead(self, path: Path, prefixes: Sequence[str] = ("",)) -> None:
        """Begins to read all tensors of a file whose keys begin like this. A file that cannot be read is left to the
        load that needs it, which can say so."""
        try:
            header = self._header(path)
        except (OSError, ValueError):
            log.warning("%s cannot be read ahead", path.name, exc_info=True)
            return
        keys = frozenset(key for key in header.tensors if _belongs(key, prefixes))
        self._ahead[path, keys] = self._stream.read(header, keys, LATER)

    def forget_ahead(self, path: Path) -> None:
        """Drops what was read ahead of this file and nobody has asked for."""
        for key in [key for key in self._ahead if key[0] == path]:
            self._ahead.pop(key).is_dropped = True

    def tensors(self, path: Path, keys: Iterable[str]) -> dict[str, Any]:
        """These tensors of a file, complete. Raises ValueError for a file that is none, OSError."""
        found = self._views(path, frozenset(keys))
        self.settle()
        return found

    def header(self, path: Path) -> Header:
        """A file's header. Raises ValueError, OSError."""
        return self._header(path)

    def settle(self) -> None:
        """Returns when everything that was handed out has arrived. Raises what the disk or the card raised."""
        given, self._given = self._given, []
        for group in given:
            group.wait()

    def metadata(self, path: str) -> dict[str, Any]:
        """The configuration in a checkpoint's metadata."""
        config = self._header(Path(path)).metadata.get("config")
        return {} if config is None else json.loads(config)

    def load(self, path: str | list[str], sd_ops: Any = None, device: Any = None) -> Any:
        """The tensors that `sd_ops` names, as LTX's builder wants them: views, which may still fill up on a card."""
        from ltx_core.loader.primitives import StateDict

        del device
        found: dict[str, Any] = {}
        for each in map(Path, [path] if isinstance(path, str) else path):
            found |= self._renamed(each, sd_ops)
        formats = {tensor.dtype for tensor in found.values()}
        if self.device.type != "cuda" or len(formats) > 1:  # what is converted while it is built must be there
            self.settle()
        return StateDict(found, self.device, sum(each.nbytes for each in found.values()), formats)

    def _renamed(self, path: Path, sd_ops: Any) -> dict[str, Any]:
        header = self._header(path)
        if sd_ops is None:
            return self._views(path, frozenset(header.tensors))
        names = {key: sd_ops.apply_to_key(key) for key in header.tensors}
        prefixes = {each.prefix for each in sd_ops.mapping if hasattr(each, "prefix")}
        keys = frozenset(key for key, name in names.items() if name is not None and _belongs(key, prefixes))
        return {
            pair.new_key: pair.new_value
            for key, view in self._views(path, keys).items()
            for pair in sd_ops.apply_to_key_value(names[key], view)
        }

    def _views(self, path: Path, keys: frozenset[str]) -> dict[str, Any]:
        group = self._ahead.pop((path, keys), None) or self._stream.read(self._header(path), keys)
        self._given.append(group)
        return group.views(self.device)


def _belongs(key: str, prefixes: Iterable[str]) -> bool:
    """Whether a model with these prefixes uses a key. The transformer's prefix holds for the connectors too."""
    fitting = max((prefix for prefix in prefixes if key.startswith(prefix)), key=len, default=None)
    return fitting is not None and not (fitting in TRANSFORMER and key.startswith(CONNECTORS))
