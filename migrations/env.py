"""Alembic's way in: the tables are the application's, made by the role that owns them."""

import time

from alembic import context
from flask import current_app
from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from webapp import models

# A migration that waits for a lock behind a slow reader holds up everybody behind it: give up soon, try again.
_LOCK_TIMEOUT = "2s"
_TRIES, _LONGEST_PAUSE = 20, 5.0  # about a minute and a half in all
# What is only ever written down: the application may read it and add to it.
_RECORDS = ("audit_entries", "option_changes")


def include(thing: object, name: str | None, kind: str, _reflected: bool, _compare: object) -> bool:
    """Leave out what is not made of our tables."""
    return not (kind == "table" and name == "alembic_version")


def run() -> None:
    """Migrate, and try again while somebody holds a table: what is done stays done, a migration is done whole."""
    for number in range(1, _TRIES + 1):
        try:
            return _migrate()
        except OperationalError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state not in ("55P03", "40P01") or number == _TRIES:
                raise
            print(f"A table is in use by somebody; once more ({number} of {_TRIES}).", flush=True)
            time.sleep(min(number * 0.5, _LONGEST_PAUSE))


def _migrate() -> None:
    """Migrate in one transaction a migration, then say what the application's role may do."""
    settings = current_app.config["SETTINGS"]
    engine = create_engine(settings.migration_database_url or settings.database_url, poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT}'"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=models.User.metadata,
            transaction_per_migration=True,
            include_object=include,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        grant(connection, make_url(settings.database_url).username or "")


def grant(connection: Connection, role: str) -> None:
    """Let the application's role read and write rows, and of records only read and add. It may be the owner itself."""
    if not role or not _exists(connection, role):
        return
    quoted = connection.dialect.identifier_preparer.quote(role)
    found = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")).scalars()
    records = [name for name in found if name in _RECORDS]
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    for name in records:
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {name} FROM {quoted}"))
    connection.commit()


def _exists(connection: Connection, role: str) -> bool:
    return connection.scalar(text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": role}) is not None


run()
