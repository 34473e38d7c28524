"""A move between accounts, where the variables of one account meet the other one. The move itself is told in
`tests/infra/release/test_empty_accounts.py`."""

import pytest
from cloudflare import Cloudflare

from infra.bootstrap.moving import R2_VARIABLES, opened
from infra.platforms.cloudflare_account import Account
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError
from infra.settings import ROOT
from tests.infra.release.rehearsal import Rehearsal

OLD, NEW = "0" * 32, "1" * 32


def test_keys_of_the_other_account_open_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`remove` would otherwise empty the old account's bucket with a token of the new one."""
    for name in R2_VARIABLES:
        monkeypatch.setenv(name, "kept from before")
    monkeypatch.setenv("R2_ENDPOINT", f"https://{OLD}.r2.cloudflarestorage.com")
    account = Account(Cloudflare(api_token="none"), NEW, ground_of(ROOT, "production"))
    with pytest.raises(InfraError, match=f"another account's: https://{OLD}"), opened(account):
        pass
    with opened(Account(account.client, OLD, account.ground)) as bucket:
        assert bucket.name == "kept from before"


def test_nothing_is_exported_to_where_a_commit_would_take_it(another: Rehearsal) -> None:
    """The commands of a day's work add every file; people's pictures would go to GitHub with them."""
    code, said = another.infra("export", "백업")
    assert (code, "inside the repository" in said, "python run.py export ../백업" in said) == (1, True, True), said
    assert not (another.root / "백업").exists()
    for folder in ("out/백업", "../백업"):  # git leaves the first one out; the accounts are what is missing
        code, said = another.infra("export", folder, CLOUDFLARE_API_TOKEN="")
        assert (code, "inside the repository" in said, "CLOUDFLARE_API_TOKEN" in said) == (1, False, True), said
