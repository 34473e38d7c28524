"""Creates the secrets that a release needs, and stores them in Pages, the sweeper and Modal.

A shared value is created once and stored on all sides in one run, because no store returns a value. Values are passed
in files that are deleted at once. They never appear on a command line or in output.
"""

import base64
import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from infra import console
from infra.bootstrap.resource import Resource
from infra.platforms import accounts
from infra.platforms.cloudflare_account import Account
from infra.platforms.live import PROXY_KEYS
from infra.platforms.pages import project_state
from infra.platforms.programs import modal, run
from infra.platforms.signing_key import CERTIFICATES_FILE, KEY_FILE, signing_key
from infra.platforms.targets import is_tiny
from infra.process.shell import InfraError

LIMIT_SECONDS = 120.0
R2_PERMISSION = "Workers R2 Storage Bucket Item Write"
SHARED = ("GPU_KEY", "GPU_SECRET", "EVENT_SECRET", "COOKIE_SECRET")
"""Secrets that site and sweeper receive together; the GPU service's address follows later."""


def secret_resources(account: Account) -> tuple[Resource, ...]:
    return (
        Resource("modal-environment", "Modal environment", lambda: environment_state(account),
                 lambda: make_environment(account)),
        Resource("r2-token", "a token for this bucket only, as Modal secret clipwright-r2",
                 lambda: modal_secret_state(account, "clipwright-r2"), lambda: make_r2_secret(account)),
        Resource("shared-secrets", "the secrets that site, sweeper and GPU service share",
                 lambda: shared_state(account), lambda: make_shared(account)),
        Resource("signing", "Modal secret clipwright-signing, which signs the manifest in clips",
                 lambda: modal_secret_state(account, "clipwright-signing"), lambda: make_signing_secret(account)),
        Resource("huggingface", "Modal secret clipwright-huggingface, for the download of the weights",
                 lambda: modal_secret_state(account, "clipwright-huggingface"), lambda: make_hub_secret(account)),
    )  # fmt: skip


def environment_state(account: Account) -> str:
    return accounts.missing(accounts.probe_modal_environment(account.ground))


def make_environment(account: Account) -> str:
    name = account.ground.target.modal_environment
    run([*modal(), "environment", "create", name], cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)
    return f"created {name}"


def modal_secret_state(account: Account, name: str) -> str:
    """Raises InfraError when Modal does not answer, because the secret may exist."""
    names = accounts.probe_modal_secrets(account.ground)
    if names.error and environment_state(account):
        return "missing, and so is its environment"
    return accounts.missing(replace(names, wanted=(name,)))


def site_state(account: Account, wanted: tuple[str, ...]) -> str:
    """The same for the Pages project."""
    names = accounts.probe_site_secrets(account.ground)
    if names.error and project_state(account) == "missing":
        return "the Pages project is missing"
    return accounts.missing(names, wanted)


def sweeper_state(account: Account, wanted: tuple[str, ...]) -> str:
    """The same for the sweeper; wrangler's message says when it does not exist."""
    names = accounts.probe_sweeper_secrets(account.ground)
    if re.search(r'Worker ".+" .*not found', names.error):
        return "the sweeper is missing"
    return accounts.missing(names, wanted)


def make_r2_secret(account: Account) -> str:
    """R2's S3 keys are the token's id and the SHA-256 of its value."""
    client, bucket = account.client, account.ground.target.bucket
    groups = client.accounts.tokens.permission_groups.list(account_id=account.id)
    group = next((row.id for row in groups if row.name == R2_PERMISSION), None)
    if group is None:
        raise InfraError(f"the account has no permission {R2_PERMISSION!r}", "create the R2 token in the dashboard")
    resource = f"com.cloudflare.edge.r2.bucket.{account.id}_default_{bucket}"
    token = client.accounts.tokens.create(
        account_id=account.id,
        name=f"clipwright {bucket}",
        policies=[{"effect": "allow", "permission_groups": [{"id": group}], "resources": {resource: "*"}}],
    )
    if token is None or not token.id or not token.value:
        raise InfraError("Cloudflare created the token but did not return it", "delete it and run bootstrap again")
    put_to_modal(
        account,
        "clipwright-r2",
        {
            "R2_ENDPOINT": f"https://{account.id}.r2.cloudflarestorage.com",
            "R2_BUCKET": bucket,
            "R2_ACCESS_KEY_ID": token.id,
            "R2_SECRET_ACCESS_KEY": hashlib.sha256(token.value.encode("ascii")).hexdigest(),
        },
    )
    return "token created; only Modal has it"


