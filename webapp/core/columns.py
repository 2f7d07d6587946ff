"""Types of columns that SQLAlchemy does not have, or has too slow, and what is reckoned from columns."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Table, Text, cast, func, literal_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.types import UserDefinedType


class Texts(ARRAY[str]):
    """A list of texts. psycopg hands it over ready-made; SQLAlchemy would copy it item by item."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(Text)

    def result_processor(self, dialect: Any, coltype: object) -> None:  # type: ignore[override]
        """Leave lists as they come."""
        return None


class TransactionId(UserDefinedType[int]):
    """A transaction's number, as `pg_current_xact_id()` gives it."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Name the type."""
        return "xid8"


PGDialect_psycopg.ischema_names["xid8"] = TransactionId  # what a look at existing tables finds


def magnitude(number: ColumnElement[int]) -> ColumnElement[int]:
    """Select how large a number roughly is, in powers of two: a list in this order seldom moves while one reads it."""
    return cast(func.floor(func.ln(number + 1) * 1.45), Integer)


def version(table: Table) -> ColumnElement[str]:
    """Select PostgreSQL's own mark of a row's version (xmin): every write to the row changes it, none can forget to."""
    return literal_column(f"{table.name}.xmin", Text)
