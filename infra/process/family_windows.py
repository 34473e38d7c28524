"""A family of programs on Windows: a job object, in which a program is together with all that it starts.

Other than the guard's job (`infra.process.guard_windows`), this one ends nobody by itself. It does not know what runs
in it."""

import sys

if sys.platform == "win32":
    import ctypes
    import subprocess
    from ctypes import wintypes

    from infra.process.guard_windows import declared

    class Job:
        """An empty job."""

        def __init__(self) -> None:
            """Raises OSError."""
            self._kernel = declared(ctypes.WinDLL("kernel32", use_last_error=True))
            self._kernel.TerminateJobObject.argtypes = (wintypes.HANDLE, wintypes.UINT)
            self._kernel.TerminateJobObject.restype = wintypes.BOOL
            self._kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
            self._kernel.CloseHandle.restype = wintypes.BOOL
            self._handle = self._kernel.CreateJobObjectW(None, None)
            if not self._handle:
                raise ctypes.WinError(ctypes.get_last_error())

        def take(self, child: "subprocess.Popen[bytes]") -> None:
            """Takes in a program that has just been started: what it starts from now on is in the job as well. One that
            has ended already, or that the system keeps from it, stays outside."""
            # Only the object knows the handle, and a process id may be another's by now.
            handle = int(child._handle)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            self._kernel.AssignProcessToJobObject(self._handle, handle)

        def end(self) -> None:
            self._kernel.TerminateJobObject(self._handle, 1)

        def close(self) -> None:
            """Forgets the job; who is in it lives on."""
            self._kernel.CloseHandle(self._handle)
