"""What a first release needs in the checkout: addresses and ids of the accounts, and pinned weights.

All of it is in files, so it needs no network. `infra.preflight.checks.account` queries the accounts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch

from gpu.core.checkpoints import CHECKPOINTS, Flavour
from gpu.core.weight_sources import SOURCES, Pin
from infra.language import localized
from infra.platforms import weight_files
from infra.platforms.ground import Ground
from infra.platforms.targets import is_tiny
from infra.preflight.checks.account import Addresses, evaluate_addresses, probe_addresses
from infra.preflight.findings import Check, Finding


@dataclass(frozen=True, slots=True)
class Pinned:
    """`files` is the number of pinned files; `wanted` says whether the environment's models are downloaded.
    `unaccepted` are the licences of pinned files that nobody has accepted by name, `unpinned` the wanted files of the
    models (repository and name) that no pin is for."""

    environment: str
    files: int
    wanted: bool
    unaccepted: tuple[str, ...] = ()
    unpinned: tuple[str, ...] = ()


def probe_pins(ground: Ground) -> Pinned:
    target = ground.target
    flavour = CHECKPOINTS[target.checkpoint].flavour
    found = weight_files.read(ground.root)
    return Pinned(
        environment=target.name,
        files=len(found.pins.get(flavour, ())),
        wanted=not is_tiny(target.checkpoint),
        unaccepted=tuple(found.lacking(flavour)),
        unpinned=tuple(unpinned(flavour, found.pins.get(flavour, ()))),
    )


def unpinned(flavour: Flavour, pins: Sequence[Pin]) -> Iterator[str]:
    """The models may have become more than those that were pinned."""
    known = [(pin.role, pin.repository, pin.name) for pin in pins]
    for source in SOURCES[flavour]:
        for name in source.names:
            if not any(
                (role, repository) == (source.role, source.repository) and fnmatch(file, name)
                for role, repository, file in known
            ):
                yield f"{source.repository}/{name}"


def evaluate_pins(pinned: Pinned) -> list[Finding]:
    """An error even if the volume has weights: without pins a release cannot use them. Whether they are fetched is the
    check `modal-weights`."""
    if not pinned.wanted:
        return []
    pin = (f"python run.py weights pin --env {pinned.environment}",)
    if not pinned.files:
        return [
            Finding(
                "error",
                localized(
                    ko=f"모델 파일의 판이 정해지지 않아서 {pinned.environment} 사이트는 영상을 만들 수 없어요",
                    en=f"no weights are pinned, so {pinned.environment} cannot make clips",
                ),
                localized(
                    ko="판을 정하고 커밋한 다음 받아 주세요. 모델 파일 없이 계정만 시험하려면 infra/targets.toml에 "
                    'checkpoint = "tiny-trained"라고 적어 주세요',
                    en="pin them, commit the file, then fetch them. To try the accounts without weights, set "
                    'checkpoint = "tiny-trained" in infra/targets.toml',
                ),
                (*pin, f"python run.py weights fetch --env {pinned.environment}"),
                where=weight_files.FILE,
            )
        ]
    missing = [
        Finding(
            "error",
            localized(
                ko=f"판이 정해지지 않은 모델 파일이 있어요: {name}", en=f"a wanted model file has no pin: {name}"
            ),
            localized(ko="판을 다시 정하고 커밋해 주세요", en="pin again, and commit the file"),
            pin,
            where=weight_files.FILE,
        )
        for name in pinned.unpinned
    ]
    return missing + [
        Finding(
            "error",
            localized(ko=f"수락하지 않은 라이선스가 있어요: {licence}", en=f"the licence was not accepted: {licence}"),
            localized(ko="내용을 읽고 이름을 적어 수락해 주세요", en="read it and accept it by its name"),
            pin,
            where=weight_files.FILE,
        )
        for licence in pinned.unaccepted
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
        "the weights are pinned and their licences accepted",
        "모델 파일의 판을 정하고 라이선스를 수락했는지",
        probe_pins,
        evaluate_pins,
    ),
)
