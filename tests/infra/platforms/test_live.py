"""Queries of the live versions: the keys are sent to the configured addresses only."""

from dataclasses import replace

import httpx
import pytest
import respx

from infra.platforms import live
from infra.platforms.targets import pick
from infra.settings import ROOT


@respx.mock(assert_all_called=False)
def test_keys_follow_no_redirect(monkeypatch: pytest.MonkeyPatch, respx_mock: respx.Router) -> None:
    for name in (*live.PROXY_KEYS, *live.ACCESS_KEYS):
        monkeypatch.setenv(name, "kept to ourselves")
    elsewhere = respx_mock.route(host="elsewhere.invalid").respond(200, json={"build": "0123456789ab"})
    respx_mock.route().mock(return_value=httpx.Response(302, headers={"location": "https://elsewhere.invalid/version"}))
    target = replace(
        pick(ROOT, "production"),
        site_url="https://site.invalid",
        sweeper_url="https://sweeper.invalid",
        gpu_url="https://gpu.invalid",
    )
    answers = live.ask(target)
    assert not elsewhere.called
    assert {answer.trouble for answer in answers} == {"HTTP 302"}
