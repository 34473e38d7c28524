"""A short message in Korean about a release, to an address that the operator names: Slack, Discord, or a script.

CLIPWRIGHT_RELEASE_WEBHOOK holds the address; without it nothing is sent. A message that does not arrive changes nothing
of the release. It holds no secret and no folder of this machine.
"""

import os

import httpx

from infra.language import localized
from infra.reflection.release_log import Release

VARIABLE = "CLIPWRIGHT_RELEASE_WEBHOOK"
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


def send(release: Release, site_url: str) -> str:
    """Returns in words whether it arrived; an empty text without an address."""
    address = os.environ.get(VARIABLE, "")
    if not address:
        return ""
    text = text_of(release, site_url)
    try:
        httpx.post(address, json={"text": text, "content": text}, timeout=SEND_SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return localized(
            ko=f"알림을 보내지 못했어요: {type(error).__name__}",
            en=f"the message was not delivered: {type(error).__name__}",
        )
    return localized(ko="알림을 보냈어요", en="the message was delivered")
