"""Keys in mails: whoever has one has read the mail. Good once, for a while, kept hashed."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from webapp.core import clock, crypto, db, retention
from webapp.core.errors import Invalid
from webapp.models import MailKey

CONFIRM, RESET = "confirm", "reset"
_LIFETIMES = {CONFIRM: timedelta(days=2), RESET: timedelta(hours=1)}
_ENDED = "This link has ended: it was used, a newer one was sent, or it is too old. Ask for another one."
table = MailKey.__table__


def issue(user_id: uuid.UUID, purpose: str, email: str) -> str:
    """Make a key, to be mailed to the address. Of several to confirm an address, the last one counts."""
    if purpose == CONFIRM:
        drop(user_id, CONFIRM)
    key, now = crypto.token(), clock.now()
    db.add(
        MailKey(
            user_id=user_id, purpose=purpose, email=email, key_hash=crypto.digest(key), created_at=now,
            expires_at=now + _LIFETIMES[purpose],
        )
    )  # fmt: skip
    return key


def take(key: str, purpose: str) -> Any:
    """Use a key up. Returns its `user_id` and `email`; Invalid if it has ended. Of two at once, one gets it."""
    gone = delete(table).where(table.c.key_hash == crypto.digest(key), table.c.purpose == purpose)
    row = db.row(gone.returning(table.c.user_id, table.c.email, table.c.expires_at))
    if row is None or row.expires_at <= clock.now():
        raise Invalid({"token": [_ENDED]})
    return row


def good(key: str, purpose: str) -> bool:
    """Tell whether a key can still be used."""
    live = select(table.c.id).where(table.c.purpose == purpose, table.c.expires_at > clock.now())
    return db.row(live.where(table.c.key_hash == crypto.digest(key))) is not None


def pending(user_id: uuid.UUID) -> str | None:
    """Return the address that waits to be confirmed, or None."""
    live = select(table.c.email).where(table.c.purpose == CONFIRM, table.c.expires_at > clock.now())
    found: str | None = db.scalar(live.where(table.c.user_id == user_id))
    return found


def count(user_id: uuid.UUID, purpose: str) -> int:
    """Return how many keys of a person can be used."""
    live = select(func.count()).where(table.c.purpose == purpose, table.c.expires_at > clock.now())
    return int(db.scalar(live.where(table.c.user_id == user_id)))


def drop(user_id: uuid.UUID, *purposes: str) -> None:
    """End a person's keys: those of some purposes, or all."""
    gone = delete(table).where(table.c.user_id == user_id)
    db.execute(gone.where(table.c.purpose.in_(purposes)) if purposes else gone)


def sweep() -> int:
    """Delete keys that have ended. Returns how many."""
    return retention.delete_some(table, table.c.expires_at < clock.now())
