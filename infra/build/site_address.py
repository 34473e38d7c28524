"""Where the site that is being built will lie. It knows no page."""

import os
from pathlib import Path

from infra.platforms.targets import load

BRANCH = "CF_PAGES_BRANCH"
"""The builder of Pages sets it."""


def site_address(root: Path) -> str:
    """`https://clipwright.pages.dev`: that of the release target whose branch Pages builds. Empty on any other machine,
    and before `python run.py setup-account` has filled it in.

    Raises infra.process.shell.InfraError when the rows of `infra/targets.toml` are wrong.
    """
    branch = os.environ.get(BRANCH)
    if branch is None:
        return ""
    return next((row.site_url.rstrip("/") for row in load(root).values() if row.live_branch == branch), "")
