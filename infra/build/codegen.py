"""The Python contract as files for TypeScript: schema, types, problem table, constants, presets and prices.

Each function returns the text of one file; `infra.build.render` writes or compares it. The same sources give the same
bytes on every machine. It does not know what the edge does with the files."""

import copy
import json
from dataclasses import asdict
from typing import Any, cast

from pydantic import TypeAdapter

from gpu import VERSION
from gpu.core import contract, delivered, geometry, menu, motions, presets, pricing, problems, retention, text_pricing
from gpu.core.contract import batches, fields, library, offers, openapi, pictures, scene_files, scenes, schema, sounds
from gpu.core.hardware import FX, MAX_CONTAINERS, MODAL_PRICES, PRICE_REV, STARTUP_LIMIT_SECONDS, WON_PER_USD
from infra.platforms.node import node, tool
from infra.process.shell import check
from infra.settings import ROOT

MARK = "Generated from gpu/ by `python run.py render`; edit the source, not this file."
TYPES_LIMIT_SECONDS = 600
NAMED_TYPES: dict[str, Any] = {
    "LibrarySort": contract.LibrarySort,
    "BulkAction": contract.BulkAction,
    "JobStatus": contract.JobStatus,
    "SceneState": contract.SceneState,
    "LeftOutReason": contract.LeftOutReason,
    "Stage": contract.Stage,
    "PresetName": contract.PresetName,
    "Motion": contract.Motion,
    "EtaBasis": contract.EtaBasis,
    "Ratio": geometry.Ratio,
    "Seconds": geometry.Seconds,
    "Tier": geometry.Tier,
    "Scope": contract.Scope,
    "JobEnd": contract.JobEnd,
}
"""Unions that get a name in TypeScript; pydantic repeats them at each use."""

Schema = dict[str, Any]


def request_schema() -> str:
    """The schema of the bodies that the edge receives, fields with defaults optional (validation mode)."""
    return as_json({"$comment": MARK, **schema.json_schemas()["requests"]})


def response_schema() -> str:
    """The schema of the edge's answers, defaults always present (serialization mode). The tests validate with it."""
    document = schema.json_schemas()["responses"]
    return as_json({"$comment": MARK, **named_unions(document, complete=True)})


def api_document() -> str:
    """The OpenAPI document that the site serves."""
    return as_json({**openapi.document(), "x-comment": MARK})


def types() -> str:
    """TypeScript types of every body.

    A type exists twice if received bodies may omit fields that answers always contain: the suffix `Body` marks the
    received form. Bodies that cross a release have one type: the edge's validator fills in what they omit.
    """
    documents = schema.json_schemas()
    received = {
        name: definition if schema.is_strict(definition) else {**definition, "required": list(definition["properties"])}
        for name, definition in named_unions(documents["requests"], complete=False)["$defs"].items()
    }
    complete = named_unions(documents["responses"], complete=True)["$defs"]
    different = {name for name in received if name in complete and received[name] != complete[name]}
    # A union of types that differ also differs, although its own schema has equal references.
    different.add("JobRequest")
    bodies = {
        (f"{name}Body" if name in different else name): renamed(name, definition, different)
        for name, definition in received.items()
    }
    document = {"$defs": dict(sorted({**bodies, **complete}.items()))}
    program = tool("json-schema-to-typescript", "dist/src/cli.js")
    root = "EveryBody"
    text = check(
        [node(), program, "--unreachableDefinitions", "--additionalProperties=false", "--bannerComment="],
        timeout_seconds=TYPES_LIMIT_SECONDS,
        env={"NO_UPDATE_NOTIFIER": "1"},
        stdin=json.dumps({"title": root, "type": "object", "properties": {}, **document}),
    )
    return f"// {MARK}\n\n" + without_root(text, root)


