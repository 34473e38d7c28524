"""FlashAttention is used where it is right, and nowhere else. The package itself runs on a Hopper card alone, where
`measure --kernels` compares it; here its place is taken by what tells whether it was called."""

import logging
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from gpu.speed import flash
from gpu.speed.attention import attend

HEADS = 2
Attends = Callable[[Tensor, Tensor, Tensor], Tensor]


def right(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return functional.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)).transpose(
        1, 2
    )


def wrong(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return right(q, k, v) * 1.05


def failing(_q: Tensor, _k: Tensor, _v: Tensor) -> Tensor:
    raise RuntimeError("no kernel image is available for execution on the device")


def always(_device: torch.device) -> bool:
    return True


def never(_device: torch.device) -> bool:
    return False


@pytest.fixture(autouse=True)
def on_hopper(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(flash, "_is_hopper", always)
    flash._proven.cache_clear()  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(flash._Later, "is_put_off", False)  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(flash._Later, "checking", None)  # pyright: ignore[reportPrivateUsage]
    yield
    flash._proven.cache_clear()  # pyright: ignore[reportPrivateUsage]


def install(monkeypatch: pytest.MonkeyPatch, kernel: Attends) -> list[torch.Size]:
    """Puts a package in place; gives the shapes it is then called with."""
    seen: list[torch.Size] = []

    def flash_attn_func(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, None]:
        seen.append(q.shape)
        return kernel(q, k, v), None

    package, module = ModuleType("flash_attn"), ModuleType("flash_attn.cute")
    module.__dict__["flash_attn_func"] = flash_attn_func
    monkeypatch.setitem(sys.modules, "flash_attn", package)
    monkeypatch.setitem(sys.modules, "flash_attn.cute", module)
    return seen


def tokens(count: int = 2 * flash.MIN_TOKENS, width: int = HEADS * flash.WIDTH) -> Tensor:
    return torch.randn(1, count, width, generator=torch.Generator().manual_seed(count)).bfloat16()


def test_long_attention_goes_through_it_each_evaluation_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = install(monkeypatch, right)
    q = tokens()
    out = attend(q, q, q, HEADS, 2)
    assert seen[-1] == (2, flash.MIN_TOKENS, HEADS, flash.WIDTH)
    halves = [right(*(half.reshape(1, -1, HEADS, flash.WIDTH),) * 3) for half in q.chunk(2, dim=1)]
    assert torch.equal(out, torch.cat([half.reshape(1, flash.MIN_TOKENS, -1) for half in halves], dim=1))


def test_it_is_proven_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = install(monkeypatch, right)
    q = tokens()
    for _ in range(3):
        attend(q, q, q, HEADS)
    assert len(seen) == 1 + 3


@pytest.mark.parametrize("kernel", [wrong, failing])
def test_where_it_is_wrong_or_fails_torch_attends_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kernel: Attends
) -> None:
    seen = install(monkeypatch, kernel)
    q = tokens()
    with caplog.at_level(logging.ERROR):
        out = attend(q, q, q, HEADS)
    laid_out = q.reshape(1, -1, HEADS, flash.WIDTH)
    assert torch.equal(out, right(laid_out, laid_out, laid_out).reshape(q.shape))
    assert len(seen) == 1  # the proof
    assert "FlashAttention" in caplog.text


def test_where_it_is_absent_torch_attends(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "flash_attn", None)
    q = tokens()
    assert attend(q, q, q, HEADS).shape == q.shape
    assert "FlashAttention cannot run here" in caplog.text


def test_the_proof_leaves_the_clips_random_numbers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, right)
    before, q = torch.get_rng_state(), tokens()
    attend(q, q, q, HEADS)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_it_is_not_measured_for_goes_through_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = install(monkeypatch, right)
    q, few, narrow = tokens(), tokens(40), tokens(width=HEADS * 64)
    attend(few, few, few, HEADS)
    attend(q, few, few, HEADS)  # the words
    attend(q, q, q, HEADS, 4)  # long together, short each
    attend(narrow, narrow, narrow, HEADS)
    attend(q.float(), q.float(), q.float(), HEADS)
    attend(q, q, q, HEADS, mask=torch.zeros(1, 1, q.shape[1], q.shape[1], dtype=q.dtype))
    assert seen == []


def test_another_card_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = install(monkeypatch, right)
    monkeypatch.setattr(flash, "_is_hopper", never)
    attend(tokens(), tokens(), tokens(), HEADS)
    assert seen == []


def test_put_off_it_waits_for_the_check_between_two_clips(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = install(monkeypatch, right)
    q = tokens()
    flash.put_off()
    attend(q, q, q, HEADS)
    flash.use_what_is_checked()  # nobody has checked yet
    attend(q, q, q, HEADS)
    assert seen == []

    flash.check_soon(q.device)
    thread = flash._Later.checking  # pyright: ignore[reportPrivateUsage]
    assert thread is not None
    thread.join()
    assert len(seen) == 1  # the proof
    attend(q, q, q, HEADS)
    assert len(seen) == 1  # a clip under way keeps its attention
    flash.use_what_is_checked()
    attend(q, q, q, HEADS)
    assert len(seen) == 2


def test_what_was_not_put_off_is_not_checked_in_a_thread() -> None:
    flash.check_soon(torch.device("cpu"))
    assert flash._Later.checking is None  # pyright: ignore[reportPrivateUsage]


def test_a_check_that_fails_leaves_the_interpreter_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flash_attn", None)
    interval = sys.getswitchinterval()
    flash._check(torch.device("cpu"))  # pyright: ignore[reportPrivateUsage]
    assert sys.getswitchinterval() == interval
