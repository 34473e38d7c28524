"""The bucket, through its S3 side: inputs in, claims, clips and markers out.

On the GPU side, only this module builds a job's keys. Each conditional write reports whether it won, even when the
first answer was lost and the write was sent twice. Transport faults are retried a few times, then become
StorageRefused. Does not know what a clip is, when a marker is due, or that a site exists.
"""

# boto3 has no types of its own; the gaps end at this file.
# pyright: reportUnknownMemberType=false

import base64
import hashlib
import logging
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import urllib3.exceptions
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from gpu.core.contract import Outcome
from gpu.core.contract.fields import AcrossReleases, Wire
from gpu.core.problems import StorageRefused
from gpu.serve.settings import Settings

log = logging.getLogger(__name__)

VIDEO_TYPE = "video/mp4"
POSTER_TYPE = "image/jpeg"
LAST_FRAME_TYPE = "image/png"
_JSON_TYPE = "application/json"
_MARKER_LIMIT_BYTES = 1024 * 1024
_ABSENT = {"NoSuchKey", "404", "NotFound"}
_TAKEN = {"PreconditionFailed", "412"}
_AT_THE_SAME_TIME = {"ConditionalRequestConflict", "409"}
"""Another write to the same key was under way: it says nothing about what the key holds now."""
_CONFLICT_PAUSES_SECONDS = (0.1, 0.2, 0.4, 0.8)
_BROKEN_OFF = (IncompleteReadError, ResponseStreamingError, ReadTimeoutError, urllib3.exceptions.HTTPError)
"""boto3 sends requests again, but reads no body again that breaks off half way."""


class Claim(AcrossReleases):
    """The body of `claim-{attempt}.json`: which worker has this attempt. `turn` counts the workers that claimed it."""

    job_id: str
    attempt: int
    token: str
    """Unguessable and new for each worker: identifies its own write when an answer was lost."""
    at: str
    turn: int = 1
    released: bool = False
    """True when the worker had to stop early, so that the next one may start at once."""


class KeptCall(AcrossReleases):
    """The body of `call-{attempt}.json`: the platform's id of this attempt's call. Without an id it is the intent of a
    submit that is about to make the call, or died while it did."""

    platform_id: str | None = None
    token: str = ""
    """Unguessable and new for each submit: tells its own record from another's."""
    at: str = ""
    card: str | None = None
    """The site's number for the card that the ticket is the first for."""


@dataclass(frozen=True, slots=True)
class _Held:
    etag: str
    data: bytes


def claim_key(job_id: str, attempt: int) -> str:
    return f"jobs/{job_id}/claim-{attempt}.json"


def call_key(job_id: str, attempt: int) -> str:
    return f"jobs/{job_id}/call-{attempt}.json"


def video_key(job_id: str, attempt: int, turn: int = 1) -> str:
    """A clip's key. Each worker of an attempt has its own, so none overwrites another's clip."""
    return f"jobs/{job_id}/video-{_name(attempt, turn)}.mp4"


def poster_key(job_id: str, attempt: int, turn: int = 1) -> str:
    return f"jobs/{job_id}/poster-{_name(attempt, turn)}.jpg"


def last_frame_key(job_id: str, attempt: int, turn: int = 1) -> str:
    return f"jobs/{job_id}/last-{_name(attempt, turn)}.png"


def _name(attempt: int, turn: int) -> str:
    return f"{attempt}" if turn == 1 else f"{attempt}-{turn}"


def container_key(container_id: str) -> str:
    return f"service/containers/{container_id}.json"


def done_key(job_id: str) -> str:
    return f"jobs/{job_id}/done.json"


def failed_key(job_id: str) -> str:
    return f"jobs/{job_id}/failed.json"


