"""Object storage: any S3. Two buckets: private (everything) and public (copies of what anyone may see).

Every call has a timeout and passes a circuit breaker: when storage is away, requests learn it at once.
Addresses are signed here, not by boto3, which takes 0.2 ms for each and no date.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import IO, Any
from urllib.parse import quote, urlsplit

from webapp.core import clock, lazy, metrics
from webapp.core.breaker import Breaker
from webapp.core.errors import Unavailable

boto3 = lazy.module("boto3")
botocore_auth = lazy.module("botocore.auth")
botocore_config = lazy.module("botocore.config")
errors = lazy.module("botocore.exceptions")

_AWAY = "Photo storage does not answer right now. Your text is kept; please try again in a moment."
_MISSING = {"404", "NoSuchKey", "NotFound"}
_PAUSE = 2.0  # seconds for which storage that failed is not asked
_RETRY = 3  # seconds after which people are told to come back
_SLOW = 8.0  # seconds after which a call that still goes on has failed
_PIECE = 1 << 18
_FRESH = 5.0  # seconds for which an answer of storage says that it is there


@dataclass(frozen=True, slots=True)
class Access:
    """Where the service is and who we are there."""

    endpoint: str
    region: str
    key: str
    secret: str
    private: str
    public: str
    public_url: str
    connect_timeout: float = 1.0
    read_timeout: float = 5.0
    window: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as a listing tells of it. `mark` changes with its bytes."""

    key: str
    size: int
    at: datetime
    mark: str


