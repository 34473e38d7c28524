"""A terminal of this machine with a program on it: what a person sees, types and interrupts. Linux and macOS alone.

On Windows the same functions of `infra.console` are reached (`getpass` reads by `msvcrt.getwch` there, which shows
nothing either). It does not know the program.
"""

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from infra.process.activity import activity
from infra.process.waiting import wait_until

CTRL_C = "\x03"
ON_THE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Makes the terminal the program's own, so that Ctrl+C reaches it and passwords are read from it."""


class Terminal:
    """`seen` is all that the screen has shown."""

    def __init__(self, arguments: list[str], cwd: Path, env: Mapping[str, str]) -> None:
        self._keys, screen = pty.openpty()
        command = [sys.executable, "-c", ON_THE_TERMINAL, *arguments]
        self.program = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=screen, stdout=screen, stderr=screen, start_new_session=True
        )
        os.close(screen)
        self._shown = bytearray()
        self._read = 0
        self._reader = threading.Thread(target=self._watch, daemon=True)
        self._reader.start()

    def _watch(self) -> None:
        try:
            while piece := os.read(self._keys, 4096):
                self._shown += piece
        except OSError:
            return  # the program has closed it

    @property
    def seen(self) -> str:
        return bytes(self._shown).decode("utf-8", errors="replace").replace("\r\n", "\n")

    def waits_for(self, prompt: str) -> None:
        """Returns when the prompt is shown, after all that was waited for before."""

        def is_shown() -> bool:
            over = self.program.poll() is not None
            place = self.seen.find(prompt, self._read)
            if place >= 0:
                self._read = place + len(prompt)
                return True
            assert not over, f"{prompt!r} was not asked:\n{self.seen}"
            return False

        wait_until(is_shown, what=f"{prompt!r} on the terminal", moved=self._moved)

    def types(self, text: str) -> None:
        os.write(self._keys, text.encode("utf-8"))

    def answers(self, prompt: str, text: str) -> None:
        self.waits_for(prompt)
        self.types(f"{text}\n")

    def end(self) -> int:
        """The exit code."""
        wait_until(lambda: self.program.poll() is not None, what="the program to end", moved=self._moved)
        self._reader.join()
        os.close(self._keys)
        return self.program.returncode

    def _moved(self) -> object:
        return len(self._shown), activity(self.program.pid)