class Storage:
    """One bucket. Every method raises StorageRefused when the bucket stays unreachable or refuses the request."""

    def __init__(self, settings: Settings, *, timeout_seconds: float = 20.0, tries: int = 4) -> None:
        self._bucket = settings.r2_bucket
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=settings.r2_endpoint,
            aws_access_key_id=settings.r2_access_key_id,
            aws_secret_access_key=settings.r2_secret_access_key,
            config=Config(
                region_name="auto",
                s3={"addressing_style": "path"},
                retries={"mode": "standard", "total_max_attempts": tries},
                connect_timeout=min(5.0, timeout_seconds),
                read_timeout=timeout_seconds,
                # R2 and its local double do not read checksums in trailers; Content-MD5 is checked by both.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                proxies={},
            ),
        )

    def read(self, key: str, limit_bytes: int) -> bytes | None:
        """The object under `key`, or None when there is none. StorageRefused when it is larger than the limit."""
        held = self._get(key, limit_bytes)
        return None if held is None else held.data

    def write(self, key: str, body: Wire) -> None:
        """Stores a small JSON object; replaces an existing one."""
        self._put(key, _encode(body))

    def upload(self, key: str, path: Path, content_type: str) -> None:
        """Stores the file. The request carries its MD5, so the bucket refuses a corrupted upload."""
        with path.open("rb") as body:
            digest = hashlib.file_digest(body, lambda: hashlib.md5(usedforsecurity=False)).digest()
            body.seek(0)
            self._put(key, body, content_type, ContentMD5=base64.b64encode(digest).decode("ascii"))

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so, in order: at most the first 1,000."""
        with _reporting("listing"):
            answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix)
            return [each["Key"] for each in answer.get("Contents", ())]
        return []

    def remove(self, keys: Iterable[str]) -> None:
        """Deletes objects; missing ones are ignored."""
        for key in keys:
            with _reporting("deleting"):
                self._client.delete_object(Bucket=self._bucket, Key=key)

    # ------------------------------------------------------------ claims

    def claim(self, claim: Claim, stale_before: str) -> Claim | None:
        """Claims an attempt: the stored claim, or None when a living worker holds it.

        A claim from before the timestamp `stale_before`, or one that its worker released, is taken over with the next
        turn.
        """
        key = claim_key(claim.job_id, claim.attempt)
        if self._put_if(key, claim, IfNoneMatch="*"):
            return claim
        held = self._get(key)
        if held is None:
            return None  # deleted between the two requests: leave the attempt alone
        other = Claim.model_validate_json(held.data)
        if not other.released and other.at >= stale_before:
            return None
        next_turn = claim.model_copy(update={"turn": other.turn + 1})
        return next_turn if self._put_if(key, next_turn, IfMatch=held.etag) else None

    def release(self, claim: Claim) -> None:
        """Releases an unfinished attempt, so that the worker that gets it next can start at once."""
        self._put(claim_key(claim.job_id, claim.attempt), _encode(claim.model_copy(update={"released": True})))

    def is_claimed(self, job_id: str, attempt: int) -> bool:
        """True while a worker holds the attempt, or died holding it."""
        held = self._get(claim_key(job_id, attempt))
        return held is not None and not Claim.model_validate_json(held.data).released

    # ------------------------------------------------------------ calls

    def call(self, job_id: str, attempt: int) -> tuple[KeptCall, str] | None:
        """The record of this attempt's call, and its version for `keep_call`; None where nothing is recorded."""
        held = self._get(call_key(job_id, attempt))
        return None if held is None else (KeptCall.model_validate_json(held.data), held.etag)

    def keep_call(self, job_id: str, attempt: int, call: KeptCall, replaces: str | None = None) -> bool:
        """Records a call in place of the version `replaces`, or of nothing. False where there is another one by now."""
        key = call_key(job_id, attempt)
        if replaces is None:
            return self._put_if(key, call, IfNoneMatch="*")
        return self._put_if(key, call, IfMatch=replaces)

    # ------------------------------------------------------------ markers

    def done(self, job_id: str) -> Outcome | None:
        """The marker of a delivered clip."""
        held = self._get(done_key(job_id))
        return None if held is None else Outcome.model_validate_json(held.data)

    def failed(self, job_id: str) -> Outcome | None:
        """The marker of a failed or canceled attempt. Where `done.json` exists too, that one counts."""
        held = self._get(failed_key(job_id))
        return None if held is None else Outcome.model_validate_json(held.data)

    def mark_done(self, outcome: Outcome) -> Outcome:
        """Writes `done.json` unless it exists; returns the stored outcome, which may be another attempt's."""
        if self._put_if(done_key(outcome.job_id), outcome, IfNoneMatch="*"):
            return outcome
        return self.done(outcome.job_id) or outcome

    def mark_failed(self, outcome: Outcome) -> Outcome:
        """Writes `failed.json`, and replaces an earlier attempt's; returns the outcome that counts: a delivered clip's
        where there is one, else the later attempt's."""
        done = self.done(outcome.job_id)
        if done is not None:
            return done
        key = failed_key(outcome.job_id)
        if self._put_if(key, outcome, IfNoneMatch="*"):
            return outcome
        held = self._get(key)
        if held is not None:
            other = Outcome.model_validate_json(held.data)
            if other.attempt >= outcome.attempt:
                return other
            if self._put_if(key, outcome, IfMatch=held.etag):
                return outcome
        return self.failed(outcome.job_id) or outcome

    # ------------------------------------------------------------ requests

    def _get(self, key: str, limit_bytes: int = _MARKER_LIMIT_BYTES) -> _Held | None:
        with _reporting("reading"):
            for last_try in (False, False, True):
                try:
                    return self._got(key, limit_bytes)
                except ClientError as error:
                    if _code(error) in _ABSENT:
                        return None
                    raise
                except _BROKEN_OFF:
                    if last_try:
                        raise
        return None

    def _got(self, key: str, limit_bytes: int) -> _Held:
        answer = self._client.get_object(Bucket=self._bucket, Key=key)
        body = answer["Body"]
        try:
            if answer["ContentLength"] > limit_bytes:
                raise StorageRefused(f"Over {limit_bytes:,} bytes.")
            return _Held(answer["ETag"], body.read())
        finally:
            body.close()

    def _put(self, key: str, body: Any, content_type: str = _JSON_TYPE, **extra: str) -> None:
        with _reporting("writing"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type, **extra)

    def _put_if(self, key: str, body: Wire, **condition: str) -> bool:
        """A conditional write: True when it was made, False when the condition did not hold."""
        data = _encode(body)
        with _reporting("writing"):
            for pause in (*_CONFLICT_PAUSES_SECONDS, None):
                try:
                    self._client.put_object(
                        Bucket=self._bucket, Key=key, Body=data, ContentType=_JSON_TYPE, **condition
                    )
                except ClientError as error:
                    if _code(error) in _TAKEN:
                        break
                    if pause is None or _code(error) not in _AT_THE_SAME_TIME:
                        raise
                    time.sleep(pause)
                else:
                    return True
        # The first try may have succeeded and only its answer got lost: then the stored body equals ours.
        held = self._get(key)
        return held is not None and held.data == data


def _encode(body: Wire) -> bytes:
    return body.model_dump_json().encode("utf-8")


def _code(error: ClientError) -> str:
    response: Any = error.response
    return str(response.get("Error", {}).get("Code", ""))


@contextmanager
def _reporting(doing: str) -> Generator[None]:
    """Logs the error. The problem for the wire names no address or key."""
    try:
        yield
    except (ClientError, BotoCoreError, urllib3.exceptions.HTTPError) as error:
        log.error("storage: %s failed: %s: %s", doing, type(error).__name__, error)
        raise StorageRefused(f"The storage failed while {doing}.") from None
