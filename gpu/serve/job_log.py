"""Names the job on each line that is logged while it is at work: `job_id=… attempt=… request_id=…`.

The names follow the code that logs, into threads that are started with `in_job` as well, so that the lines of a library
carry them too. Knows no handler's destination.
"""

import contextvars
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager

from gpu.core.contract import Ticket

JOB_FORMAT = "%(job)s"
"""Stands in a format for a blank and the names, or for nothing outside a job. The handler needs `name_the_job`."""

_names: contextvars.ContextVar[str] = contextvars.ContextVar("job", default="")


@contextmanager
def of_job(ticket: Ticket) -> Generator[None]:
    """All lines that are logged meanwhile belong to this attempt."""
    request = f" request_id={ticket.request_id}" if ticket.request_id else ""
    token = _names.set(f" job_id={ticket.job_id} attempt={ticket.attempt}{request}")
    try:
        yield
    finally:
        _names.reset(token)


def in_job(work: Callable[[], None]) -> Callable[[], None]:
    """`work` for another thread, under the names of this one."""
    context = contextvars.copy_context()
    return lambda: context.run(work)


def name_the_job(record: logging.LogRecord) -> bool:
    """A filter for handlers: fills in `%(job)s`."""
    record.job = _names.get()
    return True


def log_to_stderr(form: str, level: int) -> None:
    """Logs from `level` on, and this package's lines from INFO on, with the names of their job at the end."""
    handler = logging.StreamHandler()
    handler.addFilter(name_the_job)
    logging.basicConfig(level=level, format=form + JOB_FORMAT, handlers=[handler])
    logging.getLogger("gpu").setLevel(logging.INFO)
