"""The same order of sums on every x86-64 CPU, so that a seed gives the same frames on different laptops.

torch, oneDNN and MKL each choose the widest instructions of a CPU, and add in another order with each. Limited to AVX2,
a tiny clip takes a tenth longer on a CPU with AVX-512 (1.8 s instead of 1.6, AMD EPYC, 2026-11-26).

Does not know the models.
"""

import importlib
import os

# STRICT: else MKL adds in an order that depends on where a matrix lies in memory, on Intel CPUs alone.
AVX2_ALONE = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_CBWR": "AVX2,STRICT"}
"""Environment variables of a process; each of the three libraries reads its own at first use."""


def hold_to_avx2() -> None:
    """Call before torch is imported. Changes nothing on a CPU without AVX2, where torch would use AVX2 and crash."""
    features: dict[str, bool] = importlib.import_module("numpy._core._multiarray_umath").__cpu_features__
    if features.get("AVX2"):
        os.environ |= AVX2_ALONE
