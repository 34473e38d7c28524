"""The contract as JSON Schema: the edge validates with it, and TypeScript types are generated from it.

Knows the bodies' names and directions, not their meaning.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from gpu.core.contract import (
    JOB_REQUEST,
    ActiveJobs,
    Batch,
    BatchChoice,
    BatchRequest,
    BulkChange,
    BulkChanged,
    Call,
    CapsChange,
    CardAsk,
    CardOrder,
    ChannelPreset,
    ChannelPresetRequest,
    ChannelPresets,
    Claimed,
    ContainerReport,
    DeliveryList,
    Erased,
    EraseRequest,
    Estimate,
    EstimateRequest,
    GpuNow,
    Health,
    Job,
    JobChange,
    JobEvent,
    JobList,
    LibraryDays,
    Me,
    Menu,
    NewToken,
    NewWebhook,
    Offers,
    OffersRequest,
    OperatorView,
    Outcome,
    OwnLimits,
    PairedPictures,
    PictureRead,
    PicturesToPair,
    PictureToRead,
    Problem,
    Project,
    ProjectChange,
    ProjectChanged,
    ProjectList,
    ProjectRequest,
    Quote,
    RerunRequest,
    SceneFile,
    Session,
    SessionRequest,
    Share,
    ShareRequest,
    SiteCaps,
    SoundRead,
    SoundToRead,
    TextJob,
    TextOffer,
    TextRequest,
    Ticket,
    TokenList,
    TokenRequest,
    Upload,
    Usage,
    Version,
    WebhookList,
    WebhookMessage,
    WebhookRequest,
)
from gpu.core.contract.fields import Wire

REQUEST_MODELS: tuple[type[Wire], ...] = (
    EstimateRequest, OffersRequest, RerunRequest, SessionRequest, CapsChange, EraseRequest, TokenRequest,
    WebhookRequest, JobEvent, Outcome, ContainerReport, CardAsk, Call, PictureRead, SoundRead, OwnLimits, JobChange,
    BulkChange, ShareRequest, ProjectRequest, ProjectChange, ChannelPresetRequest, BatchChoice, BatchRequest,
    PicturesToPair, TextRequest,
)  # fmt: skip
"""Bodies that the edge validates. `JobRequest`, a union, is added to them."""
RESPONSE_MODELS: tuple[type[Wire], ...] = (
    Job, JobList, ActiveJobs, Problem, SiteCaps, Erased, Upload, Menu, Estimate, Offers, GpuNow, Usage, Version, Me,
    Session, Claimed, Health, NewToken, TokenList, NewWebhook, WebhookList, DeliveryList, WebhookMessage, Ticket,
    CardOrder, PictureToRead, SoundToRead, OperatorView, OwnLimits, BulkChanged, LibraryDays, Share,
    Project, ProjectChanged, ProjectList, ChannelPreset, ChannelPresets, Quote, Batch,
    SceneFile, PairedPictures, TextJob, TextOffer,
)  # fmt: skip


Body = tuple[str, JsonSchemaMode, TypeAdapter[Any]]
"""A body's name, its direction, and its validator."""


class Untitled(GenerateJsonSchema):
    """Field titles would become a TypeScript alias each (`Id1`, `Status3`)."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def json_schemas() -> dict[str, Any]:
    """Two draft 2020-12 documents: `requests` in validation mode, `responses` in serialization mode, where defaults
    are always present. The `JobRequest` entry keeps its discriminator mapping."""
    inputs: list[Body] = [("JobRequest", "validation", JOB_REQUEST), *bodies(REQUEST_MODELS, "validation")]
    outputs = list(bodies(RESPONSE_MODELS, "serialization"))
    documents: dict[str, Any] = {}
    for name, adapters in (("requests", inputs), ("responses", outputs)):
        mapping, definitions = TypeAdapter.json_schemas(
            adapters, ref_template="#/$defs/{model}", schema_generator=Untitled
        )
        definitions = dict(definitions)
        definitions.setdefault("$defs", {})
        for (key, _mode), schema in mapping.items():
            if "$ref" not in schema:
                definitions["$defs"][key] = schema
        documents[name] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": definitions["$defs"]}
    return documents


def bodies(models: Iterable[type[Wire]], mode: JsonSchemaMode) -> Iterator[Body]:
    """`models` under their own names."""
    for model in models:
        judge: TypeAdapter[Any] = TypeAdapter(model)
        yield model.__name__, mode, judge


def is_strict(definition: dict[str, Any]) -> bool:
    """Whether a definition refuses members that it does not name. The others are read across releases."""
    return "properties" not in definition or definition.get("additionalProperties") is False


def contract_digest() -> str:
    """Twelve hex digits over the schema documents: two services with equal digests speak the same contract."""
    canonical = json.dumps(json_schemas(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:12]
