"""`python run.py bench [stack] [pipelines] [pictures] [commands] [growth] [site] [zip]`: measures, asserts nothing."""

import sys

from infra.language import localized
from tools.bench import commands, growth, packing, pictures, pipelines, site, stack


def main() -> int:
    parts = {
        "stack": stack.main,
        "pipelines": pipelines.main,
        "pictures": pictures.main,
        "commands": commands.main,
        "growth": growth.main,
        "site": site.main,
        "zip": packing.main,
    }
    names = ", ".join(parts)
    if sys.argv[1:] in (["--help"], ["-h"]):
        print(
            localized(
                ko=f"사용법: python run.py bench [이름 ...]\n이 컴퓨터에서 측정해요. 이름: {names}. 없으면 모두",
                en=f"usage: python run.py bench [name ...]\nmeasures the local stack: {names}; all without a name",
            )
        )
        return 0
    wanted = [word.removeprefix("--") for word in sys.argv[1:]] or list(parts)
    if unknown := [part for part in wanted if part not in parts]:
        print(
            localized(
                ko=f"없는 이름이에요: {', '.join(unknown)}. {names} 가운데에서 골라 주세요",
                en=f"unknown: {', '.join(unknown)}; choose from {names}",
            ),
            file=sys.stderr,
        )
        return 2
    sys.argv = sys.argv[:1]
    for part in wanted:
        parts[part]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
