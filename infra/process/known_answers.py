"""What frequent complaints of other programs mean, in the operator's language, and what to do.

git, modal, wrangler and node write English. Their words are still shown; this module puts a sentence beside those that
an operator meets. It does not know who asked.
"""

import re

from infra.language import localized


def explained(output: str) -> str:
    """The meaning of the first complaint that is known; an empty string without one."""
    return next((meaning for pattern, meaning in meanings() if re.search(pattern, output)), "")


def meanings() -> tuple[tuple[str, str], ...]:
    """Pattern of a complaint -> its meaning."""
    no_token = localized(
        ko="Modal에 로그인해 주세요: python run.py modal token new",
        en="log in to Modal: python run.py modal token new",
    )
    no_right = localized(
        ko="토큰이 만료됐거나 권한이 모자라요. docs/deploy.ko.md의 '토큰과 권한' 표와 견줘 보세요",
        en="the token has expired or lacks a right; compare it with the table of rights in docs/deploy.md",
    )
    return (
        (r"Token missing|Token validation failed|run `modal\stoken new`", no_token),
        (
            r"necessary to set a CLOUDFLARE_API_TOKEN|You are not authenticated",
            localized(
                ko="Cloudflare 토큰이 없어요. python run.py setup-account를 돌리면 물어봐요",
                en="there is no Cloudflare token; python run.py setup-account asks for it",
            ),
        ),
        (r"Authentication error|Invalid API Token|\[code: (10000|9109)\]|Unable to authenticate", no_right),
        (
            r"does not appear to be a git repository|No such remote",
            localized(
                ko="원격 저장소가 정해지지 않았어요: git remote set-url origin 내-저장소-주소",
                en="no remote is set: git remote set-url origin address-of-your-repository",
            ),
        ),
        (
            r"Repository not found|Permission denied \(publickey\)|Authentication failed for",
            localized(
                ko="Git이 저장소를 열지 못해요. 주소와 GitHub 로그인을 확인해 주세요: git remote -v",
                en="git cannot open the repository; check its address and your sign-in at GitHub: git remote -v",
            ),
        ),
        (
            r"Could not resolve host|ENOTFOUND|getaddrinfo|Name or service not known|No address associated",
            localized(
                ko="인터넷에 연결되지 않았어요. 연결한 다음 다시 돌려 주세요",
                en="there is no connection to the internet; connect, then run it again",
            ),
        ),
        (
            r"Connection refused|ECONNREFUSED|ETIMEDOUT|ECONNRESET",
            localized(
                ko="상대가 답하지 않아요. 잠시 뒤 다시 돌려 주세요",
                en="the other side does not answer; run it again in a while",
            ),
        ),
        (
            r"self[- ]signed certificate|CERTIFICATE_VERIFY_FAILED|unable to get local issuer",
            localized(
                ko="프록시나 백신이 인증서를 바꿔요. 네트워크 담당자에게 인증서 파일을 받아 주세요",
                en="a proxy or a virus scanner replaces certificates; get its file from your network's operator",
            ),
        ),
        (
            r"ENOSPC|No space left on device|not enough space on the disk",
            localized(ko="디스크가 가득 찼어요", en="the disk is full"),
        ),
    )
