"""How an account stands: what its owner chose, and above it what moderators decided. Nobody else writes these columns.

`own_status` is the owner's word, `status` what counts. They differ while moderators suspend the account, and once it is
being erased. What others see changes with the commit; numbers and photos follow by jobs.
"""

from datetime import datetime

from webapp.auth import tokens
from webapp.core import clock, db, live, outbox, sessions
from webapp.core.errors import Conflict
from webapp.models import User

_LATER = 120  # seconds, longer than any request: what one that ran meanwhile wrote with the old mark is put right then


def choose(user: User, own_status: str) -> None:
    """Take the owner's word for how the account is to stand. While it is suspended nothing else changes.

    Conflict once the account is being erased: whoever is still signed in by then must not bring half of it back.
    """
    if user.status == "erasing":
        raise Conflict("This account is being erased. There is no way back any more.")
    user.own_status = own_status
    _become(user, user.status if user.status == "suspended" else own_status)


def suspend(user: User, until: datetime | None) -> None:
    """Let the account be suspended until then (None: without an end), suspended already or not."""
    user.suspended_until = until
    _become(user, "suspended")


def release(user: User) -> None:
    """Let the account stand as its owner chose."""
    user.suspended_until = user.expelled_at = None
    _become(user, user.own_status)


def shadow(user: User, hidden: bool) -> None:
    """Let the account exist for its owner alone, or for others again. Its photos stay where they are."""
    if user.shadowbanned != hidden:
        user.shadowbanned = hidden
        db.session().flush()
        sessions.refresh_all()
        _settle_numbers(user)


def close(user: User) -> None:
    """Close the way back: everything is erased as soon as the clock comes by."""
    user.delete_at = user.delete_at or clock.now()
    user.status = "erasing"
    db.session().flush()
    sessions.end(user.id)
    tokens.end(user.id)


def _become(user: User, status: str) -> None:
    changed, user.status = user.status != status, status
    db.session().flush()
    if not changed:
        sessions.refresh(user.id)
        return
    sessions.refresh_all()
    if status != "active":
        live.tell("end", [user.id])
    outbox.enqueue("jobs.users.settle", user.id)
    _settle_numbers(user)


def _settle_numbers(user: User) -> None:
    outbox.enqueue("jobs.account.settle", user.id)
    outbox.enqueue("jobs.account.settle", user.id, wait=_LATER)
