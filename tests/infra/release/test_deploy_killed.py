"""Every step of a release killed in the middle, and the release run again: it goes on, and nothing is done twice.

The steps are the product's; only the first one is shortened here (`test_deploy_rehearsed` runs it whole). A step dies
after its effect and before the journal knows of it, which is the worst moment there is.
"""

import json
from collections.abc import Generator

import pytest

from infra.reflection.release_log import read_log
from infra.release.steps import all_steps
from tests.infra.release import access_answers
from tests.infra.release.rehearsal import Rehearsal, git
from tests.infra.release.services import Services, serving

DRIVER = """
import dataclasses, os, sys
from pathlib import Path
from infra.release import steps
from infra.release.release_context import WaitTimes
from infra.release.deploy import Order, deploy

dying = sys.argv[1]

def quick_preflight(context):
    context.journal.commit = steps.content_commit(context.ground.root)

def dies(step):
    def run(context):
        step.run(context)
        os._exit(137)
    return dataclasses.replace(step, run=run)

plan = [dataclasses.replace(step, run=quick_preflight) if step.name == "preflight" else step
        for step in steps.all_steps()]
plan = [dies(step) if step.name == dying else step for step in plan]
for event in deploy(Path.cwd(), Order("production", "killed"), WaitTimes(600.0, 600.0, 0.05), plan):
    print(event.step, event.state)
"""
KEYS = {"CLIPWRIGHT_PROXY_KEY": "rehearsal", "CLIPWRIGHT_PROXY_SECRET": "rehearsal", **access_answers.KEYS}
NAMES = [step.name for step in all_steps()]


@pytest.fixture(scope="module")
def services(rehearsal: Rehearsal) -> Generator[Services]:
    rehearsal.add_remote()
    with serving(rehearsal) as running:
        rehearsal.aim(running.address)
        rehearsal.commit("The accounts of this rehearsal")
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_a_release_killed_in_a_step_is_still_open(rehearsal: Rehearsal, services: Services, name: str) -> None:
    del services
    code, output = rehearsal.python("-c", DRIVER, name, stand_ins=True, **KEYS)
    assert code == 137, output
    done = [line.split()[0] for line in output.splitlines() if line.endswith((" done", " before"))]
    assert done == NAMES[: NAMES.index(name)]
    journal = json.loads(rehearsal.read(".clipwright/releases/production.json"))
    assert journal["done"] == NAMES[: NAMES.index(name)]
    assert read_log(rehearsal.root).releases == ()


def test_then_it_goes_through_and_nothing_was_paid_twice(rehearsal: Rehearsal, services: Services) -> None:
    code, output = rehearsal.python("-c", DRIVER, "", stand_ins=True, **KEYS)
    assert code == 0, output
    assert len(services.wishes) == 1
    calls = [" ".join(call[:2]) for call in rehearsal.calls()]
    assert calls.count("modal deploy") == 1
    assert not (rehearsal.root / ".clipwright" / "releases" / "production.json").exists()
    releases = read_log(rehearsal.root).latest()
    assert [(release.outcome, release.why) for release in releases] == [("live", "killed")]
    assert releases[0].versions["modal"] == releases[0].commit[:12]
    assert releases[0].measured["gpu_seconds"] > 0
    assert releases[0].predicted["gpu_seconds"] > 0
    assert rehearsal.remote_head() == rehearsal.head()
    assert git(rehearsal.root, "status", "--porcelain").strip() == ""


def test_who_lags_is_named_when_the_time_is_over(rehearsal: Rehearsal, services: Services) -> None:
    rehearsal.write("docs/later.md", "# Later\n")
    commit = rehearsal.commit("Later")
    services.builds_pushed = False
    hasty = DRIVER.replace("WaitTimes(600.0, 600.0, 0.05)", "WaitTimes(0.3, 0.3, 0.05)")
    code, output = rehearsal.python("-c", hasty, "", stand_ins=True, **KEYS)
    assert code != 0
    assert f"functions reports {services.site_build}, expected {commit[:12]}" in output
    assert "sweeper answers" not in output.split("InfraError")[-1]
    failed = read_log(rehearsal.root).latest()[0]
    assert (failed.outcome, failed.failed_step) == ("failed", "agree")


