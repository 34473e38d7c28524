"""The findings of each check for given facts. `evaluate` is pure, so no account and no program is needed."""

import math
from datetime import date
from pathlib import Path

import pytest

from gpu.core.hardware import GPUS, Provenance
from infra.platforms import accounts
from infra.platforms.git import SourceFile
from infra.platforms.targets import Target, pick
from infra.preflight.checks import (
    account,
    cloudflare,
    contract,
    dependencies,
    encoding,
    legal,
    measured_with,
    money,
    open_calls,
    repository,
    secrets,
    vram,
)
from infra.preflight.findings import Finding
from infra.reflection.release_log import Drift
from infra.settings import ROOT

PRODUCTION = pick(ROOT, "production")


def severities(findings: list[Finding]) -> list[str]:
    return [finding.severity for finding in findings]


# ---------------------------------------------------------------- figures


def test_figures_of_another_torch_are_a_warning_that_names_both() -> None:
    assert measured_with.evaluate(measured_with.Versions("2.11.0", "2.11.0")) == []
    (found,) = measured_with.evaluate(measured_with.Versions("2.13.0", "2.11.0"))
    assert found.severity == "warning"
    assert "with torch 2.11.0" in found.message
    assert "installs 2.13.0" in found.message


# ---------------------------------------------------------------- memory


def room(gpu: str) -> vram.Room:
    return vram.room_of(vram.Choice("aggressive_quality", "1088p", "9:16", 8, gpu))


def test_the_default_clip_does_not_fit_an_a10g_and_the_answer_names_what_does_in_won() -> None:
    found = vram.evaluate([room("A10G")])
    assert severities(found) == ["error"]
    assert found[0].mendable
    assert "A10G" in found[0].message
    assert "GiB of 22.0" in found[0].message
    assert "H200 " in found[0].fix
    assert " won (measured)" in found[0].fix


def test_the_card_that_production_rents_holds_every_choice() -> None:
    assert vram.evaluate([room("H200")]) == []


def test_a_card_without_a_row_is_an_error_not_a_guess() -> None:
    assert "T4" not in GPUS
    with pytest.raises(KeyError):
        room("T4")


def test_the_longest_clip_speaks_for_the_shorter_ones() -> None:
    choices = [vram.Choice("fast", "704p", "1:1", seconds, "H200") for seconds in (2, 10, 4)]
    assert [choice.seconds for choice in vram.fullest(choices)] == [10]


# ---------------------------------------------------------------- encoding


@pytest.mark.parametrize(
    ("source", "mended"),
    [
        ('open("a")', 'open("a", encoding="utf-8")'),
        ('open("a", "w")', 'open("a", "w", encoding="utf-8")'),
        ('open(\n    "a",\n)', 'open(\n    "a",\n encoding="utf-8")'),
        ("path.read_text()", 'path.read_text(encoding="utf-8")'),
        ('path.write_text("한글")', 'path.write_text("한글", encoding="utf-8")'),
        ('path.open("r")', 'path.open("r", encoding="utf-8")'),
        ("f(open('a'), p.read_text())", 'f(open(\'a\', encoding="utf-8"), p.read_text(encoding="utf-8"))'),
        (
            "import subprocess as s\ns.run(c, text=True)",
            'import subprocess as s\ns.run(c, text=True, encoding="utf-8", errors="replace")',
        ),
        ('Path("a").open()', 'Path("a").open(encoding="utf-8")'),
        ('(folder / "a").open()', '(folder / "a").open(encoding="utf-8")'),
        ("log_path.open()", 'log_path.open(encoding="utf-8")'),
        ('import io\nio.open("a")', 'import io\nio.open("a", encoding="utf-8")'),
        ('from codecs import open\nopen("a")', 'from codecs import open\nopen("a", encoding="utf-8")'),
        (
            'import tempfile\ntempfile.NamedTemporaryFile("w")',
            'import tempfile\ntempfile.NamedTemporaryFile("w", encoding="utf-8")',
        ),
    ],
)
def test_a_call_without_an_encoding_is_found_and_completed(source: str, mended: str) -> None:
    file = SourceFile("infra/x.py", source.encode("utf-8"))
    assert severities(open_calls.evaluate([file])) == ["error"] * source.count("open(") or ["error"]
    assert open_calls.with_encodings(file) == mended.encode("utf-8")
    assert open_calls.evaluate([SourceFile("infra/x.py", mended.encode("utf-8"))]) == []


