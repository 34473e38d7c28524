"""Video and poster to their owner: whole, in ranges, conditionally; the nonsense cases included."""

from collections.abc import Iterator

import httpx
import pytest

from tests.edge.asking import finish, problem, submit
from tests.edge.edge import Edge

VIDEO = bytes(range(256)) * 40
SIZE = len(VIDEO)


@pytest.fixture(scope="module")
def clip_of(edge: Edge) -> Iterator[tuple[httpx.Client, str]]:
    """A finished clip of `VIDEO` and its owner."""
    with edge.person() as owner:
        job = submit(owner, prompt='눈을 깜빡이고: "살짝" 웃는다/정말')
        finish(edge, job["id"], video=VIDEO)
        yield owner, f"/api/jobs/{job['id']}/video"


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-99", (0, 100)),
        ("bytes=100-199", (100, 200)),
        ("bytes=100-", (100, SIZE)),
        ("bytes=-1", (SIZE - 1, SIZE)),
        ("bytes=-500", (SIZE - 500, SIZE)),
        (f"bytes=-{SIZE * 2}", (0, SIZE)),
        (f"bytes=0-{SIZE * 2}", (0, SIZE)),
        (f"bytes={SIZE - 1}-", (SIZE - 1, SIZE)),
        ("BYTES=5-9", (5, 10)),
    ],
)
def test_a_range(clip_of: tuple[httpx.Client, str], header: str, span: tuple[int, int]) -> None:
    owner, path = clip_of
    answer = owner.get(path, headers={"range": header})
    start, end = span
    assert answer.status_code == 206, answer.text
    assert answer.content == VIDEO[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=9-5",
        "bytes=0-1,5-9",
        "items=0-5",
        "bytes=0x1-2",
        "bytes=1.5-2",
        "bytes= 5-9",
        "bytes=0 - 1",
    ],
)
def test_what_asks_for_no_single_range_gets_the_whole(clip_of: tuple[httpx.Client, str], header: str) -> None:
    owner, path = clip_of
    answer = owner.get(path, headers={"range": header})
    assert (answer.status_code, answer.content) == (200, VIDEO)
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0", f"bytes={'9' * 30}-"])
def test_a_range_outside_the_file(clip_of: tuple[httpx.Client, str], header: str) -> None:
    owner, path = clip_of
    answer = owner.get(path, headers={"range": header})
    problem(answer, "range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


def test_if_range_holds_only_for_this_very_file(clip_of: tuple[httpx.Client, str]) -> None:
    owner, path = clip_of
    etag = owner.head(path).headers["etag"]
    part = {"range": "bytes=0-9"}
    assert owner.get(path, headers=part | {"if-range": etag}).status_code == 206
    for other in ('"another"', f"W/{etag}", "Wed, 21 Oct 2015 07:28:00 GMT"):
        answer = owner.get(path, headers=part | {"if-range": other})
        assert (answer.status_code, answer.content) == (200, VIDEO)


def test_if_none_match(clip_of: tuple[httpx.Client, str]) -> None:
    owner, path = clip_of
    etag = owner.head(path).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = owner.get(path, headers={"if-none-match": known, "range": "bytes=0-9"})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
    assert owner.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_if_match_holds_only_for_this_very_file(clip_of: tuple[httpx.Client, str]) -> None:
    owner, path = clip_of
    etag = owner.head(path).headers["etag"]
    part = {"range": "bytes=0-9"}
    for known in (etag, f'"other", {etag}', "*"):
        assert owner.get(path, headers=part | {"if-match": known}).status_code == 206
    for other in ('"another"', f"W/{etag}"):
        problem(owner.get(path, headers=part | {"if-match": other}), "precondition-failed")
        assert owner.head(path, headers={"if-match": other}).status_code == 412
    both = {"if-match": etag, "if-none-match": etag}
    assert owner.get(path, headers=both).status_code == 304


def test_conditions_by_date(clip_of: tuple[httpx.Client, str]) -> None:
    owner, path = clip_of
    written = owner.head(path).headers["last-modified"]
    before, nonsense = "Wed, 21 Oct 2015 07:28:00 GMT", "yesterday"
    assert owner.get(path, headers={"if-unmodified-since": written}).status_code == 200
    problem(owner.get(path, headers={"if-unmodified-since": before}), "precondition-failed")
    assert owner.get(path, headers={"if-unmodified-since": nonsense}).status_code == 200
    assert owner.get(path, headers={"if-modified-since": written}).status_code == 304
    assert owner.get(path, headers={"if-modified-since": before}).status_code == 200
    tagged = {"if-modified-since": written, "if-none-match": '"other"'}
    assert owner.get(path, headers=tagged).status_code == 200, "a tag goes before a date"


@pytest.mark.parametrize("size", [SIZE - 4_000, SIZE + 4_000])
def test_the_size_is_that_of_the_object(person: httpx.Client, edge: Edge, size: int) -> None:
    job = submit(person)
    finish(edge, job["id"], video=VIDEO)
    stored = (VIDEO + VIDEO)[:size]
    edge.put(f"jobs/{job['id']}/video-1.mp4", stored, "video/mp4")
    path = f"/api/jobs/{job['id']}/video"
    assert person.get(path).content == stored
    assert person.head(path).headers["content-length"] == str(size)
    last = person.get(path, headers={"range": "bytes=-10"})
    assert (last.status_code, last.content) == (206, stored[-10:])
    assert last.headers["content-range"] == f"bytes {size - 10}-{size - 1}/{size}"
    outside = person.get(path, headers={"range": f"bytes={size}-"})
    assert outside.headers["content-range"] == f"bytes */{size}"
    problem(outside, "range-not-satisfiable")


def test_head_tells_all_and_sends_nothing(clip_of: tuple[httpx.Client, str]) -> None:
    owner, path = clip_of
    answer = owner.head(path, headers={"range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["cache-control"] == "private, no-cache", "a deleted clip is shown nowhere any more"


def test_a_download_is_named_by_day_and_words(clip_of: tuple[httpx.Client, str]) -> None:
    owner, path = clip_of
    shown = owner.get(path).headers["content-disposition"]
    kept = owner.get(path, params={"download": "1"}).headers["content-disposition"]
    assert shown.startswith("inline; ") and kept.startswith("attachment; ")
    name = httpx.URL("http://host/" + kept.split("filename*=UTF-8''")[1]).path.lstrip("/")
    assert name[10:] == " 눈을 깜빡이고 살짝 웃는다 정말.mp4"
    assert kept.isascii() and '"살' not in kept


def test_the_day_in_a_name_is_seouls(person: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    finish(edge, job_id)
    edge.rows("UPDATE jobs SET created_at = '2026-11-22T18:30:00.000Z' WHERE id = ?", job_id)
    for path in ("video", "poster"):
        shown = person.get(f"/api/jobs/{job_id}/{path}").headers["content-disposition"]
        assert 'filename="2026-11-23 ' in shown, "half past three in the night of the 23rd"


def test_the_poster_is_there_too(clip_of: tuple[httpx.Client, str]) -> None:
    owner, path = clip_of
    answer = owner.get(path.replace("video", "poster"), headers={"range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (206, b"p" * 10)
    assert answer.headers["content-type"] == "image/jpeg"


def test_nobody_else_sees_it(clip_of: tuple[httpx.Client, str], stranger: httpx.Client) -> None:
    _, path = clip_of
    for other in (path, path.replace("video", "poster"), path.removesuffix("/video")):
        problem(stranger.get(other), "job-not-found")


def test_a_job_without_a_clip_has_none(person: httpx.Client) -> None:
    job = submit(person)
    problem(person.get(f"/api/jobs/{job['id']}/video"), "job-not-found")
    problem(person.get(f"/api/jobs/{job['id']}/poster"), "job-not-found")


def test_an_object_that_vanished_is_no_server_error(person: httpx.Client, edge: Edge) -> None:
    job = submit(person)
    finish(edge, job["id"])
    edge.s3.delete_object(Bucket=edge.bucket_name, Key=f"jobs/{job['id']}/video-1.mp4")
    problem(person.get(f"/api/jobs/{job['id']}/video"), "job-not-found")
    assert person.head(f"/api/jobs/{job['id']}/video").status_code == 404
