"""Everything that can go wrong, once: the exception tree and, from it, the RFC 9457 problem types.

ProblemError
├── the request       InvalidJob · NotJson · WrongContentType · BodyTooLarge · LengthRequired
│                     PictureUnsupported · PictureRefused
│                     UploadNotFound · JobNotFound · RouteNotFound · MethodNotAllowed · RangeNotSatisfiable
│                     IdempotencyKeyInvalid · IdempotencyConflict · CapExceeded · JobNotCancelable · JobNotFinished
│                     CrossSiteRefused
├── an event          EventUnsigned · EventStale · EventConflict
├── the GPU service   ProxyKeyRefused · CallNotFound
├── a job's end       GpuUnreachable · WorkerLost · OutOfGpuMemory · WeightsUnusable · StorageRefused
│                     SigningUnusable · SettingsIncomplete · StartsFailing · DeadlineExceeded · RenderFailed
│                     JobCanceled
└── Internal          an unexpected error; the trace is in the log under the request id, never on the wire

A subclass exists where code handles a problem differently, or its words differ. TypeScript gets the table as
`functions/_generated/problems.ts`. This module knows nothing about HTTP frameworks or about how a message is shown.
"""

from typing import ClassVar


class ProblemError(Exception):
    """A failure with a stable type, a title and a fix, both in Korean and English.

    `detail` describes this case, in plain words and without secrets. `errors` are (JSON pointer, detail) pairs for
    bodies with several faults. `retryable` means: the same request may succeed later, unchanged.
    """

    slug: ClassVar[str]
    status: ClassVar[int]
    title_ko: ClassVar[str]
    title_en: ClassVar[str]
    fix_ko: ClassVar[str]
    fix_en: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str = "", errors: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail or self.title_en)
        self.detail = detail
        self.errors = errors


class InvalidJob(ProblemError):
    slug, status = "invalid-job", 422
    title_ko, title_en = "요청 내용이 올바르지 않아요", "The request is not valid"
    fix_ko = "표시된 항목을 고쳐서 다시 보내 주세요. 비용은 들지 않았어요."
    fix_en = "Correct the fields listed and send it again. Nothing was charged."


class NotJson(ProblemError):
    slug, status = "not-json", 400
    title_ko, title_en = "본문이 JSON이 아니에요", "The body is not JSON"
    fix_ko, fix_en = "UTF-8로 쓴 JSON 객체를 보내 주세요.", "Send a JSON object in UTF-8."


class WrongContentType(ProblemError):
    slug, status = "wrong-content-type", 415
    title_ko, title_en = "Content-Type이 맞지 않아요", "Wrong content type"
    fix_ko = "Content-Type: application/json으로 보내 주세요."
    fix_en = "Send it with Content-Type: application/json."


class BodyTooLarge(ProblemError):
    slug, status = "body-too-large", 413
    title_ko, title_en = "보낸 내용이 너무 커요", "The body is too large"
    fix_ko = "그림은 20MB, JSON은 64KB까지 보낼 수 있어요."
    fix_en = "A picture may have 20 MB, a JSON body 64 KB."


class LengthRequired(ProblemError):
    slug, status = "length-required", 411
    title_ko, title_en = "Content-Length 헤더가 필요해요", "A Content-Length header is needed"
    fix_ko = "파일 크기를 알 수 있게 통째로 보내 주세요."
    fix_en = "Send the file as a whole, so that its size is known beforehand."


class PictureUnsupported(ProblemError):
    slug, status = "picture-unsupported", 415
    title_ko, title_en = "지원하지 않는 그림 형식이에요", "This picture format is not supported"
    fix_ko, fix_en = "PNG, JPEG, WebP 그림을 올려 주세요.", "Upload a PNG, JPEG or WebP picture."


class PictureRefused(ProblemError):
    slug, status = "picture-refused", 422
    title_ko, title_en = "이 그림은 쓸 수 없어요", "This picture cannot be used"
    fix_ko = "그림이 깨지지 않았는지, 한 변이 64~12,000픽셀이고 전체가 4천만 픽셀 이하인지 확인해 주세요."
    fix_en = "Check that the file is whole, each side has 64 to 12,000 pixels and the whole at most 40 million."


class UploadNotFound(ProblemError):
    slug, status = "upload-not-found", 404
    title_ko, title_en = "올린 그림을 찾을 수 없어요", "That upload was not found"
    fix_ko, fix_en = "그림을 다시 올려 주세요.", "Upload the picture again."


class JobNotFound(ProblemError):
    slug, status = "job-not-found", 404
    title_ko, title_en = "작업을 찾을 수 없어요", "That job was not found"
    fix_ko = "주소를 확인해 주세요. 다른 브라우저에서 만든 작업은 여기서 볼 수 없어요."
    fix_en = "Check the address. Jobs made in another browser cannot be seen here."


class RouteNotFound(ProblemError):
    slug, status = "route-not-found", 404
    title_ko, title_en = "없는 주소예요", "There is nothing at this address"
    fix_ko, fix_en = "API 주소를 확인해 주세요.", "Check the path."


