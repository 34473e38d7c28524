"""`python -m tools.tiny_training`: measures the tiny set, writes a sheet of its clips, or prints its frames' hash.

Does not judge the figures: the targets are printed beside them.
"""

import sys
import tempfile
from pathlib import Path

from gpu.tiny.instructions import hold_to_avx2
from gpu.tiny.sets import TRAINED
from infra.cli.parser import Parser
from infra.language import localized

SHEET = Path("out/tiny-sheet.png")


def main() -> int:
    about = localized(ko="학습한 작은 모델이에요.", en="The trained tiny model set.")
    parser = Parser(prog="python run.py tiny", description=about)
    what = parser.add_mutually_exclusive_group(required=True)
    figures = localized(
        ko="모든 수치를 목표와 나란히 보여 줘요. 몇 분 걸려요", en="print every figure with its target (minutes)"
    )
    what.add_argument("--evaluate", action="store_true", help=figures)
    cells = localized(
        ko=f"영상 5개에서 프레임 5개씩 ({SHEET.as_posix()})", en=f"5 clips x 5 frames ({SHEET.as_posix()})"
    )
    what.add_argument("--sheet", nargs="?", type=Path, const=SHEET, metavar="PATH", help=cells)
    same = localized(
        ko="영상 두 개의 프레임 해시. x86-64 CPU라면 어디서나 같아요",
        en="print the hash of two clips' frames, the same on every x86-64 CPU",
    )
    what.add_argument("--hash", action="store_true", help=same)
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
            sys.stdout.write(f"{wrote(options.sheet.as_posix())}\n")
    return 0


def wrote(path: str) -> str:
    return localized(ko=f"{path} 파일을 썼어요", en=f"wrote {path}")


if __name__ == "__main__":
    sys.exit(main())