def named_unions(document: Schema, *, complete: bool) -> Schema:
    """`document` with the unions of NAMED_TYPES and the job request moved to `$defs` and referenced."""
    document = copy.deepcopy(document)
    definitions: dict[str, Schema] = document["$defs"]
    named = {name: TypeAdapter[Any](union).json_schema() for name, union in NAMED_TYPES.items()}
    if complete:
        named["JobRequest"] = copy.deepcopy(definitions["Job"]["properties"]["input"])
    rewritten = {name: referring(schema, named) for name, schema in definitions.items()}
    document["$defs"] = dict(sorted({**rewritten, **named}.items()))
    return document


def referring(schema: Any, named: dict[str, Schema]) -> Any:
    if isinstance(schema, dict):
        members = cast("Schema", schema)
        for name, union in named.items():
            if all(members.get(key) == value for key, value in union.items()):
                # With a default beside the reference, the generator would repeat the union.
                return {"$ref": f"#/$defs/{name}"}
        return {key: referring(value, named) for key, value in members.items()}
    if isinstance(schema, list):
        return [referring(item, named) for item in cast("list[Any]", schema)]
    return schema


def renamed(own: str, schema: Schema, names: set[str]) -> Schema:
    """`schema` with its title, and its references to `names`, changed to the `Body` forms."""
    text = json.dumps({**schema, "title": f"{own}Body"} if own in names else schema)
    for name in names:
        text = text.replace(f'"#/$defs/{name}"', f'"#/$defs/{name}Body"')
    return json.loads(text)


def without_root(text: str, root: str) -> str:
    """Removes the root type, which the generator requires, and its comments about it above every type."""
    lines: list[str] = []
    for line in text.splitlines():
        if f"export interface {root} " in line or f"referenced by `{root}`'s" in line or line.startswith(" * via the"):
            continue
        lines.append(line)
    joined = "\n".join(lines)
    joined = joined.replace(" *\n */", " */").replace("/**\n */\n", "")
    return joined.strip() + "\n"


def problem_table() -> str:
    """The problem types as a TypeScript table, so that a `switch` over slugs is checked and both sides use one text."""
    table = {
        problem.slug: {
            "type": problems.type_uri(problem.slug),
            "status": problem.status,
            "title_ko": problem.title_ko,
            "title_en": problem.title_en,
            "fix_ko": problem.fix_ko,
            "fix_en": problem.fix_en,
            "retryable": problem.retryable,
        }
        for problem in problems.PROBLEMS
    }
    return (
        f"// {MARK}\n\nexport const PROBLEMS = {as_json(table).rstrip()} as const;\n\n"
        "export type ProblemSlug = keyof typeof PROBLEMS;\n"
    )


