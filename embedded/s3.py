"""An S3 that checks signatures, and the public bucket over plain HTTP; both are rclone."""

import json
import os
import socket
from pathlib import Path

from embedded import paths
from embedded.process import Process

CACHE_CONTROL = "Cache-Control: public, max-age=300"


def store(data: Path, address: str, access_key: str, secret_key: str) -> Process:
    """Build the S3 server over `<data>/s3`, where a folder is a bucket. `address` is host:port."""
    # The variable is read as CSV: quotes keep the comma, and are doubled inside.
    pair = '"{}"'.format(f"{access_key},{secret_key}".replace('"', '""'))
    command = [*_rclone(data), "serve", "s3", str(data / "s3"), "--addr", address, "--allow-origin", "*"]
    # In the environment, because everybody on the machine may read a command line.
    env = _environment() | {"RCLONE_AUTH_KEY": pair}
    return Process("s3", command, data, ready=lambda: listens(address), env=env)


def public(data: Path, address: str, bucket: str) -> Process:
    """Build the server of one bucket to everybody, below `/<bucket>`. No listing: names stay unguessable."""
    command = [
        *_rclone(data),
        *("serve", "http", str(data / "s3" / bucket)),
        *("--addr", address, "--baseurl", f"/{bucket}", "--read-only"),
        *("--disable-dir-list", "--disable-zip"),
        # The default of five minutes would answer 404 for new photos until it has passed.
        *("--dir-cache-time", "500ms"),
        *("--response-header", CACHE_CONTROL, "--response-header", "X-Content-Type-Options: nosniff"),
    ]
    return Process("media", command, data, ready=lambda: listens(address), env=_environment())


def ports(data: Path, host: str) -> tuple[int, int]:
    """Give the ports of both servers: those remembered in the data folder if they are free, else new ones."""
    note = data / "ports.json"
    remembered = json.loads(note.read_text()) if note.exists() else {}
    first = _free(host, remembered.get("s3", 0))
    second = _free(host, remembered.get("media", 0))
    while second == first:
        second = _free(host, 0)
    note.write_text(json.dumps({"s3": first, "media": second}))
    return first, second


def is_free(host: str, port: int) -> bool:
    """Tell whether `port` can be bound."""
    try:
        _bind(host, port)
    except OSError:
        return False
    return True


def listens(address: str) -> bool:
    """Tell whether something accepts connections at host:port."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def _free(host: str, wish: int) -> int:
    return wish if wish and is_free(host, wish) else _bind(host, 0)


def _bind(host: str, port: int) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return probe.getsockname()[1]


def _rclone(data: Path) -> list[str]:
    # An empty --config: no file of the user's is read, none is written.
    return [paths.rclone(), "--config", "", "--cache-dir", str(data / "cache"), "--log-level", "NOTICE"]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("RCLONE_")}
