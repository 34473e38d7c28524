"""The check that the images' packages can be resolved asks for the images' Python, whatever the operator's is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gpu.core.container_images import PYTHON
from infra.preflight.checks import dependencies
from infra.preflight.runner import ground_of
from infra.process.shell import Finished
from infra.settings import ROOT


def test_images_resolve_for_their_own_python_and_not_for_the_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def answered(command: Sequence[str], _root: Path) -> Finished:
        asked.append([str(word) for word in command])
        return Finished(0, "")

    monkeypatch.setattr(dependencies, "answered", answered)
    dependencies.probe_resolution(ground_of(ROOT, "production"))
    assert len(asked) == len(dependencies.ENTRIES) - 1
    assert all(command[command.index("--python-version") + 1] == PYTHON for command in asked)
