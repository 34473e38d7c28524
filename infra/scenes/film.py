"""The clips of a folder joined to one film, by the page's own rule: packets are copied, nothing is encoded anew.

It runs in Node, where the page's joiner runs too. It knows no site.
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.build.bundler import esbuild
from infra.language import localized
from infra.platforms.node import node
from infra.process.shell import InfraError, check
from infra.settings import ROOT, STATE

SOURCE = ROOT / "infra" / "scenes" / "join_clips.mjs"
LIMIT_SECONDS = 600.0


def join(clips: Sequence[tuple[int, Path]], film: Path) -> None:
    """Joins clips, each with its scene's number, in their order. `film` is written whole or not at all.

    Raises InfraError with the numbers of the clips that have another size or coding than the first.
    """
    STATE.mkdir(exist_ok=True)
    new = film.with_name(f".{film.name}.new")
    asked = {"film": str(new.resolve()), "clips": [{"number": n, "path": str(path.resolve())} for n, path in clips]}
    # Inside the repository, so that Node finds the library outside the bundle.
    with tempfile.TemporaryDirectory(prefix="film-", dir=STATE, ignore_cleanup_errors=True) as folder:
        program = Path(folder) / "join_clips.mjs"
        esbuild(
            {
                "entryPoints": [SOURCE.relative_to(ROOT).as_posix()],
                "outfile": str(program),
                "bundle": True,
                "format": "esm",
                "platform": "node",
                "packages": "external",
                "logLevel": "error",
            }
        )
        answer = json.loads(check([node(), program], timeout_seconds=LIMIT_SECONDS, cwd=ROOT, stdin=json.dumps(asked)))
    if answer["kind"] == "differ":
        numbers = ", ".join(f"{number:03}" for number in answer["numbers"])
        raise InfraError(
            localized(
                ko=f"크기가 다른 영상이 있어서 한 편으로 이을 수 없어요: {numbers}",
                en=f"clips of another size cannot be joined to one film: {numbers}",
            ),
            localized(
                ko="그 장면의 화질을 나머지와 같게 다시 만들어 주세요",
                en="make those scenes again in the quality of the others",
            ),
        )
    new.replace(film)
