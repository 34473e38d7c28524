"""Our own kernels, run by Triton's interpreter beside their twins: formulas and addresses, without a card."""

import json
import os
import platform
import subprocess
import sys

import pytest

KERNELS = {"gelu", "rounded", "rounded alike", "modulated", "normed", "turned", "padded", "summed", "opened"}


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the lock has Triton where the rented cards are, on Linux",
)
def test_every_kernel_computes_what_its_twin_does() -> None:
    # A process of its own: Triton decides when it is first imported whether it interprets.
    ran = subprocess.run(
        [sys.executable, "-m", "tests.gpu_live", "--kernels"],
        env=os.environ | {"TRITON_INTERPRET": "1"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {row["kernel"] for row in rows} == KERNELS, ran.stderr[-2000:]
    assert ran.returncode == 0, rows
    # A twin that met itself would be equal to the last bit; a kernel rounds or cuts in its own way.
    assert all(row["error"] > 0 for row in rows if row["kernel"] in {"gelu", "modulated", "turned"}), rows
