"""The verb `caps` on a real local database, through wrangler."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from infra.cli.main import main
from infra.dev import edge_config
from infra.platforms.ground import Ground
from infra.platforms.site_database import SiteDatabase
from infra.platforms.targets import pick
from infra.process.shell import InfraError
from infra.release.caps import NAMES, caps_of, change, parsed
from infra.settings import ROOT


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local stack's folder with a migrated database."""
    state = tmp_path_factory.mktemp("한도 caps")
    edge_config.apply_migrations(state)
    return state


def printed(state: Path, words: Sequence[str], output: pytest.CaptureFixture[str]) -> str:
    assert main(["caps", "--local", "--state", str(state), *words]) == 0
    return output.readouterr().out


def test_the_verb_shows_changes_and_switches(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = printed(state, [], capsys)
    assert "new jobs: accepted" in shown
    assert all(name in shown for name in NAMES)
    changed = printed(state, ["--set", "owner_day=45,000", "--set", "owner_upload_bytes=12", "--stop"], capsys)
    assert "new jobs: refused" in changed
    assert "45,000 won" in changed and "12 MB" in changed
    assert "new jobs: accepted" in printed(state, ["--go"], capsys)
    database = SiteDatabase.of_local_stack(ROOT, state, edge_config.quiet_environment(state))
    most = {cap.name: cap.most for cap in caps_of(database).rows}
    assert (most["owner_day"], most["owner_upload_bytes"]) == (45_000_000_000, 12_000_000)


def test_a_missing_cap_can_be_set_again(state: Path) -> None:
    database = SiteDatabase.of_local_stack(ROOT, state, edge_config.quiet_environment(state))
    database.run("DELETE FROM limits WHERE name = 'job'")
    assert "job" not in {cap.name for cap in caps_of(database).rows}
    change(database, {"job": 7})
    assert {cap.name: cap.most for cap in caps_of(database).rows}["job"] == 7


@pytest.mark.parametrize("word", ["nobody_day=4", "job", "job=", "job=-1", "job=1.5", "job=ten", "job=٣"])
def test_a_wrong_word_changes_nothing(word: str) -> None:
    with pytest.raises(InfraError):
        parsed([word])


def test_production_is_asked_by_its_name() -> None:
    ground = Ground(ROOT, pick(ROOT, "production"), {}, date(2026, 11, 26))
    assert SiteDatabase.of_environment(ground).words == (ground.target.database, "--remote")
