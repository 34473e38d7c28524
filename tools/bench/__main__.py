"""`python run.py bench [stack] [pipelines] [pictures] [commands] [growth] [site] [zip]`: measures, asserts nothing."""

import sys

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
    wanted = [word.removeprefix("--") for word in sys.argv[1:]] or list(parts)
    if unknown := [part for part in wanted if part not in parts]:
        print(f"unknown: {', '.join(unknown)}; choose from {', '.join(parts)}", file=sys.stderr)
        return 2
    sys.argv = sys.argv[:1]
    for part in wanted:
        parts[part]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
