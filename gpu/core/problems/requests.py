"""What may be wrong with a request, by whoever sends it."""

from gpu.core.problems.problem_error import ProblemError


class InvalidJob(ProblemError):
    slug, status = "invalid-job", 422
    title_ko, title_en = "요청 내용이 올바르지 않아요", "The request is not valid"
    fix_ko = "표시된 항목을 고쳐서 다시 보내 주세요. 돈은 들지 않았어요."
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
    fix_ko = "이미지는 20MB, JSON은 64KB까지 보낼 수 있어요."
    fix_en = "A picture may have 20 MB, a JSON body 64 KB."


class LengthRequired(ProblemError):
    slug, status = "length-required", 411
    title_ko, title_en = "Content-Length 헤더가 필요해요", "A Content-Length header is needed"
    fix_ko = "파일 크기를 알 수 있게 통째로 보내 주세요."
    fix_en = "Send the file as a whole, so that its size is known beforehand."


class PictureUnsupported(ProblemError):
    slug, status = "picture-unsupported", 415
    title_ko, title_en = "지원하지 않는 이미지 형식이에요", "This picture format is not supported"
    fix_ko, fix_en = "PNG, JPEG, WebP 이미지를 올려 주세요.", "Upload a PNG, JPEG or WebP picture."


class PictureRefused(ProblemError):
    slug, status = "picture-refused", 422
    title_ko, title_en = "이 이미지는 쓸 수 없어요", "This picture cannot be used"
    fix_ko = "이미지가 깨지지 않았는지, 한 변이 64~12,000픽셀이고 전체가 4천만 픽셀 이하인지 확인해 주세요."
    fix_en = "Check that the file is whole, each side has 64 to 12,000 pixels and the whole at most 40 million."


class SoundUnsupported(ProblemError):
    slug, status = "sound-unsupported", 415
    title_ko, title_en = "지원하지 않는 소리 파일이에요", "This sound format is not supported"
    fix_ko, fix_en = "WAV, MP3, M4A 파일을 올려 주세요.", "Upload a WAV, MP3 or M4A file."


class SoundRefused(ProblemError):
    slug, status = "sound-refused", 422
    title_ko, title_en = "이 소리 파일은 쓸 수 없어요", "This sound cannot be used"
    fix_ko = "파일이 깨지지 않았는지, 0.5~60초이고 모노나 스테레오인지 확인해 주세요."
    fix_en = "Check that the file is whole, lasts 0.5 to 60 seconds and is mono or stereo."


class UploadNotFound(ProblemError):
    slug, status = "upload-not-found", 404
    title_ko, title_en = "올린 이미지를 찾을 수 없어요", "That upload was not found"
    fix_ko, fix_en = "이미지를 다시 올려 주세요.", "Upload the picture again."


class JobNotFound(ProblemError):
    slug, status = "job-not-found", 404
    title_ko, title_en = "영상을 찾을 수 없어요", "That job was not found"
    fix_ko = "주소를 확인해 주세요. 로그인하지 않고 만든 영상은 만든 브라우저에서만 볼 수 있어요."
    fix_en = "Check the address. Clips made without signing in can be seen only in the browser that made them."


class ProjectNotFound(ProblemError):
    slug, status = "project-not-found", 404
    title_ko, title_en = "장면 표를 찾을 수 없어요", "That scene table was not found"
    fix_ko = "주소를 확인해 주세요. 지운 표는 하루 안에 되돌릴 수 있어요."
    fix_en = "Check the address. A deleted table can be restored for a day."


class ChannelPresetNotFound(ProblemError):
    slug, status = "channel-preset-not-found", 404
    title_ko, title_en = "채널 설정을 찾을 수 없어요", "Those channel settings were not found"
    fix_ko, fix_en = "목록을 새로 열어 주세요.", "Load the list again."


class BatchNotFound(ProblemError):
    slug, status = "batch-not-found", 404
    title_ko, title_en = "묶음을 찾을 수 없어요", "That batch was not found"
    fix_ko, fix_en = "장면 표를 새로 열어 주세요.", "Load the scene table again."


