"""Our own kernels beside their twins: run by Triton's interpreter, which shows formulas and addresses without a card.

Triton is where the rented cards are, on Linux. Elsewhere production's own calls, which take the twins, are rehearsed.
"""

import importlib.util
import json
import os
import platform
import subprocess
import sys

INTERPRETS = importlib.util.find_spec("triton") is not None
KERNELS = {"gelu", "rounded", "rounded alike", "modulated", "normed", "turned", "padded", "summed", "opened"}


def test_the_tests_have_triton_where_the_cards_are() -> None:
    assert INTERPRETS or (sys.platform, platform.machine()) != ("linux", "x86_64")


def test_every_kernel_computes_what_its_twin_does() -> None:
    # A process of its own: Triton decides when it is first imported whether it interprets.
    ran = subprocess.run(
        [sys.executable, "-m", "tools.measure", "--kernels"],
        env=os.environ | {"TRITON_INTERPRET": str(int(INTERPRETS))},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {row["kernel"] for row in rows} >= KERNELS, ran.stderr[-2000:]
    assert ran.returncode == 0, rows
    # A twin that met itself would be equal to the last bit; a kernel rounds or cuts in its own way.
    met = {row["kernel"] for row in rows if row["kernel"] in KERNELS and row["error"] > 0}
    assert met == (KERNELS if INTERPRETS else set())
