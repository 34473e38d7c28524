"""A cache of encoded prompts, and the two stand-ins for a pipeline's text models that use it.

A pipeline requests the text encoder, encodes all its prompts, drops the encoder, then requests the embeddings
processor. The stand-ins load a model only for a prompt that is not cached, and free it when the pipeline drops them.
Knows no other model.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ltx_core.text_encoders.gemma.embeddings_processor import EmbeddingsProcessorOutput

from gpu.render.gemma import PROMPT_TOKENS

PROMPTS_KEPT = 16
"""Encoded prompts kept: 12.6 to 15.7 MB each at real size, so 250 MB at most."""

PromptKey = tuple[str, str, str]
"""Text, Gemma root, checkpoint."""


@dataclasses.dataclass(frozen=True, slots=True)
class EncodedPrompt:
    output: EmbeddingsProcessorOutput
    tokens_dropped: int


class PromptCache:
    """Encodings of recent prompts, by exact text, Gemma root and checkpoint. Evicts the least recently used."""

    def __init__(self, capacity: int = PROMPTS_KEPT) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[PromptKey, EncodedPrompt] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def get(self, key: PromptKey) -> EncodedPrompt | None:
        entry = self._entries.get(key)
        if entry is None:
            self.misses += 1
        else:
            self.hits += 1
            self._entries.move_to_end(key)
        return entry

    def peek(self, key: PromptKey) -> EncodedPrompt | None:
        """The entry without counting it as used."""
        return self._entries.get(key)

    def put(self, key: PromptKey, entry: EncodedPrompt) -> None:
        self._entries[key] = entry
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        self._entries.clear()


@dataclasses.dataclass(slots=True)
class Encoding:
    """Passed from the text encoder to the embeddings processor in place of Gemma's hidden states."""

    key: PromptKey
    entry: EncodedPrompt | None
    hidden_states: Any = None
    tokens_dropped: int = 0


class TextEncoder:
    """Replaces Gemma in the pipeline. `load` is called once, at the first prompt that is not cached."""

    def __init__(self, cache: PromptCache, key_of: Callable[[str], PromptKey], load: Callable[[], Any]) -> None:
        self._cache = cache
        self._key_of = key_of
        self._load = load
        self._gemma: Any = None

    def encode(self, text: str) -> tuple[Encoding, Any]:
        text = text.strip()
        key = self._key_of(text)
        entry = self._cache.get(key)
        if entry is not None:
            return Encoding(key, entry), None
        # Kept for the next prompt: where Gemma does not stay on the card, a second copy would be loaded beside it.
        self._gemma = self._gemma or self._load()
        hidden_states, mask = self._gemma.encode(text)
        length = len(self._gemma.tokenizer.ids(text))
        return Encoding(key, None, hidden_states, max(0, length - PROMPT_TOKENS)), mask


class EmbeddingsProcessor:
    """Replaces the embeddings processor in the pipeline; completes `TextEncoder`'s encodings and caches them."""

    def __init__(self, cache: PromptCache, load: Callable[[], Any]) -> None:
        self._cache = cache
        self._load = load
        self._processor: Any = None

    def process_hidden_states(self, encoding: Encoding, mask: Any) -> EmbeddingsProcessorOutput:
        if encoding.entry is not None:
            return encoding.entry.output
        self._processor = self._processor or self._load()
        output = self._processor.process_hidden_states(encoding.hidden_states, mask)
        self._cache.put(encoding.key, EncodedPrompt(output, encoding.tokens_dropped))
        return output
