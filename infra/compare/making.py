"""The clips of a comparison at the site: the price asked, each ordered once, awaited and fetched.

What was agreed to is kept before it is ordered, and each order has a key of its own, so a kill at any point pays for
nothing twice. It knows no page and no options.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from infra import console
from infra.compare import kept_comparison
from infra.compare.kept_comparison import KeptClip, KeptComparison
from infra.compare.plan import Entry
from infra.language import localized
from infra.platforms.site_client import Job, SiteClient, has_ended
from infra.process.shell import InfraError

POLL_SECONDS = 3.0
"""Twenty requests a minute."""
STALLED_AFTER_SECONDS = 3_600.0
"""A line of other people's clips may be long."""
TRIES = 3
"""Orders of one clip in one run: what failed cost nothing."""
CLIPS = "clips"
"""The folder of the films."""

Offers = dict[str, Any]


class NotAgreedError(InfraError):
    """Nobody agreed to the price."""


@dataclass(slots=True)
class Making:
    site: SiteClient
    folder: Path
    kept: KeptComparison

    def keep(self) -> None:
        self.kept.cookies = dict(self.site.http.cookies) if self.kept.address.startswith("http://") else {}
        kept_comparison.write(self.folder, self.kept)

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
            raise NotAgreedError(
                localized(ko="아무것도 주문하지 않았어요", en="nothing was ordered"),
                localized(ko="주문하려면 --yes를 붙여 주세요", en="add --yes to order"),
            )
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
        request = entry.request | {"upload_id": self._upload(entry)}
        key = f"{self.kept.begun}.{entry.id}.{clip.tries}"
        clip.job = str(self.site.submit(request, key=key)["links"]["self"])
        self.keep()

    def _upload(self, entry: Entry) -> str:
        """Each picture once, also after a kill."""
        if entry.digest not in self.kept.uploads:
            self.kept.uploads[entry.digest] = self.site.upload(entry.picture.read_bytes())
            self.keep()
        return self.kept.uploads[entry.digest]

    def _finish(self, entry: Entry) -> bool:
        """Whether the clip is here. One that failed may be ordered anew."""
        clip = self.kept.clips[entry.id]
        assert clip.job is not None
        is_local = self.site.http.base_url.host in ("127.0.0.1", "localhost")
        job = self.site.follow(
            clip.job,
            until=has_ended,
            stalled_after=STALLED_AFTER_SECONDS,
            every=POLL_SECONDS / 10 if is_local else POLL_SECONDS,
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
        try:
            with self.site.http.stream("GET", job["links"]["video"]) as answer, new.open("wb") as file:
                if not answer.is_success:
                    answer.read()
                    self.site.body_of(answer)
                for chunk in answer.iter_bytes():
                    file.write(chunk)
        except httpx.HTTPError as error:
            raise InfraError(
                localized(ko="내려받기가 중간에 끊겼어요", en="the download broke off"),
                localized(
                    ko="같은 명령을 다시 실행해 주세요. 이어서 받아요", en="run the same command again; it goes on"
                ),
            ) from error
        new.replace(path)


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
