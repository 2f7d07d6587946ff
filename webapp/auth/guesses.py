"""Failed sign-ins of an hour, counted per account name, whether it exists or not. Load tests get no more of them."""

from datetime import timedelta

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, crypto, db, retention
from webapp.core.errors import TooMany
from webapp.models import SignInFailure
from webapp.web import limits

WINDOW = timedelta(hours=1)
table = SignInFailure.__table__


def _account(key: str) -> bytes:
    return crypto.digest(f"account:{key.strip().lower()}")


def take(key: str) -> None:
    """Take one try at an account before its password is looked at. TooMany, with the time to wait, if none is left.

    `key` says what is tried and at whom: `id:` of an account, `name:` that no account has, `prove:`, `totp:`. What
    somebody typed stands behind one of these, so that nobody reaches another's count. Atomic: two at once are two.
    """
    now = clock.now()
    over = table.c.since <= now - WINDOW
    fresh = insert(table).values(account=_account(key), since=now, count=1)
    counted = fresh.on_conflict_do_update(
        index_elements=["account"],
        set_={"count": case((over, 1), else_=table.c.count + 1), "since": case((over, now), else_=table.c.since)},
    )
    row = db.row(counted.returning(table.c.count, table.c.since))
    if row is not None and row.count > limits.most("guesses"):
        wait = max(1, int((row.since + WINDOW - now).total_seconds()))
        minutes = max(1, round(wait / 60))
        raise TooMany(f"Too many wrong tries for this account. Please wait {minutes} minutes.", wait)


def forgive(key: str) -> None:
    """Forget the failures of an account whose owner has signed in."""
    db.execute(delete(table).where(table.c.account == _account(key)))


def sweep() -> int:
    """Delete counts whose hour is over. Returns how many."""
    return retention.delete_some(table, table.c.since < clock.now() - WINDOW)
