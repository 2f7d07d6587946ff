"""PostgreSQL's own programs, as the role that owns the tables: dump and restore."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import URL, Connection, MetaData, NullPool, create_engine, func, make_url, select, table, text
from sqlalchemy.exc import OperationalError

from webapp.commands import machine
from webapp.models import User
from webapp.settings import Settings

TABLES = [table.name for table in User.metadata.sorted_tables]


def url(settings: Settings) -> str:
    """Return the address of the role that owns the tables."""
    return settings.migration_database_url or settings.database_url


@contextmanager
def connected(settings: Settings, **options: Any) -> Iterator[Connection]:
    """Open a transaction of the owner, without the limits that requests have."""
    engine = create_engine(url(settings), poolclass=NullPool, **options)
    try:
        with engine.begin() as connection:
            yield connection
    except OperationalError as error:
        said = str(error.orig).splitlines()[0]
        raise click.ClickException(f"PostgreSQL does not answer the role that owns the tables: {said}") from error
    finally:
        engine.dispose()


def dump(settings: Settings, to: Path, pg_bin: str) -> dict[str, int]:
    """Dump the database into a file, and count the rows of every table in the very same snapshot."""
    with connected(settings, isolation_level="REPEATABLE READ") as connection:
        program = _program("pg_dump", connection, pg_bin)
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        rows = counted(connection)
        draft = to.with_suffix(".dump.part")
        draft.touch(mode=0o600)
        _run(program, settings, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
             f"--file={draft}")  # fmt: skip
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(to)
    return rows


def load(settings: Settings, dump_file: Path, pg_bin: str) -> None:
    """Put a dump in place of all tables, in one transaction: cut off half-way, the database is as empty as before."""
    with connected(settings) as connection:
        program = _program("pg_restore", connection, pg_bin)
        there = MetaData()
        there.reflect(connection)
        there.drop_all(connection)
    _run(program, settings, "--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error",
         "--single-transaction", str(dump_file))  # fmt: skip


def counted(connection: Connection) -> dict[str, int]:
    """Count the rows of every table of ours that is there."""
    there = set(connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars())
    return {
        name: int(connection.scalar(select(func.count()).select_from(table(name))) or 0)
        for name in TABLES
        if name in there
    }


def others(settings: Settings) -> int:
    """Count the connections of the application itself: web, worker."""
    role = make_url(settings.database_url).username
    asked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = :role AND pid <> pg_backend_pid()"
    )
    with connected(settings) as connection:
        return int(connection.scalar(asked, {"role": role}) or 0)


def _program(name: str, connection: Connection, pg_bin: str) -> str:
    server = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10000
    found = machine.program(name, server, pg_bin)
    if found is None:
        where = f" in {pg_bin}" if pg_bin else ""
        raise click.ClickException(
            f"No {name} of PostgreSQL {server} or later was found{where}. Install it (apt install "
            f"postgresql-client-{server}), say where it is with --pg-bin, or let the database's own machine do this "
            "part: docs/operations.md, “Backups”."
        )
    return found


def _run(program: str, settings: Settings, *arguments: str) -> None:
    target = make_url(url(settings)).set(drivername="postgresql")
    said = machine.run(program, f"--dbname={_without_password(target)}", *arguments, password=target.password or "")
    if said is not None:
        raise click.ClickException(f"{Path(program).name} failed: {said}")


def _without_password(target: URL) -> str:
    """Write where the database is as libpq reads it. Everybody on the machine may read a command line."""
    bare = URL.create("postgresql", target.username, None, target.host, target.port, target.database, target.query)
    return bare.render_as_string(hide_password=False)