@pytest.mark.parametrize(
    "source",
    [
        'open("a", "rb")', 'path.open("wb")', "image.open(stream)", 'open("a", mode)', "zip.open()",
        "import subprocess\nsubprocess.run(c)", "import subprocess\nsubprocess.run(c, text=False)", "visitor.open()",
        'import tempfile\ntempfile.NamedTemporaryFile()', 'import codecs\ncodecs.open("a", "r", "utf-8")',
        'import gzip\ngzip.open("a")', "text = True", "path.read_text(**options)", "path.read_bytes()",
        "def broken(:",
    ],
)  # fmt: skip
def test_what_names_its_encoding_or_has_none_is_left_alone(source: str) -> None:
    assert open_calls.evaluate([SourceFile("infra/x.py", source.encode("utf-8"))]) == []


def test_what_a_call_says_about_errors_stays() -> None:
    file = SourceFile("infra/x.py", b'import subprocess\nsubprocess.run(c, text=True, errors="strict")')
    mended = b'import subprocess\nsubprocess.run(c, text=True, errors="strict", encoding="utf-8")'
    assert open_calls.with_encodings(file) == mended


def test_a_file_that_is_not_python_is_left_as_it_is() -> None:
    assert open_calls.with_encodings(SourceFile("infra/x.py", b"def broken(:\n    open('a')\n")) is None


@pytest.mark.parametrize(
    ("name", "content", "mendable"),
    [
        ("docs/a.md", "배포".encode("cp949"), True),
        ("docs/a.md", "배포".encode("utf-16"), True),
        ("docs/a.md", b"\xff\xff\xff\xff", False),
        ("docs/a.md", "배포".encode("utf-8-sig"), True),
        ("infra/a.ps1", "배포".encode(), True),
        ("infra/a.cmd", "배포".encode(), False),
    ],
)
def test_a_file_in_another_encoding_is_found(name: str, content: bytes, mendable: bool) -> None:
    found = encoding.evaluate_files([SourceFile(name, content)])
    assert severities(found) == ["error"]
    assert found[0].mendable == mendable


@pytest.mark.parametrize(
    ("name", "content"),
    [("docs/a.md", "배포 ✓".encode()), ("infra/a.ps1", b"exit 0"), ("infra/a.ps1", "배포".encode("utf-8-sig"))],
)
def test_a_file_that_windows_reads_rightly_is_fine(name: str, content: bytes) -> None:
    assert encoding.evaluate_files([SourceFile(name, content)]) == []


# ---------------------------------------------------------------- edge


def migrated(*files: tuple[str, str]) -> list[Finding]:
    import sqlite3
    import tempfile

    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(":memory:") as database:
        made: list[cloudflare.Migration] = []
        for name, sql in files:
            (Path(folder) / name).write_text(sql, encoding="utf-8")
            made.append(cloudflare.apply(database, Path(folder) / name))
    database.close()
    return cloudflare.evaluate_migrations(made)


REBUILT = """
CREATE TABLE n (id TEXT PRIMARY KEY, status TEXT NOT NULL, why TEXT NOT NULL);
DROP TABLE jobs;
ALTER TABLE n RENAME TO jobs;
"""
FIRST = ("0001_jobs.sql", "CREATE TABLE jobs (id TEXT PRIMARY KEY, status TEXT NOT NULL);")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DROP TABLE jobs;", "table jobs goes away"),
        ("ALTER TABLE jobs RENAME COLUMN status TO state;", "column jobs.status goes away"),
        ("ALTER TABLE jobs RENAME TO tasks;", "table jobs goes away"),
        (REBUILT, "column jobs.why is new, must not be null"),
        ("ALTER TABLE job ADD COLUMN x TEXT;", "SQLite refuses it"),
    ],
)
def test_a_migration_that_breaks_running_code_is_found(sql: str, words: str) -> None:
    found = migrated(FIRST, ("0002_next.sql", sql))
    assert words in found[0].message
    assert found[0].where == "functions/migrations/0002_next.sql"


def test_a_migration_that_only_adds_is_fine() -> None:
    sql = "ALTER TABLE jobs ADD COLUMN note TEXT; ALTER TABLE jobs ADD COLUMN n INTEGER NOT NULL DEFAULT 0;"
    assert migrated(FIRST, ("0002_more.sql", sql)) == []


def test_a_gap_in_the_numbers_is_found() -> None:
    assert "0002_" in migrated(FIRST, ("0003_more.sql", "CREATE TABLE more (x TEXT);"))[0].fix


def test_a_secret_in_the_configuration_is_found_and_not_repeated() -> None:
    config: dict[str, object] = {"vars": {"EVENT_SECRET": "whsec_0123"}, "d1_databases": [], "r2_buckets": []}
    found = cloudflare.evaluate_bindings(cloudflare.Bindings(("EVENT_SECRET",), config, config, "d", "b"))
    assert len(found) == 2
    assert all("the secret EVENT_SECRET" in finding.message and "whsec" not in finding.message for finding in found)


