"""An order of scenes at the site: the table written, the price asked, the press sent once, its clips awaited.

What was agreed to is kept before it is sent, so the same command after a kill finds its own order again. It knows no
options and no files but the kept order.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from infra import console
from infra.language import localized
from infra.platforms.site_work import STALLED_AFTER_SECONDS, NotAgreedError, SiteWork
from infra.process.shell import InfraError
from infra.process.waiting import wait_until
from infra.scenes.kept_order import KeptOrder, Press
from infra.scenes.scene_input import SceneInput

Body = dict[str, Any]


@dataclass(slots=True)
class Order(SiteWork[KeptOrder]):
    def write_table(self, title: str, scenes: list[SceneInput], settings: Body) -> Body:
        """The table as the file has it; what is the same already stays. Returns the project."""
        self.keep()
        key = {"Idempotency-Key": f"{self.kept.begun}.table"}
        if self.kept.project is None:
            self.kept.project = self.site.answer("POST", "/api/projects", json={"title": title}, headers=key)["id"]
            self.keep()
        project = self.site.answer("GET", f"/api/projects/{self.kept.project}")
        rows: list[Body] = [
            {"id": self.kept.scene_id(index), "cells": scene.cells | self._uploads_of(scene)}
            for index, scene in enumerate(scenes)
        ]
        known = {row["id"] for row in rows}
        change = {
            "base_revision": project["revision"],
            "settings": settings,
            "rows": rows,
            "order": [row["id"] for row in rows],
            "removed": [scene["id"] for scene in project["scenes"] if scene["id"] not in known],
        }
        self.site.answer("PATCH", f"/api/projects/{self.kept.project}", json=change)
        return self.project()

    def project(self) -> Body:
        return self.site.answer("GET", f"/api/projects/{self.kept.project}")

    def _uploads_of(self, scene: SceneInput) -> Body:
        """Pictures of the folder come before those that the file names by their ids."""
        pictures = {"first_upload_id": scene.first, "last_upload_id": scene.last}
        return {
            cell: self.upload(path.read_bytes(), {"X-File-Name": quote(path.name)})
            for cell, path in pictures.items()
            if path is not None
        }

    def press(self, choice: Body, agrees: Callable[[Body], Body | None], *, variants: int = 1) -> str | None:
        """Sends an order that was agreed to before and not answered; else asks for the price and for consent, which may
        add to the order. Returns the batch's id; None where there is nothing to make. Raises NotAgreedError."""
        kept = self.kept.press
        if kept is None or kept.batch is not None:
            quoted = self._quote(choice)
            if any(left["reason"] == "picture_gone" for left in quoted["left_out"]):
                self.kept.uploads = {}  # the next run uploads them again
                self.keep()
            if quoted["clips"] == 0:
                return kept.batch if kept is not None else None
            if variants > 1:  # of the scenes that are not made alone: the same command makes no further ones
                choice = {
                    "scenes": [scene["scene"] for scene in quoted["scenes"]],
                    "variants": variants,
                    "without_pictures": choice["without_pictures"],
                }
                quoted = self._quote(choice) | {"left_out": quoted["left_out"]}
            added = agrees(quoted)
            if added is None:
                raise NotAgreedError
            kept = Press(key=secrets.token_hex(16), body=choice | added | {"project_id": self.kept.project})
            self.kept.press = kept
            self.keep()
        batch = self._sent(kept)
        kept.batch = batch["id"]
        self.keep()
        tell_stop(batch)
        return kept.batch

    def _quote(self, choice: Body) -> Body:
        return self.site.answer("POST", f"/api/projects/{self.kept.project}/quote", json=choice)

    def _sent(self, press: Press) -> Body:
        """What the site has refused is not sent again by itself; what it has not answered is."""
        try:
            answer = self.site.http.post("/api/batches", json=press.body, headers={"Idempotency-Key": press.key})
        except httpx.HTTPError as error:
            raise InfraError(
                localized(ko="주문의 답을 받지 못했어요", en="the order was not answered"),
                localized(
                    ko="같은 명령을 다시 실행해 주세요. 두 번 주문되지 않아요",
                    en="run the same command again; nothing is ordered twice",
                ),
            ) from error
        if answer.is_client_error:
            self.kept.press = None
            self.keep()
        return self.site.body_of(answer)

    def follow(self, batch_id: str) -> Body:
        """Returns the batch once none of its clips is open."""
        batch: Body = {}

        def has_ended() -> bool:
            nonlocal batch
            batch = self.site.answer("GET", f"/api/batches/{batch_id}")
            show(*progress_of(batch))
            return batch["waiting"] + batch["running"] == 0

        with console.progress() as show:
            wait_until(
                has_ended,
                what=localized(ko="영상", en="the clips"),
                moved=lambda: [job["status"] for job in batch.get("jobs", [])],
                stalled_after=STALLED_AFTER_SECONDS,
                every=self.poll_seconds(),
            )
        return batch

    def retry_failed(self, batch: Body, tries: int) -> Body:
        """What failed cost nothing, and is made again with the same inputs, up to `tries` times."""
        for _ in range(tries):
            if batch["failed"] == 0:
                break
            console.note(
                localized(
                    ko=f"실패한 영상 {batch['failed']}개를 다시 만들어요",
                    en=f"making again what failed: {batch['failed']}",
                )
            )
            self.site.answer("POST", f"/api/batches/{batch['id']}/retry")
            batch = self.follow(batch["id"])
        return batch


def progress_of(batch: Body) -> tuple[str, float | None, str]:
    """Its name, the share that is done, and words beside the bar."""
    taken = batch["clips"] - batch["left"]
    done = batch["delivered"] + batch["failed"] + batch["canceled"]
    made, running, waiting, failed = (batch[name] for name in ("delivered", "running", "waiting", "failed"))
    words = localized(
        ko=f"완성 {made} · 만드는 중 {running} · 대기 {waiting} · 실패 {failed}",
        en=f"done {made} · making {running} · waiting {waiting} · failed {failed}",
    )
    return f"{done}/{taken}", done / taken if taken else None, words


def tell_stop(batch: Body) -> None:
    """Why some of what was asked for was not taken."""
    stopped = batch["stopped"]
    if stopped is None:
        return
    left = batch["left"]
    console.note(localized(ko=f"  아직 남은 영상: {left}", en=f"  clips that are left: {left}"))
    console.note(f"  {stopped['title']}. {stopped['detail']}")
    console.note(f"  {stopped['fix']}")