class MethodNotAllowed(ProblemError):
    slug, status = "method-not-allowed", 405
    title_ko, title_en = "이 주소에서 쓸 수 없는 메서드예요", "That method is not allowed here"
    fix_ko, fix_en = "Allow 헤더에 있는 메서드를 써 주세요.", "Use one of the methods in the Allow header."


class RangeNotSatisfiable(ProblemError):
    slug, status = "range-not-satisfiable", 416
    title_ko, title_en = "요청한 범위가 파일을 벗어났어요", "The range lies outside the file"
    fix_ko, fix_en = "Content-Range 헤더의 길이 안에서 요청해 주세요.", "Ask within the length given in Content-Range."


class IdempotencyKeyInvalid(ProblemError):
    slug, status = "idempotency-key-invalid", 400
    title_ko, title_en = "Idempotency-Key가 올바르지 않아요", "The Idempotency-Key is not valid"
    fix_ko = "8~128자의 영문, 숫자, '-', '_', '.', ':'로 된 키를 보내 주세요."
    fix_en = "Send 8 to 128 letters, digits, '-', '_', '.' or ':'."


class IdempotencyConflict(ProblemError):
    slug, status = "idempotency-conflict", 409
    title_ko, title_en = "같은 키로 다른 내용이 왔어요", "The key was used with another body"
    fix_ko, fix_en = "새 Idempotency-Key로 보내 주세요.", "Send it with a new Idempotency-Key."


class CapExceeded(ProblemError):
    slug, status = "cap-exceeded", 402
    title_ko, title_en = "정해 둔 금액 한도를 넘어요", "This would go over the spending cap"
    fix_ko = "더 짧거나 작은 설정을 고르거나, 한도를 올리거나, 내일 다시 시도해 주세요. 비용은 들지 않았어요."
    fix_en = "Choose a shorter or smaller clip, raise the cap, or try again tomorrow. Nothing was charged."


class JobNotCancelable(ProblemError):
    slug, status = "job-not-cancelable", 409
    title_ko, title_en = "이미 끝난 작업이에요", "The job has already ended"
    fix_ko, fix_en = "작업 상태를 다시 불러와 주세요.", "Load the job again to see how it ended."


class JobNotFinished(ProblemError):
    slug, status = "job-not-finished", 409
    title_ko, title_en = "아직 끝나지 않은 작업이에요", "The job has not ended yet"
    fix_ko = "끝날 때까지 기다리거나 먼저 취소해 주세요."
    fix_en = "Wait until it ends, or cancel it first."
    retryable = True


class CrossSiteRefused(ProblemError):
    slug, status = "cross-site-refused", 403
    title_ko, title_en = "다른 사이트에서 온 요청이에요", "The request came from another site"
    fix_ko, fix_en = "이 사이트에서 직접 요청해 주세요.", "Send it from this site itself."


class EventUnsigned(ProblemError):
    slug, status = "event-unsigned", 401
    title_ko, title_en = "서명이 없거나 맞지 않아요", "The signature is missing or wrong"
    fix_ko, fix_en = "양쪽의 EVENT_SECRET이 같은지 확인해 주세요.", "Check that both sides hold the same EVENT_SECRET."


class EventStale(ProblemError):
    slug, status = "event-stale", 401
    title_ko, title_en = "서명한 시각이 허용 범위를 벗어났어요", "The signature is too old or too new"
    fix_ko, fix_en = "시계를 맞추고 새로 서명해서 보내 주세요.", "Set the clock and sign the event anew."


class EventConflict(ProblemError):
    slug, status = "event-conflict", 409
    title_ko, title_en = "이미 지나간 알림이에요", "The event is out of date"
    fix_ko = "작업은 바뀌지 않았어요. 다시 보내지 않아도 돼요."
    fix_en = "The job was not changed. There is no need to send it again."


class ProxyKeyRefused(ProblemError):
    slug, status = "proxy-key-refused", 401
    title_ko, title_en = "GPU 서비스 열쇠가 맞지 않아요", "The GPU service refused the key"
    fix_ko, fix_en = "GPU_KEY와 GPU_SECRET을 확인해 주세요.", "Check GPU_KEY and GPU_SECRET."


class CallNotFound(ProblemError):
    slug, status = "call-not-found", 404
    title_ko, title_en = "그런 호출이 없어요", "That call is not known"
    fix_ko, fix_en = "작업을 다시 보내 주세요.", "Dispatch the job again."


class GpuUnreachable(ProblemError):
    slug, status = "gpu-unreachable", 503
    title_ko, title_en = "GPU 서비스에 연결하지 못했어요", "The GPU service could not be reached"
    fix_ko = "잠시 뒤에 다시 만들기를 눌러 주세요. 비용은 들지 않았어요."
    fix_en = "Run it again in a little while. Nothing was charged."
    retryable = True


