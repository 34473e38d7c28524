"""Whether the repository lies in a folder in which an installation on Windows fails half way. It installs nothing."""

import os
import sys
from collections.abc import Mapping
from pathlib import PureWindowsPath

from infra.language import localized

LONGEST_INSTALLED = 198
"""Characters from the repository's folder to the deepest file: a licence in torch 2.13.0, below `.venv`. Basis:
measured 2026-11-27, with the folders of a Windows environment."""
WINDOWS_LIMIT = 259
"""Characters of a path where long paths are off. Source: Microsoft, Maximum Path Length Limitation."""
ROOM = WINDOWS_LIMIT - LONGEST_INSTALLED
ONEDRIVE = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")
"""Variables with which OneDrive names its folders."""
LONG_PATHS = r"SYSTEM\CurrentControlSet\Control\FileSystem"


def warnings_here(root: str) -> list[str]:
    """The warnings for this machine; none outside Windows."""
    on_windows = os.name == "nt"
    return warnings_of(root, os.environ, long_paths=long_paths_allowed()) if on_windows else []


def warnings_of(root: str, environment: Mapping[str, str], *, long_paths: bool) -> list[str]:
    """One sentence for each trouble of a folder of Windows, with what to do."""
    found: list[str] = []
    folder = PureWindowsPath(root)
    if any(environment.get(name) and folder.is_relative_to(environment[name]) for name in ONEDRIVE):
        found.append(
            localized(
                ko=f"주의: {root} 폴더가 OneDrive 안에 있어요. 설치하는 동안 OneDrive가 파일을 옮기면 깨질 수 있어요. "
                "저장소를 OneDrive 밖으로 옮겨 주세요",
                en=f"warning: {root} is inside OneDrive, which may move files while they are installed; move the "
                "repository out of it",
            )
        )
    if len(root) > ROOM and not long_paths:
        found.append(
            localized(
                ko=f"주의: 폴더 경로가 {len(root)}자라서 Windows가 긴 파일 이름을 거절할 수 있어요. {ROOM}자보다 짧은 "
                "곳으로 옮기거나 긴 경로를 켜 주세요",
                en=f"warning: the folder's path has a length of {len(root)}, so Windows may refuse long file names; "
                f"move it to a path of at most {ROOM}, or enable long paths",
            )
        )
    return found


def long_paths_allowed() -> bool:
    """Whether this Windows accepts paths of more than 260 characters. An administrator switches that on."""
    if sys.platform != "win32":
        return True
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, LONG_PATHS) as key:
            return winreg.QueryValueEx(key, "LongPathsEnabled")[0] == 1
    except OSError:
        return False
