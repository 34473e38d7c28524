"""A long-running program: started in its own process group with a log file, watched, and ended with its children.

A record of each program is kept in the state folder. With it, the next start ends what a killed parent, or a killed
program, has left behind, and two parents cannot share one state folder. A process is ended only if its id *and* start
time match the record, or if it is a member of the recorded family (`infra.process.family`): children that outlive their
parent are found by that alone. It does not know what the programs are.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import psutil

from infra.language import localized
from infra.process.family import Family, end_family, is_alive
from infra.process.shell import InfraError, environment, tail

GRACE_SECONDS = 4.0
LATE_SECONDS = 0.5
"""Time for children that end shortly after their parent."""
KILL_SECONDS = 4.0


class Process:
    """One long-running program. `log` receives everything it prints; `record` names it for a later clean-up. `passes`
    are the names of this process's variables that it gets beside `env`; without it, it gets all."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log: Path,
        record: Path,
        passes: Collection[str] | None = None,
    ) -> None:
        self.name = name
        self.command = [str(word) for word in command]
        self.env = dict(env)
        self.cwd = cwd
        self.log = log
        self.record = record
        self.passes = passes
        self._child: subprocess.Popen[bytes] | None = None
        self._family: Family | None = None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """The program's process id. Raises InfraError when it is not running."""
        if self._child is None or self._child.poll() is not None:
            raise InfraError(
                localized(ko=f"{self.name}: 돌고 있지 않아요", en=f"{self.name} is not running"),
                localized(ko=f"{self.log} 로그를 읽어 보세요", en=f"read {self.log}"),
            )
        return self._child.pid

    def start(self) -> None:
        """Starts the program; its output is appended to the log. Does nothing when it runs already.

        Raises InfraError when another living parent has the same program running on the same record.
        """
        if self.running:
            return
        if self._family is not None:
            self._family.end()  # what the dead program has left: it would answer in place of the new one
            self._family.close()
        clear_record(self.record)
        self._family = Family()
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self._family.environment(environment(self.env, self.passes)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Its own group: Ctrl-C reaches only this process, which then ends the program in order.
                start_new_session=os.name != "nt",
                creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0,
            )
        self._family.adopt(self._child)
        with contextlib.suppress(psutil.NoSuchProcess):
            record = {
                "program": identity(self._child.pid),
                "parent": identity(os.getpid()),
                "family": self._family.name,
            }
            self.record.write_text(json.dumps(record), encoding="utf-8", newline="\n")

    def stop(self) -> None:
        """Ends the program and its children: SIGTERM first, a kill after GRACE_SECONDS."""
        if self._child is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            end_tree(psutil.Process(self._child.pid))
        self._child.wait()
        self._child = None
        if self._family is not None:
            self._family.end()
            self._family.close()
            self._family = None
        self.record.unlink(missing_ok=True)

    def raise_if_dead(self) -> None:
        """Raises InfraError with the end of the log when the program ended by itself."""
        if self._child is not None and self._child.poll() is not None:
            raise InfraError(
                localized(
                    ko=f"{self.name}: 종료 코드 {self._child.returncode}로 끝났어요:\n{self.log_tail()}",
                    en=f"{self.name} ended with exit code {self._child.returncode}:\n{self.log_tail()}",
                ),
                localized(ko=f"전체 로그는 {self.log}에 있어요", en=f"the whole log is {self.log}"),
            )

    def log_tail(self) -> str:
        return tail(self.log.read_bytes().decode("utf-8", errors="replace"))


def identity(pid: int) -> list[float]:
    """A process id and its start time: together they are unique, even when the id is reused."""
    return [pid, psutil.Process(pid).create_time()]


def clear_record(record: Path) -> None:
    """Ends the program of a parent that no longer runs, and what that has started. Raises InfraError when the parent
    still runs."""
    family, orphans = "", list[psutil.Process]()
    try:
        entry = json.loads(record.read_text(encoding="utf-8"))
        parent, program = alive(entry["parent"]), alive(entry["program"])
        family = str(entry.get("family", ""))
        orphans = [] if program else orphans_of(entry["program"])
    except (OSError, ValueError, KeyError, TypeError):
        parent = program = None
    if (program or orphans or is_alive(family)) and parent and parent.pid != os.getpid():
        raise InfraError(
            localized(
                ko=f"프로세스 {parent.pid}가 이미 {record.parent}에서 돌고 있어요",
                en=f"process {parent.pid} is already serving from {record.parent}",
            ),
            localized(ko="그것부터 멈춰 주세요 (그 창에서 Ctrl-C)", en="stop it first (Ctrl-C in its window)"),
        )
    for left in filter(None, [program, *orphans]):
        end_tree(left)
    end_family(family)
    record.unlink(missing_ok=True)


def alive(identity: list[float]) -> psutil.Process | None:
    """The process of a recorded identity, or None when it has ended."""
    pid, started = identity
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(pid))
        # Start times are read with a resolution of 10 ms on Linux.
        if abs(process.create_time() - started) < 0.5 and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def orphans_of(identity: list[float]) -> list[psutil.Process]:
    """Children of a program that has ended, where the system still names it as their parent, as Windows does."""
    pid, started = identity
    found: list[psutil.Process] = []
    for process in psutil.process_iter() if os.name == "nt" else ():
        with contextlib.suppress(psutil.Error):
            if process.ppid() == int(pid) and process.create_time() >= started:
                found.append(process)
    return found


def end_tree(root: psutil.Process) -> None:
    """Ends `root` and its descendants: the root receives SIGTERM, then the remaining processes are killed."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [*root.children(recursive=True), root]
        # A signal to the root alone lets it end its own children in order. On Windows terminate() is a kill.
        root.terminate()
        psutil.wait_procs([root], timeout=GRACE_SECONDS)
        _, left = psutil.wait_procs(family, timeout=LATE_SECONDS)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=KILL_SECONDS)
