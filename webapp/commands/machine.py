"""The machine that a command runs on: its disk, its limits, and PostgreSQL's programs."""
# ruff: noqa: S603 (the programs are found here, their arguments built here)

import os
import re
import resource
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

_LITTLE, _TOO_LITTLE = 2_000_000_000, 300_000_000  # bytes
_FILES = 4096
# Where Debian keeps those of several versions, where PostgreSQL's own packages do, and where the embedded one is.
_PLACES = (
    "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin",
    f"{sysconfig.get_path('purelib')}/*/pginstall*/bin",
)  # fmt: skip


def examine() -> list[tuple[bool, str]]:
    """Return what is wrong with this machine: whether it is ill already, and in words."""
    found = []
    for name, folder in (("the disk of the temporary folder", tempfile.gettempdir()), ("the disk", os.getcwd())):
        free = shutil.disk_usage(folder).free
        if free < _LITTLE:
            found.append((free < _TOO_LITTLE, f"{name} ({folder}) has {free / 1e6:.0f} MB left. Make room."))
    if not _writable():
        found.append((True, f"the temporary folder {tempfile.gettempdir()} can't be written: photos pass through it."))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if 0 < most < _FILES:
        found.append((False, f"{most} open files are the most here, and every open page needs one: LimitNOFILE=16384."))
    return found


def _writable() -> bool:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
    except OSError:
        return False
    return True


def summary() -> str:
    """Say how the machine is."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    return f"{free / 1e9:.0f} GB free, {resource.getrlimit(resource.RLIMIT_NOFILE)[0]} open files"


def program(name: str, server: int, folder: str = "") -> str | None:
    """Find one of PostgreSQL's programs that can talk to this major version: the oldest that is new enough."""
    folders = [folder] if folder else [*os.get_exec_path(), *(str(path) for place in _PLACES for path in _glob(place))]
    fitting: dict[int, str] = {}
    for place in folders:
        path = Path(place) / name
        # access first: a folder of PATH may be closed to us
        version = _version(path) if os.access(path, os.X_OK) and path.is_file() else 0
        if version >= server:
            fitting.setdefault(version, str(path))
    return fitting[min(fitting)] if fitting else None


def _glob(pattern: str) -> list[Path]:
    return sorted(Path("/").glob(pattern.lstrip("/")))


def _version(path: Path) -> int:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout  # nosec B603
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def run(program: str, *arguments: str, password: str) -> str | None:
    """Run one of PostgreSQL's programs. Returns the first line of what it said if it failed, None if all went well."""
    env = {**os.environ, "PGPASSWORD": password} if password else dict(os.environ)
    done = subprocess.run([program, *arguments], env=env, capture_output=True, text=True, check=False)  # nosec B603
    said = [line for line in done.stderr.splitlines() if line.strip()]
    return (said[0] if said else f"it ended with {done.returncode}") if done.returncode else None
