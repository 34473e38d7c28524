"""What of this machine's environment reaches the Functions of a local site: by real wrangler and workerd, on a small
site whose one Function answers with the names of its bindings."""

import json
from pathlib import Path

import httpx
import pytest

from infra.dev import edge_config
from infra.dev.ports import free_port
from infra.dev.stack import Stack, wait_until_answers
from infra.process.processes import Process

NAMES = "export const onRequest = ({ env }) => Response.json(Object.keys(env));\n"
CONFIG = 'name = "names"\ncompatibility_date = "2026-01-01"\npages_build_output_dir = "public"\n'
PLANTED = ("CLOUDFLARE_API_TOKEN", "MODAL_TOKEN_SECRET", "HF_TOKEN", "HTTPS_PROXY", "https_proxy", "NODE_OPTIONS")


def test_the_functions_get_the_sites_variables_and_no_secret_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PLANTED:
        monkeypatch.setenv(name, "--no-warnings" if name == "NODE_OPTIONS" else "http://planted.invalid")
    folder, port = tmp_path / "site", free_port()
    (folder / "public").mkdir(parents=True)
    (folder / "functions").mkdir()
    (folder / "functions" / "names.js").write_text(NAMES, encoding="utf-8", newline="\n")
    (folder / "wrangler.toml").write_text(CONFIG, encoding="utf-8", newline="\n")
    (tmp_path / edge_config.SITE_VARIABLES).write_text(json.dumps({"GPU_KEY": "wk-local"}), encoding="utf-8")
    command = [*edge_config.wrangler(), "pages", "dev", "--ip", "127.0.0.1", "--port", str(port)]
    site = Process(
        "a small site",
        [*command, "--inspector-port", "0", "--show-interactive-dev-session=false"],
        env=edge_config.quiet_environment(tmp_path),
        cwd=folder,
        log=tmp_path / "site.log",
        record=tmp_path / "site.process.json",
        passes=Stack(tmp_path / "stack").edge.passes,
    )
    site.start()
    try:
        wait_until_answers(site, f"http://127.0.0.1:{port}/names", {})
        names = set(httpx.get(f"http://127.0.0.1:{port}/names", trust_env=False).json())
    finally:
        site.stop()
    assert "GPU_KEY" in names
    assert names.isdisjoint(PLANTED)


def test_what_node_needs_to_find_on_windows_is_passed_on() -> None:
    assert {"PATH", "SYSTEMROOT", "TEMP", "USERPROFILE", "APPDATA", "PATHEXT", "COMSPEC"} <= edge_config.PASSED_ON
