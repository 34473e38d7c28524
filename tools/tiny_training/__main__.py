"""`python -m tools.tiny_training`: measures the tiny set, writes a sheet of its clips, or prints its frames' hash.

Does not judge the figures: the targets are printed beside them.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from gpu.tiny.instructions import hold_to_avx2
from gpu.tiny.sets import TRAINED

SHEET = Path("out/tiny-sheet.png")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python run.py tiny", description="The trained tiny model set.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--evaluate", action="store_true", help="print every figure with its target (minutes)")
    what.add_argument(
        "--sheet", nargs="?", type=Path, const=SHEET, metavar="PATH", help=f"5 clips x 5 frames ({SHEET})"
    )
    what.add_argument(
        "--hash", action="store_true", help="print the hash of two clips' frames, the same on every x86-64 CPU"
    )
    options = parser.parse_args()
    hold_to_avx2()

    from tools.tiny_training.evaluate import evaluate, frames_hash, renderer_for, sheet, studio_in

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if options.hash:
            sys.stdout.write(f"{frames_hash(studio_in(Path(folder)))}\n")
            return 0
        renderer = renderer_for(Path(folder) / TRAINED)
        if options.evaluate:
            for figure, target, measured in evaluate(renderer, TRAINED):
                sys.stdout.write(f"{figure:64} {target:>8}  {measured}\n")
                sys.stdout.flush()
        else:
            options.sheet.parent.mkdir(parents=True, exist_ok=True)
            sheet(renderer, TRAINED, options.sheet)
            sys.stdout.write(f"wrote {options.sheet.as_posix()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
