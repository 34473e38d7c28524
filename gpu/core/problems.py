"""Everything that can go wrong, once: the exception tree and, from it, the RFC 9457 problem types.

ProblemError
├── the request       InvalidJob · NotJson · BodyCutOff · WrongContentType · BodyTooLarge · LengthRequired
│                     PictureUnsupported · PictureRefused
│                     UploadNotFound · JobNotFound · RouteNotFound · MethodNotAllowed · RangeNotSatisfiable
│                     IdempotencyKeyInvalid · IdempotencyConflict · CapExceeded · JobNotCancelable · JobNotFinished
│                     TooManyOpenJobs · TooManyUndoneJobs · TooManyUploads · UploadInUse · PausedByOperator
│                     OperatorOnly · PreconditionFailed · CrossSiteRefused
├── who is asking     AccessNotConfigured · SignInNeeded · SignInUnreachable · SessionNeeded · ChallengeFailed
│                     ChallengeUnreachable · RateLimited · NothingToClaim
├── scripts           TokenInvalid · TokenNotAllowed · TokenNotFound · WebhookNotFound · TooMany
├── an event          EventUnsigned · EventStale · EventConflict
├── the GPU service   ProxyKeyRefused · CallNotFound
├── a job's end       GpuUnreachable · QueueTimeout · WorkerLost · OutOfGpuMemory · WeightsUnusable · StorageRefused
│                     SigningUnusable · SettingsIncomplete · StartsFailing · DeadlineExceeded · RenderFailed
│                     MarkerUnreadable · JobCanceled
├── Busy              the database or the bucket cannot take the request at the moment
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


class BodyCutOff(ProblemError):
    slug, status = "body-cut-off", 400
    title_ko, title_en = "보낸 내용이 중간에 끊겼어요", "The body was cut off"
    fix_ko, fix_en = (
        "처음부터 다시 보내 주세요. 저장된 것은 없어요.",
        "Send it again from the start. Nothing was stored.",
    )
    retryable = True


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


class TooManyOpenJobs(ProblemError):
    slug, status = "too-many-open-jobs", 429
    title_ko, title_en = "기다리는 작업이 너무 많아요", "Too many jobs are still waiting"
    fix_ko = "작업이 몇 개 끝난 뒤에 다시 보내 주세요. 비용은 들지 않았어요."
    fix_en = "Send it again once some of them have ended. Nothing was charged."
    retryable = True


class TooManyUndoneJobs(ProblemError):
    slug, status = "too-many-undone-jobs", 429
    title_ko, title_en = "시작 전에 취소했거나 실패한 작업이 너무 많아요", "Too many jobs were canceled early or failed"
    fix_ko = "조금 기다렸다가 다시 보내 주세요. 비용은 들지 않았어요."
    fix_en = "Wait a while and send it again. Nothing was charged."
    retryable = True


class TooManyUploads(ProblemError):
    slug, status = "too-many-uploads", 429
    title_ko, title_en = "올린 그림이 너무 많아요", "Too many pictures were uploaded"
    fix_ko = "쓰지 않는 그림을 지우거나, 조금 기다렸다가 다시 올려 주세요."
    fix_en = "Delete pictures that you no longer need, or wait a while and upload it again."
    retryable = True


class UploadInUse(ProblemError):
    slug, status = "upload-in-use", 409
    title_ko, title_en = "작업에 쓰고 있는 그림이에요", "A job is using this picture"
    fix_ko = "작업이 끝난 뒤에 지워 주세요."
    fix_en = "Delete it once the job has ended."
    retryable = True


class PausedByOperator(ProblemError):
    slug, status = "paused-by-operator", 503
    title_ko, title_en = "운영자가 새 작업을 잠시 막아 두었어요", "The operator has paused new jobs"
    fix_ko = "이미 맡긴 작업과 그림, 영상은 그대로예요. 나중에 다시 보내 주세요. 비용은 들지 않았어요."
    fix_en = "Your accepted jobs, pictures and clips are kept. Send this one again later. Nothing was charged."
    retryable = True


class OperatorOnly(ProblemError):
    slug, status = "operator-only", 403
    title_ko, title_en = "운영자만 할 수 있어요", "Only an operator may do this"
    fix_ko = "운영자 계정으로 로그인하거나 운영자의 토큰을 써 주세요."
    fix_en = "Sign in as an operator, or use a token of theirs."


class PreconditionFailed(ProblemError):
    slug, status = "precondition-failed", 412
    title_ko, title_en = "그 사이에 파일이 바뀌었어요", "The file has changed meanwhile"
    fix_ko, fix_en = "파일을 처음부터 다시 받아 주세요.", "Load the file again from the start."


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


class AccessNotConfigured(ProblemError):
    """The site has no mode of access, or a mode without its settings. It answers nobody until it has."""

    slug, status = "access-not-configured", 503
    title_ko, title_en = "사이트의 접근 설정이 아직 없어요", "Access to this site is not configured"
    fix_ko = "운영자가 ACCESS_MODE와 그 설정을 넣고 다시 배포해야 해요. 비용은 들지 않았어요."
    fix_en = "The operator has to set ACCESS_MODE and its settings, and deploy again. Nothing was charged."


class SignInNeeded(ProblemError):
    slug, status = "sign-in-needed", 401
    title_ko, title_en = "로그인이 필요해요", "You need to sign in"
    fix_ko = "다시 로그인한 뒤 이어서 해 주세요. 쓰던 내용은 그대로 있고, 비용은 들지 않았어요."
    fix_en = "Sign in again, then go on. Nothing you typed is lost, and nothing was charged."


class SignInUnreachable(ProblemError):
    slug, status = "sign-in-unreachable", 503
    title_ko, title_en = "로그인을 확인하지 못했어요", "Your sign-in could not be checked"
    fix_ko = "로그인 서비스가 답하지 않아요. 잠시 뒤에 다시 시도해 주세요. 비용은 들지 않았어요."
    fix_en = "The sign-in service does not answer. Try again in a little while. Nothing was charged."
    retryable = True


class SessionNeeded(ProblemError):
    slug, status = "session-needed", 401
    title_ko, title_en = "사람인지 먼저 확인해야 해요", "A check that you are human comes first"
    fix_ko = "화면 위의 확인을 마친 뒤 이어서 해 주세요. 쓰던 내용은 그대로 있고, 비용은 들지 않았어요."
    fix_en = "Complete the check at the top of the page, then go on. Nothing is lost, and nothing was charged."


class ChallengeFailed(ProblemError):
    slug, status = "challenge-failed", 403
    title_ko, title_en = "사람인지 확인하지 못했어요", "The check that you are human failed"
    fix_ko, fix_en = "화면을 새로 고치고 확인을 다시 해 주세요.", "Reload the page and complete the check again."


class ChallengeUnreachable(ProblemError):
    slug, status = "challenge-unreachable", 503
    title_ko, title_en = "지금은 확인을 받을 수 없어요", "The check cannot be made right now"
    fix_ko = "확인 서비스가 답하지 않아요. 잠시 뒤에 다시 시도해 주세요. 비용은 들지 않았어요."
    fix_en = "The service behind the check does not answer. Try again in a little while. Nothing was charged."
    retryable = True


class RateLimited(ProblemError):
    slug, status = "rate-limited", 429
    title_ko, title_en = "한 시간에 할 수 있는 횟수를 다 썼어요", "The limit for this hour is reached"
    fix_ko = "Retry-After 헤더의 시간이 지난 뒤에 다시 시도해 주세요. 비용은 들지 않았어요."
    fix_en = "Try again after the time in the Retry-After header. Nothing was charged."
    retryable = True


class NothingToClaim(ProblemError):
    slug, status = "nothing-to-claim", 409
    title_ko, title_en = "옮길 영상이 없어요", "There are no clips to move"
    fix_ko = "이 브라우저에서 만든 영상이 없거나 이미 옮겨졌어요. 로그인한 뒤에만 옮길 수 있어요."
    fix_en = "This browser made none, or they were moved already. They can be moved only after you sign in."


class TokenInvalid(ProblemError):
    slug, status = "token-invalid", 401
    title_ko, title_en = "API 토큰을 쓸 수 없어요", "The API token is not valid"
    fix_ko = "토큰을 빠짐없이 옮겼는지, 기한이 지나거나 취소하지 않았는지 확인하고, 필요하면 새로 만들어 주세요."
    fix_en = "Check that the token is whole, in time and not revoked, or make a new one."


class TokenNotAllowed(ProblemError):
    slug, status = "token-not-allowed", 403
    title_ko, title_en = "이 토큰으로는 할 수 없는 일이에요", "This token does not allow that"
    fix_ko = "필요한 권한이 있는 토큰을 써 주세요. 토큰과 웹훅은 사이트에 로그인해서만 관리할 수 있어요."
    fix_en = "Use a token with that scope. Tokens and webhooks are managed by a signed-in person alone."


class TokenNotFound(ProblemError):
    slug, status = "token-not-found", 404
    title_ko, title_en = "그런 토큰이 없어요", "That token was not found"
    fix_ko, fix_en = "토큰 목록을 다시 불러와 주세요.", "Load the list of tokens again."


class WebhookNotFound(ProblemError):
    slug, status = "webhook-not-found", 404
    title_ko, title_en = "그런 웹훅이나 전송 기록이 없어요", "That webhook or delivery was not found"
    fix_ko, fix_en = "웹훅 목록을 다시 불러와 주세요.", "Load the list of webhooks again."


class TooMany(ProblemError):
    slug, status = "too-many", 409
    title_ko, title_en = "더 만들 수 없어요", "There are too many already"
    fix_ko, fix_en = "쓰지 않는 것을 지운 뒤에 다시 시도해 주세요.", "Delete one that is not in use, then try again."


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


class QueueTimeout(ProblemError):
    """No card began the job within the time that a job may wait."""

    slug, status = "queue-timeout", 503
    title_ko, title_en = "너무 오래 기다려도 GPU 차례가 오지 않았어요", "No GPU became free in time"
    fix_ko = "조금 뒤에 다시 만들기를 눌러 주세요. 비용은 들지 않았어요."
    fix_en = "Run it again a little later. Nothing was charged."
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


class MarkerUnreadable(ProblemError):
    """The attempt ended, and this release cannot read what it left in the bucket. A later release may."""

    slug, status = "marker-unreadable", 500
    title_ko, title_en = "작업 결과를 읽지 못했어요", "The result of the job cannot be read"
    fix_ko = "운영자가 고치면 영상이 나타날 수 있어요. 급하면 다시 만들어 주세요. 비용은 받지 않아요."
    fix_en = "The clip may appear once the operator has mended it. If it is urgent, run it again. It is not charged."
    retryable = True


class JobCanceled(ProblemError):
    """Raised inside the render when the owner asked to stop; ends a job as `canceled`, not `failed`."""

    slug, status = "job-canceled", 409
    title_ko, title_en = "취소한 작업이에요", "The job was canceled"
    fix_ko, fix_en = "쓴 시간만큼만 비용을 받아요.", "Only the seconds used are charged."


class Busy(ProblemError):
    """A passing fault of the database or the bucket. The statement did not run, or its repetition changes nothing."""

    slug, status = "busy", 503
    title_ko, title_en = "지금은 요청이 몰려 있어요", "The site is busy at the moment"
    fix_ko = "몇 초 뒤에 그대로 다시 보내 주세요. 같은 Idempotency-Key로 보내면 두 번 만들어지지 않아요."
    fix_en = "Send it again in a few seconds, unchanged. With the same Idempotency-Key nothing is made twice."
    retryable = True


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
