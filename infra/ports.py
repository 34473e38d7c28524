"""Free TCP ports on this machine. Nothing is held: another program may take one in between, which is rare and loud."""

import socket


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """True when nothing listens on `port`. Asked by connecting: binding would succeed beside some listeners."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) != 0
