"""One clip through the public API, and what a person finds at its end."""

import io
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gpu.core.presets import CINEMATIC_PREFIX, PRESETS
from gpu.core.pricing import estimate
from tests.stack.conftest import Json, Person, Product

PROMPT = "창가에 앉은 여자가 '안녕' 하고 웃는다 😀\n카메라는 $0.30만큼 다가간다"


def assert_clean(mp4: bytes, job: Json) -> None:
    """h264 and aac, as many frames as promised at the promised rate, ready to play from the first byte."""
    video: Any = job["video"]
    assert mp4.index(b"moov") < mp4.index(b"mdat")
    with av.open(io.BytesIO(mp4), "r") as clip:
        picture, sound = clip.streams.video[0], clip.streams.audio[0]
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert (picture.width, picture.height) == (video["width"], video["height"])
        assert picture.average_rate == job["resolved"]["frame_rate"]
        assert sum(1 for _ in clip.decode(picture)) == video["num_frames"] == job["resolved"]["num_frames"]


@pytest.fixture(scope="module")
def delivered(product: Product) -> Iterator[tuple[Person, Json]]:
    person = product.person()
    with person.http:
        job = person.submit(preset="aggressive_quality", seconds=8, prompt=PROMPT, upload_id=person.upload())
        yield person, person.wait(job["id"])


def test_the_clip_is_what_was_promised(delivered: tuple[Person, Json]) -> None:
    person, job = delivered
    assert job["status"] == "succeeded", job["problem"]
    mp4 = person.http.get(job["links"]["video"]).content
    assert len(mp4) == job["video"]["bytes"]
    assert_clean(mp4, job)
    poster = person.http.get(job["links"]["poster"])
    assert poster.headers["content-type"] == "image/jpeg"
    assert len(poster.content) == job["poster"]["bytes"]


def test_a_next_clip_begins_with_the_last_frame(delivered: tuple[Person, Json]) -> None:
    person, job = delivered
    upload = person.http.post(job["links"]["last_frame"])
    assert upload.status_code == 201, upload.text
    kept = person.http.get(f"/api/uploads/{upload.json()['id']}/picture").content
    with av.open(io.BytesIO(person.http.get(job["links"]["video"]).content), "r") as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(film.streams.video[0])]
    with Image.open(io.BytesIO(kept)) as picture:
        shown = np.asarray(picture)
    assert np.argmin([np.abs(frame.astype(int) - shown).mean() for frame in frames]) == len(frames) - 1
    following = person.wait(person.submit(preset="fast", seconds=2, upload_id=upload.json()["id"])["id"])
    assert (following["status"], following["continues"]) == ("succeeded", job["id"])


def test_the_words_are_kept_to_the_letter_and_what_was_sent_is_shown(delivered: tuple[Person, Json]) -> None:
    _, job = delivered
    assert job["input"]["prompt"] == PROMPT
    assert job["resolved"]["prompt_sent"] == f"{CINEMATIC_PREFIX}. {PROMPT}"
    assert job["resolved"]["checkpoint"] == "tiny-19b"
    assert job["resolved"]["prompt_tokens_dropped"] == 0


def test_the_price_was_known_before_and_is_settled_once(product: Product, delivered: tuple[Person, Json]) -> None:
    _, job = delivered
    quoted = estimate(PRESETS["aggressive_quality"], "9:16", 8, "704p")
    cost = job["cost"]
    assert cost["estimate_micro_won"] == quoted.micro_won
    assert cost["reserved_micro_won"] == quoted.high_micro_won
    assert 0 < cost["billed_micro_won"] <= cost["reserved_micro_won"]
    assert sum(cost["parts"].values()) == cost["billed_micro_won"]
    reserved = cost["reserved_micro_won"]
    assert product.ledger(job["id"]) == {
        "reserve": reserved, "release": -reserved, "settle": cost["billed_micro_won"]
    }  # fmt: skip


