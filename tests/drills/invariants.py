"""What must hold at every moment in database and bucket, whatever has happened, and what must hold once all is over.

Each function returns the faults that it found, in words, each with its job. It does not know what was done to the site.
"""

import json
from collections.abc import Iterator
from typing import Any

from infra.platforms.site_client import ENDED
from tests.local_cloud import LocalCloud

Row = dict[str, Any]
EVERYBODY = ""
JOBS = "SELECT * FROM jobs WHERE ?1 = '' OR owner = ?1"
ATTEMPTS = "SELECT attempts.* FROM attempts JOIN jobs ON jobs.id = job_id WHERE ?1 = '' OR jobs.owner = ?1"
MONEY = """SELECT ledger.job_id, ledger.kind, ledger.micro_won, ledger.owner, ledger.day, jobs.day AS of_day,
  jobs.owner AS of_owner FROM ledger JOIN jobs ON jobs.id = ledger.job_id WHERE ?1 = '' OR jobs.owner = ?1"""

# One statement each, so that both sides are of one moment.
SUMS = """SELECT owner, day, SUM(kept) AS kept, SUM(counted) AS counted FROM (
    SELECT owner, day, micro_won AS kept, 0 AS counted FROM day_totals
    UNION ALL SELECT owner, day, 0, micro_won FROM ledger
    UNION ALL SELECT '*', day, 0, micro_won FROM ledger
    UNION ALL SELECT 'site', day, 0, unassigned_micro_won FROM containers
    UNION ALL SELECT '*', day, 0, unassigned_micro_won FROM containers) GROUP BY owner, day"""
OPEN = """SELECT owner, SUM(kept) AS kept, SUM(counted) AS counted FROM (
    SELECT owner, open_jobs AS kept, 0 AS counted FROM totals
    UNION ALL SELECT owner, 0, 1 FROM jobs WHERE status IN ('queued', 'running')
    UNION ALL SELECT '*', 0, 1 FROM jobs WHERE status IN ('queued', 'running')) GROUP BY owner"""


def faults_now(cloud: LocalCloud, owner: str = EVERYBODY) -> list[str]:
    """The faults that no moment may show: each statement of the site is a transaction."""
    jobs = cloud.rows(JOBS, owner)
    attempts = by_job(cloud.rows(ATTEMPTS, owner))
    money = by_job(cloud.rows(MONEY, owner))
    found: list[str] = []
    for job in jobs:
        told = [*faults_of_attempts(job, attempts.get(job["id"], [])), *faults_of_money(job, money.get(job["id"], []))]
        found += [f"{job['id']} ({job['status']}): {fault}" for fault in told]
    return [*found, *faults_of_sums(cloud)]


def faults_at_rest(cloud: LocalCloud, owner: str = EVERYBODY) -> list[str]:
    """The faults that show once every job has ended and nobody works any more."""
    found = faults_now(cloud, owner)
    sizes = objects(cloud)
    for job in cloud.rows(JOBS, owner):
        told = [] if job["status"] in ENDED else ["has not ended"]
        told += faults_of_objects(cloud, job, sizes) if job["purged_at"] is None else []
        found += [f"{job['id']} ({job['status']}): {fault}" for fault in told]
    return found


def faults_of_attempts(job: Row, attempts: list[Row]) -> Iterator[str]:
    numbers = sorted(attempt["attempt"] for attempt in attempts)
    if numbers != list(range(1, job["attempt"] + 1)):
        yield f"its attempts are {numbers} and it is in attempt {job['attempt']}"
    still_open = [attempt["attempt"] for attempt in attempts if attempt["outcome"] == "open"]
    if job["status"] in ENDED and still_open:
        yield f"attempts {still_open} are open"
    if job["status"] not in ENDED and still_open != [job["attempt"]]:
        yield f"attempts {still_open} are open, not {job['attempt']} alone"
    if sum(attempt["outcome"] == "succeeded" for attempt in attempts) != (job["status"] == "succeeded"):
        yield f"its attempts ended {[attempt['outcome'] for attempt in attempts]}"


