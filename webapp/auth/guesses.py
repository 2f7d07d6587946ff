"""Failed sign-ins, counted per account name, whether it exists or not: ten an hour."""

from datetime import timedelta

from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, crypto, db
from webapp.core.errors import TooMany
from webapp.models import SignInFailure

MOST = 10
WINDOW = timedelta(hours=1)
table = SignInFailure.__table__


def _account(name: str) -> bytes:
    return crypto.digest(f"account:{name.strip().lower()}")


def check(name: str) -> None:
    """Refuse to try a password for an account at which too many were tried. TooMany says how long to wait."""
    row = db.row(select(table.c.count, table.c.since).where(table.c.account == _account(name)))
    if row is None or row.count < MOST:
        return
    wait = int((row.since + WINDOW - clock.now()).total_seconds())
    if wait > 0:
        minutes = max(1, round(wait / 60))
        raise TooMany(f"Too many wrong passwords for this account. Please wait {minutes} minutes.", wait)


def count(name: str) -> None:
    """Write down one failure. Atomic: two at once count as two."""
    now = clock.now()
    over = table.c.since <= now - WINDOW
    fresh = insert(table).values(account=_account(name), since=now, count=1)
    db.execute(
        fresh.on_conflict_do_update(
            index_elements=["account"],
            set_={
                "count": case((over, 1), else_=table.c.count + 1),
                "since": case((over, now), else_=table.c.since),
            },
        )
    )


def forgive(name: str) -> None:
    """Forget the failures of an account whose owner has signed in."""
    db.execute(delete(table).where(table.c.account == _account(name)))


def sweep() -> int:
    """Delete counts whose hour is over. Returns how many."""
    return len(db.rows(delete(table).where(table.c.since < clock.now() - WINDOW).returning(table.c.account)))
