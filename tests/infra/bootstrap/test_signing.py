"""The signing key before a release: read from two files, checked, stored in Modal."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from gpu.media.content_credentials import Signer
from infra.bootstrap import secrets
from infra.platforms.cloudflare_account import Account
from infra.platforms.ground import Ground
from infra.platforms.signing_key import CERTIFICATES_FILE, KEY_FILE, signing_key
from infra.preflight.checks import signing as check
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError
from tests.gpu.media.certificates import chain
from tests.infra.release.rehearsal import Rehearsal


def files(folder: Path, credentials: tuple[str, str]) -> dict[str, str]:
    """The two variables, naming files with these contents."""
    named: dict[str, str] = {}
    for name, text in zip((KEY_FILE, CERTIFICATES_FILE), credentials, strict=True):
        path = folder / f"{name} 열쇠.pem"
        path.write_text(text, encoding="utf-8", newline="\n")
        named[name] = str(path)
    return named


def of_another_curve() -> str:
    """A key that nothing here can compute with: on China's curve SM2, by its number."""
    key = serialization.load_pem_private_key(chain()[0].encode("ascii"), None)
    kept = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    p_256, sm2 = bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a811ccf5501822d")
    body = base64.encodebytes(key.private_bytes(*kept).replace(p_256, sm2)).decode("ascii")
    return body.join(f"-----{edge} PRIVATE KEY-----\n" for edge in ("BEGIN", "END"))


def ground(rehearsal: Rehearsal, environ: dict[str, str]) -> Ground:
    plain = ground_of(rehearsal.root, "production")
    return Ground(plain.root, plain.target, environ, plain.today)


def test_a_key_that_can_sign_is_read_with_its_last_day(tmp_path: Path) -> None:
    key, certificates = chain(ends_days=90)
    found = signing_key(files(tmp_path, (key, certificates)))
    assert (found.key_pem, found.certificates_pem) == (key, certificates)
    assert found.ends_at is not None
    assert abs(found.ends_at - (datetime.now(UTC) + timedelta(days=90))) < timedelta(minutes=1)
    assert "PRIVATE" not in repr(found)


def test_no_key_is_no_error_and_half_of_one_is(tmp_path: Path) -> None:
    assert signing_key({}).key_pem == ""
    named = files(tmp_path, chain())
    del named[CERTIFICATES_FILE]
    with pytest.raises(InfraError, match="only one of the two signing variables is set"):
        signing_key(named)


def test_what_passes_here_signs_in_a_container_too(tmp_path: Path) -> None:
    key, certificates = chain()
    # As Windows saves it, with a byte order mark; and as openssl lists a chain, with its Korean owner's name.
    found = signing_key(files(tmp_path, ("\ufeff" + key, "\ufeffsubject=CN = 클립라이트\n" + certificates)))
    assert Signer(found.key_pem, found.certificates_pem)


@pytest.mark.parametrize(
    ("credentials", "says"),
    [
        (("key", "certificates"), "not an unencrypted private key"),
        ((chain()[0], chain()[1]), "belongs to another key"),
        (chain(begins_days=-9, ends_days=-2), "is valid from"),
        ((of_another_curve(), chain()[1]), "no signature of this kind of key"),
    ],
)
def test_preflight_blocks_on_a_key_that_cannot_sign(
    rehearsal: Rehearsal, tmp_path: Path, credentials: tuple[str, str], says: str
) -> None:
    findings = check.evaluate(check.probe(ground(rehearsal, files(tmp_path, credentials))))
    assert [finding.severity for finding in findings] == ["error"]
    assert says in findings[0].message
    assert findings[0].fix


@pytest.mark.parametrize(("days", "severities"), [(90, []), (12, ["warning"])])
def test_preflight_warns_before_the_certificate_ends(
    rehearsal: Rehearsal, tmp_path: Path, days: int, severities: list[str]
) -> None:
    findings = check.evaluate(check.probe(ground(rehearsal, files(tmp_path, chain(ends_days=days)))))
    assert [finding.severity for finding in findings] == severities
    assert check.evaluate(check.probe(ground(rehearsal, {}))) == []


def test_bootstrap_puts_the_key_to_modal_and_says_nothing_of_it(
    rehearsal: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[tuple[str, dict[str, str]]] = []

    def keep(_account: Account, name: str, values: dict[str, str]) -> None:
        put.append((name, values))

    monkeypatch.setattr(secrets, "put_to_modal", keep)  # how it travels is tested with the other secrets
    key, certificates = chain()
    signed = Account(client=None, id="", ground=ground(rehearsal, files(tmp_path, (key, certificates))))  # type: ignore[arg-type]
    plain = Account(client=None, id="", ground=ground(rehearsal, {}))  # type: ignore[arg-type]
    said = [secrets.make_signing_secret(account) for account in (signed, plain)]
    assert put == [
        ("clipwright-signing", {"CLIPWRIGHT_SIGNING_KEY": key, "CLIPWRIGHT_SIGNING_CERTIFICATES": certificates}),
        ("clipwright-signing", {"CLIPWRIGHT_SIGNING_KEY": "", "CLIPWRIGHT_SIGNING_CERTIFICATES": ""}),
    ]
    assert "expires on" in said[0]
    assert "not signed" in said[1]
    assert "PRIVATE" not in json.dumps(said)
