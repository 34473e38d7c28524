"""Cloudflare Access and Turnstile on this machine: the keys of one, the verdicts of the other, and Access's tokens.

Tokens are written by hand, because a library would refuse to make most of the wrong ones.
"""

import base64
import hashlib
import hmac
import json
import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.loopback_server import LoopbackServer

Json = dict[str, Any]

TEAM = "clips.cloudflareaccess.com"
AUDIENCE = "a" * 64
REFUSED: Json = {"success": False, "error-codes": ["timeout-or-duplicate"]}


class Key:
    """One of Access's keys."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)

    def public(self) -> Json:
        numbers = self.private.public_key().public_numbers()
        return {
            "kid": self.kid,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "n": encoded(numbers.n.to_bytes(256, "big")),
            "e": encoded(numbers.e.to_bytes(3, "big")),
        }

    def pem(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, form)


def claims(**fields: object) -> Json:
    """What Access says about a person; a field that is None is left out."""
    now = int(time.time())
    said: Json = {
        "aud": [AUDIENCE],
        "email": "maker@example.com",
        "exp": now + 3_600,
        "iat": now,
        "nbf": now,
        "iss": f"https://{TEAM}",
        "type": "app",
        "sub": "7335d417-61da-459d-899c-0a01c76a2f94",
        "country": "KR",
    }
    return {name: value for name, value in (said | fields).items() if value is not None}


def token(key: Key, said: Json | None = None, *, alg: str = "RS256", kid: str | None = None) -> str:
    """A JWT over `said`. `alg` none has no signature; HS256 takes the public key for a secret, as forgers do."""
    head = {"alg": alg, "kid": kid or key.kid, "typ": "JWT"}
    signed = ".".join(encoded(json.dumps(part).encode("utf-8")) for part in (head, said or claims()))
    signature = b""
    if alg == "HS256":
        signature = hmac.new(key.pem(), signed.encode("ascii"), hashlib.sha256).digest()
    elif alg != "none":
        signature = key.private.sign(signed.encode("ascii"), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{encoded(signature)}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


class IdentityProvider(LoopbackServer):
    """`with IdentityProvider(port) as provider:`. `keys` are those that it publishes; `answering = False` makes it
    refuse every call with 503. `accepted` are Turnstile tokens, each good once."""

    def __init__(self, port: int) -> None:
        self.certs_url = f"http://127.0.0.1:{port}/cdn-cgi/access/certs"
        self.verify_url = f"http://127.0.0.1:{port}/turnstile/v0/siteverify"
        self.keys = [Key("of-autumn")]
        self.answering = True
        self.asked = 0
        self.accepted: set[str] = set()
        self.forms: list[dict[str, list[str]]] = []
        self.verdict: Json = {"hostname": "127.0.0.1", "action": "session"}
        """What a good token was made for."""
        super().__init__(port)

    def judge(self, form: dict[str, list[str]]) -> Json:
        self.forms.append(form)
        if form["response"][0] in self.accepted:
            self.accepted.discard(form["response"][0])
            return {"success": True} | self.verdict
        return REFUSED

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                provider.asked += 1
                self.send({"keys": [key.public() for key in provider.keys]})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
                self.send(provider.judge(parse_qs(body)) if provider.answering else {})

            def send(self, body: Json) -> None:
                payload = json.dumps(body).encode("utf-8")
                self.send_response(200 if provider.answering else 503)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
                """Silent: pytest shows the assertions."""

        return Handler
