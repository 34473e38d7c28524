"""Seconds of one evaluation on one card and on several: the picture's tokens spread, attention exchanged.

    python -m tools.measure.several_cards      on every card of this machine; without two, a rehearsal on a CPU

Each card holds all weights, its part of the picture's tokens and all of the sound's. Around self-attention the parts
are exchanged for heads and back (all-to-all); where the sound attends to the picture, keys and values are gathered.
Everything else in a block concerns one token at a time. The forward is the product's own and compiled; `attend` alone
is replaced. The weights are noise, in a few distinct blocks that repeat. Knows no pipeline, no LoRA and no price.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUntypedFunctionDecorator=false, reportPrivateUsage=false, reportPrivateImportUsage=false
# all_gather_into_tensor has another name in the newest torch, which cards do not have yet.
# pyright: reportDeprecated=false

import argparse
import dataclasses
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from ltx_core.model.transformer import LTXModelConfigurator, X0Model
from torch import Tensor, multiprocessing

from gpu.speed import block
from gpu.speed.attention import attend
from gpu.speed.repeated import Repeated
from gpu.speed.transformer import Asked, QuickTransformer, Switches, Watched
from gpu.tiny import sizes
from tests.gpu.speed.evaluations import asked, in_other_words
from tools.measure import real_size, released

BLOCKS, DISTINCT_BLOCKS = 48, 8
"""Eight blocks are 6.3 GB, far more than a card's caches."""
SOUNDS, WORDS = 201, 1_024
SIZES = {"704p stage 1": (5_500, True), "704p stage 2": (22_000, False),
         "1088p stage 1": (12_750, True), "1088p stage 2": (51_000, False)}  # fmt: skip
"""Picture tokens of eight seconds, 9:16, and whether the step is guided: two evaluations."""
PAIRED_UP_TO = 12_750
TIMES = 3


@dataclass(slots=True)
class _Spread:
    """How this process's forward is spread: over how many cards, and picture tokens on each."""

    cards: int = 1
    part: int = 0


_now = _Spread()


def attend_over_cards(
    q: Tensor, k: Tensor, v: Tensor, heads: int, evaluations: int = 1, mask: Tensor | None = None, passing: int = 0
) -> Tensor:
    """`attend`, for a picture's tokens that lie on several cards."""
    assert mask is None
    del passing  # no evaluation here leaves anything out
    return _attention_over_cards(q, k, v, heads, evaluations)


