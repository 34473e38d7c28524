"""A program that serves the web entry of the app as Modal's container would: hydrated from what was deployed, with the
secrets of its function, behind the proxy's keys.

uvicorn replaces Modal's own way of passing a request into a container. Arguments: the
container's arguments as a file, the port. The keys that open it are in its environment.
"""

# modal's handles have gaps in their types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import os
import sys
from pathlib import Path
from typing import Any

import modal
import uvicorn
from modal._runtime.task_lifecycle_manager import _TaskLifecycleManager
from modal._utils.async_utils import synchronizer
from modal.running_app import running_app_from_layout
from modal_proto import api_pb2

KEYS = ((b"modal-key", "PROXY_KEY"), (b"modal-secret", "PROXY_SECRET"))


def behind_keys(inner: Any) -> Any:
    """Refuses requests without the keys, as Modal's proxy does."""
    wanted = [(header, os.environ[name].encode("ascii")) for header, name in KEYS]

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not all(pair in scope["headers"] for pair in wanted):
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send(
                {"type": "http.response.body", "body": b"modal-http: missing credentials for proxy authorization"}
            )
            return
        await inner(scope, receive, send)

    return outer


def main(arguments: Path, port: int) -> None:
    # By it the client, and so the app, knows that it is inside a container.
    inside: Any = _TaskLifecycleManager
    inside._singleton = object()
    from gpu.serve.modal import app as deployed

    container = api_pb2.ContainerArguments.FromString(arguments.read_bytes())
    running = running_app_from_layout(container.app_id, container.app_layout)
    app: Any = synchronizer._translate_in(deployed.app)
    app._init_container(synchronizer._translate_in(modal.Client.from_env()), running)
    web: Any = deployed.web
    uvicorn.run(behind_keys(web.local()), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
