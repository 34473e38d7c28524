"""A site's data moved between accounts: exported into a folder, and imported into empty accounts.

The folder holds `house.json` (what there is, with counts and hashes), `database.sql` (every table, so also caps,
ledger and tokens' hashes), `objects/` (the bucket), `objects.jsonl` (a line for each object that has arrived whole)
and a copy of the log of releases, which moves with git. Both directions go on where they stopped. Secrets are in no
folder: setup-account makes new ones.
"""

import hashlib
import json
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.bootstrap import r2_token
from infra.language import localized
from infra.platforms.bucket import Bucket, Listed
from infra.platforms.cloudflare_account import Account, asked_of
from infra.platforms.programs import attempt
from infra.platforms.site_database import SiteDatabase
from infra.process.put_in_place import put_in_place
from infra.process.shell import InfraError
from infra.reflection.release_log import LOG

HOUSE, DATABASE, OBJECTS, INDEX = "house.json", "database.sql", "objects", "objects.jsonl"
R2_VARIABLES = ("R2_ENDPOINT", "R2_BUCKET", "R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY")
"""They replace the token that is made for the move, where a person has one of their own."""
GIT_SECONDS = 60.0
R2_HOST = ".r2.cloudflarestorage.com"


@dataclass(frozen=True, slots=True)
class House:
    """What was exported. `lines_sha256` is of the database's lines in order of their text, which a second export of
    the same rows has too."""

    environment: str
    at: str
    tables: dict[str, int]
    lines_sha256: str
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """One object in the folder. `md5` is what S3 names it by, `headers` what is stored beside it."""

    key: str
    bytes: int
    sha256: str
    md5: str
    etag: str
    headers: dict[str, Any]


@contextmanager
def opened(account: Account) -> Generator[Bucket]:
    """The bucket, with a token of its own that is revoked behind the block."""
    given = {name: os.environ.get(name, "") for name in R2_VARIABLES}
    if all(given.values()):
        refuse_other_account(account, given["R2_ENDPOINT"])
        yield Bucket(given)
        return
    made: list[str] = []

    def make() -> str:
        id_, values = r2_token.make_token(account)
        made.append(id_)
        given.update(values)
        return id_

    asked_of("r2-token", make)
    try:
        yield Bucket(given)
    finally:
        r2_token.revoke(account, made)


def refuse_other_account(account: Account, endpoint: str) -> None:
    """During a move the variables may still be those of the other account."""
    if R2_HOST in endpoint and account.id not in endpoint:
        raise InfraError(
            localized(
                ko=f"R2_ENDPOINT는 다른 계정의 주소예요: {endpoint}", en=f"R2_ENDPOINT is another account's: {endpoint}"
            ),
            localized(
                ko=f"{', '.join(R2_VARIABLES)} 변수를 지우고 다시 실행해 주세요",
                en=f"unset {', '.join(R2_VARIABLES)}, then run this again",
            ),
        )


# ---------------------------------------------------------------- export


def refuse_committable(root: Path, folder: Path) -> None:
    """Raises InfraError for a folder that git would take into a commit: a push would publish people's pictures."""
    if not folder.is_relative_to(root):
        return
    if attempt(["git", "check-ignore", "--quiet", str(folder)], cwd=root, timeout_seconds=GIT_SECONDS).exit_code != 0:
        raise InfraError(
            localized(
                ko=f"{folder} 폴더는 저장소 안에 있어요. 커밋하면 이미지와 영상이 같이 올라가요",
                en=f"{folder} is inside the repository: a commit would publish pictures and clips",
            ),
            localized(
                ko=f"저장소 밖에 저장해 주세요: python run.py export ../{folder.name}",
                en=f"export to a place outside of it: python run.py export ../{folder.name}",
            ),
        )


