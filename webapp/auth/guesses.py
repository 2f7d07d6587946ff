"""Failed sign-ins of an hour, counted by what was typed, whether it names an account or not.

A user name and an address have counts of their own: a count that they shared would tell whose address it is.
"""

import uuid
from datetime import timedelta

from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, crypto, db, retention
from webapp.core.errors import TooMany
from webapp.models import SignInFailure
from webapp.web import limits

WINDOW = timedelta(hours=1)
table = SignInFailure.__table__
scale = [1.0]  # times as many as usual: load tests


def of_name(name: str) -> str:
    """Return the key for a user name or an e-mail address, as somebody typed it."""
    return f"name:{name.strip().lower()}"


def of_person(username: str, email: str) -> tuple[str, ...]:
    """Return the keys of both names by which somebody signs in."""
    return of_name(username), of_name(email)


def of_known(user_id: uuid.UUID) -> str:
    """Return the key for whoever tries on a device on which this person has signed in before."""
    return f"known:{user_id}"


def _account(key: str) -> bytes:
    return crypto.digest(f"account:{key}")


def take(key: str) -> None:
    """Take one try at an account before its password is looked at. TooMany, with the time to wait, if none is left.

    `key` says what is tried and at whom: `name:` as it was typed, `known:`, `prove:` or `totp:` with the id of an
    account. What somebody typed stands behind one of these, so that nobody reaches another's count. Atomic: two at once
    are two.
    """
    now = clock.now()
    over = table.c.since <= now - WINDOW
    fresh = insert(table).values(account=_account(key), since=now, count=1)
    counted = fresh.on_conflict_do_update(
        index_elements=["account"],
        set_={"count": case((over, 1), else_=table.c.count + 1), "since": case((over, now), else_=table.c.since)},
    )
    row = db.row(counted.returning(table.c.count, table.c.since))
    if row is not None and row.count > limits.most("guesses", scale=scale[0]):
        wait = max(1, int((row.since + WINDOW - now).total_seconds()))
        minutes = max(1, round(wait / 60))
        raise TooMany(f"Too many wrong tries for this account. Please wait {minutes} minutes.", wait)


def forgive(*keys: str) -> None:
    """Forget the failures of an account whose owner has signed in.

    But for those that somebody else is about to change, who may wait for what this one holds: they stay.
    """
    theirs = table.c.account.in_([_account(key) for key in keys])
    free = select(table.c.account).where(theirs).with_for_update(skip_locked=True)
    db.execute(delete(table).where(table.c.account.in_(free)))


def sweep() -> int:
    """Delete counts whose hour is over. Returns how many."""
    return retention.delete_some(table, table.c.since < clock.now() - WINDOW)
