"""A client of the site's public API: uploads a picture, requests a clip and polls it to its end, as the page does.

It knows nothing of the GPU service. The caller decides who the owner is and what to do with the clip.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

import httpx

from gpu.core.presets import DEFAULT_PRESET
from infra.language import localized
from infra.process.shell import InfraError
from infra.process.waiting import STALLED_AFTER_SECONDS, wait_until
from infra.settings import SAMPLE_PICTURE, SAMPLE_PROMPT

Job: TypeAlias = dict[str, Any]
"""The body that `gpu.core.contract.Job` describes."""
ENDED = ("succeeded", "failed", "canceled")
MOTION = ("status", "stage", "progress", "attempts")
"""Fields of a job that change while it makes progress."""


class NotMadeError(InfraError):
    """The job has ended without a clip; a clip needs a new job."""


def has_ended(job: Job) -> bool:
    return job["status"] in ENDED


def nothing(*_: object) -> None:
    """For callers that do not watch."""


@dataclass(frozen=True, slots=True)
class SiteClient:
    """`http` holds the site's address and one owner's cookie or token. `fix` is the advice for errors without a fix of
    their own. Every method raises InfraError when the site refuses or cannot be reached."""

    http: httpx.Client
    fix: str

    def upload(self, picture: bytes) -> str:
        """Uploads a picture; returns its id. Without a token, the first call may set the owner's cookie in `http`."""
        return str(self.answer("PUT", "/api/uploads", content=picture)["id"])

    def upload_sample(self) -> str:
        return self.upload(SAMPLE_PICTURE.read_bytes())

    def submit(self, request: Mapping[str, object], *, key: str = "") -> Job:
        """Requests a clip. The same owner with the same `key` gets the same job, and pays once."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.answer("POST", "/api/jobs", json=dict(request), headers=headers)

    def submit_sample(self, upload_id: str, *, key: str = "") -> Job:
        """A clip at the defaults from the sample picture and prompt."""
        return self.submit({"preset": DEFAULT_PRESET, "prompt": SAMPLE_PROMPT, "upload_id": upload_id}, key=key)

    def job(self, address: str) -> Job:
        return self.answer("GET", address)

    def follow(
        self,
        address: str,
        *,
        until: Callable[[Job], bool] = has_ended,
        seen: Callable[[Job], object] = nothing,
        moved: Callable[[], object] = nothing,
        stalled_after: float = STALLED_AFTER_SECONDS,
        every: float = 0.2,
    ) -> Job:
        """Polls a job every `every` seconds until `until` is true; returns it. `seen` receives each earlier state.

        Raises StalledError when neither the job nor `moved` has changed for `stalled_after` seconds.
        """
        job: Job = {}

        def is_there() -> bool:
            nonlocal job
            job = self.job(address)
            if until(job):
                return True
            seen(job)
            return False

        wait_until(
            is_there,
            what=localized(ko=f"{address} 영상", en=f"the clip of {address}"),
            moved=lambda: ([job.get(name) for name in MOTION], moved()),
            fix=self.fix,
            stalled_after=stalled_after,
            every=every,
        )
        return job

    def check_made(self, job: Job) -> None:
        """Raises NotMadeError, with the text of the job's problem, for a job that ended without a clip."""
        if job["status"] != "succeeded":
            problem = job["problem"] or {"title": job["status"], "detail": "", "fix": self.fix}
            raise NotMadeError(
                localized(
                    ko=f"영상이 {job['status']} 상태로 끝났어요: {problem['title']}. {problem['detail']}",
                    en=f"the clip ended {job['status']}: {problem['title']}. {problem['detail']}",
                ),
                problem["fix"],
            )

    def answer(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The body of a successful answer. Otherwise InfraError with the site's problem, or with the status alone."""
        try:
            return self.body_of(self.http.request(method, path, **more))
        except httpx.HTTPError as error:
            raise InfraError(
                localized(
                    ko=f"{path} 주소에 닿을 수 없어요: {type(error).__name__}",
                    en=f"{path} cannot be reached: {type(error).__name__}",
                ),
                self.fix,
            ) from error

    def download(self, path: str, file: IO[bytes]) -> None:
        """Writes what lies at the address to the file as it comes."""
        try:
            with self.http.stream("GET", path) as response:
                if not response.is_success:
                    response.read()
                    self.body_of(response)
                for chunk in response.iter_bytes():
                    file.write(chunk)
        except httpx.HTTPError as error:
            raise InfraError(
                localized(ko="내려받기가 중간에 끊겼어요", en="the download broke off"),
                localized(ko="같은 명령을 다시 실행해 주세요", en="run the same command again"),
            ) from error

    def body_of(self, response: httpx.Response) -> dict[str, Any]:
        """The same for a response that has already arrived."""
        if response.is_success:
            return response.json()
        try:
            problem = response.json()
            words, fix = f"{problem['title']}. {problem['detail']}", str(problem["fix"])
        except (ValueError, KeyError, TypeError):
            words, fix = localized(ko="설명이 없어요", en="without an explanation"), self.fix
        raise InfraError(
            localized(
                ko=f"{response.request.url.path} 주소가 {response.status_code}로 답했어요: {words}",
                en=f"{response.request.url.path} answered {response.status_code}: {words}",
            ),
            fix,
        )
