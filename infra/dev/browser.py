"""Finds or installs Chromium for the browser tests.

As root on Debian it installs Debian packages, with a font for Hangul; elsewhere Playwright downloads Chromium. It does
not know what is tested.
"""

import os
import shutil
import sys
from pathlib import Path

from infra import console
from infra.process.shell import InfraError, ProgramError, check

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PACKAGES = ("chromium", "fonts-noto-cjk")
INSTALL_LIMIT_SECONDS = 900


def find_chromium() -> Path | None:
    """A Chromium-like browser: CLIPWRIGHT_CHROMIUM, one on the PATH, or the one that Playwright downloaded."""
    named = os.environ.get("CLIPWRIGHT_CHROMIUM")
    if named:
        return Path(named)
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            return Path(found)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.is_file() else None


def ensure_chromium() -> Path:
    """The browser, installed if it is missing. Raises InfraError when the installation fails."""
    found = find_chromium()
    if found:
        return found
    if is_debian_root():
        console.note(f"no Chromium here: installing the Debian packages {' and '.join(PACKAGES)}")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        check(["apt-get", "update", "-q"], timeout_seconds=INSTALL_LIMIT_SECONDS, env=quiet)
        command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES]
        check(command, timeout_seconds=INSTALL_LIMIT_SECONDS, env=quiet)
    else:
        console.note("no Chromium here: Playwright downloads one")
        try:
            check([sys.executable, "-m", "playwright", "install", "chromium"], timeout_seconds=INSTALL_LIMIT_SECONDS)
        except ProgramError as error:
            raise InfraError(
                f"Playwright could not download Chromium\n{error}",
                "install Chromium or Chrome yourself, or set CLIPWRIGHT_CHROMIUM to its path; on Debian: "
                f"sudo apt-get install {' '.join(PACKAGES)}",
            ) from error
    found = find_chromium()
    if not found:
        raise InfraError("Chromium was installed but is not found", "set CLIPWRIGHT_CHROMIUM to its path")
    return found


def is_debian_root() -> bool:
    if sys.platform == "win32" or shutil.which("apt-get") is None:
        return False
    return os.geteuid() == 0