def shared_state(account: Account) -> str:
    states = [
        site_state(account, SHARED),
        sweeper_state(account, SHARED),
        modal_secret_state(account, "clipwright-site"),
    ]
    return "; ".join(filter(None, states))


def make_shared(account: Account) -> str:
    target = account.ground.target
    if not target.site_url:
        raise InfraError("the site's address is not known", "create site-url first: run bootstrap again")
    key, secret = proxy_keys()
    event = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")
    cookie = secrets.token_hex(32)

    def to_modal() -> None:
        values = {"CLIPWRIGHT_SITE_URL": target.site_url, "CLIPWRIGHT_EVENT_SECRET": event}
        put_to_modal(account, "clipwright-site", values)

    def to_edge() -> None:
        with as_file(dict(zip(SHARED, (key, secret, event, cookie), strict=True))) as path:
            put_to_edge(account, path)

    # The side that lacks the secrets comes last: if one side refuses, the other still lacks them, and the next run
    # creates all again.
    modal_lacks = bool(modal_secret_state(account, "clipwright-site"))  # queried again: an error here stores nothing
    for put in (to_edge, to_modal) if modal_lacks else (to_modal, to_edge):
        put()
    return "created and stored in Pages, the sweeper and Modal"


def proxy_keys() -> tuple[str, str]:
    """The key pair of the GPU service. Modal shows it once; the operator keeps it, because each release needs it."""
    key, secret = (os.environ.get(name) or console.secret(name) for name in PROXY_KEYS)
    if not (key and secret):
        raise InfraError(
            "the keys of the GPU service are not set",
            "create a pair and keep it (python run.py modal workspace proxy-tokens create --name clipwright), set "
            f"{' and '.join(PROXY_KEYS)}, then run bootstrap again",
        )
    return key, secret


def make_signing_secret(account: Account) -> str:
    key = signing_key(account.ground.environ)
    values = {"CLIPWRIGHT_SIGNING_KEY": key.key_pem, "CLIPWRIGHT_SIGNING_CERTIFICATES": key.certificates_pem}
    put_to_modal(account, "clipwright-signing", values)
    if key.ends_at is None:
        return f"stored empty in Modal, so clips are not signed (to sign them, set {KEY_FILE} and {CERTIFICATES_FILE})"
    return f"stored in Modal; its certificate expires on {key.ends_at:%Y-%m-%d}"


def make_hub_secret(account: Account) -> str:
    token = os.environ.get("HF_TOKEN") or console.secret("HF_TOKEN")
    if not token and is_tiny(account.ground.target.checkpoint):
        put_to_modal(account, "clipwright-huggingface", {"HF_TOKEN": ""})
        replaces = "python run.py modal secret create clipwright-huggingface HF_TOKEN=<token> --force"
        return f"stored empty in Modal: a tiny set needs no download. Before you use real models, run: {replaces}"
    if not token:
        raise InfraError(
            "HF_TOKEN is not set",
            "accept Gemma's licence on Hugging Face, create a read token, set HF_TOKEN, run bootstrap again",
        )
    put_to_modal(account, "clipwright-huggingface", {"HF_TOKEN": token})
    return "stored in Modal"


def put_to_edge(account: Account, path: str) -> None:
    """Stores a file of secrets in the Pages project and in the sweeper. wrangler creates a sweeper that is missing."""
    target = account.ground.target
    for command in (accounts.site_secrets(target, "bulk", path), accounts.sweeper_secrets(target, "bulk", path)):
        run(command, cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)


def put_to_modal(account: Account, name: str, values: dict[str, str]) -> None:
    with as_file(values) as path:
        command = [*modal(), "secret", "create", name, "--from-json", path, "--force"]
        command += ["--env", account.ground.target.modal_environment]
        run(command, cwd=account.ground.root, timeout_seconds=LIMIT_SECONDS)


@contextmanager
def as_file(values: dict[str, str]) -> Generator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "values.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(values), encoding="utf-8", newline="\n")
        yield str(path)
