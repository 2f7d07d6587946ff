"""A push service for tests: it takes what is pushed, checks who sent it, and opens it as a browser would."""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.listening import Quiet, serving
from webapp.core.crypto import b64, unb64


@dataclass
class Phone:
    """A browser that can be pushed to: its keys, and what has arrived for it."""

    service: "Service"
    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"sixteen bytes ok"

    @property
    def point(self) -> bytes:
        """Its public key."""
        form = serialization.PublicFormat.UncompressedPoint
        return self.key.public_key().public_bytes(serialization.Encoding.X962, form)

    def json(self) -> dict[str, Any]:
        """What its PushSubscription.toJSON() gives."""
        keys = {"p256dh": b64(self.point), "auth": b64(self.auth)}
        return {"endpoint": f"{self.service.url}/{self.name}", "expirationTime": None, "keys": keys}

    def open(self, body: bytes) -> bytes:
        """Decrypt, written from RFC 8188 and 8291 for the receiver's side."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs = body[21 : 21 + length]
        assert len(body) - 21 - length <= size <= 4096
        secret = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        seed = _derive(secret, self.auth, b"WebPush: info\0" + self.point + theirs, 32)
        key = _derive(seed, salt, b"Content-Encoding: aes128gcm\0", 16)
        plain = AESGCM(key).decrypt(_derive(seed, salt, b"Content-Encoding: nonce\0", 12), body[21 + length :], None)
        return plain.rstrip(b"\0").removesuffix(b"\x02")

    def got(self) -> list[dict[str, Any]]:
        """Return what was pushed, opened."""
        return [json.loads(self.open(push.body)) for push in self.service.taken if push.path == f"/{self.name}"]


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@dataclass(frozen=True)
class Push:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


class Service:
    """The service: `answers` maps a path to (status, headers), or to seconds for which it says nothing."""

    def __init__(self) -> None:
        self.taken: list[Push] = []
        self.answers: dict[str, Any] = {}
        self.asked = 0
        self.url = ""

    def phone(self, name: str = "phone") -> Phone:
        """Make a browser."""
        return Phone(self, name)


def signer(header: str, audience: str) -> str:
    """Check a VAPID header (RFC 8292). Returns the public key that signed it."""
    parts = dict(part.strip().split("=", 1) for part in header.removeprefix("vapid ").split(","))
    said, _, signature = parts["t"].rpartition(".")
    raw = unb64(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(parts["k"]))
    key.verify(der, said.encode(), ec.ECDSA(hashes.SHA256()))
    claims = json.loads(unb64(said.partition(".")[2]))
    assert claims["aud"] == audience
    assert time.time() < claims["exp"] < time.time() + 86400
    assert claims["sub"].startswith(("mailto:", "https://"))
    return parts["k"]


@contextmanager
def service(context: ssl.SSLContext | None = None) -> Iterator[Service]:
    """Run a push service on this machine; with a server's side of TLS, by https as `localhost`."""
    mind = Service()

    class Handler(Quiet):
        def do_POST(self) -> None:
            mind.asked += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = mind.answers.get(self.path, (201, {}))
            if isinstance(answer, float):
                for _ in range(int(answer * 10)):  # a word now and then, never the whole
                    time.sleep(0.1)
                    self.wfile.write(b"H")
                    self.wfile.flush()
                return
            status, headers = answer
            if status == 201:
                signer(self.headers["Authorization"], mind.url)
                mind.taken.append(Push(self.path, dict(self.headers), body))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # the sender lost patience

    with serving(Handler, context) as mind.url:
        yield mind
