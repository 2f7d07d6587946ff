"""Answers kept for writes that a client may retry: the same key and body get what the first got."""

import uuid
from datetime import timedelta

from sqlalchemy import ForeignKey, LargeBinary, String, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock, db, retention
from webapp.core.errors import Invalid

KEEP = timedelta(hours=24)


class IdempotencyKey(db.Base):
    """A write's key, a fingerprint of its body, and its answer."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[db.Time] = mapped_column(index=True)


def begin(user_id: uuid.UUID, key: str, fingerprint: bytes) -> tuple[int, bytes] | None:
    """Reserve a key. Returns the kept answer (status, body) if there is one. Invalid if the body differs.

    A second request with the same key waits here, on the unique index, until the first has committed.
    """
    table = IdempotencyKey.__table__
    fresh = insert(table).values(user_id=user_id, key=key, fingerprint=fingerprint, created_at=clock.now())
    if db.row(fresh.on_conflict_do_nothing().returning(table.c.key)) is not None:
        return None
    kept = db.row(select(table).where(table.c.user_id == user_id, table.c.key == key))
    if kept is None or kept.fingerprint != fingerprint:
        raise Invalid({"Idempotency-Key": ["This key was used for something else. Use a new one."]})
    return kept.status or 200, kept.body or b""


def keep(user_id: uuid.UUID, key: str, status: int, body: bytes) -> None:
    """Keep the answer under the key, in the transaction of the write itself."""
    table = IdempotencyKey.__table__
    db.execute(update(table).where(table.c.user_id == user_id, table.c.key == key).values(status=status, body=body))


def sweep() -> int:
    """Delete keys that are older than a day. Returns how many."""
    table = IdempotencyKey.__table__
    return retention.delete_some(table, table.c.created_at < clock.now() - KEEP)
