"""The API token that opens one R2 bucket for the GPU service: made, proved, revoked.

R2's S3 keys are the token's id and the SHA-256 of its value. It does not know who uses the bucket.
"""

import hashlib
import time
from collections.abc import Iterable

from cloudflare import Cloudflare, CloudflareError

from infra.language import localized
from infra.platforms.cloudflare_account import Account
from infra.process.shell import InfraError

PERMISSION = "Workers R2 Storage Bucket Item Write"
PROOF_TRIES = 5
"""A fresh token may be unknown to some of Cloudflare's servers for some seconds."""
PAUSE_SECONDS = 1.0


def token_name(account: Account) -> str:
    return f"clipwright {account.ground.target.bucket}"


def make_token(account: Account) -> tuple[str, dict[str, str]]:
    """The id of a new token that was proved to work, and the values of Modal's secret clipwright-r2. Raises InfraError,
    and revokes the new token, when it does not work."""
    client, bucket = account.client, account.ground.target.bucket
    groups = client.accounts.tokens.permission_groups.list(account_id=account.id)
    group = next((row.id for row in groups if row.name == PERMISSION), None)
    if group is None:
        raise InfraError(
            localized(ko=f"계정에 {PERMISSION!r} 권한이 없어요", en=f"the account has no permission {PERMISSION!r}"),
            localized(ko="대시보드에서 R2 토큰을 만들어 주세요", en="create the R2 token in the dashboard"),
        )
    resource = f"com.cloudflare.edge.r2.bucket.{account.id}_default_{bucket}"
    token = client.accounts.tokens.create(
        account_id=account.id,
        name=token_name(account),
        policies=[{"effect": "allow", "permission_groups": [{"id": group}], "resources": {resource: "*"}}],
    )
    if token is None or not token.id or not token.value:
        raise InfraError(
            localized(
                ko="Cloudflare가 토큰을 만들고 돌려주지 않았어요",
                en="Cloudflare created the token but did not return it",
            ),
            localized(
                ko="그 토큰을 지우고 setup-account를 다시 돌려 주세요", en="delete it and run setup-account again"
            ),
        )
    try:
        prove(account, token.value)
    except InfraError:
        revoke(account, [token.id])
        raise
    values = {
        "R2_ENDPOINT": f"https://{account.id}.r2.cloudflarestorage.com",
        "R2_BUCKET": bucket,
        "R2_ACCESS_KEY_ID": token.id,
        "R2_SECRET_ACCESS_KEY": hashlib.sha256(token.value.encode("ascii")).hexdigest(),
    }
    return token.id, values


def prove(account: Account, value: str) -> None:
    """Raises InfraError unless Cloudflare accepts the token."""
    said = ""
    for attempt in range(PROOF_TRIES):
        time.sleep(PAUSE_SECONDS if attempt else 0)
        try:
            with Cloudflare(api_token=value, base_url=account.client.base_url, max_retries=0) as client:
                found = client.accounts.tokens.verify(account_id=account.id)
            said = found.status if found else localized(ko="답 없음", en="no answer")
        except CloudflareError as error:
            said = type(error).__name__
        if said == "active":
            return
    raise InfraError(
        localized(
            ko=f"새 R2 토큰이 듣지 않아서 ({said}) 옛것을 그대로 둬요",
            en=f"the new R2 token does not work ({said}), so the old one is kept",
        ),
        localized(ko="나중에 다시 돌려 주세요", en="run it again later"),
    )


def others(account: Account, kept: str) -> list[str]:
    """Ids of the bucket's tokens, without the one that is kept."""
    listed = account.client.accounts.tokens.list(account_id=account.id)
    return [row.id for row in listed if row.id and row.name == token_name(account) and row.id != kept]


def revoke(account: Account, ids: Iterable[str]) -> None:
    for id_ in ids:
        account.client.accounts.tokens.delete(id_, account_id=account.id)