def faults_of_money(job: Row, rows: list[Row]) -> Iterator[str]:
    kinds = [row["kind"] for row in rows]
    amount = {row["kind"]: row["micro_won"] for row in rows}
    if len(set(kinds)) != len(kinds):
        yield f"its rows are {kinds}"
    if amount.get("reserve") != job["reserved_micro_won"]:
        yield f"{amount.get('reserve')} are reserved, not {job['reserved_micro_won']}"
    if any(row["day"] != row["of_day"] for row in rows):
        yield "its rows are of several days"
    if any(row["owner"] != ("site" if row["kind"] == "loss" else row["of_owner"]) for row in rows):
        yield "a row is another owner's"
    if job["status"] not in ENDED:
        if set(kinds) != {"reserve"}:
            yield f"it is open and has {kinds}"
        return
    if amount.get("release") != -job["reserved_micro_won"]:
        yield f"{amount.get('release')} are released of {job['reserved_micro_won']}"
    if ("settle" in amount) != (job["status"] != "failed"):
        yield f"its rows are {kinds}"
    billed = job["billed_micro_won"]
    if amount.get("settle", 0) != billed or not 0 <= billed <= job["reserved_micro_won"]:
        yield f"{amount.get('settle')} are settled, {billed} billed, {job['reserved_micro_won']} reserved"
    if amount.get("loss", 1) <= 0:
        yield f"its loss is {amount['loss']}"


def faults_of_objects(cloud: LocalCloud, job: Row, sizes: dict[str, int]) -> Iterator[str]:
    if job["status"] != "succeeded":
        return
    for name, key in (("video", job["video_key"]), ("poster", job["poster_key"])):
        wanted = json.loads(job[name])["bytes"] if job[name] else None
        if key is not None and sizes.get(key) != wanted:
            yield f"its {name} has {sizes.get(key)} bytes in the bucket, and {wanted} in its row"
    if f"jobs/{job['id']}/done.json" not in sizes:
        yield "it has no marker"
        return
    marker = marker_of(cloud, job["id"])
    # Either may have members that the other's release does not know.
    told: Row = marker.get("video") or {}
    kept: Row = json.loads(job["video"] or "{}")
    differing = [name for name in told.keys() & kept.keys() if told[name] != kept[name]]
    if marker.get("video_key") != job["video_key"] or "bytes" not in told or differing:
        yield f"its marker names {marker.get('video_key')}, its row {job['video_key']}; they differ in {differing}"


def faults_of_sums(cloud: LocalCloud) -> Iterator[str]:
    """The sums that the database keeps of each day are those of its rows. The owner `*` is everybody."""
    for row in cloud.rows(SUMS):
        if row["kept"] != row["counted"]:
            yield f"the sum of {row['owner']} on {row['day']} is {row['kept']}, its rows are {row['counted']}"
    for row in cloud.rows(OPEN):
        if row["kept"] != row["counted"]:
            yield f"{row['owner']} has {row['counted']} open jobs, and {row['kept']} are counted"


def by_job(rows: list[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["job_id"], []).append(row)
    return grouped


def objects(cloud: LocalCloud, prefix: str = "jobs/") -> dict[str, int]:
    """Keys and sizes of the bucket."""
    found: dict[str, int] = {}
    for page in cloud.s3.get_paginator("list_objects_v2").paginate(Bucket=cloud.bucket_name, Prefix=prefix):
        found |= {item["Key"]: item["Size"] for item in page.get("Contents", [])}
    return found


def marker_of(cloud: LocalCloud, job_id: str) -> Row:
    body = cloud.s3.get_object(Bucket=cloud.bucket_name, Key=f"jobs/{job_id}/done.json")["Body"].read()
    return json.loads(body)
