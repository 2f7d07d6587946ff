"""Web push: a message for one browser's eyes (RFC 8291), signed by this site (VAPID, RFC 8292), and its way there.

Whoever subscribes names the address that we send to. So it is https at port 443, of public addresses alone; what
its name means is looked up and checked at each sending, that very address is connected to, and no redirect is followed.
"""

import http.client
import ipaddress
import json
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webapp.core.crypto import b64, unb64

_PATIENCE = 4.0  # seconds for each step
_DEADLINE = 8.0  # seconds for all of it, looking up the name apart
_SIGNED_FOR = 12 * 3600  # seconds; services refuse more than a day
_RECORD = 4096
_CURVE = ec.SECP256R1()
_GLOBAL = ipaddress.ip_network("2000::/3")  # whatever else IPv6 has is local, or leads to an address of IPv4
_NOT_FOR_US = ("2002::/16", "2001::/32")  # so do these


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that may be pushed to: its push service's address, its public key and its secret."""

    endpoint: str
    key: bytes
    auth: bytes


class Gone(Exception):
    """This device will never be reached again."""


class Later(Exception):
    """Not now. `wait` is in seconds, 0 if the service did not say."""

    def __init__(self, why: str, wait: float = 0.0):
        super().__init__(why)
        self.wait = wait


class _Sender:
    """This site as push services know it."""

    def __init__(self, key: str, subject: str, local: bool):
        self.key = private_key(key) if key else None
        self.subject, self.local = subject, local
        self.public = b64(_point(self.key.public_key())) if self.key else ""


_sender: list[_Sender] = [_Sender("", "", False)]


def configure(key: str, *, subject: str, local: bool) -> None:
    """Take the site's key (none: no pushes) and how it is reached. `local` lets endpoints lie on this machine."""
    _sender[:] = [_Sender(key, subject, local)]


def public_key() -> str:
    """Return the key by which browsers know this site's pushes; "" if it sends none."""
    return _sender[0].public


def make_key() -> str:
    """Make a private key."""
    number = ec.generate_private_key(_CURVE).private_numbers().private_value
    return b64(number.to_bytes(32, "big"))


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Read a private key: 32 bytes in URL-safe base64. ValueError if it is none."""
    raw = unb64(text)
    if len(raw) != 32:
        raise ValueError("a push key has 32 bytes")
    return ec.derive_private_key(int.from_bytes(raw, "big"), _CURVE)


def check_endpoint(endpoint: str) -> SplitResult:
    """Return the parts of an address that may be pushed to. ValueError says why it may not."""
    parts = urlsplit(endpoint)
    plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
    if not plain or not parts.hostname or parts.username or parts.password or parts.port == 0:
        raise ValueError("This is not the address of a push service.")
    if _sender[0].local and parts.scheme in ("http", "https"):
        return parts
    if parts.scheme != "https" or parts.port not in (None, 443):
        raise ValueError("A push service is reached by https, at its own port.")
    if _is_number(parts.hostname) and not _is_public(parts.hostname):
        raise ValueError("A push service has a public address.")
    return parts


def check_keys(key: bytes, auth: bytes) -> None:
    """Raise ValueError if a browser's key is no point of the curve, or its secret has another length."""
    if len(key) != 65 or len(auth) != 16:
        raise ValueError("These are not the keys of a push subscription.")
    ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, key)


def send(device: Device, message: bytes, *, seconds: int, urgency: str, topic: str) -> None:
    """Send a message that the service keeps for `seconds`; a newer one of the same `topic` takes its place.

    Gone: the subscription has ended or is refused for good. Later: the service is away or wants us to wait.
    """
    try:
        parts = check_endpoint(device.endpoint)
    except ValueError as error:
        raise Gone(str(error)) from error
    headers = {
        "TTL": str(seconds), "Urgency": urgency, "Topic": topic, "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream", "Authorization": _vapid(parts),
    }  # fmt: skip
    status, wait = _post(parts, headers, encrypt(device, message))
    if status in (200, 201, 202, 204):
        return
    if status == 429 or status >= 500:
        raise Later(f"answered {status}", wait)
    raise Gone(f"answered {status}")  # ended (404, 410), or not ours: a redirect, other keys, another site's


def encrypt(
    device: Device, message: bytes, *, salt: bytes | None = None, own: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """Encrypt to a browser in one record: RFC 8291 over RFC 8188. Tests give `salt` and `own`, new each time else."""
    salt, own = salt or secrets.token_bytes(16), own or ec.generate_private_key(_CURVE)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, device.key)
    mine = _point(own.public_key())
    shared = _derive(own.exchange(ec.ECDH(), theirs), device.auth, b"WebPush: info\0" + device.key + mine, 32)
    key = _derive(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(shared, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + _RECORD.to_bytes(4, "big") + bytes([len(mine)]) + mine
    return header + AESGCM(key).encrypt(nonce, message + b"\x02", None)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _vapid(parts: SplitResult) -> str:
    """Sign that it is this site that sends, to this service, now."""
    sender = _sender[0]
    if sender.key is None:
        raise Later("this site has no push key")
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time.time()) + _SIGNED_FOR, "sub": sender.subject,
    }  # fmt: skip
    said = ".".join(b64(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    first, second = decode_dss_signature(sender.key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    signature = b64(first.to_bytes(32, "big") + second.to_bytes(32, "big"))
    return f"vapid t={said}.{signature}, k={sender.public}"


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, whatever its name means by now."""

    def __init__(self, parts: SplitResult, address: str):
        self.tls = parts.scheme == "https"
        port = parts.port or (443 if self.tls else 80)
        super().__init__(parts.hostname or "", port, timeout=_PATIENCE)
        self.address = address

    def connect(self) -> None:
        """Connect, and verify in the TLS handshake that it is the host of that name."""
        self.sock: Any = socket.create_connection((self.address, self.port), _PATIENCE)
        if self.tls:
            self.sock = _tls().wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def cut(self) -> None:
        """End it from outside, whatever it waits for."""
        if self.sock is not None:
            # The plain socket's shutdown: that of TLS would first ask the other side.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _post(parts: SplitResult, headers: dict[str, str], body: bytes) -> tuple[int, float]:
    """Send; returns the status and the seconds of Retry-After. Later if there is no answer."""
    connection = _Pinned(parts, _address(parts))
    watch = threading.Timer(_DEADLINE, _quietly(connection.cut))
    watch.start()
    try:
        connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers)
        answer = connection.getresponse()
        return answer.status, _seconds(answer.getheader("Retry-After", ""))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Later(type(error).__name__) from error
    finally:
        watch.cancel()
        connection.close()


def _quietly(call: Callable[[], None]) -> Callable[[], None]:
    def quiet() -> None:
        try:
            call()
        except OSError:
            return  # it ended by itself in this moment

    return quiet


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0.0


def _address(parts: SplitResult) -> str:
    """Look the name up. Gone unless all that it means is public: none of them may lead into our own network."""
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Later("the name is not known") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not (_sender[0].local or all(map(_is_public, addresses))):
        raise Gone("it leads to an address that is not public")
    return addresses[0]


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(str(address.ipv4_mapped))
        if address not in _GLOBAL or any(address in ipaddress.ip_network(network) for network in _NOT_FOR_US):
            return False
    return address.is_global and not address.is_multicast
