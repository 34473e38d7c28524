"""Trains the tiny set in four stages on one GPU, less than 25 minutes in all, and packs it for the repository.

    python -m tools.tiny_training.train vae --out parts --minutes 7.6
    python -m tools.tiny_training.train decoder --parts parts --out parts --minutes 4.1
    python -m tools.tiny_training.train steady --parts parts --out parts --minutes 1.1
    python -m tools.tiny_training.train transformer --parts parts --out parts --minutes 9.2 [--resume]
    python -m tools.tiny_training.train pack --parts parts

`decoder` trains a new decoder for the encoder, `steady` continues it on clips that are mostly still. Seeds are fixed;
the schedule follows the clock, so two machines do not reach the same bytes.
Does not know the quality of the result: `evaluate.py` measures it.
"""

import argparse
import logging
from pathlib import Path

import torch

from tools.tiny_training.state_files import load, save

log = logging.getLogger(__name__)

_POOL_SEED = 1
_CANVASES = 6144


def main() -> int:
    """Runs one stage; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=("vae", "decoder", "steady", "transformer", "pack"))
    parser.add_argument("--parts", type=Path, default=Path("parts"), help="folder with the weights of earlier stages")
    parser.add_argument("--out", type=Path, default=Path("parts"), help="folder for the weights of this stage")
    parser.add_argument(
        "--minutes", type=float, default=8.0, help="training time, without the time for drawing pictures"
    )
    parser.add_argument("--canvases", type=int, default=_CANVASES, help="pictures drawn for the pool")
    parser.add_argument("--seed", type=int, default=0, help="seed of the training; the pool's seed follows from it")
    parser.add_argument("--shrink", type=int, default=1, help="divides every batch, for a trial on a small machine")
    parser.add_argument("--resume", action="store_true", help="continue with the transformer in the parts folder")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.stage == "pack":
        from gpu.tiny.packing import pack

        log.info("%s", pack(options.parts))
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    from tools.tiny_training.train_data import Pool

    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    pool = Pool(options.canvases, _POOL_SEED + options.seed, device)
    log.info("%d canvases drawn", len(pool.open_eyes))
    seconds = options.minutes * 60
    if options.stage == "transformer":
        from tools.tiny_training.train_transformer import train_transformer

        train_transformer(
            pool, options.parts, options.out, seconds, options.seed, options.shrink, resume=options.resume
        )
        return 0
    from tools.tiny_training.train_vae import new_autoencoder, start_anew, train_autoencoder, train_decoder

    if options.stage == "vae":
        encoder, decoder = train_autoencoder(pool, seconds, options.seed, options.shrink)
        save(encoder, options.out / "encoder.safetensors")
    else:
        encoder, decoder = new_autoencoder(device)
        load(encoder, options.parts / "encoder.safetensors")
        if options.stage == "decoder":
            start_anew(pool, encoder, decoder, options.shrink)
        else:
            load(decoder, options.parts / "decoder.safetensors")
        decoder = train_decoder(
            pool, encoder, decoder, seconds, options.seed, options.shrink, steady=options.stage == "steady"
        )
    save(decoder, options.out / "decoder.safetensors")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
