"""Random tokens, their hashes, signatures, password hashes, and what is kept sealed."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from functools import cached_property, lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Signer:
    """Signs short messages for named purposes with keys derived from the secret key."""

    def __init__(self, secret: str):
        self._secret = secret.encode()
        self._key: Callable[[str], bytes] = lru_cache(maxsize=64)(self._derive)

    def _derive(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, f"tintype:{purpose}".encode(), "sha256")

    def sign(self, purpose: str, message: bytes, length: int = 12) -> bytes:
        """Return the first `length` bytes of the message's HMAC-SHA256."""
        return hmac.digest(self._key(purpose), message, "sha256")[:length]

    def valid(self, purpose: str, message: bytes, signature: bytes) -> bool:
        """Tell whether the signature is the message's, in constant time."""
        return hmac.compare_digest(self.sign(purpose, message, len(signature)), signature)


class Vault:
    """Seals what must be read again and must not lie open in the database: AES-256-GCM under the secret key.

    `label` says what it is and whose: sealed bytes that are moved to another row don't open there.
    """

    def __init__(self, secret: str):
        self._mark = hmac.digest(secret.encode(), b"tintype:mark", "sha256")
        self._cipher = AESGCM(hmac.digest(secret.encode(), b"tintype:vault", "sha256"))

    def seal(self, label: str, value: bytes) -> bytes:
        """Return the value sealed."""
        nonce = secrets.token_bytes(12)
        return nonce + self._cipher.encrypt(nonce, value, label.encode())

    def mark(self, label: str, value: bytes) -> bytes:
        """Hash what is short enough to be guessed: without the secret key nobody can try."""
        return hmac.digest(self._mark, label.encode() + b"\0" + value, "sha256")

    def open(self, label: str, sealed: bytes) -> bytes:
        """Return what was sealed. ValueError if it is another label's, or was sealed with another secret key."""
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], label.encode())
        except (InvalidTag, ValueError) as error:
            raise ValueError("this was sealed with another key or for another place") from error


_vault: list[Vault] = []


def configure(secret: str) -> None:
    """Make the process's vault."""
    _vault[:] = [Vault(secret)]


def vault() -> Vault:
    """Return the process's vault."""
    return _vault[0]


def token(size: int = 32) -> str:
    """Return a random URL-safe token of `size` bytes."""
    return secrets.token_urlsafe(size)


def digest(value: str) -> bytes:
    """Hash a random token for storage: SHA-256 is enough, it can't be guessed."""
    return hashlib.sha256(value.encode()).digest()


def b64(data: bytes) -> str:
    """Encode as URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Decode URL-safe base64 without padding. ValueError if it is none."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


class Passwords:
    """argon2id, by default with OWASP's second profile; `passes` is its time cost."""

    def __init__(self, passes: int = 2, megabytes: int = 19):
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=megabytes * 1024, parallelism=1)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_hex())

    def hash(self, password: str) -> str:
        """Hash a password."""
        return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password fits. Without a stored hash it takes as long and says no."""
        nobody = self._nobody  # the first to ask waits for it, whether or not there is such a person
        try:
            return self._hasher.verify(stored or nobody, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, stored: str) -> bool:
        """Tell whether the hash was made with other parameters and should be made anew."""
        return self._hasher.check_needs_rehash(stored)
