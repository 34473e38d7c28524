"""The first day's list: its commands are in both guides in their order, and each page that is opened is named there."""

import re

import pytest

from infra.bootstrap.first_day import COMMANDS, first_day
from infra.bootstrap.setup_account import plan
from infra.preflight.runner import ground_of
from infra.settings import ROOT
from tests.infra.test_guides import section

OURS = [command for command, _ in COMMANDS if command.startswith("python run.py")]


@pytest.mark.parametrize(("name", "heading"), [("deploy.ko.md", "## 순서"), ("deploy.md", "## Steps")])
def test_the_guide_has_its_commands_in_order(name: str, heading: str) -> None:
    lines = [line.strip() for line in section(name, heading).splitlines()]
    assert [line for line in lines if line in OURS] == OURS


@pytest.mark.parametrize("name", ["deploy.ko.md", "deploy.md"])
def test_the_guide_names_every_site_whose_pages_are_opened(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    day = first_day(ground_of(ROOT, "production"))
    sites = {site for page in day.dashboards for site in re.findall(r"https://[\w.-]+", page)}
    assert {"https://github.com", "https://modal.com"} < sites
    assert [site for site in sorted(sites) if site not in text] == []
    assert (len(day.dashboards), day.typed[:3]) == (
        8,
        ("CLOUDFLARE_API_TOKEN", "CLIPWRIGHT_OPERATOR_EMAIL", "HF_TOKEN"),
    )


def test_what_is_typed_is_named_before_it_is_asked() -> None:
    ground = ground_of(ROOT, "production")
    said = "\n".join(plan(ground))
    assert [name for name in first_day(ground).typed if name not in said] == []
