"""A hub on this machine that has every model file, and the words that accept its licences."""

from collections.abc import Generator
from contextlib import contextmanager

from gpu.core.weight_sources import GEMMA, LTX_2, SOURCES
from tests.gpu.serve.local_hub import Hub

ACCEPT = ("--accept", LTX_2, "--accept", GEMMA)


@contextmanager
def model_hub() -> Generator[Hub]:
    """Each file holds its own name. No answer is left waiting in the end."""
    server = Hub()
    for flavour in SOURCES.values():
        for source in flavour:
            names = [name.replace("*", "model") for name in source.names]
            server.files |= {name: f"{source.repository}/{name}".encode() for name in names}
            server.repositories.setdefault(source.repository, set()).update(names)
    try:
        yield server
    finally:
        server.go.set()
        server.shutdown()
        server.server_close()
