"""Content Credentials: a signed C2PA manifest in the clip itself. It says that an AI made it, and reveals any change.

    Signer            a key with its certificates, tested before use
    SigningRenderer   a renderer that signs its clips before delivery

An unusable key is found before the first render. If signing a finished clip fails, the clip is delivered unsigned and
its record says so. Does not know where the key is kept, who trusts its certificates, or the visible mark and the plain
metadata (`encode.py`), which every clip has. Keys and signatures never reach a log.
"""

# c2pa comes without complete types; what it hands over ends in this file.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import dataclasses
import io
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from PIL import Image

from gpu import VERSION
from gpu.core.problems import SigningUnusable
from gpu.core.render_job import Follower, Rendered, Renders, Shot, Worded, Wording, loaded_presets, worded
from gpu.media.signing_key import examined

log = logging.getLogger(__name__)

MADE_BY_A_MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's term for media made by a trained model; viewers of Content Credentials show it as AI-generated."""
VIDEO, PICTURE = "video/mp4", "image/png"
INTACT = ("Valid", "Trusted")
"""The reader's states of an intact manifest: with an unlisted certificate, and with one on a trust list."""


class Signer:
    """Signs files with one key. Not thread-safe."""

    def __init__(self, key_pem: str, certificates_pem: str) -> None:
        """`certificates_pem`: the key's certificate first, then its issuers, without a root that a public trust list
        has. Raises SigningUnusable for a key or a certificate that verifiers would refuse."""
        import c2pa

        algorithm = examined(key_pem, certificates_pem, datetime.now(UTC)).algorithm
        # Verifiers accept only certificates of a certain form. Signing a small file tests all rules at once.
        try:
            info = c2pa.C2paSignerInfo(algorithm, certificates_pem.encode("utf-8"), key_pem.encode("utf-8"), None)
            self._signer = c2pa.Signer.from_info(info)
            tried = io.BytesIO()
            self._sign(PICTURE, _small_picture(), tried, "rehearsal")
            state, _ = read(tried, PICTURE)
        except (c2pa.C2paError, ValueError) as error:
            log.error("the signing key cannot be used: %s", type(error).__name__)
            raise SigningUnusable("The key and its certificates do not make a C2PA signature.") from None
        if state not in INTACT:
            raise SigningUnusable("A file signed with the key does not pass verification.")

    def sign(self, clip: Path, checkpoint: str) -> int:
        """Puts the manifest into the MP4, in place, and returns its bytes. The frames stay as they are.

        Raises C2paError and OSError; the clip is then what it was.
        """
        signed = clip.with_suffix(".signed")
        try:
            with clip.open("rb") as source, signed.open("w+b") as target:
                self._sign(VIDEO, source, target, checkpoint)
            signed.replace(clip)
        finally:
            signed.unlink(missing_ok=True)
        return clip.stat().st_size

    def _sign(self, kind: str, source: IO[bytes], target: IO[bytes], checkpoint: str) -> None:
        import c2pa

        with c2pa.Builder(json.dumps(manifest(checkpoint))) as builder:
            builder.sign(self._signer, kind, source, target)


class SigningRenderer:
    """A renderer whose clips are signed."""

    def __init__(self, renderer: Renders, signer: Signer) -> None:
        self._renderer = renderer
        self._signer = signer

    def render(self, shot: Shot, follower: Follower) -> Rendered:
        rendered = self._renderer.render(shot, follower)
        try:
            signed_bytes = self._signer.sign(shot.video_path, shot.resolved.checkpoint)
        except Exception as error:
            # The clip is made and paid for: deliver it without a manifest, and record that.
            log.error("a clip could not be signed: %s", type(error).__name__)
            return dataclasses.replace(rendered, content_credentials="failed")
        return dataclasses.replace(rendered, video_bytes=signed_bytes, content_credentials="signed")

    def word(self, wording: Wording, follower: Follower) -> Worded:
        return worded(self._renderer, wording, follower)

    def loaded_presets(self) -> tuple[str, ...]:
        return loaded_presets(self._renderer)


def signer_of(key: str | None, certificates: str | None) -> Signer | None:
    """The signer with a private key and its chain, both PEM; None where both are absent. Raises SigningUnusable."""
    if not key and not certificates:
        return None
    if not key or not certificates:
        absent = "CLIPWRIGHT_SIGNING_CERTIFICATES" if key else "CLIPWRIGHT_SIGNING_KEY"
        raise SigningUnusable(f"{absent} is empty, but signing needs both. Set both, or neither.")
    return Signer(key, certificates)


def signing(renderer: Renders, signer: Signer | None) -> Renders:
    """The renderer, wrapped to sign its clips where a signer exists."""
    return renderer if signer is None else SigningRenderer(renderer, signer)


def manifest(checkpoint: str) -> dict[str, Any]:
    """The manifest of a clip: the program that made it, the model, and that a model made it."""
    made = {"action": "c2pa.created", "digitalSourceType": MADE_BY_A_MODEL, "softwareAgent": {"name": checkpoint}}
    return {
        "claim_generator_info": [{"name": "Clipwright", "version": VERSION}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [made]}}],
    }


def read(file: IO[bytes], kind: str = VIDEO) -> tuple[str, dict[str, Any]]:
    """The verification result of a signed file (one of INTACT, or `Invalid`) and its newest manifest. Raises C2paError
    for a file without a manifest."""
    import c2pa

    file.seek(0)
    with c2pa.Reader(kind, file) as reader:
        found: Any = reader.get_active_manifest()
        return reader.get_validation_state() or "", found or {}


def _small_picture() -> io.BytesIO:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    picture.seek(0)
    return picture
