"""The clips of a comparison at the site: the price asked, each ordered once, awaited and fetched.

What was agreed to is kept before it is ordered, and each order has a key of its own, so a kill at any point pays for
nothing twice. It knows no page and no options.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import console
from infra.compare.kept_comparison import KeptClip, KeptComparison
from infra.compare.plan import Entry
from infra.platforms.site_client import Job, has_ended
from infra.platforms.site_work import STALLED_AFTER_SECONDS, NotAgreedError, SiteWork
from infra.process.put_in_place import put_in_place

TRIES = 3
"""Orders of one clip in one run: what failed cost nothing."""
CLIPS = "clips"
"""The folder of the films."""

Offers = dict[str, Any]


@dataclass(slots=True)
class Making(SiteWork[KeptComparison]):
    def agree(self, entries: Sequence[Entry], agrees: Callable[[Offers, int], bool]) -> None:
        """Asks for the price of what was not agreed to before, and for consent. Raises NotAgreedError."""
        new = [entry for entry in entries if entry.id not in self.kept.clips]
        if not new:
            return
        kinds = Counter(tuple(entry.request[name] for name in ("preset", "ratio", "seconds", "tier")) for entry in new)
        clips = [
            {"preset": preset, "ratio": ratio, "seconds": seconds, "tier": tier, "count": count}
            for (preset, ratio, seconds, tier), count in kinds.items()
        ]
        if not agrees(self.site.answer("POST", "/api/offers", json={"clips": clips}), len(new)):
            raise NotAgreedError
        self.kept.clips |= {entry.id: KeptClip() for entry in new}
        self.keep()

    def make(self, entries: Sequence[Entry]) -> int:
        """Orders, awaits and fetches what is not here yet. Returns how many clips could not be made."""
        (self.folder / CLIPS).mkdir(exist_ok=True)
        failed = 0
        with console.progress() as show:
            for _ in range(TRIES):
                missing = [entry for entry in entries if not self._is_here(entry)]
                for entry in missing:
                    self._order(entry)
                failed = 0
                for entry in missing:
                    done = len(entries) - len(missing) + missing.index(entry)
                    show(f"{done}/{len(entries)}", done / len(entries), entry.picture.name)
                    failed += not self._finish(entry)
                if not failed:
                    break
        return failed

    def path_of(self, entry: Entry) -> Path:
        return self.folder / CLIPS / f"{entry.id}.mp4"

    def _is_here(self, entry: Entry) -> bool:
        return self.kept.clips[entry.id].is_here and self.path_of(entry).is_file()

    def _order(self, entry: Entry) -> None:
        clip = self.kept.clips[entry.id]
        if clip.job is not None:
            return
        request = entry.request | {"upload_id": self.upload(entry.picture.read_bytes())}
        key = f"{self.kept.begun}.{entry.id}.{clip.tries}"
        clip.job = str(self.site.submit(request, key=key)["links"]["self"])
        self.keep()

    def _finish(self, entry: Entry) -> bool:
        """Whether the clip is here. One that failed may be ordered anew."""
        clip = self.kept.clips[entry.id]
        assert clip.job is not None
        job = self.site.follow(
            clip.job,
            until=has_ended,
            stalled_after=STALLED_AFTER_SECONDS,
            every=self.poll_seconds(),
        )
        if job["status"] == "succeeded":
            self._fetch(job, self.path_of(entry))
            clip.is_here, clip.facts = True, facts_of(job)
        else:
            why = job["problem"]["title"] if job["problem"] else job["status"]
            console.note(f"  {entry.picture.name} · {entry.request['preset']}: {why}")
            clip.job, clip.tries = None, clip.tries + 1
        self.keep()
        return clip.is_here

    def _fetch(self, job: Job, path: Path) -> None:
        new = path.with_suffix(".new")
        with new.open("wb") as file:
            self.site.download(job["links"]["video"], file)
        put_in_place(new, path)


def facts_of(job: Job) -> dict[str, Any]:
    """What the page shows of a clip once the votes are cast. A figure that the site does not report is None."""
    quality: Job = job["quality"] or {}
    resolved: Job = job["resolved"] or {}
    alike: list[float] = quality.get("similarity") or []
    return {
        "fidelity": sum(alike) / len(alike) if alike else None,
        "motion": quality.get("motion"),
        "flicker": quality.get("flicker"),
        "expression": quality.get("expression"),
        "likeness": quality.get("face_likeness"),
        "won": (job["cost"]["billed_micro_won"] or 0) / 1_000_000,
        "checkpoint": resolved.get("checkpoint"),
        "bits": 16 if resolved.get("quantization") is None else 8,
    }
