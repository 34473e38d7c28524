"""A program that deploys the app and hands over tickets as the web entry does, with the client and code of production.

Its arguments are a file of tickets, one a line, and the containers' log. It prints one line a call once that has ended:
what the platform says of it, as JSON. Where Modal is, the environment says.
"""

import json
import sys
from pathlib import Path

from gpu.core.contract import Ticket
from gpu.serve.modal import app as deployed
from infra.process.waiting import wait_until


def main(tickets: Path, log: Path) -> None:
    deployed.app.deploy(name=deployed.APP)  # pyright: ignore[reportUnknownMemberType]
    platform = deployed.ModalPlatform()
    for line in tickets.read_text(encoding="utf-8").splitlines():
        call = platform.spawn(Ticket.model_validate_json(line))

        def ended(call: str = call) -> object:
            state = platform.state(call)
            return None if state == "pending" else state

        def moved() -> int:
            return log.stat().st_size if log.exists() else 0

        state = wait_until(ended, what=f"call {call} to end", moved=moved)
        print(json.dumps(state, default=lambda fault: fault.model_dump()), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
