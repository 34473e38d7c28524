"""Clips that are signed and read back, keys that cannot sign, and clips that must not be lost over it."""

import dataclasses
import logging
from pathlib import Path

import av
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from gpu.core.problems import SigningUnusable
from gpu.media.content_credentials import MADE_BY_A_MODEL, Signer, read, signer_of
from gpu.media.encode import write_clip
from gpu.serve.settings import Settings
from tests.gpu.media.certificates import Key, chain


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip as the encoder writes it, 25 frames of noise, in a place like any other."""
    folder = tmp_path / "영상 폴더"
    folder.mkdir()
    frames = np.random.default_rng(0).integers(0, 256, (25, 64, 96, 3), dtype=np.uint8)
    write_clip((chunk for chunk in [frames]), None, folder / "video.mp4", num_frames=25, frame_rate=24)
    return folder / "video.mp4"


def decoded(clip: Path) -> list[bytes]:
    with av.open(clip) as container:
        return [frame.to_ndarray(format="rgb24").tobytes() for frame in container.decode(video=0)]


def boxes(clip: Path) -> list[str]:
    """Kinds of the file's outermost boxes, in order."""
    data, at, found = clip.read_bytes(), 0, list[str]()
    while at < len(data):
        found.append(data[at + 4 : at + 8].decode("ascii"))
        at += int.from_bytes(data[at : at + 4], "big")
    return found


def test_a_signed_clip_says_that_a_model_made_it_and_plays_as_before(clip: Path) -> None:
    before, frames = clip.stat().st_size, decoded(clip)
    told_bytes = Signer(*chain()).sign(clip, "ltx-2-19b")
    assert told_bytes == clip.stat().st_size > before
    with clip.open("rb") as file:
        state, manifest = read(file)
    assert state == "Valid"
    actions = next(each["data"]["actions"] for each in manifest["assertions"] if each["label"] == "c2pa.actions.v2")
    assert [(each["action"], each["digitalSourceType"]) for each in actions] == [("c2pa.created", MADE_BY_A_MODEL)]
    assert MADE_BY_A_MODEL.endswith("/trainedAlgorithmicMedia")
    assert actions[0]["softwareAgent"]["name"] == "ltx-2-19b"
    assert manifest["claim_generator_info"][0]["name"] == "Clipwright"
    assert manifest["signature_info"]["issuer"] == "Clipwright's tests"
    assert decoded(clip) == frames
    order = boxes(clip)
    assert order.index("moov") < order.index("mdat")  # it still plays before it has all arrived
    assert [each.name for each in clip.parent.iterdir()] == ["video.mp4"]


def test_a_changed_byte_is_noticed(clip: Path) -> None:
    Signer(*chain()).sign(clip, "ltx-2-19b")
    data = bytearray(clip.read_bytes())
    data[-1_000] ^= 1
    clip.write_bytes(data)
    with clip.open("rb") as file:
        state, _ = read(file)
    assert state == "Invalid"


def test_one_signer_signs_clip_after_clip(clip: Path, tmp_path: Path) -> None:
    signer = Signer(*chain())
    second = tmp_path / "second.mp4"
    second.write_bytes(clip.read_bytes())
    for each in (clip, second):
        signer.sign(each, "ltx-2-19b")
        with each.open("rb") as file:
            assert read(file)[0] == "Valid"


@pytest.mark.parametrize(
    ("credentials", "says"),
    [
        (("", ""), "not an unencrypted private key"),
        (("key", chain()[1]), "not an unencrypted private key"),
        ((chain()[0], "certificates"), "not in PEM form"),
        ((chain()[0], chain()[1]), "belongs to another key"),
        (chain(begins_days=-20, ends_days=-1), "is valid from"),
        (chain(begins_days=1, ends_days=20), "is valid from"),
        (chain(key=ec.generate_private_key(ec.SECP256K1())), "no signature of this kind"),
        (chain(purpose=ExtendedKeyUsageOID.CLIENT_AUTH), "do not make a C2PA signature"),
    ],
    ids=["empty", "no-key", "no-certificate", "another-key", "expired", "early", "unknown-kind", "wrong-purpose"],
)
def test_a_key_that_cannot_sign_is_found_when_it_is_read(
    credentials: tuple[str, str], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(SigningUnusable, match=says) as caught:
        Signer(*credentials)
    told = str(caught.value) + caplog.text
    assert not any(line in told for line in credentials[0].splitlines() if len(line) > 20)


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-384", "Ed25519", "RSA"],
)
def test_other_kinds_of_keys_sign_too(key: Key, clip: Path) -> None:
    Signer(*chain(key=key)).sign(clip, "ltx-2-19b")
    with clip.open("rb") as file:
        assert read(file)[0] == "Valid"


def test_half_of_the_two_settings_is_an_error_and_none_is_none() -> None:
    key, certificates = chain()
    assert signer_of("", "") is None
    with pytest.raises(SigningUnusable, match="CLIPWRIGHT_SIGNING_KEY is empty"):
        signer_of("", certificates)
    with pytest.raises(SigningUnusable, match="CLIPWRIGHT_SIGNING_CERTIFICATES is empty"):
        signer_of(key, "")
    assert signer_of(key, certificates) is not None


def test_the_settings_do_not_show_the_key(settings_without_bucket: Settings) -> None:
    key, certificates = chain()
    both = dataclasses.replace(settings_without_bucket, signing_key=key, signing_certificates=certificates)
    assert "PRIVATE KEY" not in repr(both)


@pytest.fixture
def settings_without_bucket(tmp_path: Path) -> Settings:
    return Settings(
        site_url="http://127.0.0.1:9",
        event_secret="whsec_",
        r2_endpoint="http://127.0.0.1:9",
        r2_bucket="media",
        r2_access_key_id="id",
        r2_secret_access_key="key",
        checkpoint="tiny-19b",
        state=tmp_path,
    )
