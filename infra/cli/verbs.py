"""The type of the parser that each family of verbs adds its own to."""

import argparse
from typing import Any, TypeAlias

# argparse has no public name for what add_subparsers returns.
Verbs: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
