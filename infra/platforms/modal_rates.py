"""Today's prices as Modal's own client names them: `modal billing rates`, in dollars an hour, for the workspace of the
token. It compares nothing and writes nothing."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from gpu.core.hardware import GPUS
from gpu.core.price_list import CORE, MEMORY
from infra.language import localized
from infra.platforms.accounts import last_words
from infra.platforms.programs import attempt, json_part, modal, plain
from infra.process.shell import InfraError

LIMIT_SECONDS = 60.0
SOURCE = "Modal's client, billing rates"
KEYS: dict[str, str] = {
    **{name: f"gpu_hour_cost_{name.lower().replace('-', '_')}" for name in GPUS},
    "RTX-PRO-6000": "gpu_hour_cost_rtx6000",
    CORE: "cpu_hour_cost",
    MEMORY: "mem_gib_hour_cost",
}
"""Row of the price list -> its key in the answer. Those of sandboxes, three times as dear, end in `_sandbox`. Basis:
documented, 2026-09-20, outputs that others published; the client itself passes on what the service names."""


def asked() -> list[str]:
    return [*modal(), "billing", "rates", "--json"]


def todays_rates(root: Path) -> dict[str, Decimal]:
    """Row of the price list -> dollars an hour; a row whose key the answer lacks is left out. Raises InfraError where
    Modal does not answer, or names no price that is known here."""
    finished = attempt(asked(), cwd=root, timeout_seconds=LIMIT_SECONDS)
    if finished.exit_code != 0:
        raise InfraError(
            localized(
                ko=f"Modal 단가를 읽을 수 없어요: {last_words(finished.output)}",
                en=f"Modal's prices cannot be read: {last_words(finished.output)}",
            ),
            f"{plain(asked())}",
        )
    try:
        answer: Mapping[str, str] = json.loads(json_part(finished.output) or "{}")
        found = {name: Decimal(str(answer[key])) for name, key in KEYS.items() if key in answer}
    except (ValueError, TypeError, AttributeError, InvalidOperation) as error:
        raise InfraError(
            localized(ko="Modal 단가가 숫자 표가 아니에요", en="Modal's prices are no table of numbers"),
            localized(ko=f"이 명령의 출력을 읽어 보세요: {plain(asked())}", en=f"read its output: {plain(asked())}"),
        ) from error
    if not found:
        raise InfraError(
            localized(
                ko="Modal의 답에 여기서 아는 단가가 없어요", en="Modal's answer names no price that is known here"
            ),
            localized(ko=f"이 명령의 출력을 읽어 보세요: {plain(asked())}", en=f"read its output: {plain(asked())}"),
        )
    return found