class Storage:
    """The two buckets of one site."""

    def __init__(self, access: Access):
        self.access = access
        self.breaker = Breaker(failures=2, pause=_PAUSE, tell=metrics.storage_breaker.set)
        self.waited = 0.0  # seconds, of all calls
        self._answered = -_FRESH  # when storage answered last, by the monotonic clock
        self._client: Any = None

    @property
    def client(self) -> Any:
        """The S3 client, made at first use: with its library it costs 300 ms, and who only looks never needs it."""
        if self._client is None:
            self._client = self._made()
        return self._client

    def _made(self) -> Any:
        # Requests are signed with the time, and refused when it is wrong by a quarter of an hour: sign with the site's.
        botocore_auth.get_current_datetime = _now
        return boto3.client(
            "s3",
            endpoint_url=self.access.endpoint,
            region_name=self.access.region,
            aws_access_key_id=self.access.key,
            aws_secret_access_key=self.access.secret,
            config=botocore_config.Config(
                connect_timeout=self.access.connect_timeout,
                read_timeout=self.access.read_timeout,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def _call(self, name: str, **arguments: Any) -> Any:
        return self._asked(lambda: getattr(self.client, name)(**arguments))

    def _asked(self, call: Callable[[], Any]) -> Any:
        """Ask storage. None if there is no such object, Unavailable if storage is away or far too slow."""
        if not self.breaker.enter():
            raise Unavailable(_AWAY, retry_after=_RETRY)
        began = time.monotonic()
        try:
            answer = call()
        except errors.ClientError as error:
            return self._refused(error)
        except Exception as error:  # of botocore, urllib3, the socket; or the caller's time ran out while it waited
            if not isinstance(error, errors.BotoCoreError | OSError) and time.monotonic() - began < _SLOW:
                raise
            self.breaker.failed()
            raise Unavailable(_AWAY, retry_after=_RETRY) from error
        finally:
            self.waited += time.monotonic() - began
        self._heard()
        return answer

    def _refused(self, error: Any) -> None:
        if _status(error) >= 500:
            self.breaker.failed()
            raise Unavailable(_AWAY, retry_after=_RETRY) from error
        self._heard()
        if error.response.get("Error", {}).get("Code") not in _MISSING:
            raise Unavailable(_AWAY) from error

    def _heard(self) -> None:
        self.breaker.worked()
        self._answered = time.monotonic()

    def check(self) -> None:
        """Refuse while storage is away, before anybody sends it something. Asks it, unless it answered just now."""
        if time.monotonic() - self._answered > _FRESH or self.breaker.broken:
            self._call("head_bucket", Bucket=self.access.private)

    def size(self, key: str) -> int | None:
        """Return the length of a private object in bytes, None if there is none."""
        found = self._call("head_object", Bucket=self.access.private, Key=key)
        return found["ContentLength"] if found else None

    def get(self, key: str, limit: int) -> bytes | None:
        """Return a private object, at most `limit` + 1 bytes of it; None if there is none."""
        return self._asked(lambda: self._read(key, limit + 1))

    def _read(self, key: str, most: int) -> bytes:
        """Read an object piece by piece: each may be in time and all of them take for ever."""
        body = self.client.get_object(Bucket=self.access.private, Key=key)["Body"]
        until = time.monotonic() + _SLOW
        found = bytearray()
        with closing(body):
            while len(found) < most and (piece := body.read(min(_PIECE, most - len(found)))):
                found += piece
                if time.monotonic() > until:
                    raise errors.ReadTimeoutError(endpoint_url=self.access.endpoint)
        return bytes(found)

    def pieces(self, key: str) -> Iterator[bytes]:
        """Read a private object piece by piece; nothing if there is none."""
        found = self._call("get_object", Bucket=self.access.private, Key=key)
        try:
            yield from found["Body"].iter_chunks(1 << 18) if found else ()
        except errors.BotoCoreError as error:
            raise Unavailable(_AWAY) from error

    def put(self, key: str, body: bytes | IO[bytes], content_type: str) -> None:
        """Write a private object. A file is streamed."""
        self._call("put_object", Bucket=self.access.private, Key=key, Body=body, ContentType=content_type)

    def publish(self, key: str, public_key: str) -> None:
        """Copy a private object into the public bucket, with a lifetime for browsers and CDNs."""
        self._call(
            "copy_object",
            Bucket=self.access.public,
            Key=public_key,
            CopySource={"Bucket": self.access.private, "Key": key},
            CacheControl="public, max-age=300",
            MetadataDirective="REPLACE",
            ContentType="image/webp" if public_key.endswith("webp") else "image/jpeg",
        )

    def remove(self, keys: Iterable[str]) -> None:
        """Delete private objects; those that are gone already are fine."""
        self._delete(self.access.private, keys)

    def unpublish(self, public_keys: Iterable[str]) -> None:
        """Delete objects of the public bucket: their addresses answer 404 from now on."""
        self._delete(self.access.public, public_keys)

    def _delete(self, bucket: str, keys: Iterable[str]) -> None:
        names = list(keys)
        for start in range(0, len(names), 1000):
            batch = [{"Key": name} for name in names[start : start + 1000]]
            self._call("delete_objects", Bucket=bucket, Delete={"Objects": batch, "Quiet": True})

    def older(self, prefix: str, moment: datetime) -> list[str]:
        """Return up to 1000 private keys below a prefix that were written before a moment."""
        found = self._call("list_objects_v2", Bucket=self.access.private, Prefix=prefix, MaxKeys=1000) or {}
        return [item["Key"] for item in found.get("Contents", ()) if item["LastModified"] < moment]

    def listed(self, bucket: str, prefix: str, after: str = "", most: int = 1000) -> list[Stored]:
        """Return the next objects of a bucket (private or public) below a prefix, in the order of their keys."""
        asked = {"Bucket": self.name(bucket), "Prefix": prefix, "MaxKeys": most}
        found = self._call("list_objects_v2", **asked, **({"StartAfter": after} if after else {})) or {}
        return [
            Stored(item["Key"], item["Size"], item["LastModified"], item.get("ETag", "").strip('"'))
            for item in found.get("Contents", ())
        ]

    def has(self, bucket: str, key: str) -> bool:
        """Tell whether there is such an object."""
        return self._call("head_object", Bucket=self.name(bucket), Key=key) is not None

    def exists(self, bucket: str) -> bool:
        """Tell whether a bucket is there and lets us in."""
        try:
            return self._call("head_bucket", Bucket=self.name(bucket)) is not None
        except Unavailable:
            return False

    def name(self, bucket: str) -> str:
        """Return what the private or the public bucket is called there."""
        return {"private": self.access.private, "public": self.access.public}[bucket]

    def alive(self) -> bool:
        """Tell whether storage answers."""
        try:
            return self._call("head_bucket", Bucket=self.access.private) is not None
        except Unavailable:
            return False

    def public_url(self, public_key: str) -> str:
        """Return the address of an object of the public bucket."""
        return f"{self.access.public_url}/{public_key}"

    def signed_url(self, key: str, until: datetime | None = None) -> str:
        """Sign a GET of a private object.

        Its time is rounded to a window and it is good for two, so that all entitled viewers get the same address
        within a window and browsers cache it. What is over at a moment of its own (`until`) ends there.
        """
        seconds = int(self.access.window.total_seconds())
        start = datetime.fromtimestamp(self.window_end() - seconds, UTC)
        left = 2 * seconds if until is None else ceil((until - start).total_seconds())
        return presign(self.access, "GET", self.access.private, key, start, max(1, min(2 * seconds, left)))

    def window_end(self) -> int:
        """Return when signed addresses change next, in seconds of the epoch."""
        seconds = int(self.access.window.total_seconds())
        return (int(clock.now().timestamp()) // seconds + 1) * seconds

    def signed_put(self, key: str, content_type: str, length: int, seconds: int) -> str:
        """Sign a PUT of exactly this key, type and length."""
        headers = {"content-length": str(length), "content-type": content_type}
        return presign(self.access, "PUT", self.access.private, key, clock.now(), seconds, headers)


def _now(remove_tzinfo: bool = True) -> datetime:
    return clock.now().replace(tzinfo=None) if remove_tzinfo else clock.now()


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def presign(
    access: Access,
    method: str,
    bucket: str,
    key: str,
    at: datetime,
    seconds: int,
    headers: dict[str, str] | None = None,
) -> str:
    """Sign an address, valid from `at` for `seconds`. AWS signature version 4, query form, unsigned payload.

    Source: docs.aws.amazon.com, "Authenticating requests: using query parameters". A test holds it against botocore.
    """
    host = urlsplit(access.endpoint).netloc
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{access.region}/s3/aws4_request"
    signed = {"host": host, **(headers or {})}
    names = ";".join(sorted(signed))
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={quote(f'{access.key}/{scope}', safe='')}"
        f"&X-Amz-Date={stamp}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders={quote(names, safe='')}"
    )
    path = f"/{bucket}/{quote(key, safe='/-_.~')}"
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = f"{method}\n{path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(_signing_key(access.secret, stamp[:8], access.region), to_sign.encode(), "sha256").hexdigest()
    return f"{access.endpoint.rstrip('/')}{path}?{query}&X-Amz-Signature={signature}"


_storage: list[Storage] = []


def connect(access: Access) -> Storage:
    """Make the process's storage. Nothing is connected until the first call."""
    _storage[:] = [Storage(access)]
    return _storage[0]


def here() -> Storage:
    """Return the process's storage."""
    return _storage[0]