def test_site_and_sweeper_must_name_one_database() -> None:
    site, sweeper = ({"d1_databases": [{"binding": "DB", "database_id": id_}]} for id_ in ("a", "b"))
    found = cloudflare.evaluate_bindings(cloudflare.Bindings(("DB",), site, sweeper, "d", "b"))
    assert [finding.message.startswith("database_id is ") for finding in found] == [True]


def test_a_validation_without_a_verdict_is_an_error() -> None:
    assert severities(cloudflare.evaluate_validation(cloudflare.Validation((), False, "killed"))) == ["error"]
    assert cloudflare.evaluate_validation(cloudflare.Validation((), True, "")) == []


@pytest.mark.parametrize(
    ("called", "is_served"),
    [
        ("/api/jobs", True), ("/api/jobs/*", True), ("/api/jobs/*/cancel", True), ("/api/jobs/*/stop", False),
        ("/api/job", False), ("GET /version", True), ("PUT /version", False),
    ],
)  # fmt: skip
def test_a_call_is_matched_with_the_routes(called: str, is_served: bool) -> None:
    served = frozenset({"/api/jobs", "/api/jobs/*", "/api/jobs/*/cancel", "GET /version"})
    method, _, address = called.rpartition(" ")
    found = contract.evaluate_routes(contract.Routes((contract.Call("a.ts:1", address, method),), served))
    assert (found == []) == is_served


# ---------------------------------------------------------------- accounts


def test_what_an_account_lacks_is_named_with_the_command_that_makes_it() -> None:
    names = accounts.Names("Modal", ("preview",), ("main",), "", "create it", ("modal environment create preview", "x"))
    found = account.evaluate_names(names)
    assert [finding.commands for finding in found] == [("modal environment create preview",)]


def test_an_account_that_does_not_answer_is_an_error() -> None:
    found = account.evaluate_names(accounts.Names("Modal", ("main",), ("main",), "Token missing", "log in", ()))
    assert "Token missing" in found[0].message


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("\x1b[31m✘ \x1b[41m[ERROR]\x1b[0m fetch failed\n\nIf you think this is a bug\nLogs are at x", "fetch failed"),
        ("note\n╭─ Error ──────╮\n│ Token missing │\n╰──────────────╯\n", "Token missing"),
        ("one\ntwo\n\nthree\n", "two / three"),
    ],
)
def test_of_a_programs_output_its_error_is_told(output: str, words: str) -> None:
    told = accounts.last_words(output)
    assert words in told
    assert not set("\x1b╭│✘") & set(told)


def test_addresses_and_ids_that_nobody_filled_in_are_found() -> None:
    facts = account.Addresses("production", ("gpu_url",), {"wrangler.toml": accounts.PLACEHOLDER + "0" * 11 + "1"})
    found = account.evaluate_addresses(facts)
    assert len(found) == 2
    assert all(finding.commands == ("python run.py setup-account --env production",) for finding in found)


def test_the_app_names_its_secrets_and_its_volume() -> None:
    assert set(accounts.named_in_app(ROOT, "Secret")) >= {"clipwright-r2", "clipwright-site"}
    assert "clipwright-weights" in accounts.named_in_app(ROOT, "Volume")


# ---------------------------------------------------------------- dependencies


def test_a_missing_module_is_mendable_only_when_its_distribution_is_known() -> None:
    known = dependencies.Missing("gpu", "yaml", "gpu/a.py:1", "pyyaml", "6.0.3")
    unknown = dependencies.Missing("web", "nobody_has_this", "gpu/a.py:1", "", "")
    found = dependencies.evaluate_imports([known, unknown])
    assert [finding.mendable for finding in found] == [True, False]
    assert "pyyaml==6.0.3 in group render" in found[0].fix
    assert "group service" in found[1].fix


def test_an_image_runs_what_its_entries_import_also_inside_functions() -> None:
    web = {path.name for path in dependencies.reachable(ROOT, dependencies.ENTRIES["web"][0])}
    gpu = {path.name for path in dependencies.reachable(ROOT, dependencies.ENTRIES["gpu"][0])}
    assert "api.py" in web
    assert "pipelines.py" not in web
    assert {"pipelines.py", "worker.py", "encode.py"} <= gpu
    assert "local.py" not in web | gpu


def test_a_pin_that_differs_from_its_lock_is_found() -> None:
    pins = dependencies.Pins({"npm": {"wrangler": "4.164.1"}}, {"npm": {"wrangler": "4.164.0"}})
    assert "4.164.0 is locked" in dependencies.evaluate_pins(pins)[0].message


