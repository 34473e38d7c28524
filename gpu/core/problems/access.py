"""Who is asking: people, sessions, and scripts with a token."""

from gpu.core.problems.problem_error import ProblemError


class AccessNotConfigured(ProblemError):
    """The site has no mode of access, or a mode without its settings. It answers nobody until it has."""

    slug, status = "access-not-configured", 503
    title_ko, title_en = "사이트의 접근 설정이 아직 없어요", "Access to this site is not configured"
    fix_ko = "운영자가 ACCESS_MODE와 그 설정을 넣고 다시 배포해야 해요. 돈은 들지 않았어요."
    fix_en = "The operator has to set ACCESS_MODE and its settings, and deploy again. Nothing was charged."


class SignInNeeded(ProblemError):
    slug, status = "sign-in-needed", 401
    title_ko, title_en = "로그인이 필요해요", "You need to sign in"
    fix_ko = "다시 로그인한 뒤 이어서 해 주세요. 쓰던 내용은 그대로 있고, 돈은 들지 않았어요."
    fix_en = "Sign in again, then go on. Nothing you typed is lost, and nothing was charged."


class SignInUnreachable(ProblemError):
    slug, status = "sign-in-unreachable", 503
    title_ko, title_en = "로그인을 확인하지 못했어요", "Your sign-in could not be checked"
    fix_ko = "로그인 서비스가 답하지 않아요. 잠시 뒤에 다시 시도해 주세요. 돈은 들지 않았어요."
    fix_en = "The sign-in service does not answer. Try again in a little while. Nothing was charged."
    retryable = True


class SessionNeeded(ProblemError):
    slug, status = "session-needed", 401
    title_ko, title_en = "사람인지 먼저 확인해야 해요", "A check that you are human comes first"
    fix_ko = "화면 위의 확인을 마친 뒤 이어서 해 주세요. 쓰던 내용은 그대로 있고, 돈은 들지 않았어요."
    fix_en = "Complete the check at the top of the page, then go on. Nothing is lost, and nothing was charged."


class ChallengeFailed(ProblemError):
    slug, status = "challenge-failed", 403
    title_ko, title_en = "사람인지 확인하지 못했어요", "The check that you are human failed"
    fix_ko, fix_en = "화면을 새로 고치고 확인을 다시 해 주세요.", "Reload the page and complete the check again."


class ChallengeUnreachable(ProblemError):
    slug, status = "challenge-unreachable", 503
    title_ko, title_en = "지금은 확인을 받을 수 없어요", "The check cannot be made right now"
    fix_ko = "확인 서비스가 답하지 않아요. 잠시 뒤에 다시 시도해 주세요. 돈은 들지 않았어요."
    fix_en = "The service behind the check does not answer. Try again in a little while. Nothing was charged."
    retryable = True


class RateLimited(ProblemError):
    slug, status = "rate-limited", 429
    title_ko, title_en = "한 시간에 할 수 있는 횟수를 다 썼어요", "The limit for this hour is reached"
    fix_ko = "Retry-After 헤더의 시간이 지난 뒤에 다시 시도해 주세요. 돈은 들지 않았어요."
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
