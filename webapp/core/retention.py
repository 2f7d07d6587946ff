"""What is kept no longer: deleted some rows at a time, so that no statement takes long, however much has gathered."""

from sqlalchemy import ColumnElement, Table, delete, func, literal_column, select

from webapp.core import db

_AT_ONCE = 2000


def delete_some(table: Table, *which: ColumnElement[bool], limit: int = _AT_ONCE) -> int:
    """Delete some of these rows; those locked by somebody at this moment stay. Returns how many."""
    place: ColumnElement[object] = literal_column(f"{table.name}.ctid")
    few = select(place).select_from(table).where(*which).limit(limit)
    gone = delete(table).where(place == func.any(func.array(few.scalar_subquery())))
    return len(db.rows(gone.returning(place)))