# ---------------------------------------------------------------- money and law


def priced(**changes: object) -> list[Finding]:
    from dataclasses import replace

    target: Target = replace(PRODUCTION, **changes)  # type: ignore[arg-type]
    return money.evaluate_price(money.Price(money.default_estimate(), target))


def test_a_price_above_the_cap_blocks() -> None:
    won = money.default_estimate().micro_won / 1e6
    found = priced(cap_won=math.floor(won) - 1)
    assert severities(found) == ["error"]
    assert f"costs {won:.1f} won" in found[0].message
    assert priced(cap_won=math.ceil(won)) == []


@pytest.mark.parametrize(("days", "expected"), [(0, []), (60, []), (61, ["warning"]), (366, ["error"])])
def test_prices_grow_old(days: int, expected: list[str]) -> None:
    age = money.Age("prices", Provenance("a page", date(2026, 7, 1).isoformat(), "documented"), days)
    assert severities(money.evaluate_ages([age])) == expected


@pytest.mark.parametrize(("measured", "expected"), [(100.0, 0), (110.0, 0), (110.5, 1), (89.0, 1)])
def test_a_prediction_more_than_a_tenth_off_is_found(measured: float, expected: int) -> None:
    assert len(money.evaluate_drift([Drift("r-1", "won", 100.0, measured)])) == expected


def test_the_notice_is_wanted_on_the_page_in_both_languages_and_in_the_file() -> None:
    label = legal.Label("", {"ko": "AI가 만들었어요", "en": ""}, used=True, in_file=False)
    assert severities(legal.evaluate(label)) == ["error", "error"]
    assert severities(legal.evaluate(legal.Label("a court said so", {}, used=False, in_file=False))) == ["warning"]


# ---------------------------------------------------------------- git and secrets


def test_another_branch_changed_and_unknown_files_are_found() -> None:
    tree = repository.Tree("topic", "main", "production", ("a.py",), ("b.tmp",))
    assert repository.evaluate_branch(tree)[0].commands == ("git switch main",)
    found = repository.evaluate_clean(tree)
    assert [finding.where for finding in found] == ["a.py", "b.tmp"]
    assert all("git commit -m " in finding.commands[-1] for finding in found)  # without -m git opens an editor


def test_a_remote_that_is_ahead_or_silent_is_found() -> None:
    assert "does not answer" in repository.evaluate_remote(repository.Remote("o", "main", error="refused"))[0].message
    ahead = repository.Remote("o", "main", "abc", tip_is_behind_us=False)
    assert "commits that are not here" in repository.evaluate_remote(ahead)[0].message
    assert repository.evaluate_remote(repository.Remote("o", "main", "abc")) == []


def test_a_secret_is_reported_by_kind_and_place_alone() -> None:
    found = secrets.evaluate([secrets.Trace("commit abc", "GitHub Token", "the next push")])
    assert "GitHub Token" in found[0].message
    assert found[0].commands == ("git commit --amend",)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("the key is " + "AKIA" + "Q3EGTN5XH7K2WB4L", "AWS Access Key"),
        ("url = 'https://me:" + "s3cretpw9" + "@host/x'", "Basic Auth Credentials"),
        ("password = '" + "correct" + "horse9battery'", "Secret Keyword"),
        ("hf" + "_abcdefghijklmnopqrstuvwxyz0123456789", "Hugging Face token"),
        ("a" + "k-Zx81LmQp03RtYv52NcKd7B", "Modal token"),
        ("wh" + "sec_c2VjcmV0IGtleSBvZiBzb21lIGxlbmd0aA", "webhook secret"),
    ],
)
def test_a_key_in_a_file_is_found_on_its_line(tmp_path: Path, line: str, kind: str) -> None:
    file = SourceFile("infra/x.py", f"import os\n\n{line}\n".encode())
    with secrets.scanner(secrets.GUESSED_IN_FILES):
        found = list(secrets.in_file(file, tmp_path))
    assert ("infra/x.py:3", kind) in [(trace.where, trace.kind) for trace in found]


@pytest.mark.parametrize(
    "line",
    [
        "secretAccessKey = 'clipwright-local-only'",
        'token = "wk-"',
        "detect-secrets==1.5.0",
        "key = '" + "AKIA" + "Q3EGTN5XH7K2WB4L'  # pragma: allowlist secret",
    ],
)
def test_what_guards_nothing_is_left_alone(tmp_path: Path, line: str) -> None:
    with secrets.scanner(secrets.GUESSED_IN_FILES):
        assert list(secrets.in_file(SourceFile("infra/x.py", line.encode()), tmp_path)) == []