def test_the_bucket_holds_one_clip_and_its_marker(product: Product, delivered: tuple[Person, Json]) -> None:
    _, job = delivered
    assert sorted(key.rsplit("/", 1)[1] for key in product.cloud.keys(f"jobs/{job['id']}/")) == [
        "claim-1.json", "done.json", "last-1.png", "poster-1.jpg", "video-1.mp4"
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_frames_and_a_new_one_others(delivered: tuple[Person, Json]) -> None:
    person, job = delivered
    again = {}
    for seed in ("same", "new"):
        answer = person.http.post(f"/api/jobs/{job['id']}/rerun", json={"seed": seed})
        assert answer.status_code == 202, answer.text
        again[seed] = person.wait(answer.json()["id"])
    assert again["same"]["seed"] == job["seed"] != again["new"]["seed"]
    assert again["same"]["video"]["frames_hash"] == job["video"]["frames_hash"]
    assert again["new"]["video"]["frames_hash"] != job["video"]["frames_hash"]
    assert again["same"]["rerun_of"] == job["id"]


def test_every_preset_delivers(person: Person) -> None:
    picture = person.upload()
    jobs = [
        person.submit(preset="aggressive_quality", upload_id=picture, ratio="16:9"),
        person.submit(preset="quality_light", upload_id=picture),
        person.submit(preset="fast", upload_id=picture, ratio="1:1", tier="704p"),
        person.submit(preset="draft", upload_id=picture),
        person.submit(preset="keyframes", first_upload_id=picture, middle_upload_id=picture, last_upload_id=picture),
    ]
    ended = [person.wait(job["id"]) for job in jobs]
    ended.append(person.wait(person.submit(preset="restyle", source_job_id=ended[0]["id"], ratio="16:9")["id"]))
    for job in ended:
        assert job["status"] == "succeeded", (job["input"]["preset"], job["problem"])
        assert_clean(person.http.get(job["links"]["video"]).content, job)


def test_a_part_is_made_anew_and_a_clip_goes_on(person: Person) -> None:
    source = person.wait(person.submit(preset="fast", seconds=8)["id"])
    same = {"source_job_id": source["id"], "tier": "704p"}
    request = {"preset": "retake", "seconds": 8, "start_seconds": 4, "end_seconds": 6} | same
    part = person.submit(**request)
    longer = person.submit(preset="extend", seconds=4, whole_seconds=10, **same)
    old, new, long = (frames_of(person, person.wait(job["id"])) for job in (source, part, longer))

    changes = np.abs(old - new).mean(axis=(1, 2, 3))  # frames 17 to 24, and 8 on each side
    assert changes[:9].max() < changes[17:25].min() / 2
    assert len(long) == len(old) + 8
    assert np.abs(old - long[: len(old)]).mean(axis=(1, 2, 3))[:25].max() < changes[17:25].min() / 2

    longest = person.wait(
        person.submit(preset="extend", seconds=6, whole_seconds=14, **(same | {"source_job_id": longer["id"]}))["id"]
    )
    assert (longest["video"]["num_frames"], longest["resolved"]["num_frames"]) == (57, 25)
    assert np.abs(long - frames_of(person, longest)[: len(long)]).mean(axis=(1, 2, 3))[:33].max() < changes[17:25].min()
    assert longest["cost"]["estimate_micro_won"] < part["cost"]["estimate_micro_won"]

    refused = person.http.post("/api/jobs", json=request | {"prompt": PROMPT, "end_seconds": 9})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/end_seconds"]


def frames_of(person: Person, job: dict[str, Any]) -> NDArray[np.float32]:
    assert job["status"] == "succeeded", job["problem"]
    with av.open(io.BytesIO(person.http.get(job["links"]["video"]).content), "r") as film:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]).astype(np.float32)


def test_without_a_picture_the_clip_comes_from_the_words_alone(person: Person) -> None:
    job = person.wait(person.submit(upload_id=None)["id"])
    assert job["status"] == "succeeded"
    assert job["resolved"]["image_strength"] is None
    assert job["quality"]["pixel_difference"] == []


def test_fifty_jobs_at_once_all_finish(product: Product, person: Person) -> None:
    ids = [person.submit(seed=number)["id"] for number in range(50)]
    ended = [person.wait(job_id) for job_id in ids]
    assert {job["status"] for job in ended} == {"succeeded"}
    assert len({job["video"]["frames_hash"] for job in ended}) == 50
    assert {len(job["attempts"]) for job in ended} == {1}
    assert all(len(product.ledger(job_id)) == 3 for job_id in ids[:5])
