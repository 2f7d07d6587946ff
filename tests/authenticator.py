"""A device with passkeys, in software: it signs what an authenticator would sign, or something else on request."""

import hashlib
import json
import secrets
import struct
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from webapp.core import crypto

_PRESENT, _VERIFIED, _ATTESTED = 1, 4, 64


class Device:
    """One key pair for one site."""

    def __init__(self, origin: str = "http://localhost"):
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.count = 0
        self.verifies = True
        self.user = b""

    def make(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """Answer creation options."""
        self.user = crypto.unb64(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = b"\0" * 16 + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(public)
        data = self._data(_ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, changed)
        return self._answer({"clientDataJSON": crypto.b64(client), "attestationObject": crypto.b64(statement)})

    def sign(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """Answer request options."""
        self.count += 1
        data, client = self._data(0), self._client("webauthn.get", options, changed)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": crypto.b64(client), "authenticatorData": crypto.b64(data),
                "signature": crypto.b64(signature), "userHandle": crypto.b64(self.user),
            }
        )  # fmt: skip

    def _data(self, more: int) -> bytes:
        flags = _PRESENT | (_VERIFIED if self.verifies else 0) | more
        host = urlsplit(self.origin).hostname or ""
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, options: dict[str, Any], changed: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps({**said, **changed}).encode()

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        name = crypto.b64(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
