"""Alembic's way in: the database and the tables are the application's."""

from alembic import context
from sqlalchemy import text

from webapp import models
from webapp.core import db

# A migration that waits for a lock behind a slow reader holds up everybody behind it: give up soon, try again.
_LOCK_TIMEOUT = "2s"


def include(thing: object, name: str | None, kind: str, _reflected: bool, _compare: object) -> bool:
    """Leave out what is not made of our tables."""
    return not (kind == "table" and name == "alembic_version")


def run() -> None:
    """Migrate in one transaction a migration."""
    with db.writing().connect() as connection:
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


run()
