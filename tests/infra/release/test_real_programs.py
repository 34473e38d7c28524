"""The real `modal` and `wrangler` where they work without an account, in a folder with Hangul, under code page 949."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import steps
from infra.doctor import dependencies
from infra.journal import Journal
from infra.preflight import ground_of
from infra.programs import attempt, run
from infra.steps import Pace, Work
from tests.infra.release.modal_service import Told, modal_service
from tests.infra.release.rehearsal import KOREAN, Rehearsal

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHORT = COMMIT[:12]


@pytest.fixture
def work(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Work:
    """A release of the copy, started from a Korean console."""
    for name, value in KOREAN.items():
        monkeypatch.setenv(name, value)
    journal = Journal(id="r-1", environment="production", why="", began_at="", commit=COMMIT)
    return Work(ground_of(rehearsal.root, "production"), journal, lambda: None, lambda _: None, Pace())


def modal_environment(told: Told, root: Path) -> dict[str, str]:
    return {
        "MODAL_CONFIG_PATH": str(root / "no-modal.toml"),
        "MODAL_SERVER_URL": told.address,
        "MODAL_TOKEN_ID": "rehearsal",
        "MODAL_TOKEN_SECRET": "rehearsal",
        "PYTHONPATH": str(root),
        "CLIPWRIGHT_BUILD": SHORT,
    }


def test_the_real_modal_deploys_the_real_app_from_a_korean_console(work: Work) -> None:
    root = work.ground.root
    with modal_service() as told:
        run(steps.modal_command(work), cwd=root, timeout_seconds=120, env=modal_environment(told, root))
    assert told.missing == []
    assert [(app.name, app.deployment_tag) for app in told.published] == [("clipwright", SHORT)]
    assert set(told.functions) == {"web", "GpuWorker.*", "fetch_weights", "pin_weights"}
    sent = {path.removeprefix("/root/") for path in told.files}
    needed = {
        path.relative_to(root).as_posix()
        for image in ("web", "gpu")
        for path in dependencies.reachable(root, dependencies.ENTRIES[image][0])
    }
    assert needed <= sent
    assert not any(path.startswith("infra/") for path in sent)
    assert [path for path in sent if not path.endswith(".py")] == ["gpu/tiny/weights/tiny-trained.safetensors"]


def test_without_our_environment_the_same_deploy_dies_of_a_check_mark(work: Work) -> None:
    """What the environment is for: were it gone, nothing would be published, and this says so first."""
    root = work.ground.root
    with modal_service() as told:
        raw = subprocess.run(
            [sys.executable, "-m", "modal", "deploy", "--env", "main", "--tag", SHORT, "-m", "gpu.app"],
            cwd=root,
            env={**os.environ, **KOREAN, **modal_environment(told, root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
    assert raw.returncode != 0
    assert told.published == []


def test_the_real_wrangler_takes_the_sweepers_command(work: Work, tmp_path: Path) -> None:
    command = [*steps.sweeper_command(work), "--dry-run", "--outdir", str(tmp_path / "짐 out")]
    environment = {"WRANGLER_LOG_PATH": str(tmp_path / "logs"), "CLOUDFLARE_CF_FETCH_ENABLED": "false"}
    finished = attempt(command, cwd=work.ground.root, timeout_seconds=120, env=environment)
    assert finished.exit_code == 0, finished.output
    assert "env.BUILD" in finished.output
    bundle = (tmp_path / "짐 out" / "index.js").read_text(encoding="utf-8")
    assert "scheduled" in bundle