def export(account: Account, bucket: Bucket, folder: Path) -> Iterator[str]:
    """Raises InfraError where it stops; the next call goes on."""
    folder.mkdir(parents=True, exist_ok=True)
    database = SiteDatabase.of_environment(account.ground)
    before = database.counts()
    draft = folder / f"{DATABASE}.part"
    draft.unlink(missing_ok=True)
    database.dump(draft)
    put_in_place(draft, folder / DATABASE)
    tables = database.counts()
    if tables != before:
        yield localized(
            ko="내보내는 동안 새 행이 생겼어요. 먼저 python run.py caps --stop으로 새 작업을 멈추는 게 좋아요",
            en="rows were added meanwhile; python run.py caps --stop before an export avoids that",
        )
    yield localized(
        ko=f"데이터베이스: 표 {len(tables)}개, 행 {sum(tables.values())}개",
        en=f"database: tables {len(tables)}, rows {sum(tables.values())}",
    )
    known = index_of(folder)
    listed = list(bucket.listed())
    with (folder / INDEX).open("a", encoding="utf-8", newline="\n") as index:
        for number, row in enumerate(listed, start=1):
            here = known.get(row.key)
            if here is not None and here.etag == row.etag and is_unchanged(folder, here):
                continue
            content, headers = bucket.get(row.key)
            if len(content) != row.bytes:
                raise InfraError(f"{row.key}: {len(content)} != {row.bytes}", again("export"))
            path = place_of(folder, row.key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            known[row.key] = Kept(row.key, len(content), sha256(content), md5(content), row.etag, headers)
            index.write(json.dumps(asdict(known[row.key]), ensure_ascii=False) + "\n")
            index.flush()
            if number % 100 == 0:
                yield f"  {number} / {len(listed)}"
    log = account.ground.root / LOG
    (folder / LOG.name).write_bytes(log.read_bytes() if log.is_file() else b"")
    kept = {row.key: known[row.key] for row in listed}
    house = House(
        environment=account.ground.target.name,
        at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        tables=tables,
        lines_sha256=lines_sha256(folder / DATABASE),
        objects=len(kept),
        bytes=sum(each.bytes for each in kept.values()),
    )
    (folder / INDEX).write_text(
        "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in kept.values()),
        encoding="utf-8",
        newline="\n",
    )
    (folder / HOUSE).write_text(json.dumps(asdict(house), indent=2) + "\n", encoding="utf-8", newline="\n")
    yield localized(
        ko=f"파일: {house.objects}개, {house.bytes / 1e9:.2f} GB. 개수와 해시를 {HOUSE} 파일에 적었어요",
        en=f"objects: {house.objects}, {house.bytes / 1e9:.2f} GB; counts and hashes are in {HOUSE}",
    )


# ---------------------------------------------------------------- import


def import_(account: Account, bucket: Bucket, folder: Path) -> Iterator[str]:
    """Into an empty database and bucket, or those that an earlier call began to fill. Raises InfraError for a folder
    that is not whole, for a database with other rows, for a bucket with other objects, and where the copy differs from
    the folder in the end."""
    house, index = read(folder)
    found = {row.key: row for row in bucket.listed()}
    refuse_strange(found, index)
    database = SiteDatabase.of_environment(account.ground)
    there = database.counts()
    if not there:
        database.load(folder / DATABASE)
        there = database.counts()
    if there != house.tables:
        other = differing(house.tables, there)
        raise InfraError(
            localized(ko=f"데이터베이스에 다른 행이 있어요: {other}", en=f"the database has other rows: {other}"),
            localized(
                ko="빈 데이터베이스에만 가져올 수 있어요. 새 계정에서 먼저: python run.py setup-account --no-release",
                en="import into an empty database: in new accounts, after python run.py setup-account --no-release",
            ),
        )
    yield localized(ko=f"데이터베이스: 행 {sum(there.values())}개", en=f"database: rows {sum(there.values())}")
    for number, each in enumerate(index.values(), start=1):
        if each.key in found:
            continue
        content = place_of(folder, each.key).read_bytes()
        if sha256(content) != each.sha256:
            raise InfraError(
                localized(
                    ko=f"폴더의 파일이 달라졌어요: {each.key}", en=f"a file of the folder has changed: {each.key}"
                ),
                again("export"),
            )
        bucket.put(each.key, content, each.headers)
        if number % 100 == 0:
            yield f"  {number} / {len(index)}"
    yield from verify(account, bucket, folder)


def refuse_strange(found: Mapping[str, Listed], index: Mapping[str, Kept]) -> None:
    """Raises InfraError for objects that did not come from the folder: they are somebody's, and would be mixed with it
    or overwritten."""
    wanted = {key: (each.bytes, each.md5) for key, each in index.items()}
    strange = [key for key, row in found.items() if wanted.get(key) != (row.bytes, row.etag)]
    if strange:
        names = ", ".join(strange[:8])
        raise InfraError(
            localized(
                ko=f"버킷에 다른 파일이 {len(strange)}개 있어요: {names}",
                en=f"the bucket has other objects ({len(strange)}): {names}",
            ),
            localized(
                ko="빈 버킷에만 가져올 수 있어요. 새 계정의 토큰이 맞나요? python run.py setup-account --check",
                en="import into an empty bucket; check that the token is the new account's: "
                "python run.py setup-account --check",
            ),
        )


def verify(account: Account, bucket: Bucket, folder: Path) -> Iterator[str]:
    """Compares rows and objects with the folder. Raises InfraError with what differs."""
    house, index = read(folder)
    there = {row.key: (row.bytes, row.etag) for row in bucket.listed()}
    wrong = [key for key, each in index.items() if there.get(key) != (each.bytes, each.md5)]
    second = folder / f"{DATABASE}.there"
    second.unlink(missing_ok=True)
    SiteDatabase.of_environment(account.ground).dump(second)
    if lines_sha256(second) != house.lines_sha256:
        wrong.append(DATABASE)
    if wrong:
        raise InfraError(
            localized(
                ko=f"옮긴 것과 다른 것: {', '.join(wrong[:8])}", en=f"differ from the folder: {', '.join(wrong[:8])}"
            ),
            again("import"),
        )
    second.unlink()
    yield localized(
        ko=f"확인했어요: 행 {sum(house.tables.values())}개, 파일 {house.objects}개의 개수와 해시가 같아요",
        en=f"verified: rows {sum(house.tables.values())}, objects {house.objects}, equal in number and hash",
    )


# ---------------------------------------------------------------- the folder


def read(folder: Path) -> tuple[House, dict[str, Kept]]:
    """Raises InfraError for a folder without a whole export."""
    try:
        house = House(**json.loads((folder / HOUSE).read_text(encoding="utf-8")))
        index = index_of(folder)
        lacking = [key for key, each in index.items() if not is_whole(folder, each)]
        is_complete = len(index) == house.objects and lines_sha256(folder / DATABASE) == house.lines_sha256
    except (OSError, ValueError, TypeError) as error:
        raise InfraError(
            localized(ko=f"{folder} 폴더에 끝난 내보내기가 없어요", en=f"no finished export is in {folder}"),
            again("export"),
        ) from error
    if lacking or not is_complete:
        raise InfraError(
            localized(
                ko=f"{folder} 폴더가 온전하지 않아요: {', '.join(lacking[:8]) or DATABASE}",
                en=f"{folder} is not whole: {', '.join(lacking[:8]) or DATABASE}",
            ),
            again("export"),
        )
    return house, index


def index_of(folder: Path) -> dict[str, Kept]:
    """Key -> the last line about it. A line that was cut off by a kill is left out."""
    found: dict[str, Kept] = {}
    path = folder / INDEX
    for line in path.read_text(encoding="utf-8").split("\n") if path.is_file() else ():
        try:
            row = Kept(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[row.key] = row
    return found


def is_whole(folder: Path, each: Kept) -> bool:
    path = place_of(folder, each.key)
    return path.is_file() and path.stat().st_size == each.bytes


def is_unchanged(folder: Path, each: Kept) -> bool:
    """Reads the whole file: one that was damaged is brought again."""
    return is_whole(folder, each) and sha256(place_of(folder, each.key).read_bytes()) == each.sha256


def place_of(folder: Path, key: str) -> Path:
    """Raises InfraError for a key that would lie outside of the folder."""
    base = (folder / OBJECTS).resolve()
    path = (base / key).resolve()
    if not path.is_relative_to(base):
        raise InfraError(f"{key!r} is no path inside a folder", again("export"))
    return path


def again(verb: str) -> str:
    return f"python run.py {verb} <folder>"


def differing(wanted: dict[str, int], there: dict[str, int]) -> str:
    names = sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
    return ", ".join(f"{name} {there.get(name, 0)} / {wanted.get(name, 0)}" for name in names[:8])


def lines_sha256(path: Path) -> str:
    lines = sorted(path.read_bytes().split(b"\n"))
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
