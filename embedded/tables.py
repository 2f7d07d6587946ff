"""Whether the tables are as the migrations want them, told without the application: loading it takes seconds.

A note in the cluster, written after a migration that came to its end, says by which files that was and at which version
it left the tables. If both still hold there is nothing to do; if in doubt there is.
"""
# ruff: noqa: S603 (psql is our own)

import hashlib
import subprocess

from embedded import paths
from embedded.postgres import APP, NAME, PORT, Postgres

_NOTE = "tintype.tables"
_VERSION = "SELECT version_num FROM alembic_version"
_PATIENCE = 10  # seconds for an answer


def settled(server: Postgres) -> bool:
    """Tell whether the last migration was by these very files, and the version is still the one that it left."""
    note = server.cluster / _NOTE
    return note.exists() and note.read_text() == f"{_migrations()} {_version(server)}"


def unsettle(server: Postgres) -> None:
    """Forget it before a migration begins: one that is cut off may have granted nothing yet."""
    (server.cluster / _NOTE).unlink(missing_ok=True)


def settle(server: Postgres) -> None:
    """Note what a migration that came to its end has left."""
    if version := _version(server):
        (server.cluster / _NOTE).write_text(f"{_migrations()} {version}")


def _migrations() -> str:
    """Fingerprint all that migrates and grants."""
    folder = paths.PROJECT / "migrations"
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _version(server: Postgres) -> str:
    """Ask for the version as the application does, which then has been let in; empty if it is not told."""
    place = ["--host", str(server.sockets), "--port", str(PORT), "--username", APP, "--dbname", NAME]
    command = [str(server.bin / "psql"), "--no-psqlrc", "--no-password", "--no-align", "--tuples-only", *place]
    try:
        done = subprocess.run(  # nosec B603
            [*command, "--command", _VERSION],
            env=server.env, capture_output=True, text=True, timeout=_PATIENCE, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
