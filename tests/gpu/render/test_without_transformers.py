"""What stands in for transformers while LTX is imported, in a process of its own."""

import subprocess
import sys

from infra.settings import ROOT

USED = """
from gpu.render.without_transformers import without_transformers
with without_transformers():
    from transformers import AutoTokenizer
try:
    AutoTokenizer.from_pretrained("any")
except ImportError as error:
    print(error)
"""


def test_using_a_stand_in_is_no_fault_of_the_weights() -> None:
    """An ImportError passes through the model cache; other errors of a build may be blamed on the file."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", USED], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert "needs transformers" in done.stdout
