"""What moderators decide about an account, as effects on its row, its sessions, open pages, photos and numbers.

Whoever calls these has asked whether it may, writes the record, and tells the person; what the clock ends is recorded
here. All of them may be called twice.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.account import queries, states
from webapp.core import clock, db
from webapp.models import User
from webapp.policy import audit
from webapp.users import queries as users

EXPELLED_FOR = timedelta(days=30)  # a deletion by an admin can be taken back for so long
_AT_ONCE = 100
table = User.__table__.c


def suspend(user_id: uuid.UUID, until: datetime | None) -> None:
    """Hide an account and hold its owner to the way back, until then or without an end (None)."""
    user = users.row(user_id, lock=True)
    if user.expelled_at is None and user.status != "erasing":
        states.suspend(user, until)


def unsuspend(user_id: uuid.UUID) -> None:
    """Let an account stand as its owner chose. One that is expelled stays so."""
    user = users.row(user_id, lock=True)
    if user.status == "suspended" and user.expelled_at is None:
        states.release(user)


def shadowban(user_id: uuid.UUID) -> None:
    """Let a person and all of theirs exist for nobody else, without their noticing."""
    states.shadow(users.row(user_id, lock=True), True)


def unshadowban(user_id: uuid.UUID) -> None:
    """End a shadowban."""
    states.shadow(users.row(user_id, lock=True), False)


def expel(user_id: uuid.UUID) -> None:
    """Suspend an account without an end; in 30 days everything of it is erased, unless it is readmitted before."""
    user = users.row(user_id, lock=True)
    if user.status != "erasing":
        user.expelled_at = user.expelled_at or clock.now() + EXPELLED_FOR
        states.suspend(user, None)


def readmit(user_id: uuid.UUID) -> None:
    """Take an admin's deletion back. A suspension that was decided before, and is not over, goes on."""
    user = users.row(user_id, lock=True)
    if user.status != "suspended" or user.expelled_at is None:
        return
    user.expelled_at = None
    earlier = queries.standing(user_id, "suspend")
    if earlier is not None and (earlier.until is None or earlier.until > clock.now()):
        states.suspend(user, earlier.until)
    else:
        states.release(user)


def approve_account(user_id: uuid.UUID) -> None:
    """Let somebody in who waited for approval."""
    user = users.row(user_id, lock=True)
    if user.own_status == "pending" and user.status != "erasing":
        states.choose(user, "active")


def reject_account(user_id: uuid.UUID) -> None:
    """Turn somebody away who waited for approval: what they gave is erased."""
    user = users.row(user_id, lock=True)
    if user.own_status == "pending":
        states.close(user)


def over() -> list[uuid.UUID]:
    """Return whose suspensions are over, some of them."""
    due = select(table.id).where(
        table.suspended_until <= clock.now(), table.status == "suspended", table.expelled_at.is_(None)
    )
    return [row.id for row in db.rows(due.order_by(table.suspended_until).limit(_AT_ONCE))]


def end(user_id: uuid.UUID) -> bool:
    """End a suspension whose time is over, by the clock. False if it ended before, or was made longer."""
    user = users.row(user_id, lock=True)
    if user.status != "suspended" or not user.suspension_over(clock.now()):
        return False
    until = user.suspended_until
    states.release(user)
    audit.write(None, "unsuspend", "user", user_id, user_id=user_id, reason="Its time was over.", until=str(until))
    return True
