"""One R2 bucket over S3: its keys, and objects with what is stored beside their bytes.

It does not know what the objects are. Whoever opens it brings endpoint, name and keys.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.language import localized
from infra.process.shell import InfraError

HEADERS = ("ContentType", "CacheControl", "ContentDisposition", "Metadata")
"""What is stored beside an object's bytes."""
MOST_AT_ONCE = 1000
"""Keys that S3 deletes in one call."""


@dataclass(frozen=True, slots=True)
class Listed:
    """`etag` is the MD5 of an object that was put in one piece."""

    key: str
    bytes: int
    etag: str


class Bucket:
    """`values` are those of Modal's secret clipwright-r2. Every method raises InfraError where the bucket refuses."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.name = values["R2_BUCKET"]
        self._s3: Any = boto3.client(  # pyright: ignore[reportUnknownMemberType]
            "s3",
            endpoint_url=values["R2_ENDPOINT"],
            aws_access_key_id=values["R2_ACCESS_KEY_ID"],
            aws_secret_access_key=values["R2_SECRET_ACCESS_KEY"],
            region_name="auto",
            config=Config(
                s3={"addressing_style": "path"},
                retries={"max_attempts": 6, "mode": "standard"},
                request_checksum_calculation="when_required",
            ),
        )

    def listed(self) -> Iterator[Listed]:
        """Every object, by key."""
        more: dict[str, str] = {}
        while True:
            page = self._ask("list_objects_v2", **more)
            for row in page.get("Contents", []):
                yield Listed(row["Key"], int(row["Size"]), str(row["ETag"]).strip('"'))
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def get(self, key: str) -> tuple[bytes, dict[str, Any]]:
        """An object's bytes, and the members of HEADERS that it has."""
        found = self._ask("get_object", Key=key)
        try:
            content: bytes = found["Body"].read()
        except BotoCoreError as error:
            raise refused(key, error) from error
        return content, {name: found[name] for name in HEADERS if found.get(name)}

    def put(self, key: str, content: bytes, headers: Mapping[str, Any]) -> None:
        self._ask("put_object", Key=key, Body=content, **headers)

    def delete(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), MOST_AT_ONCE):
            rows = [{"Key": key} for key in keys[start : start + MOST_AT_ONCE]]
            self._ask("delete_objects", Delete={"Objects": rows, "Quiet": True})

    def _ask(self, method: str, **words: Any) -> Any:
        try:
            return getattr(self._s3, method)(Bucket=self.name, **words)
        except (BotoCoreError, ClientError) as error:
            raise refused(str(words.get("Key") or self.name), error) from error


def refused(what: str, error: Exception) -> InfraError:
    return InfraError(
        localized(
            ko=f"버킷이 요청을 받지 않았어요 ({what}): {type(error).__name__}: {error}",
            en=f"the bucket refuses ({what}): {type(error).__name__}: {error}",
        ),
        localized(ko="다시 실행하면 멈춘 곳부터 이어서 해요", en="run this again; it goes on where it stopped"),
    )
