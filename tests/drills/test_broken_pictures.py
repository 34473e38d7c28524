"""Broken picture files: each is refused or read, nothing crashes, nothing is charged, and no card is asked for."""

import random
from concurrent.futures import ThreadPoolExecutor

import httpx

from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.corpus import files, portrait
from tests.corpus.cases import CASES
from tests.drills.conftest import Size
from tests.drills.drilled_stack import Drilled
from tests.drills.figures import Figures

AT_ONCE = 4
TAKEN, REFUSED = (201,), (400, 411, 413, 415, 422)


def broken(dice: random.Random, whole: bytes) -> bytes:
    """The file with bits turned, bytes lost or doubled, or the start of one kind on the rest of another."""
    data = bytearray(whole)
    for _ in range(dice.choice((1, 3, 30))):
        place = dice.randrange(len(data))
        match dice.randrange(6):
            case 0:
                data[place] ^= 1 << dice.randrange(8)
            case 1:
                del data[place : place + dice.randrange(1, 64)]
            case 2:
                data[place:place] = data[place : place + dice.randrange(1, 64)]
            case 3:
                data[place : place + 4] = dice.choice((b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff"))
            case 4:
                data = data[: max(12, place)]
            case _:
                data[place:place] = dice.randbytes(dice.randrange(1, 64))
        if len(data) < 12:
            return whole[:12]
    return bytes(data)


def originals() -> list[bytes]:
    made = [files.png(), files.jpeg(), files.webp(), portrait.FILE.read_bytes()]
    return made + [case.make() for case in CASES[::4]]


def test_no_broken_picture_crashes_or_costs_anything(
    drilled: Drilled, size: Size, figures: Figures, dice: random.Random
) -> None:
    stack, cloud = drilled.stack, drilled.cloud
    whole = originals()
    pictures = [broken(dice, dice.choice(whole)) for _ in range(size.of(12, 500))]
    asked = "SELECT (SELECT COUNT(*) FROM jobs) AS jobs, (SELECT COUNT(*) FROM ledger) AS money"
    before, served_by, rendered_by = cloud.rows(asked), stack.gpu.pid, stack.gpu_worker_pid()
    with httpx.Client(base_url=stack.url, timeout=STALLED_AFTER_SECONDS, trust_env=False) as person:
        person.get("/api/jobs")

        def put(picture: bytes) -> httpx.Response:
            return person.put("/api/uploads", content=picture)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(put, pictures))
    statuses = [answer.status_code for answer in answers]
    figures.count(pictures=len(pictures), read=sum(status in TAKEN for status in statuses))
    figures.count(refused=sum(status in REFUSED for status in statuses))
    odd = [answer for answer in answers if answer.status_code not in (*TAKEN, *REFUSED)]
    figures.look_for("answered otherwise", [f"{answer.status_code} {answer.text[:200]}" for answer in odd])
    figures.look_for("charged or begun", [] if cloud.rows(asked) == before else [str(cloud.rows(asked))])
    same = (stack.gpu.pid, stack.gpu_worker_pid()) == (served_by, rendered_by)
    figures.look_for("crashes", [] if same else ["another process serves"])
    figures.look_for("left behind", cloud.keys("inputs/raw/"))
    figures.judge()
