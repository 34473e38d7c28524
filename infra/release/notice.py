"""A short message in Korean about a release, to an address that the operator names: Slack, Discord, or a script.

CLIPWRIGHT_RELEASE_WEBHOOK holds the address; without it nothing is sent. A message that does not arrive changes nothing
of the release. A message holds no secret and no folder of this machine. It asks nobody for the address
(`infra.bootstrap.release_webhook`).
"""

import os

import httpx

from infra.language import localized
from infra.platforms.operator_keys import NOBODY, RELEASE_WEBHOOK
from infra.reflection.release_log import Release

VARIABLE = RELEASE_WEBHOOK
SEND_SECONDS = 10.0
MOST_CHARACTERS = 1_900
"""Discord takes 2,000."""
OUTCOMES = {"live": "반영됨", "failed": "실패", "rolled_back": "되돌림"}


def text_of(release: Release, site_url: str) -> str:
    """The summary that the log keeps, the clip's price, and where it failed."""
    lines = [f"[Clipwright {release.environment}] 배포 {OUTCOMES[release.outcome]}: {release.commit[:12]} {site_url}"]
    lines += [f"- {line}" for line in release.summary]
    if (won := release.measured.get("won")) is not None:
        lines.append(f"- 확인 영상 실제 금액: {won:.1f}원")
    if release.failed_step:
        lines.append(f"- 멈춘 단계: {release.failed_step}: {release.trouble}")
    return "\n".join(lines)[:MOST_CHARACTERS]


def address() -> str:
    """Where messages go; empty where nobody is told."""
    found = os.environ.get(VARIABLE, "").strip()
    return "" if found == NOBODY else found


def send(release: Release, site_url: str) -> str:
    """Returns in words whether it arrived; an empty text without an address."""
    if not (webhook := address()):
        return ""
    if trouble := post(webhook, text_of(release, site_url)):
        return localized(ko=f"알림을 보내지 못했어요: {trouble}", en=f"the message was not delivered: {trouble}")
    return localized(ko="알림을 보냈어요", en="the message was delivered")


def post(webhook: str, text: str) -> str:
    """Why the message did not arrive, without the address; empty when it did."""
    try:
        httpx.post(webhook, json={"text": text, "content": text}, timeout=SEND_SECONDS).raise_for_status()
    except httpx.HTTPStatusError as error:
        return f"HTTP {error.response.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    return ""
