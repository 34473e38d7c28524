"""What a first release needs in the checkout: addresses and ids of the accounts, and pinned weights.

All of it is in files, so it needs no network. `infra.preflight.checks.account` queries the accounts.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from infra.platforms.files import syntax_of, text_of
from infra.platforms.ground import Ground
from infra.platforms.programs import RUN_MODAL
from infra.platforms.targets import is_tiny
from infra.preflight.checks.access import assigned
from infra.preflight.checks.account import Addresses, evaluate_addresses, probe_addresses
from infra.preflight.findings import Check, Finding

WEIGHTS = "gpu/serve/weights.py"


@dataclass(frozen=True, slots=True)
class Pinned:
    """`files` is the number of pinned files; `wanted` says whether the environment's models are downloaded."""

    environment: str
    modal_environment: str
    files: int
    wanted: bool


def probe_pins(ground: Ground) -> Pinned:
    target = ground.target
    source = text_of(ground.root, WEIGHTS)
    pins = assigned(syntax_of(source, str(ground.root / WEIGHTS)), "PINS")
    return Pinned(
        environment=target.name,
        modal_environment=target.modal_environment,
        files=len(pins.elts) if isinstance(pins, ast.Tuple | ast.List) else 0,
        wanted=not is_tiny(target.checkpoint),
    )


def evaluate_pins(pinned: Pinned) -> list[Finding]:
    """An error even if the volume has weights: without pins a release cannot use them."""
    if pinned.files or not pinned.wanted:
        return []
    return [
        Finding(
            "error",
            f"no weights are pinned, so {pinned.environment} cannot make clips",
            "write the rows that the first command prints into PINS and commit them. Then run bootstrap and the second "
            'command. To try the accounts without weights, set checkpoint = "tiny-trained" in infra/targets.toml',
            (
                f"{RUN_MODAL} run --env {pinned.modal_environment} -m gpu.serve.modal.app::pin_weights",
                f"{RUN_MODAL} run --detach --env {pinned.modal_environment} -m gpu.serve.modal.app::fetch_weights",
            ),
            where=WEIGHTS,
        )
    ]


ADDRESS_CHECKS: Sequence[Check[Addresses]] = (
    Check(
        "addresses",
        "First release",
        "addresses and ids are filled in",
        "주소와 아이디가 진짜인지",
        probe_addresses,
        evaluate_addresses,
    ),
)
PIN_CHECKS: Sequence[Check[Pinned]] = (
    Check(
        "weights-pinned",
        "First release",
        "the weights are pinned",
        "모델 가중치의 판이 정해졌는지",
        probe_pins,
        evaluate_pins,
    ),
)