class WorkerLost(ProblemError):
    slug, status = "worker-lost", 503
    title_ko, title_en = "작업하던 GPU가 사라졌어요", "The GPU that worked on it was lost"
    fix_ko = "다시 만들기를 눌러 주세요. 이 작업의 비용은 받지 않아요."
    fix_en = "Run it again. This job is not charged."
    retryable = True


class OutOfGpuMemory(ProblemError):
    slug, status = "out-of-gpu-memory", 507
    title_ko, title_en = "GPU 메모리가 모자랐어요", "The GPU ran out of memory"
    fix_ko = "더 작은 크기나 짧은 길이로 다시 만들어 주세요. 비용은 받지 않아요."
    fix_en = "Make it again smaller or shorter. It is not charged."


class WeightsUnusable(ProblemError):
    slug, status = "weights-unusable", 503
    title_ko, title_en = "모델 파일을 쓸 수 없어요", "The model files cannot be used"
    fix_ko = "운영자가 모델 파일을 다시 받아야 해요. 비용은 받지 않아요."
    fix_en = "The operator has to fetch the model files again. It is not charged."


class StorageRefused(ProblemError):
    slug, status = "storage-refused", 502
    title_ko, title_en = "저장소에 쓰지 못했어요", "The storage refused the file"
    fix_ko = "잠시 뒤에 다시 만들어 주세요. 비용은 받지 않아요."
    fix_en = "Run it again in a little while. It is not charged."
    retryable = True


class SigningUnusable(ProblemError):
    slug, status = "signing-unusable", 503
    title_ko, title_en = "영상에 서명할 열쇠를 쓸 수 없어요", "The key that signs clips cannot be used"
    fix_ko = "운영자가 서명 열쇠와 인증서를 바꿔야 해요. 비용은 받지 않아요."
    fix_en = "The operator has to replace the signing key and its certificates. It is not charged."


class SettingsIncomplete(ProblemError):
    """The GPU service lacks settings for the bucket or the site. Only the operator can fix that; a retry cannot."""

    slug, status = "settings-incomplete", 503
    title_ko, title_en = "GPU 서비스의 설정이 빠졌거나 틀려요", "The GPU service's settings are incomplete or wrong"
    fix_ko = "운영자가 GPU 서비스의 비밀값을 모두 넣고 다시 배포해야 해요. 비용은 받지 않아요."
    fix_en = "The operator has to complete the GPU service's secrets and deploy it again. It is not charged."


class StartsFailing(ProblemError):
    """Several containers in a row crashed while they loaded; no further start is tried for now, and jobs wait."""

    slug, status = "starts-failing", 503
    title_ko, title_en = "GPU 서비스가 계속 시작하지 못해요", "The GPU service keeps failing to start"
    fix_ko = "작업은 기다리고 있어요. 계속되면 운영자가 GPU 서비스의 기록에서 까닭을 찾아 고쳐야 해요."
    fix_en = "Jobs wait. If it goes on, the operator has to find the cause in the GPU service's log and mend it."
    retryable = True


class DeadlineExceeded(ProblemError):
    slug, status = "deadline-exceeded", 504
    title_ko, title_en = "정해진 시간 안에 끝내지 못했어요", "It did not finish in time"
    fix_ko = "더 짧거나 작은 설정으로 다시 만들어 주세요. 비용은 받지 않아요."
    fix_en = "Run it again with a shorter or smaller clip. It is not charged."
    retryable = True


class RenderFailed(ProblemError):
    slug, status = "render-failed", 500
    title_ko, title_en = "영상을 만들다가 문제가 생겼어요", "Making the clip failed"
    fix_ko = "다시 만들기를 눌러 주세요. 또 실패하면 작업 번호를 알려 주세요. 비용은 받지 않아요."
    fix_en = "Run it again. If it fails once more, report the job's id. It is not charged."
    retryable = True


class JobCanceled(ProblemError):
    """Raised inside the render when the owner asked to stop; ends a job as `canceled`, not `failed`."""

    slug, status = "job-canceled", 409
    title_ko, title_en = "취소한 작업이에요", "The job was canceled"
    fix_ko, fix_en = "쓴 시간만큼만 비용을 받아요.", "Only the seconds used are charged."


class Internal(ProblemError):
    slug, status = "internal", 500
    title_ko, title_en = "서버에서 문제가 생겼어요", "Something went wrong on the server"
    fix_ko = "다시 시도해 주세요. 계속되면 요청 번호를 알려 주세요."
    fix_en = "Try again. If it goes on, report the request id."
    retryable = True


PROBLEMS: tuple[type[ProblemError], ...] = tuple(ProblemError.__subclasses__())
"""Every problem type, in the order of the tree above. Each slug is unique and never changes its meaning."""

PROBLEM_BY_SLUG: dict[str, type[ProblemError]] = {problem.slug: problem for problem in PROBLEMS}


def type_uri(slug: str) -> str:
    """The `type` member on the wire: a reference relative to the site."""
    return f"/problems/{slug}"
