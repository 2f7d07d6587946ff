"""Reads of how an account stands, and why."""

import uuid
from typing import Any

from sqlalchemy import select

from webapp.account import shapes
from webapp.core import db
from webapp.models import Sanction
from webapp.users import queries as users
from webapp.visibility import Viewer

sanctions = Sanction.__table__.c


def standing(user_id: uuid.UUID, *kinds: str) -> Any | None:
    """Return the newest sanction of these kinds against a person that nobody has undone, or None."""
    newest = select(*sanctions).where(
        sanctions.target_type == "user",
        sanctions.target_id == user_id,
        sanctions.kind.in_(kinds),
        sanctions.undone_at.is_(None),
    )
    return db.row(newest.order_by(sanctions.created_at.desc(), sanctions.id.desc()).limit(1))


def own(viewer: Viewer) -> shapes.Standing:
    """Return how one's own account stands: what one chose, and what moderators decided above it, why and until when."""
    user = users.row(viewer.id)
    suspended = user.status == "suspended" and viewer.status == "suspended"
    sanction = standing(user.id, "delete" if user.expelled_at else "suspend") if suspended else None
    return shapes.Standing(
        "suspended" if suspended else user.own_status, user.own_status, user.delete_at,
        sanction.id if sanction else None, sanction.reason if sanction else "",
        user.suspended_until if suspended else None, user.expelled_at if suspended else None,
    )  # fmt: skip
