"""What every drill with a crowd counts at its end: what was accepted, what became of it, and whether it plays."""

import io

import av

from tests.drills.crowd import Crowd, Json
from tests.drills.figures import Figures
from tests.drills.invariants import faults_at_rest

MAX_BEGUN = 2
"""Attempts at a clip that may be lost under it before it fails as what kills its workers."""


def count_ends(figures: Figures, crowd: Crowd, jobs: dict[str, Json]) -> None:
    figures.count(accepted=len(crowd.ids), succeeded=sum(row["status"] == "succeeded" for row in jobs.values()))
    figures.look_for("refused", crowd.refusals)
    figures.look_for("lost", sorted(crowd.ids.keys() - jobs.keys()))
    figures.look_for("failed", failed(crowd, jobs))
    figures.look_for("doubled", doubled(crowd, jobs))
    figures.look_for("unplayable", unplayable(crowd, jobs))
    figures.look_for("wrong in database or bucket", faults_at_rest(crowd.drilled.cloud))


def begun_and_lost(crowd: Crowd, jobs: dict[str, Json]) -> dict[str, int]:
    """Attempts that had begun and came to nothing, by job."""
    lost = """SELECT job_id, COUNT(*) AS begun FROM attempts WHERE outcome IN ('lost', 'failed')
      AND started_at IS NOT NULL GROUP BY job_id"""
    return {row["job_id"]: row["begun"] for row in crowd.drilled.cloud.rows(lost) if row["job_id"] in jobs}


def failed(crowd: Crowd, jobs: dict[str, Json]) -> list[str]:
    """The jobs without a clip, but for those under which as many begun attempts died as a clip may have."""
    begun = begun_and_lost(crowd, jobs)
    return [
        f"{job_id}: {row['status']}, {row['problem_slug']}, {begun.get(job_id, 0)} begun attempts lost"
        for job_id, row in jobs.items()
        if row["status"] in ("failed", "canceled") and begun.get(job_id, 0) < MAX_BEGUN
    ]


def doubled(crowd: Crowd, jobs: dict[str, Json]) -> list[str]:
    """One submit that became several jobs: those of the same person with the same seed, which no two submits share."""
    rows = crowd.drilled.cloud.rows(
        "SELECT owner, seed, COUNT(*) AS jobs FROM jobs GROUP BY owner, seed HAVING jobs > 1"
    )
    owners = {row["owner"] for row in jobs.values()}
    return [f"seed {row['seed']}: {row['jobs']} jobs" for row in rows if row["owner"] in owners]


def unplayable(crowd: Crowd, jobs: dict[str, Json]) -> list[str]:
    return [job_id for job_id, row in jobs.items() if row["status"] == "succeeded" and not plays(crowd.video(job_id))]


def plays(mp4: bytes) -> bool:
    """H.264 and AAC in a file that begins to play before all of it is there."""
    if not 0 <= mp4.find(b"moov") < mp4.find(b"mdat"):
        return False
    with av.open(io.BytesIO(mp4), "r") as clip:
        names = clip.streams.video[0].codec_context.name, clip.streams.audio[0].codec_context.name
        return names == ("h264", "aac") and next(clip.decode(video=0)).width > 0