def constants() -> str:
    """The lists, defaults and limits that the edge and the page use."""
    values: dict[str, Any] = {
        "CONTRACT": schema.contract_digest(),
        "APP_VERSION": VERSION,
        "LATEST_MIGRATION": max(path.name for path in (ROOT / "functions" / "migrations").glob("*.sql")),
        "STAGES": literals(contract.Stage),
        "DEFAULT_PRESET": presets.DEFAULT_PRESET,
        "DEFAULT_TIER": geometry.DEFAULT_TIER,
        "ONE_STAGE_PRESETS": [preset.name for preset in presets.PRESETS.values() if preset.stage_2_steps == 0],
        "LEAST_PART_SECONDS": geometry.LEAST_PART_SECONDS,
        "LONGEST_SECONDS": geometry.SECONDS[-1],
        "EXTENDING_SECONDS": [each for each in geometry.SECONDS if each > geometry.OVERLAP_SECONDS],
        "OVERLAP_SECONDS": geometry.OVERLAP_SECONDS,
        "LONGEST_WHOLE_SECONDS": geometry.LONGEST_WHOLE_SECONDS,
        "LATENTS_PER_SECOND": geometry.FRAME_RATE // geometry.TEMPORAL_COMPRESSION,
        "MOTIONS": [asdict(motion) for motion in motions.MOTIONS],
        "MAX_PROMPT_CHARACTERS": fields.MAX_PROMPT_CHARACTERS,
        "MAX_SEED": fields.MAX_SEED,
        "MAX_JSON_BYTES": fields.MAX_JSON_BYTES,
        "MAX_UPLOAD_BYTES": fields.MAX_UPLOAD_BYTES,
        "MAX_LIST": fields.MAX_LIST,
        "MAX_CLIPS_OFFERED": offers.MAX_CLIPS_OFFERED,
        "MAX_CONTAINERS": MAX_CONTAINERS,
        "COLD_START_SECONDS": pricing.COLD_START_SECONDS,
        "CLOSING_SECONDS": delivered.CLOSING_SECONDS,
        "LOST_EVERY": delivered.LOST_EVERY,
        "MOMENTS_OF_LOSS": delivered.MOMENTS_OF_LOSS,
        "RETENTION_DAYS": retention.RETENTION_DAYS,
        "DELETED_HOURS": retention.DELETED_HOURS,
        "FAVORITE_DAYS": retention.FAVORITE_DAYS,
        "EMPTY_CELLS": scenes.SceneCells.empty().model_dump(mode="json"),
        "MAX_SCENES": scenes.MAX_SCENES,
        "MAX_PROJECT_BYTES": scenes.MAX_PROJECT_BYTES,
        "MAX_SHOWN_VERSIONS": scenes.MAX_SHOWN_VERSIONS,
        "MAX_SCENE_FILE_BYTES": scene_files.MAX_SCENE_FILE_BYTES,
        "MAX_ZIPPED": scene_files.MAX_ZIPPED,
        "MAX_BATCH_CLIPS": batches.MAX_BATCH_CLIPS,
        "MAX_FAVORITES": retention.MAX_FAVORITES,
        "STORAGE_MICRO_WON_PER_GB_MONTH": pricing.storage_micro_won_per_gb_month(),
        "MAX_TITLE": library.MAX_TITLE,
        "MAX_SEARCH": library.MAX_SEARCH,
        "MAX_AT_ONCE": library.MAX_AT_ONCE,
        "STARTUP_LIMIT_SECONDS": STARTUP_LIMIT_SECONDS,
        "UNUSED_PICTURE_HOURS": retention.UNUSED_PICTURE_HOURS,
        "REFUSAL_REASONS": pictures.REFUSAL_REASONS,
        "SOUND_REASONS": sounds.SOUND_REASONS,
        "MP4_SOUND_BRANDS": sounds.MP4_SOUND_BRANDS,
    }
    lines = [
        f"export const {name} = {json.dumps(value, ensure_ascii=False)} as const;" for name, value in values.items()
    ]
    return f"// {MARK}\n\n" + "\n".join(lines) + "\n"


def preset_table() -> str:
    rows = [row.model_dump(mode="json") for row in menu.menu_rows()]
    return as_json({"$comment": MARK, "default_preset": presets.DEFAULT_PRESET, "presets": rows})


def price_table() -> str:
    rows = [row.model_dump(mode="json") for row in pricing.all_estimates()]
    # One row per line, so that a diff shows a changed price as one line.
    lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
    cards = ",\n".join("    " + json.dumps(asdict(card)) for card in pricing.card_prices())
    clip_ms = json.dumps([delivered.work_for(row).clip_ms for row in pricing.all_estimates()])
    head = f'{{\n  "$comment": {json.dumps(MARK)},\n  "price_rev": {json.dumps(PRICE_REV)},\n'
    head += f'  "prices_as_of": "{MODAL_PRICES.as_of}",\n  "won_per_usd": {WON_PER_USD},\n'
    head += f'  "rate_as_of": "{FX.as_of}",\n'
    times = f'  "clip_ms": {clip_ms},\n'
    text = text_pricing.text_estimate()
    times += f'  "text_ms": {round((text.gpu_seconds + delivered.HANDOVER_SECONDS) * 1000)},\n'
    times += f'  "text": {json.dumps(text.model_dump(mode="json"), ensure_ascii=False)},\n'
    return f'{head}  "cards": [\n{cards}\n  ],\n{times}  "estimates": [\n{lines}\n  ]\n}}\n'


def literals(union: Any) -> list[Any]:
    return list(TypeAdapter[Any](union).json_schema()["enum"])


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
