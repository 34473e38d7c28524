"""TCP ports on this machine: finds free ones, and the program that uses a port.

No port is reserved: another program may take it in between, which then causes an error.
"""

import contextlib
import errno
import os
import socket

from infra.language import localized
from infra.process.shell import InfraError

HIGHEST_PORT = 65535


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """True when no program listens on `port`. Tested by connecting, because binding can succeed beside a listener."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def check_can_serve(port: int, command: str) -> None:
    """Raises InfraError when a program cannot listen on `port`. `command` is the user's command, which the error
    repeats with another port. 0 means any free port."""
    if port == 0:
        return
    other = localized(
        ko=f"다른 포트를 써 주세요: {command} --port {free_port()}",
        en=f"use another port: {command} --port {free_port()}",
    )
    if not 0 < port <= HIGHEST_PORT:
        raise InfraError(
            localized(
                ko=f"{port}: 포트 번호가 아니에요. 1부터 {HIGHEST_PORT}까지예요",
                en=f"{port} is not a valid port; ports are 1 to {HIGHEST_PORT}",
            ),
            other,
        )
    if not is_free(port):
        raise InfraError(
            localized(
                ko=f"{port}번 포트를 {holder(port)} 프로그램이 쓰고 있어요",
                en=f"port {port} is in use by {holder(port)}",
            ),
            localized(ko=f"그 프로그램을 멈추거나 {other}", en=f"stop that program, or {other}"),
        )
    with socket.socket() as probe:
        if os.name != "nt":  # allows a port that was closed just now; on Windows it would allow two listeners
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise InfraError(
                    localized(
                        ko=f"{port}번 포트를 {holder(port)} 프로그램이 쓰고 있어요",
                        en=f"port {port} is in use by {holder(port)}",
                    ),
                    localized(ko=f"그 프로그램을 멈추거나 {other}", en=f"stop that program, or {other}"),
                ) from error
            raise InfraError(
                localized(
                    ko=f"이 시스템에서는 {port}번 포트를 쓸 수 없어요 ({error.strerror})",
                    en=f"this system does not allow port {port} ({error.strerror})",
                ),
                other,
            ) from error


def holder(port: int) -> str:
    """The program that listens on `port`, if this system reveals it."""
    import psutil

    # Some systems reveal other users' programs to an administrator only, or never.
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and tuple(connection.laddr)[1:] == (port,)
            if listens and connection.pid:
                return localized(
                    ko=f"{psutil.Process(connection.pid).name()} (프로세스 {connection.pid})",
                    en=f"{psutil.Process(connection.pid).name()} (process {connection.pid})",
                )
    return localized(ko="다른", en="another program")
