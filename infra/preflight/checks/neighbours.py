"""Whether this release and the live one read each other's bodies: during a release, and after a rollback, both run.

The schemas are those that both commits rendered from their models: what a model writes is compared with what the other
release reads, in both directions. It covers bodies that the site, the sweeper and the GPU service exchange or store;
what browsers and scripts send is judged by the release that receives it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.language import localized
from infra.platforms.files import text_of
from infra.platforms.git import committed
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding
from infra.preflight.schema_reading import VALUE, Reading, Refusal
from infra.reflection.release_log import read_log

HERE = "HEAD"
"""Names this release, as the id of a log's entry names the live one."""
READ_BY_SITE = "functions/_generated/contract.schema.json"
WRITTEN_BY_SITE = "functions/_generated/responses.schema.json"
BODIES = {
    READ_BY_SITE: ("JobEvent", "Outcome", "ContainerReport", "Call", "PictureRead"),
    WRITTEN_BY_SITE: ("Ticket", "PictureToRead", "Version"),
}
"""By the file that has their schema. Stored bodies are read by later releases, and by earlier ones after a rollback."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A body of the release `writer` that the release `reader` does not read whole."""

    reader: str
    writer: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`live` names the live release; empty before the first one. `lost` are its schemas that this clone lacks."""

    live: str
    refused: tuple[Refused, ...]
    lost: tuple[str, ...] = ()


def probe(ground: Ground) -> Neighbours:
    rows = read_log(ground.root).latest()
    live = next((row for row in rows if row.outcome == "live" and row.environment == ground.target.name), None)
    if live is None:
        return Neighbours("", ())
    found: list[Refused] = []
    lost: list[str] = []
    for path, bodies in BODIES.items():
        text = committed(ground.root, live.commit, path)
        if text is None:
            lost.append(path)
            continue
        theirs, ours = definitions(text), definitions(text_of(ground.root, path))
        for body in bodies:
            found += [Refused(HERE, live.id, each) for each in Reading(ours, theirs).refusals(body)]
            found += [Refused(live.id, HERE, each) for each in Reading(theirs, ours).refusals(body)]
    return Neighbours(live.id, tuple(found), tuple(lost))


def definitions(text: str) -> Mapping[str, dict[str, Any]]:
    return json.loads(text)["$defs"]


def evaluate(neighbours: Neighbours) -> list[Finding]:
    findings = [
        Finding(
            "error",
            localized(
                ko=f"{neighbours.live}의 스키마가 이 클론에 없어서 견줄 수 없어요",
                en=f"the schema of {neighbours.live} is not in this clone, so it cannot be compared",
            ),
            localized(ko="기록 전체를 받아 와 주세요", en="fetch the whole history"),
            ("git fetch --unshallow", "git fetch"),
            where=path,
        )
        for path in neighbours.lost
    ]
    return findings + [
        Finding(
            # The GPU service goes live before the site, and goes back after it: a site that writes a new word to an
            # older service is rare, and takes a release that stopped half way.
            "warning" if is_new_word(refused) else "error",
            localized(
                ko=f"{named(refused.writer)} 쪽이 쓰는 것을 {named(refused.reader)} 쪽이 읽지 못해요: "
                f"{refused.refusal.where} "
                f"{refused.refusal.words}",
                en=f"{named(refused.reader)} does not read what {named(refused.writer)} writes: "
                f"{refused.refusal.where} "
                f"{refused.refusal.words}",
            ),
            localized(
                ko="기본값이 있는 항목으로 더하고, 필요해지기 한 배포 전에 읽게 해 주세요. 없앨 때도 같은 순서예요",
                en="add a member with a default, and read it one release before it is needed; take one away in the "
                "same order",
            ),
            where="gpu/core/contract/",
        )
        for refused in neighbours.refused
    ]


def named(release: str) -> str:
    return localized(ko="이번 배포", en="this release") if release == HERE else release


def is_new_word(refused: Refused) -> bool:
    where, kind = refused.refusal.where, refused.refusal.kind
    return refused.writer == HERE and where.startswith("Ticket.") and kind == VALUE


CHECKS: Sequence[Check[Neighbours]] = (
    Check(
        "neighbours",
        "Contract",
        "this release and the live one read each other's bodies",
        "지금 배포된 것과 서로의 글을 읽을 수 있는지",
        probe,
        evaluate,
    ),
)
