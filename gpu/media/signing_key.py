"""Checks that a private key and its certificates belong together and are valid, before a release and in a container.

Does not check who trusts the certificates, nor the details of their form: a test signature shows those
(`content_credentials.py`). Needs only the library cryptography.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gpu.core.problems import SigningUnusable

_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True, slots=True)
class Examined:
    """The key's signature algorithm, by its C2PA name, and the end of its certificate's validity."""

    algorithm: str
    ends_at: datetime


def examined(key_pem: str, certificates_pem: str, now: datetime) -> Examined:
    """Raises SigningUnusable when the key cannot be read or is of a kind that C2PA does not allow, when the first
    certificate belongs to another key, and when it is not valid at `now`. No message contains any part of the key."""
    try:
        key = serialization.load_pem_private_key(key_pem.encode("utf-8"), password=None)
    except (ValueError, TypeError):  # TypeError: the key is encrypted
        raise SigningUnusable("The signing key is not an unencrypted private key in PEM form.") from None
    except UnsupportedAlgorithm:
        raise SigningUnusable("C2PA has no signature of this kind of key.") from None
    try:
        certificate = x509.load_pem_x509_certificates(certificates_pem.encode("utf-8"))[0]
    except ValueError:
        raise SigningUnusable("The signing certificates are not in PEM form.") from None
    if certificate.public_key() != key.public_key():
        raise SigningUnusable("The first signing certificate belongs to another key.")
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begins <= now <= ends:
        raise SigningUnusable(f"The signing certificate is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d} only.")
    match key:
        case ec.EllipticCurvePrivateKey() if key.curve.name in _CURVES:
            return Examined(_CURVES[key.curve.name], ends)
        case ed25519.Ed25519PrivateKey():
            return Examined("ed25519", ends)
        case rsa.RSAPrivateKey():
            return Examined("ps256", ends)
        case _:
            raise SigningUnusable("C2PA has no signature of this kind of key.")
