"""A Hugging Face token, tried out: whose it is, and whether its account may download the files of gated models.

It downloads nothing and keeps no token.
"""

import os
from collections.abc import Sequence

import httpx

from gpu.core.weight_sources import Source
from infra.language import localized
from infra.process.shell import InfraError

HUB = "https://huggingface.co"
TOKEN_PAGE = f"{HUB}/settings/tokens/new?tokenType=read"
ASK_SECONDS = 20.0


def check(token: str, sources: Sequence[Source]) -> str:
    """The name of the account. Raises InfraError for a token that is refused, and for each licence that its account has
    not accepted."""
    hub = os.environ.get("CLIPWRIGHT_HUB", HUB)
    with httpx.Client(
        base_url=hub, headers={"Authorization": f"Bearer {token}"}, timeout=ASK_SECONDS, follow_redirects=True
    ) as client:
        try:
            answer = client.get("/api/whoami-v2")
            if answer.status_code in (401, 403):
                raise InfraError(
                    localized(
                        ko="Hugging Face가 이 토큰을 받지 않았어요", en="Hugging Face does not accept this token"
                    ),
                    localized(
                        ko=f"읽기 토큰을 새로 만들어 주세요: {TOKEN_PAGE}", en=f"create a read token: {TOKEN_PAGE}"
                    ),
                )
            name = str(answer.raise_for_status().json()["name"])
            closed = [
                source
                for source in sources
                if source.gated and client.get(f"/api/models/{source.repository}/auth-check").status_code in (401, 403)
            ]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise InfraError(
                localized(
                    ko=f"Hugging Face에 물어볼 수 없어요: {type(error).__name__}",
                    en=f"Hugging Face cannot be asked: {type(error).__name__}",
                ),
                localized(ko="네트워크를 확인하고 다시 실행해 주세요", en="check the network, then run this again"),
            ) from error
    if closed:
        pages = ", ".join(f"{HUB}/{source.repository}" for source in closed)
        licences = ", ".join(source.licence for source in closed)
        raise InfraError(
            localized(
                ko=f"{name} 계정이 아직 수락하지 않은 라이선스: {licences}", en=f"{name} has not accepted: {licences}"
            ),
            localized(ko=f"이 계정으로 열어 수락해 주세요: {pages}", en=f"open with this account and accept: {pages}"),
        )
    return name
