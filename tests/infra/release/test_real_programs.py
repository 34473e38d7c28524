"""The real `modal` and `wrangler` where they work without an account, in a folder with Hangul, under code page 949."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from infra.bootstrap import storage
from infra.platforms import accounts
from infra.platforms.programs import attempt, run
from infra.preflight.checks import cloudflare, dependencies
from infra.preflight.runner import ground_of
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.release import rollback, steps
from infra.release.deployed_versions import pages_list, sweeper_list
from infra.release.journal import Journal
from infra.release.known_states import of_journal
from infra.release.release_context import ReleaseContext, WaitTimes
from infra.release.rollback import Back
from tests.infra.release.modal_service import Told, modal_service
from tests.infra.release.rehearsal import KOREAN, Rehearsal
from tests.programs import run_to_end

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHORT = COMMIT[:12]
HANG_SECONDS = 5 * STALLED_AFTER_SECONDS
"""These programs are run as a release runs them, which is by the clock."""


@pytest.fixture
def context(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> ReleaseContext:
    """A release of the copy, started from a Korean console."""
    for name, value in KOREAN.items():
        monkeypatch.setenv(name, value)
    journal = Journal(id="r-1", environment="production", why="", began_at="", commit=COMMIT)
    return ReleaseContext(ground_of(rehearsal.root, "production"), journal, lambda: None, lambda _: None, WaitTimes())


def modal_environment(told: Told, root: Path) -> dict[str, str]:
    return {
        "MODAL_CONFIG_PATH": str(root / "no-modal.toml"),
        "MODAL_SERVER_URL": told.address,
        "MODAL_TOKEN_ID": "rehearsal",
        "MODAL_TOKEN_SECRET": "rehearsal",
        "PYTHONPATH": str(root),
        "CLIPWRIGHT_BUILD": SHORT,
    }


def test_the_real_modal_deploys_the_real_app_from_a_korean_console(context: ReleaseContext) -> None:
    root = context.ground.root
    with modal_service() as told:
        run(steps.modal_command(context), cwd=root, timeout_seconds=HANG_SECONDS, env=modal_environment(told, root))
    assert told.missing == []
    assert [(app.name, app.deployment_tag) for app in told.published] == [("clipwright", SHORT)]
    assert set(told.functions) == {"web", "GpuWorker.*", "fetch_weights", "pin_weights", "verify_weights"}
    sent = {path.removeprefix("/root/") for path in told.files}
    needed = {
        path.relative_to(root).as_posix()
        for image in ("web", "gpu")
        for path in dependencies.reachable(root, dependencies.ENTRIES[image][0])
    }
    assert needed <= sent
    assert not any(path.startswith("infra/") for path in sent)
    assert [path for path in sent if not path.endswith(".py")] == ["gpu/tiny/weights/tiny-trained.safetensors"]


def test_without_our_environment_the_same_deploy_dies_of_a_check_mark(context: ReleaseContext) -> None:
    """What the environment is for: were it gone, nothing would be published, and this says so first."""
    root = context.ground.root
    with modal_service() as told:
        raw = run_to_end(
            [sys.executable, "-m", "modal", "deploy", "--env", "main", "--tag", SHORT, "-m", "gpu.serve.modal.app"],
            cwd=root,
            env={**os.environ, **KOREAN, **modal_environment(told, root)},
        )
    assert raw.returncode != 0
    assert told.published == []


def test_the_real_wrangler_takes_the_sweepers_command(context: ReleaseContext, tmp_path: Path) -> None:
    command = [*steps.sweeper_command(context), "--dry-run", "--outdir", str(tmp_path / "짐 out")]
    environment = {"WRANGLER_LOG_PATH": str(tmp_path / "logs"), "CLOUDFLARE_CF_FETCH_ENABLED": "false"}
    finished = attempt(command, cwd=context.ground.root, timeout_seconds=HANG_SECONDS, env=environment)
    assert finished.exit_code == 0, finished.output
    assert "env.BUILD" in finished.output
    bundle = (tmp_path / "짐 out" / "index.js").read_text(encoding="utf-8")
    assert "scheduled" in bundle


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An account where nobody answers: wrangler judges the command and its files, then finds no network."""
    monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", cloudflare.NOWHERE)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "rehearsal")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "0" * 32)
    monkeypatch.setenv("WRANGLER_LOG_PATH", str(tmp_path / "logs"))


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("environment", ["production", "preview"])
def test_the_real_wrangler_refuses_none_of_our_commands(
    context: ReleaseContext, tmp_path: Path, environment: str
) -> None:
    root, ground = context.ground.root, ground_of(context.ground.root, environment)
    context = replace(context, ground=ground)
    for name in storage.CONFIGURATIONS:
        storage.write_database(ground, name, "7f1c2b9e-5d44-4c3a-9d0e-2f6a8b1c0d77")
    values = tmp_path / "values.json"
    values.write_text('{"GPU_URL": "https://x.invalid"}', encoding="utf-8")
    back = Back("r-1", COMMIT, {"sweeper": "v-1"}, ("sweeper",), of_journal(context.journal, ("sweeper",)))
    commands = {
        "pages deployments": pages_list(ground.target),
        "sweeper status": sweeper_list(ground.target),
        "migrations": steps.migrate_command(context),
        "sweeper": [*steps.sweeper_command(context), "--dry-run", "--outdir", str(tmp_path / "out")],
        "rollback": rollback.sweeper_back(ground.target, back, "v-1"),
        "site secrets": accounts.site_secrets(ground.target, "list"),
        "sweeper secrets": accounts.sweeper_secrets(ground.target, "list"),
        "put site secrets": accounts.site_secrets(ground.target, "bulk", str(values)),
        "put sweeper secrets": accounts.sweeper_secrets(ground.target, "bulk", str(values)),
    }
    for name, command in commands.items():
        finished = attempt(command, cwd=root, timeout_seconds=HANG_SECONDS)
        said = accounts.last_words(finished.output)
        assert finished.exit_code == 0 if name == "sweeper" else "fetch failed" in said, (name, said)
