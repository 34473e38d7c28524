"""The outcome of a release as the status of its commit at GitHub, where a push alone started it.

GitHub's workflow sets the four variables. Elsewhere nothing is sent. A status that GitHub refuses changes nothing of
the release.
"""

import os
from typing import Literal

import httpx

State = Literal["pending", "success", "failure"]
CONTEXT = "clipwright release"
SEND_SECONDS = 20.0
MOST_CHARACTERS = 140
"""GitHub's limit of a description."""


def tell(state: State, words: str) -> bool:
    """Whether a status was set. `words`: the finding, or what is live; its first line is shown."""
    token, repository, commit = (
        os.environ.get(name, "") for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_SHA")
    )
    if not (os.environ.get("GITHUB_ACTIONS") and token and repository and commit):
        return False
    server, run = os.environ.get("GITHUB_SERVER_URL", "https://github.com"), os.environ.get("GITHUB_RUN_ID", "")
    body = {
        "state": state,
        "context": CONTEXT,
        "description": first_line(words),
        "target_url": f"{server}/{repository}/actions/runs/{run}",
    }
    try:
        answer = httpx.post(
            f"{os.environ.get('GITHUB_API_URL', 'https://api.github.com')}/repos/{repository}/statuses/{commit}",
            json=body,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"},
            timeout=SEND_SECONDS,
        )
    except httpx.HTTPError:
        return False
    return answer.is_success


def first_line(words: str) -> str:
    line = next(filter(None, (line.strip() for line in words.splitlines())), "")
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 3] + "..."
