"""Folders of Windows in which an installation would fail half way are named before anything is fetched."""

import pytest

from infra.setup.folder import ROOM, warnings_of

ONEDRIVE = {"OneDrive": r"D:\김하늘\OneDrive"}


@pytest.mark.parametrize(
    ("root", "long_paths", "named"),
    [
        (r"D:\김하늘\영상 작업\clipwright", False, []),
        (r"D:\김하늘\OneDrive\문서\clipwright", False, ["OneDrive"]),
        (r"d:\김하늘\onedrive\clipwright", False, ["OneDrive"]),
        (r"D:\김하늘\OneDrive 백업\clipwright", False, []),
        ("C:\\" + "가" * ROOM, False, ["length"]),
        ("C:\\" + "가" * ROOM, True, []),
    ],
)
def test_a_folder_that_breaks_an_installation_is_named(root: str, long_paths: bool, named: list[str]) -> None:
    found = warnings_of(root, ONEDRIVE, long_paths=long_paths)
    assert len(found) == len(named)
    assert all(word in sentence for word, sentence in zip(named, found, strict=True))
