"""TCP ports on this machine: free ones, and who holds a taken one.

Nothing is held here: another program may take a port in between, which is rare and loud.
"""

import contextlib
import errno
import os
import socket

from infra.process.shell import InfraError

HIGHEST_PORT = 65535


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """True when nothing listens on `port`. Asked by connecting: binding would succeed beside some listeners."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def check_can_serve(port: int, command: str) -> None:
    """Raises InfraError when a program cannot listen on `port`; `command` is what the person typed, to be typed again
    with another port. 0 stands for any free port."""
    if port == 0:
        return
    other = f"take another one: {command} --port {free_port()}"
    if not 0 < port <= HIGHEST_PORT:
        raise InfraError(f"{port} is no port; ports go from 1 to {HIGHEST_PORT}", other)
    if not is_free(port):
        raise InfraError(f"port {port} is in use by {holder(port)}", f"end that one, or {other}")
    with socket.socket() as probe:
        if os.name != "nt":  # there it would let two programs share a port; here it forgives one that has just ended
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise InfraError(f"port {port} is in use by {holder(port)}", f"end that one, or {other}") from error
            raise InfraError(f"this system does not let you serve on port {port} ({error.strerror})", other) from error


def holder(port: int) -> str:
    """Who listens on `port`, as far as this system tells."""
    import psutil

    # Some systems tell of other users' programs nothing, or only to an administrator.
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and tuple(connection.laddr)[1:] == (port,)
            if listens and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return "another program"