class TooManyScenes(ProblemError):
    slug, status = "too-many-scenes", 422
    title_ko, title_en = "한 표에는 장면을 200개까지 넣을 수 있어요", "A table holds up to 200 scenes"
    fix_ko = "표를 나누어 주세요. 바뀐 것은 없어요."
    fix_en = "Split it into several tables. Nothing was changed."


class SceneFileUnreadable(ProblemError):
    slug, status = "scene-file-unreadable", 422
    title_ko, title_en = "장면 파일을 읽지 못했어요", "The scene file could not be read"
    fix_ko = "표시된 줄을 고쳐서 다시 넣어 주세요. 바뀐 것은 없어요."
    fix_en = "Correct the lines listed and try again. Nothing was changed."


class NothingToMake(ProblemError):
    slug, status = "nothing-to-make", 409
    title_ko, title_en = "새로 만들 장면이 없어요", "There is no scene to make"
    fix_ko = "빈 장면이나 이미 만든 장면뿐이에요. 이미 만든 장면은 '다시'를 골라야 또 만들어요. 돈은 들지 않았어요."
    fix_en = (
        "These scenes are empty, or made already. What is made is made again only when you ask for it. "
        "Nothing was charged."
    )


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
    title_ko, title_en = "금액 한도를 넘어서 만들 수 없어요", "This would go over the spending cap"
    fix_ko = "더 짧거나 작은 설정을 고르거나, 내일 이어서 만들어 주세요. 돈은 들지 않았어요."
    fix_en = "Choose a shorter or smaller clip, or go on tomorrow. Nothing was charged."


class TooManyOpenJobs(ProblemError):
    slug, status = "too-many-open-jobs", 429
    title_ko, title_en = "기다리는 영상이 너무 많아요", "Too many jobs are still waiting"
    fix_ko = "영상이 몇 개 끝난 뒤에 다시 만들어 주세요. 돈은 들지 않았어요."
    fix_en = "Send it again once some of them have ended. Nothing was charged."
    retryable = True


class TooManyUndoneJobs(ProblemError):
    slug, status = "too-many-undone-jobs", 429
    title_ko, title_en = "시작 전에 취소했거나 실패한 영상이 너무 많아요", "Too many jobs were canceled early or failed"
    fix_ko = "조금 기다렸다가 다시 보내 주세요. 돈은 들지 않았어요."
    fix_en = "Wait a while and send it again. Nothing was charged."
    retryable = True


class TooManyUploads(ProblemError):
    slug, status = "too-many-uploads", 429
    title_ko, title_en = "올린 이미지가 너무 많아요", "Too many pictures were uploaded"
    fix_ko = "쓰지 않는 이미지를 지우거나, 조금 기다렸다가 다시 올려 주세요."
    fix_en = "Delete pictures that you no longer need, or wait a while and upload it again."
    retryable = True


class UploadInUse(ProblemError):
    slug, status = "upload-in-use", 409
    title_ko, title_en = "영상을 만드는 데 쓰고 있는 이미지예요", "A job is using this picture"
    fix_ko = "영상이 끝난 뒤에 지워 주세요."
    fix_en = "Delete it once the job has ended."
    retryable = True


class PausedByOperator(ProblemError):
    slug, status = "paused-by-operator", 503
    title_ko, title_en = "운영자가 새 요청을 잠시 막아 두었어요", "The operator has paused new jobs"
    fix_ko = "만드는 중인 영상과 이미지, 끝난 영상은 그대로예요. 나중에 다시 보내 주세요. 돈은 들지 않았어요."
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
    title_ko, title_en = "이미 끝난 영상이에요", "The job has already ended"
    fix_ko, fix_en = "영상을 다시 불러와 주세요.", "Load the job again to see how it ended."


class JobNotFinished(ProblemError):
    slug, status = "job-not-finished", 409
    title_ko, title_en = "아직 끝나지 않은 영상이에요", "The job has not ended yet"
    fix_ko = "끝날 때까지 기다리거나 먼저 취소해 주세요."
    fix_en = "Wait until it ends, or cancel it first."
    retryable = True


class CrossSiteRefused(ProblemError):
    slug, status = "cross-site-refused", 403
    title_ko, title_en = "다른 사이트에서 온 요청이에요", "The request came from another site"
    fix_ko, fix_en = "이 사이트에서 직접 요청해 주세요.", "Send it from this site itself."
