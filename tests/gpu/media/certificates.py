"""A certificate chain that nobody trusts and nobody else has: made anew for a test, of the form that C2PA asks for."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def chain(
    *,
    key: Key | None = None,
    begins_days: float = -1,
    ends_days: float = 30,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
) -> tuple[str, str]:
    """A private key and the chain for it, both PEM: a signer's certificate and its maker's. Days count from now."""
    maker = ec.generate_private_key(ec.SECP256R1())
    signer = key or ec.generate_private_key(ec.SECP256R1())
    above = _certificate("maker", maker, maker, -1_000, 1_000, None)
    below = _certificate("signer", signer, maker, begins_days, ends_days, purpose)
    return _plain(signer), _text(below) + _text(above)


def _plain(key: Key) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode("ascii")


def _certificate(
    name: str,
    key: Key,
    maker: ec.EllipticCurvePrivateKey,
    begins_days: float,
    ends_days: float,
    purpose: x509.ObjectIdentifier | None,
) -> x509.Certificate:
    now, vouches = datetime.now(UTC), purpose is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("maker"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begins_days))
        .not_valid_after(now + timedelta(days=ends_days))
        .add_extension(x509.BasicConstraints(ca=vouches, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(maker.public_key()), critical=False)
        .add_extension(_usage(vouches=vouches), critical=True)
    )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return builder.sign(maker, hashes.SHA256())


def _usage(*, vouches: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not vouches,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=vouches,
        crl_sign=vouches,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    parts = (NameOID.ORGANIZATION_NAME, "Clipwright's tests"), (NameOID.COMMON_NAME, text)
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
