"""FlashAttention on Hopper cards, compared with torch's own attention before it is used.

FlashAttention 4 has a kernel for compute capability 9.0 that is faster than cuDNN's: on an H200 in bf16,
32 heads of 128, 12,750 tokens take 4.03 ms in place of 4.84, 51,000 tokens 63 in place of 76, both 0.0023 from float32
(2026-11-23). Importing it takes 4 to 6 s, and at its first call it compiles itself in some 2 s, for any number of
tokens: longer than a first clip gains from it. So a container that starts for a job puts it off: the first clip runs
with torch's attention, whole, and the check runs once that clip is over. Where FlashAttention is absent, fails or is
wrong, the log says so and torch's attention runs instead: slower, but no clip fails. Knows no model.
"""

# The package has no types.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from threading import Thread

import torch
from torch import Tensor
from torch.nn import functional

log = logging.getLogger(__name__)

Flash = Callable[[Tensor, Tensor, Tensor], Tensor]

MIN_TOKENS = 2_048
"""Minimum number of tokens: with fewer, a call costs as much as it saves. Basis: assumed; the smallest measured number
is 5,500."""
HOPPER = (9, 0)
WIDTH = 128
"""The width of a head that was measured."""
TOLERANCE = 0.01
"""Largest accepted relative difference to float32. bf16 alone differs by 0.003."""


def flash_for(q: Tensor, k: Tensor) -> Flash | None:
    """FlashAttention for tokens of the layout (evaluations, tokens, heads, width); `None` to use torch's attention."""
    if q.dtype != torch.bfloat16 or q.shape[3] != WIDTH or min(q.shape[1], k.shape[1]) < MIN_TOKENS:
        return None
    return None if _Later.is_put_off else _proven(q.device)


class _Later:
    """Whether FlashAttention is put off, and the thread that makes up for it."""

    is_put_off = False
    checking: Thread | None = None


def put_off() -> None:
    """Uses torch's attention until `use_what_is_checked` finds the check done."""
    _Later.is_put_off = True
    _Later.checking = None


def check_soon(device: torch.device) -> None:
    """Starts the import and the check in a thread, once, where they were put off. Call it after a clip."""
    if _Later.is_put_off and _Later.checking is None:
        _Later.checking = Thread(target=_check, args=(device,), daemon=True, name="flash-check")
        _Later.checking.start()


def use_what_is_checked() -> None:
    """Ends the putting off where the check is done. Call it before a clip, never inside: a clip has one attention."""
    if _Later.checking is not None and not _Later.checking.is_alive():
        _Later.is_put_off = False


def _check(device: torch.device) -> None:
    # An import keeps the interpreter for 5 ms at a time, and a clip that begins meanwhile needs it after every kernel.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        with suppress(Exception):  # a fault is logged where the check is made
            _proven(device)
    finally:
        sys.setswitchinterval(interval)


@cache
def _proven(device: torch.device) -> Flash | None:
    """The check, cached for each card of the process."""
    if not _is_hopper(device):
        return None
    try:
        error = _error(_attend, device)
    except Exception:
        log.exception("FlashAttention cannot run here; attention takes about a fifth longer without it")
        return None
    if not error < TOLERANCE:
        log.error("FlashAttention differs from torch's attention by %.3f and is not used", error)
        return None
    return _attend


def _is_hopper(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.get_device_capability(device) == HOPPER


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    from flash_attn.cute import flash_attn_func

    return flash_attn_func(q, k, v)[0]


def _error(flash: Flash, device: torch.device) -> float:
    """Its relative difference to float32 on two small evaluations. The random state of clips stays unchanged."""
    draw = torch.Generator(device).manual_seed(0)
    q, k, v = (torch.randn((2, 300, 4, WIDTH), generator=draw, device=device).bfloat16() for _ in range(3))
    wide_q, wide_k, wide_v = (t.float().transpose(1, 2) for t in (q, k, v))
    known = functional.scaled_dot_product_attention(wide_q, wide_k, wide_v).transpose(1, 2)
    return ((flash(q, k, v).float() - known).norm() / known.norm()).item()
