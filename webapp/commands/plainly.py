"""What is wrong with the database, said to whoever typed a command: a line and what to do, no trace."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from webapp.core import db
from webapp.core.errors import AppError

_UPGRADE = "Run: flask --app wsgi db upgrade"
MIGRATING = {"42501": f"{_UPGRADE}, with MIGRATION_DATABASE_URL of the role that owns the tables."}
_STATES = MIGRATING | {
    "42P01": f"The tables are not there. {_UPGRADE}",
    "42703": f"The tables are not as this version needs them. {_UPGRADE}",
}


def plainly(command: click.Command, advice: Mapping[str, str] = _STATES) -> None:
    """Let a command, or all of a group, say in words what it can't do anything about. `advice` is by SQLSTATE."""
    if isinstance(command, click.Group):
        for one in command.commands.values():
            plainly(one, advice)
    elif command.callback is not None:
        command.callback = _telling(command.callback, advice)


def _telling(callback: Callable[..., Any], advice: Mapping[str, str]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def call(*args: Any, **named: Any) -> Any:
        try:
            return callback(*args, **named)
        except AppError as error:
            raise click.ClickException(error.sentence) from error
        except SQLAlchemyError as error:
            words = _words(error, advice)
            if words is None:
                raise
            raise click.ClickException(words) from error

    return call


def _words(error: SQLAlchemyError, advice: Mapping[str, str]) -> str | None:
    """Return what to tell of an error. None if it is no trouble that one may expect."""
    original = getattr(error, "orig", None) or error
    said = next(iter(str(original).splitlines()), "")
    if db.lost(error):
        return f"PostgreSQL does not answer ({said}). Check DATABASE_URL, and that it runs; then the same again."
    known = advice.get(getattr(original, "sqlstate", None) or "")
    return f"PostgreSQL says: {said}. {known}" if known else None
