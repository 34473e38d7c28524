"""The bucket's conditional writes, against Cloudflare's own S3 endpoint for development."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from pathlib import Path

import pytest

from gpu.core.problems import StorageRefused
from gpu.serve import storage as keys
from gpu.serve.settings import Settings
from gpu.serve.storage import Claim, Storage
from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.gpu.serve.surroundings import NOW, make_outcome

LONG_AGO, LATER = "2026-01-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"


def claim(job_id: str, worker: str = "mine", attempt: int = 1) -> Claim:
    return Claim(job_id=job_id, attempt=attempt, token=worker, at=NOW, turn=1, released=False)


def test_of_twenty_claims_at_once_one_is_taken(bucket: Storage) -> None:
    with ThreadPoolExecutor(20) as pool:
        claims = [claim("claimrace01", worker=str(number)) for number in range(20)]
        taken = [each for each in pool.map(bucket.claim, claims, repeat(LONG_AGO)) if each is not None]
    assert len(taken) == 1


def test_a_fresh_claim_is_left_alone(bucket: Storage) -> None:
    assert bucket.claim(claim("claimfresh1"), LONG_AGO) == claim("claimfresh1")
    assert bucket.claim(claim("claimfresh1", "other"), LONG_AGO) is None


def test_each_attempt_has_a_claim_of_its_own(bucket: Storage) -> None:
    assert bucket.claim(claim("claimtwo001"), LONG_AGO)
    assert bucket.claim(claim("claimtwo001", "other", attempt=2), LONG_AGO)


def test_a_stale_claim_is_taken_over_once(bucket: Storage) -> None:
    bucket.claim(claim("claimstale1"), LONG_AGO)
    with ThreadPoolExecutor(8) as pool:
        claims = [claim("claimstale1", str(number)).model_copy(update={"at": LATER}) for number in range(8)]
        taken = [each for each in pool.map(bucket.claim, claims, repeat(LATER)) if each is not None]
    assert [each.turn for each in taken] == [2]


def test_a_released_claim_goes_to_the_next(bucket: Storage) -> None:
    mine = bucket.claim(claim("claimgiven1"), LONG_AGO)
    assert mine is not None
    bucket.release(mine)
    taken = bucket.claim(claim("claimgiven1", "other"), LONG_AGO)
    assert taken is not None
    assert (taken.turn, taken.token) == (2, "other")


def test_a_claim_written_twice_because_an_answer_was_lost_is_still_mine(bucket: Storage) -> None:
    assert bucket.claim(claim("claimlost01"), LONG_AGO)
    assert bucket.claim(claim("claimlost01"), LONG_AGO) == claim("claimlost01")


def test_the_first_done_stands(bucket: Storage) -> None:
    first, second = (
        make_outcome("donefirst1", status="succeeded"),
        make_outcome("donefirst1", attempt=2, status="succeeded"),
    )
    assert bucket.mark_done(first) == first
    assert bucket.mark_done(second) == first
    assert bucket.done("donefirst1") == first


def test_failed_is_never_written_beside_done(bucket: Storage) -> None:
    done = bucket.mark_done(make_outcome("donefailed", status="succeeded"))
    assert bucket.mark_failed(make_outcome("donefailed", attempt=2)) == done
    assert bucket.failed("donefailed") is None


def test_a_later_attempt_replaces_the_failure_of_an_earlier_one_and_not_the_reverse(bucket: Storage) -> None:
    first, second = make_outcome("failedtwice"), make_outcome("failedtwice", attempt=2)
    assert bucket.mark_failed(first) == first
    assert bucket.mark_failed(second) == second
    assert bucket.mark_failed(first) == second
    assert bucket.failed("failedtwice") == second


def test_a_file_arrives_as_it_was(bucket: Storage, tmp_path: Path) -> None:
    path = tmp_path / "영상.mp4"
    path.write_bytes(bytes(range(256)) * 40_000)
    key = keys.video_key("uploadjob1", 1)
    bucket.upload(key, path, keys.VIDEO_TYPE)
    assert bucket.read(key, 20_000_000) == path.read_bytes()
    with pytest.raises(StorageRefused):
        bucket.read(key, 1_000)
    bucket.remove([key, "jobs/uploadjob1/never-there"])
    assert bucket.read(key, 20_000_000) is None


def test_what_is_not_there_is_none(bucket: Storage) -> None:
    assert bucket.read("inputs/nothing", 10) is None
    assert bucket.done("nothing01") is None
    assert bucket.failed("nothing01") is None


def test_wrong_keys_are_refused_and_the_words_name_no_secret(settings: Settings) -> None:
    stranger = Storage(replace(settings, r2_secret_access_key="wrongsecret"), tries=1)
    with pytest.raises(StorageRefused) as refused:
        stranger.read("inputs/nothing", 10)
    assert settings.r2_endpoint not in refused.value.detail
    assert "testkey" not in refused.value.detail


def test_server_errors_are_tried_again_and_then_given_up(settings: Settings) -> None:
    calls = 0

    class Failing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            nonlocal calls
            calls += 1
            self.send_response(500)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        broken = Storage(replace(settings, r2_endpoint=f"http://127.0.0.1:{server.server_port}"), tries=2)
        with pytest.raises(StorageRefused):
            broken.read("inputs/nothing", 10)
        server.shutdown()
    assert calls == 2


def test_a_bucket_out_of_reach_is_a_problem_not_a_crash(settings: Settings) -> None:
    with pytest.raises(StorageRefused):
        Storage(replace(settings, r2_endpoint="http://127.0.0.1:9"), tries=1).done("nothing01")


class Broken(BaseHTTPRequestHandler):
    """A bucket that sends a part of a picture, then cuts the connection or says nothing more, for so many times."""

    protocol_version = "HTTP/1.1"
    data = bytes(range(256)) * 64
    breaks = 1
    stalls = False
    calls = 0

    def do_GET(self) -> None:
        kind = type(self)
        kind.calls += 1
        self.send_response(200)
        self.send_header("content-length", str(len(self.data)))
        self.send_header("etag", '"1"')
        self.end_headers()
        if kind.calls > kind.breaks:
            self.wfile.write(self.data)
            return
        self.wfile.write(self.data[:1_000])
        self.wfile.flush()
        if kind.stalls:
            self.connection.settimeout(STALLED_AFTER_SECONDS)
            with suppress(OSError):
                self.connection.recv(1)  # until the reader gives up
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        del format, args


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Generator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("stalls", [False, True])
def test_a_download_that_breaks_off_is_read_again(settings: Settings, *, stalls: bool) -> None:
    class Once(Broken):
        pass

    Once.stalls = stalls
    with serving(Once) as url:
        cut = Storage(replace(settings, r2_endpoint=url), tries=1, timeout_seconds=1.0)
        assert cut.read("inputs/picture", 1_000_000) == Broken.data
    assert Once.calls == 2


@pytest.mark.parametrize("stalls", [False, True])
def test_a_download_that_goes_on_breaking_off_is_the_storages_refusal(settings: Settings, *, stalls: bool) -> None:
    class Always(Broken):
        breaks = 1_000

    Always.stalls = stalls
    with serving(Always) as url:
        cut = Storage(replace(settings, r2_endpoint=url), tries=1, timeout_seconds=0.3)
        with pytest.raises(StorageRefused):
            cut.read("inputs/picture", 1_000_000)
    assert Always.calls == 3


@pytest.mark.parametrize(("conflicts", "written"), [(2, True), (1_000, False)])
def test_a_write_at_the_same_time_as_another_is_tried_again_and_says_nothing_about_the_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, conflicts: int, *, written: bool
) -> None:
    class Busy(BaseHTTPRequestHandler):
        calls = 0

        def do_PUT(self) -> None:
            Busy.calls += 1
            self.rfile.read(int(self.headers["content-length"]))
            busy = Busy.calls <= conflicts
            body = b"<Error><Code>ConditionalRequestConflict</Code></Error>" if busy else b""
            self.send_response(409 if busy else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
            del format, args

    monkeypatch.setattr(keys, "_CONFLICT_PAUSES_SECONDS", (0.0, 0.0))
    outcome = make_outcome("conflict01", status="succeeded")
    with serving(Busy) as url:
        bucket = Storage(replace(settings, r2_endpoint=url), tries=1)
        if written:
            assert bucket.mark_done(outcome) == outcome
        else:
            with pytest.raises(StorageRefused):
                bucket.mark_done(outcome)
    assert Busy.calls == 3


def test_keys_are_listed_by_their_beginning(bucket: Storage) -> None:
    for name in ("a", "b"):
        bucket.write(f"service/listed/{name}.json", claim("listedjob1"))
    assert bucket.keys("service/listed/") == ["service/listed/a.json", "service/listed/b.json"]
    assert bucket.keys("service/nothing/") == []


def test_each_worker_of_an_attempt_has_a_key_of_its_own() -> None:
    assert keys.video_key("job0000001", 1) == "jobs/job0000001/video-1.mp4"
    names = {keys.video_key("job0000001", attempt, turn) for attempt in (1, 2) for turn in (1, 2, 3)}
    assert len(names) == 6
