"""The guard of a verb on Windows: a job object. When its last handle closes, the system ends all processes in it.

This process holds the only handle, so the job ends with this process. Its children and their children are in the job
from their start. Windows supports nested jobs since version 8. It does not know what runs.
"""

from __future__ import annotations

import ctypes
import sys

KILL_ON_JOB_CLOSE = 0x2000
EXTENDED_LIMIT_INFORMATION = 9

# As winnt.h has them. DWORD is spelled out: ctypes.wintypes gives it the size of a C long, which is another elsewhere.
DWORD = ctypes.c_uint32
SIZE = ctypes.c_size_t


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("per_process_user_time_limit", ctypes.c_int64),
        ("per_job_user_time_limit", ctypes.c_int64),
        ("limit_flags", DWORD),
        ("minimum_working_set_size", SIZE),
        ("maximum_working_set_size", SIZE),
        ("active_process_limit", DWORD),
        ("affinity", SIZE),
        ("priority_class", DWORD),
        ("scheduling_class", DWORD),
    )


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("basic_limits", BasicLimits),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory_limit", SIZE),
        ("job_memory_limit", SIZE),
        ("peak_process_memory_used", SIZE),
        ("peak_job_memory_used", SIZE),
    )


if sys.platform == "win32":
    from ctypes import wintypes

    class Job:
        """A job with this process in it."""

        def __init__(self) -> None:
            """Raises OSError when the system refuses a job, for example inside a job with UI restrictions."""
            self._kernel = declared(ctypes.WinDLL("kernel32", use_last_error=True))
            # Without security attributes the handle is not inherited. It is never closed by hand.
            self._handle = self._kernel.CreateJobObjectW(None, None)
            if not self._handle:
                raise ctypes.WinError(ctypes.get_last_error())
            self._limit(KILL_ON_JOB_CLOSE)
            if not self._kernel.AssignProcessToJobObject(self._handle, self._kernel.GetCurrentProcess()):
                raise ctypes.WinError(ctypes.get_last_error())

        def stay(self) -> None:
            """Nothing to do: on Windows this process waits for the verb, and keeps the handle."""

        def stand_down(self) -> None:
            self._limit(0)

        def _limit(self, flags: int) -> None:
            limits = ExtendedLimits()
            limits.basic_limits.limit_flags = flags
            if not self._kernel.SetInformationJobObject(
                self._handle, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
            ):
                raise ctypes.WinError(ctypes.get_last_error())

    def declared(kernel: ctypes.WinDLL) -> ctypes.WinDLL:
        """The same with its functions' types: ctypes assumes int, which is too small for a handle."""
        kernel.CreateJobObjectW.argtypes = (wintypes.LPVOID, wintypes.LPCWSTR)
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, wintypes.LPVOID, wintypes.DWORD)
        kernel.SetInformationJobObject.restype = wintypes.BOOL
        kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
        kernel.AssignProcessToJobObject.restype = wintypes.BOOL
        kernel.GetCurrentProcess.argtypes = ()
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        return kernel
