"""Trains the tiny set in two sittings of a few minutes on one GPU, and packs the result for the repository.

    python -m gpu.tiny.train vae --out parts --minutes 8
    python -m gpu.tiny.train decoder --parts parts --out parts --minutes 4
    python -m gpu.tiny.train vae --parts parts --out parts --minutes 3 --resume
    python -m gpu.tiny.train transformer --parts parts --out parts --minutes 8 [--resume]
    python -m gpu.tiny.train mean --parts parts --and other --out parts
    python -m gpu.tiny.train pack --parts parts

Seeds are fixed; the schedule follows the clock, so two machines do not reach the same bytes.
Does not know how good the result is: `evaluate.py` measures that.
"""

# safetensors comes with gaps in its types.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false

import argparse
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

log = logging.getLogger(__name__)

_POOL_SEED = 1
_CANVASES = 6144


def main() -> int:
    """Runs one stage; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=("vae", "decoder", "transformer", "mean", "pack"))
    parser.add_argument("--parts", type=Path, default=Path("parts"), help="where earlier stages left their weights")
    parser.add_argument("--and", dest="other", type=Path, help="for the mean: where the other decoder lies")
    parser.add_argument("--out", type=Path, default=Path("parts"), help="where this stage leaves its weights")
    parser.add_argument("--minutes", type=float, default=8.0, help="training time, drawing the pictures not counted")
    parser.add_argument("--canvases", type=int, default=_CANVASES, help="pictures drawn for the pool")
    parser.add_argument("--seed", type=int, default=0, help="of the training; the pool's follows from it")
    parser.add_argument("--shrink", type=int, default=1, help="divides every batch, for a trial on a small machine")
    parser.add_argument("--resume", action="store_true", help="go on from what lies among the parts")
    parser.add_argument("--eager", action="store_true", help="compile nothing")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    if options.stage == "pack":
        from gpu.tiny.packing import pack

        log.info("%s", pack(options.parts))
        return 0
    if options.stage == "mean":
        if options.other is None:
            parser.error("the mean is of two decoders: name the other one's folder with --and")
        mean_decoder(options.parts, options.other, options.out)
        return 0
    from gpu.tiny.train_data import Pool

    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    pool = Pool(options.canvases, _POOL_SEED + options.seed, device)
    log.info("%d canvases drawn", len(pool.open_eyes))
    if options.stage in ("vae", "decoder"):
        from gpu.tiny.train_vae import load_decoder, new_autoencoder, refine, train_autoencoder

        seconds, both = options.minutes * 60, options.stage == "vae"
        if both and not options.resume:
            encoder, decoder = train_autoencoder(pool, seconds, options.seed, options.shrink)
        else:
            encoder, decoder = new_autoencoder(device)
            load(encoder, options.parts / "encoder.safetensors")
            load_decoder(decoder, options.parts / "decoder.safetensors")
            encoder, decoder = refine(pool, encoder, decoder, seconds, options.seed, options.shrink, both=both)
        save(encoder, options.out / "encoder.safetensors")
        save(decoder, options.out / "decoder.safetensors")
    else:
        from gpu.tiny.train_transformer import train_transformer

        train_transformer(
            pool, options.parts, options.out, options.minutes * 60, options.seed, options.shrink,
            resume=options.resume, eager=options.eager,
        )  # fmt: skip
    return 0


def mean_decoder(parts: Path, other: Path, out: Path) -> None:
    """Leaves under `out` a decoder whose weights lie half-way between those of two, of which one was trained on from
    the other: it has most of what the longer training gained and gives up less of what it cost."""
    one, two = (load_file(folder / "decoder.safetensors") for folder in (parts, other))
    mean = {name: (one[name].float() + two[name].float()) / 2 for name in one}
    save_file(mean, out / "decoder.safetensors")


def save(module: Any, path: Path, *, but: Callable[[str], bool] = lambda _: False) -> None:
    """Writes a module's state in float32, without the names that `but` accepts."""
    state = {name: tensor for name, tensor in module.state_dict().items() if not but(name)}
    save_file({name: tensor.float().contiguous().cpu() for name, tensor in state.items()}, path)


def load(module: Any, path: Path, *, but: Callable[[str], bool] = lambda _: False) -> Any:
    """Fills a module from `save`'s file and returns it; names that `but` accepts stay as the module has them.

    Raises RuntimeError where other names or shapes differ.
    """
    kept = {name: tensor for name, tensor in module.state_dict().items() if but(name)}
    module.load_state_dict({name: tensor for name, tensor in load_file(path).items() if not but(name)} | kept)
    return module


if __name__ == "__main__":
    raise SystemExit(main())
