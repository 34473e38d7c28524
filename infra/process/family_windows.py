"""A family of programs on Windows: a job object that contains a program and its descendants.

Unlike the guard's job (`infra.process.guard_windows`), closing this one ends no process. It does not know what runs in
it."""

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
            """Adds a program that has just been started; its later children are in the job as well. A program that has
            ended, or that the system refuses to add, stays outside."""
            # Only the object has the handle; the process id may already belong to another process.
            handle = int(getattr(child, "_handle"))  # noqa: B009  # the type stubs leave it out
            self._kernel.AssignProcessToJobObject(self._handle, handle)

        def end(self) -> None:
            self._kernel.TerminateJobObject(self._handle, 1)

        def close(self) -> None:
            """Closes the job; its processes keep running."""
            self._kernel.CloseHandle(self._handle)
