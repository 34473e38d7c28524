"""The local edge's configuration: wrangler's command line, environment variables, and the sweeper's configuration.

wrangler reads the Pages configuration from its working folder; it takes the variables from its environment, in which
nothing else of this machine may be (`PASSED_ON`). The
sweeper's configuration is copied there too, with its variables in `.dev.vars`. So several stacks can run at once,
nothing is written into the repository, and no secret is on a command line. It starts nothing itself.
"""

import hashlib
import json
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from infra.platforms.node import node, tool
from infra.process.guard import MARKER
from infra.process.shell import InfraError, check
from infra.settings import DATABASE_BINDING, ROOT, SITE_CONFIG, STATE, SWEEPER_CONFIG

PASSED_ON = frozenset(
    (
        *("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"),
        *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
        MARKER,
    )
)
"""The variables of this machine that the local site's program needs. Wrangler hands its whole environment to the
Functions, so nothing else may be in it: no secret of a release, no proxy."""
SITE_VARIABLES = "site.variables.json"
MIGRATE_LIMIT_SECONDS = 600
MIGRATED_STAMP = "migrations.stamp"
DATABASES = Path("v3", "d1")
"""Where wrangler keeps local databases, in the folder that `--persist-to` names."""


def wrangler() -> list[str]:
    return [str(node()), str(tool("wrangler", "bin/wrangler.js"))]


def read_config(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InfraError(f"{path.relative_to(ROOT).as_posix()} is missing", "restore it from git") from None


def local_bucket() -> tuple[str, str, str]:
    """The media bucket's name and the key pair under which wrangler offers it over S3 on this machine."""
    bucket = read_config(SITE_CONFIG)["r2_buckets"][0]
    keys = bucket["local_dev"]["experimental_s3_credentials"]
    return bucket["bucket_name"], keys["accessKeyId"], keys["secretAccessKey"]


def sweeper_name() -> str:
    return read_config(SWEEPER_CONFIG)["name"]


def quiet_environment(state: Path) -> dict[str, str]:
    """Variables that disable wrangler's questions, reports and look-ups, and put its files into `state`. Those of the
    site are among them, once `pages_dev` has written them."""
    path = state / SITE_VARIABLES
    site: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {
        **site,
        "CLOUDFLARE_INCLUDE_PROCESS_ENV": "true",
        "CI": "1",
        "NO_COLOR": "1",
        "CLOUDFLARE_CF_FETCH_ENABLED": "false",
        "WRANGLER_HIDE_BANNER": "true",
        "WRANGLER_LOG_PATH": str(state / "wrangler-logs"),
        "WRANGLER_NO_SKILLS_UPDATE_PROMPTS": "true",
        "WRANGLER_REGISTRY_PATH": str(state / "registry"),
        "WRANGLER_SEND_ERROR_REPORTS": "false",
        "WRANGLER_SEND_METRICS": "false",
        # Tracing reduces the throughput up to five times. The explorer stays enabled: it triggers the cron.
        "X_LOCAL_OBSERVABILITY": "false",
    }


def pages_dev(state: Path, port: int, variables: Mapping[str, str]) -> list[str]:
    """The command that serves site and sweeper in one process, with one database and one bucket. Without another
    ACCESS_MODE in `variables`, the site is open to this machine alone."""
    variables = {"ACCESS_MODE": "LOCAL", **variables}
    command = [*wrangler(), "pages", "dev", "-c", str(SITE_CONFIG), "-c", str(write_sweeper_config(state, variables))]
    command += ["--persist-to", str(state), "--ip", "127.0.0.1", "--port", str(port), "--inspector-port", "0"]
    command += ["--show-interactive-dev-session=false", "--log-level", "warn"]
    path = private_file(state / SITE_VARIABLES)
    path.write_text(json.dumps(dict(variables)), encoding="utf-8", newline="\n")
    return command


def write_sweeper_config(state: Path, variables: Mapping[str, str]) -> Path:
    config = read_config(SWEEPER_CONFIG)
    config["main"] = str((SWEEPER_CONFIG.parent / config["main"]).resolve())
    folder = state / "sweeper"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "wrangler.json"
    path.write_text(json.dumps(config, indent=2), encoding="utf-8", newline="\n")
    lines = "".join(f"{name}={json.dumps(value)}\n" for name, value in variables.items())
    private_file(folder / ".dev.vars").write_text(lines, encoding="utf-8", newline="\n")
    return path


def private_file(path: Path) -> Path:
    """An empty file that only its owner can read, for variables with secrets among them."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    return path


def apply_migrations(state: Path) -> None:
    """Applies the migrations to the local database; a new folder gets a copy of one that is migrated, because wrangler
    takes seconds for each migration. A stamp lets later starts skip both."""
    stamp = state / MIGRATED_STAMP
    wanted = migrations_digest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    if (state / DATABASES).exists():
        migrate(state)
    else:
        shutil.copytree(migrated_database(), state / DATABASES)
    stamp.write_text(wanted, encoding="utf-8", newline="\n")


def migrate(state: Path) -> None:
    command = [*wrangler(), "d1", "migrations", "apply", DATABASE_BINDING, "--local", "--persist-to", str(state)]
    check(command, timeout_seconds=MIGRATE_LIMIT_SECONDS, cwd=ROOT, env=quiet_environment(state))


def migrated_database() -> Path:
    """The folder of an empty database with all migrations, kept in STATE and made once."""
    told = f"{migrations_digest()} {read_config(SITE_CONFIG)['d1_databases'][0]['database_id']}"
    kept = STATE / "migrated" / hashlib.sha256(told.encode("utf-8")).hexdigest()[:16]
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent, ignore_cleanup_errors=True) as folder:
            migrate(Path(folder))
            with suppress(OSError):  # another process has put its own there meanwhile
                (Path(folder) / DATABASES).rename(kept)
    return kept


def migrations_digest() -> str:
    folder = ROOT / read_config(SITE_CONFIG)["d1_databases"][0]["migrations_dir"]
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.sql")):
        digest.update(path.name.encode("utf-8") + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
