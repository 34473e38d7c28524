"""What ends a job, what the parts of the product tell each other, and what nobody foresaw."""

from gpu.core.problems.problem_error import ProblemError


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
    fix_ko = "영상은 바뀌지 않았어요. 다시 보내지 않아도 돼요."
    fix_en = "The job was not changed. There is no need to send it again."


class ProxyKeyRefused(ProblemError):
    slug, status = "proxy-key-refused", 401
    title_ko, title_en = "GPU 서비스 열쇠가 맞지 않아요", "The GPU service refused the key"
    fix_ko, fix_en = "GPU_KEY와 GPU_SECRET을 확인해 주세요.", "Check GPU_KEY and GPU_SECRET."


class CallNotFound(ProblemError):
    slug, status = "call-not-found", 404
    title_ko, title_en = "그런 호출이 없어요", "That call is not known"
    fix_ko, fix_en = "영상을 다시 보내 주세요.", "Dispatch the job again."


class GpuUnreachable(ProblemError):
    slug, status = "gpu-unreachable", 503
    title_ko, title_en = "GPU 서비스에 연결하지 못했어요", "The GPU service could not be reached"
    fix_ko = "잠시 뒤에 다시 만들기를 눌러 주세요. 돈은 들지 않았어요."
    fix_en = "Run it again in a little while. Nothing was charged."
    retryable = True


class QueueTimeout(ProblemError):
    """No card began the job within the time that a job may wait."""

    slug, status = "queue-timeout", 503
    title_ko, title_en = "너무 오래 기다려도 GPU 차례가 오지 않았어요", "No GPU became free in time"
    fix_ko = "조금 뒤에 다시 만들기를 눌러 주세요. 돈은 들지 않았어요."
    fix_en = "Run it again a little later. Nothing was charged."
    retryable = True


class WorkerLost(ProblemError):
    slug, status = "worker-lost", 503
    title_ko, title_en = "영상을 만들던 서버가 멈췄어요", "The GPU that worked on it was lost"
    fix_ko = "다시 만들기를 눌러 주세요. 돈은 들지 않았어요."
    fix_en = "Run it again. This job is not charged."
    retryable = True


class OutOfGpuMemory(ProblemError):
    slug, status = "out-of-gpu-memory", 507
    title_ko, title_en = "이 길이와 화질은 지금 GPU로 만들 수 없었어요", "The GPU ran out of memory"
    fix_ko = "더 짧게 하거나 화질을 낮춰서 다시 만들어 주세요. 돈은 들지 않았어요."
    fix_en = "Make it again smaller or shorter. It is not charged."


class WeightsUnusable(ProblemError):
    slug, status = "weights-unusable", 503
    title_ko, title_en = "모델 파일에 문제가 있어 지금은 만들 수 없어요", "The model files cannot be used"
    fix_ko = "운영자가 모델 파일을 다시 받아야 해요. 돈은 들지 않았어요."
    fix_en = "The operator has to fetch the model files again. It is not charged."


class StorageRefused(ProblemError):
    slug, status = "storage-refused", 502
    title_ko, title_en = "영상을 저장하지 못했어요", "The storage refused the file"
    fix_ko = "잠시 뒤에 다시 만들어 주세요. 돈은 들지 않았어요."
    fix_en = "Run it again in a little while. It is not charged."
    retryable = True


class SigningUnusable(ProblemError):
    slug, status = "signing-unusable", 503
    title_ko, title_en = "AI 출처 표시에 문제가 있어 지금은 만들 수 없어요", "The key that signs clips cannot be used"
    fix_ko = "운영자가 서명 열쇠와 인증서를 바꿔야 해요. 돈은 들지 않았어요."
    fix_en = "The operator has to replace the signing key and its certificates. It is not charged."


class SettingsIncomplete(ProblemError):
    """The GPU service lacks settings for the bucket or the site. Only the operator can fix that; a retry cannot."""

    slug, status = "settings-incomplete", 503
    title_ko, title_en = "GPU 서비스의 설정이 빠졌거나 틀려요", "The GPU service's settings are incomplete or wrong"
    fix_ko = "운영자가 GPU 서비스의 비밀값을 모두 넣고 다시 배포해야 해요. 돈은 들지 않았어요."
    fix_en = "The operator has to complete the GPU service's secrets and deploy it again. It is not charged."


class StartsFailing(ProblemError):
    """Several containers in a row crashed while they loaded; no further start is tried for now, and jobs wait."""

    slug, status = "starts-failing", 503
    title_ko, title_en = "GPU 서비스가 계속 시작하지 못해요", "The GPU service keeps failing to start"
    fix_ko = "영상은 순서를 기다리고 있어요. 계속되면 운영자가 GPU 서비스의 기록에서 까닭을 찾아 고쳐야 해요."
    fix_en = "Jobs wait. If it goes on, the operator has to find the cause in the GPU service's log and mend it."
    retryable = True


class DeadlineExceeded(ProblemError):
    slug, status = "deadline-exceeded", 504
    title_ko, title_en = "정해진 시간 안에 끝내지 못했어요", "It did not finish in time"
    fix_ko = "더 짧게 하거나 화질을 낮춰서 다시 만들어 주세요. 돈은 들지 않았어요."
    fix_en = "Run it again with a shorter or smaller clip. It is not charged."
    retryable = True


class RenderFailed(ProblemError):
    slug, status = "render-failed", 500
    title_ko, title_en = "영상을 만들다가 문제가 생겼어요", "Making the clip failed"
    fix_ko = "다시 만들기를 눌러 주세요. 또 실패하면 영상 번호를 알려 주세요. 돈은 들지 않았어요."
    fix_en = "Run it again. If it fails once more, report the job's id. It is not charged."
    retryable = True


class MarkerUnreadable(ProblemError):
    """The attempt ended, and this release cannot read what it left in the bucket. A later release may."""

    slug, status = "marker-unreadable", 500
    title_ko, title_en = "만든 영상을 읽지 못했어요", "The result of the job cannot be read"
    fix_ko = "운영자가 고치면 영상이 나타날 수 있어요. 급하면 다시 만들어 주세요. 돈은 들지 않았어요."
    fix_en = "The clip may appear once the operator has mended it. If it is urgent, run it again. It is not charged."
    retryable = True


class JobCanceled(ProblemError):
    """Raised inside the render when the owner asked to stop; ends a job as `canceled`, not `failed`."""

    slug, status = "job-canceled", 409
    title_ko, title_en = "취소한 영상이에요", "The job was canceled"
    fix_ko, fix_en = "취소할 때까지 쓴 시간만큼만 돈이 들어요.", "Only the seconds used are charged."


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
