"""The short name of the current commit, as pages, Functions and GPU service report it.

It knows git and the variable that Cloudflare's builder sets, and nothing about what is built.
"""

import contextlib
import os

from infra.process.shell import InfraError, check
from infra.settings import ROOT

SHORT = 12
"""Digits of a commit that the services report."""
BUILDER = "CF_PAGES_COMMIT_SHA"
"""Set where Pages builds the site."""


def commit_name() -> str:
    """The first digits of the checked-out commit, or `dev` without git and builder."""
    if given := os.environ.get(BUILDER, ""):
        return given[:SHORT]
    with contextlib.suppress(InfraError):
        return check(["git", "rev-parse", f"--short={SHORT}", "HEAD"], timeout_seconds=5, cwd=ROOT).strip()
    return "dev"
