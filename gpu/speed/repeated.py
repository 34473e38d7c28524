"""What a clip would otherwise compute again, kept by the tensors that it is computed from.

Does not know what is kept.
"""

import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

Kept = OrderedDict[tuple[int, ...], tuple[Sequence[Tensor], Any]]


class Repeated:
    """Caches results that a clip would otherwise recompute, keyed by their input tensors. For one transformer at a
    time, and freed with it, so that the next one has room."""

    def __init__(self) -> None:
        self.ropes: Kept = OrderedDict()
        self.rows: Kept = OrderedDict()
        self.texts: Kept = OrderedDict()
        self._owner: weakref.ref[object] | None = None

    def of(self, owner: object) -> "Repeated":
        """This cache, emptied when `owner` is another transformer than last time."""
        if self._owner is None or self._owner() is not owner:
            self.forget()
            self._owner = weakref.ref(owner, lambda _: self.forget())
        return self

    def forget(self) -> None:
        """Empties the cache."""
        self._owner = None
        self.ropes.clear()
        self.rows.clear()
        self.texts.clear()


def once(tables: Kept, sources: Sequence[Tensor], make: Callable[[], Any], *, kept: int) -> Any:
    """The cached result for exactly these tensors, or a new one; `kept` limits the cache. It holds the input tensors,
    so that no other tensor can get their identity."""
    key = tuple(id(each) for each in sources)
    entry = tables.get(key)
    if entry is None:
        entry = tables[key] = sources, make()
        while sum(len(each) for each in tables) > kept:
            tables.popitem(last=False)
    return entry[1]
