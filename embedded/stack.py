"""The servers together: PostgreSQL, Redis, S3, and the environment in which the application finds them."""

import base64
import json
import os
import secrets
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded import paths, s3
from embedded.lock import Lock
from embedded.postgres import Postgres
from embedded.process import EmbeddedError, Process
from embedded.redis import Redis

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# A service whose variable is set is somebody else's: it is not started.
VARIABLES = {"postgres": "DATABASE_URL", "redis": "REDIS_URL", "s3": "S3_ENDPOINT_URL"}
S3_NAMES = (
    "S3_ENDPOINT_URL",
    "S3_REGION",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "S3_PRIVATE_BUCKET",
    "S3_PUBLIC_BUCKET",
    "MEDIA_BASE_URL",
)


class Stack:
    """Servers over one data folder. Start it in the main thread; `env` is complete once it has started.

    `host` is where S3 listens, since browsers talk to it too. `durable=False`: a crash loses data, tests fly.
    """

    def __init__(
        self,
        data: Path,
        want: Iterable[str] = ("postgres", "redis", "s3"),
        environ: Mapping[str, str] = os.environ,
        *,
        host: str = "127.0.0.1",
        durable: bool = True,
    ) -> None:
        self.data = data.resolve()
        self.want = [name for name in want if not environ.get(VARIABLES[name])]
        self.environ = environ
        self.host = host
        self.durable = durable
        self.env: dict[str, str] = {}
        self.services: list[Process] = []
        self._lock = Lock(self.data / "lock")

    def claim(self, note: str = "") -> None:
        """Make the data folder and lock it; `start` does it too. `note` tells a second run where we are."""
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in ("run", "logs", "redis", "s3"):
                (self.data / folder).mkdir(exist_ok=True)
                # PostgreSQL trusts whoever reaches its socket; private photos lie here, too.
                (self.data / folder).chmod(0o700)
            self._lock.take(note)
        except OSError as error:
            message = f"The data folder {self.data} cannot be written ({error.strerror})."
            raise EmbeddedError(f"{message} Choose another with --data.") from error

    def start(self) -> None:
        """Start what is wanted and not in the environment. Stops everything again if one of them fails."""
        if not self._lock.held:
            self.claim()
        try:
            self._prepare()
            for service in self.services:
                service.launch()
            for service in self.services:
                service.wait_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the servers, the last started first, and unlock the folder."""
        if not self._lock.held:
            return
        for service in reversed(self.services):
            service.stop()
        self.services = []
        paths.forget_socket_folder(self.data / "run")
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare(self) -> None:
        kept = self._secrets()
        self.env = {name: self.environ.get(name) or kept[name] for name in ("SECRET_KEY", "VAPID_PRIVATE_KEY")}
        for name in (*VARIABLES.values(), *S3_NAMES):
            if self.environ.get(name):
                self.env[name] = self.environ[name]
        sockets = paths.socket_folder(self.data / "run")
        if "postgres" in self.want:
            self._add_postgres(sockets)
        if "redis" in self.want:
            self._add_redis(sockets)
        if "s3" in self.want:
            self._add_s3(kept)

    def _add_postgres(self, sockets: Path) -> None:
        server = Postgres(self.data, sockets, durable=self.durable)
        self.env["DATABASE_URL"], self.env["MIGRATION_DATABASE_URL"] = server.url, server.owner_url
        self.services.append(server)

    def _add_redis(self, sockets: Path) -> None:
        server = Redis(self.data, sockets)
        self.env["REDIS_URL"] = server.url
        self.services.append(server)

    def _add_s3(self, kept: dict[str, str]) -> None:
        for name, ours in self._s3_defaults(kept).items():
            self.env.setdefault(name, ours)
        for bucket in (self.env["S3_PRIVATE_BUCKET"], self.env["S3_PUBLIC_BUCKET"]):
            (self.data / "s3" / bucket).mkdir(parents=True, exist_ok=True)
        store, media = s3.ports(self.data, self.host)
        name = authority(advertised(self.host))
        self.env["S3_ENDPOINT_URL"] = f"http://{name}:{store}"
        public = self.env["S3_PUBLIC_BUCKET"]
        self.env.setdefault("MEDIA_BASE_URL", f"http://{name}:{media}/{public}")
        bind = authority(self.host)
        keys = self.env["S3_ACCESS_KEY"], self.env["S3_SECRET_KEY"]
        self.services.append(s3.store(self.data, f"{bind}:{store}", *keys))
        self.services.append(s3.public(self.data, f"{bind}:{media}", public))

    def _s3_defaults(self, kept: dict[str, str]) -> dict[str, str]:
        return {
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY": kept["S3_ACCESS_KEY"],
            "S3_SECRET_KEY": kept["S3_SECRET_KEY"],
            "S3_PRIVATE_BUCKET": "tintype-private",
            "S3_PUBLIC_BUCKET": "tintype-public",
        }

    def _secrets(self) -> dict[str, str]:
        """Read the keys of this data folder; make them the first time."""
        path = self.data / "secrets.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "S3_ACCESS_KEY": "TT" + secrets.token_hex(9).upper(),
            "S3_SECRET_KEY": secrets.token_hex(20),
            "VAPID_PRIVATE_KEY": _push_key(),
        } | kept
        if made == kept:
            return kept
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(made, indent=2))
        draft.replace(path)
        return made


def _push_key() -> str:
    """Make a key of the curve P-256: a number below its order."""
    number = secrets.randbelow(_ORDER - 1) + 1
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def authority(host: str) -> str:
    """Write a host as URLs want it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def advertised(host: str) -> str:
    """Give the address under which others reach `host`: of "all interfaces" the one towards the network."""
    if host not in ("0.0.0.0", "::", ""):  # compared, not bound # noqa: S104 # nosec B104
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a datagram socket only picks a route; nothing is sent
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"