@torch.library.custom_op("clipwright::attention_over_cards", mutates_args=())
def _attention_over_cards(q: Tensor, k: Tensor, v: Tensor, heads: int, evaluations: int) -> Tensor:
    cards, part = _now.cards, _now.part
    if cards == 1 or k.shape[1] != part:  # words and sounds lie on every card
        return attend(q, k, v, heads, evaluations)
    assert evaluations == 1
    if q.shape[1] != part:
        mine = torch.stack((k[0], v[0]))
        gathered = mine.new_empty(cards * len(mine), *mine.shape[1:])
        dist.all_gather_into_tensor(gathered, mine)
        keys, values = gathered.unflatten(0, (cards, 2)).unbind(1)
        return attend(q, keys.flatten(0, 1)[None], values.flatten(0, 1)[None], heads)
    width = q.shape[2] // cards
    parts = torch.stack((q[0], k[0], v[0])).unflatten(2, (cards, width)).permute(2, 0, 1, 3).contiguous()
    whole = torch.empty_like(parts)  # from each card, in the order of tokens: this card's heads of q, k and v
    dist.all_to_all_single(whole, parts)
    own_q, own_k, own_v = (whole[:, each].flatten(0, 1)[None] for each in range(3))
    seen = attend(own_q, own_k, own_v, heads // cards)
    back = torch.empty_like(seen)
    dist.all_to_all_single(back, seen.contiguous())
    return back.view(cards, part, width).permute(1, 0, 2).reshape(q.shape)


@_attention_over_cards.register_fake
def _shape_only(  # pyright: ignore[reportUnusedFunction]
    q: Tensor, k: Tensor, v: Tensor, heads: int, evaluations: int
) -> Tensor:
    del k, v, heads, evaluations
    return q.new_empty(q.shape)


def transformer(device: torch.device, *, rehearse: bool) -> Any:
    """A stock model filled with noise: of real width, or tiny."""
    settings = sizes.transformer("19b") if rehearse else released.transformer() | {"num_layers": DISTINCT_BLOCKS}
    with torch.device("meta"):
        model: Any = LTXModelConfigurator.from_config({"transformer": settings})  # pyright: ignore[reportAttributeAccessIssue]
    model = model.to(torch.float32 if rehearse else torch.bfloat16).to_empty(device=device).eval()
    real_size.stir([model])
    blocks = list(model.transformer_blocks)
    if not rehearse:
        blocks = [blocks[index % len(blocks)] for index in range(BLOCKS)]
    model.transformer_blocks = torch.nn.ModuleList(blocks)
    return X0Model(model)


def on(clip: Asked, device: torch.device) -> Asked:
    """The clip with all of its tensors on this device."""
    video, audio = (
        dataclasses.replace(
            each,
            **{
                field.name: value.to(device)
                for field in dataclasses.fields(each)
                if isinstance(value := getattr(each, field.name), Tensor)
            },
        )
        for each in clip
    )
    return video, audio


def part_of(clip: Asked, rank: int, cards: int) -> Asked:
    """The clip with this card's part of the picture's tokens."""
    video, audio = clip
    count = video.latent.shape[1] // cards
    mine = slice(rank * count, (rank + 1) * count)
    cut = {
        "latent": video.latent[:, mine],
        "timesteps": video.timesteps[:, mine],
        "positions": video.positions[:, :, mine],
    }
    return dataclasses.replace(video, **cut), audio


def rows_of(rank: int, cards: int, device: torch.device, *, rehearse: bool) -> list[dict[str, Any]]:
    """One row for each size: seconds of a step on one card and on all of them, and how far the results differ."""
    block.attend = attend_over_cards
    base = transformer(device, rehearse=rehearse)
    quick = QuickTransformer(
        base,
        switches=Switches(compiled=not rehearse, paired_up_to=PAIRED_UP_TO),
        watched=Watched(),
        repeated=Repeated(),
    )
    found: list[dict[str, Any]] = []
    for name, (tokens, guided) in SIZES.items():
        count, sounds, words = (tokens // 250 * 2, 11, 24) if rehearse else (tokens, SOUNDS, WORDS)
        clip = on(asked(base.velocity_model, tokens=count, sounds=sounds, words=words), device)
        other = in_other_words(clip)
        row: dict[str, Any] = {"size": name, "tokens": count, "cards": cards}
        row["one_card_seconds"] = seconds(
            device, partial(quick.together, [clip, other]) if guided else partial(quick, *clip)
        )
        whole = quick(*clip)
        if guided and cards == 2:
            row["an_evaluation_a_card_seconds"] = seconds(device, partial(quick, *(clip, other)[rank]))
        part = part_of(clip, rank, cards)
        _now.cards, _now.part = cards, part[0].latent.shape[1]
        row["one_evaluation_spread_seconds"] = seconds(device, partial(quick, *part))
        seen, heard = quick(*part)
        _now.cards = 1
        near = whole[0].chunk(cards, dim=1)[rank]
        row["picture_error"] = error(seen, near)
        row["sound_error"] = error(heard, whole[1])
        found.append(row)
        if rank == 0:
            print(json.dumps(row), flush=True)
    return found


def seconds(device: torch.device, forward: Callable[[], object]) -> float:
    """The median of some forwards, of the slowest card; a first one is not counted."""
    taken: list[float] = []
    for number in range(TIMES + 1 if device.type == "cuda" else 2):
        synchronize(device)
        dist.barrier()
        began = time.perf_counter()
        forward()
        synchronize(device)
        slowest = torch.tensor(time.perf_counter() - began, device=device)
        dist.all_reduce(slowest, dist.ReduceOp.MAX)
        if number:
            taken.append(slowest.item())
    return round(statistics.median(taken), 4)


def error(one: Tensor, other: Tensor) -> float:
    return round(((one - other).float().norm() / other.float().norm()).item(), 5)


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def work(rank: int, cards: int, folder: str, rehearse: bool) -> None:
    """One process, which has one card."""
    device = torch.device("cpu" if rehearse else f"cuda:{rank}")
    if rehearse:
        torch.set_num_threads(1)
    else:
        torch.cuda.set_device(device)
    meeting = dist.FileStore(str(Path(folder, "meeting")), cards)
    dist.init_process_group("gloo" if rehearse else "nccl", store=meeting, rank=rank, world_size=cards)
    try:
        with torch.inference_mode():
            rows = rows_of(rank, cards, device, rehearse=rehearse)
        Path(folder, f"rows-{rank}.json").write_text(json.dumps(rows), encoding="utf-8")
    finally:
        dist.destroy_process_group()


def measure(cards: int, *, rehearse: bool) -> list[list[dict[str, Any]]]:
    """The rows of every card."""
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(work, (cards, folder, rehearse), nprocs=cards)
        return [json.loads(Path(folder, f"rows-{rank}.json").read_text(encoding="utf-8")) for rank in range(cards)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.measure.several_cards")
    parser.add_argument("--rehearse", action="store_true", help="two CPU processes and a tiny model; measures nothing")
    options = parser.parse_args()
    cards = torch.cuda.device_count()
    rehearse = options.rehearse or cards < 2
    if rehearse:
        print("a rehearsal: there are not two cards, nothing is measured", file=sys.stderr)
    measure(2 if rehearse else cards, rehearse=rehearse)
    return 0


if __name__ == "__main__":
    sys.exit(main())