def test_a_page_of_another_commit_than_its_functions_is_not_agreement(rehearsal: Rehearsal, services: Services) -> None:
    services.builds_pushed, services.stale_page = True, "0123456789ab"
    hasty = DRIVER.replace("WaitTimes(600.0, 600.0, 0.05)", "WaitTimes(0.3, 0.3, 0.05)")
    code, output = rehearsal.python("-c", hasty, "", stand_ins=True, **KEYS)
    services.stale_page = ""
    assert code != 0
    assert "site reports 0123456789ab, expected" in output
    assert "functions answers" not in output.split("InfraError")[-1]


def test_other_content_closes_the_open_release_and_begins_a_new_one(rehearsal: Rehearsal, services: Services) -> None:
    hasty = DRIVER.replace("WaitTimes(600.0, 600.0, 0.05)", "WaitTimes(0.3, 0.3, 0.05)")
    for text, driver in (("good", DRIVER), ("given up", hasty)):
        services.builds_pushed, services.looks = driver == DRIVER, 0
        rehearsal.write("docs/later.md", f"# Later, {text}\n")
        rehearsal.commit(text)
        code, output = rehearsal.python("-c", driver, "", stand_ins=True, **KEYS)
        assert (code == 0) == services.builds_pushed, output
    given_up, good = read_log(rehearsal.root).latest()[:2]
    services.builds_pushed = True
    rehearsal.write("docs/later.md", "# Later, mended\n")
    rehearsal.commit("Mended")
    services.looks = 0
    commits = rehearsal.head()
    code, output = rehearsal.infra("deploy", "--dry-run", stand_ins=True)
    assert (code, rehearsal.head()) == (0, commits), output
    code, output = rehearsal.python("-c", DRIVER, "", stand_ins=True, **KEYS)
    assert code == 0, output
    outcomes = {release.id: release.outcome for release in read_log(rehearsal.root).latest()}
    assert outcomes[given_up.id] == "failed"
    assert next(iter(outcomes.values())) == "live"
    # Its way back is to before the release that was given up, not into the middle of it.
    released = read_log(rehearsal.root).latest()[0]
    assert given_up.versions["sweeper"] != good.commit[:12]
    assert released.versions["sweeper_build before"] == good.commit[:12]


def test_a_release_that_stopped_half_way_can_be_undone(rehearsal: Rehearsal, services: Services) -> None:
    rehearsal.write("gpu/tiny/note.py", "# changes what the GPU service is made from\n")
    rehearsal.commit("A change of the GPU side")
    services.builds_pushed = False
    hasty = DRIVER.replace("WaitTimes(600.0, 600.0, 0.05)", "WaitTimes(0.3, 0.3, 0.05)")
    code, _ = rehearsal.python("-c", hasty, "", stand_ins=True, **KEYS)
    assert code != 0
    earlier = len(rehearsal.calls())
    account = {"CLOUDFLARE_API_TOKEN": "rehearsal", "CLOUDFLARE_ACCOUNT_ID": "0" * 32}
    code, output = rehearsal.infra("rollback", stand_ins=True, CLOUDFLARE_BASE_URL=services.address, **account)
    assert code == 0, output
    assert [call[:4] for call in rehearsal.calls()[earlier:]] == [
        ["wrangler", "rollback", "sweeper-4", "--config"],
        ["modal", "app", "rollback", "clipwright"],
        ["wrangler", "d1", "execute", "clipwright"],  # told to the operator's page
    ]
    assert ("POST", f"/accounts/{'0' * 32}/pages/projects/clipwright/deployments/pages-7/rollback") in services.seen
    undone = read_log(rehearsal.root).latest()[0]
    assert (undone.outcome, undone.failed_step) == ("rolled_back", "agree")
    assert not (rehearsal.root / ".clipwright" / "releases" / "production.json").exists()
