"""Reads of accounts and sessions."""

import uuid

from sqlalchemy import select

from webapp.auth import shapes
from webapp.core import db, sessions
from webapp.models import User
from webapp.visibility import Viewer, accounts

users = User.__table__.c


def account(name: str) -> User | None:
    """Return the row that a user name or an e-mail address names, or None."""
    folded = name.strip().lower()
    column = users.email if "@" in folded else users.username
    found: User | None = db.session().scalars(accounts().where(column == folded)).first()
    return found


def account_id(email: str) -> uuid.UUID | None:
    """Return whose address this is, or None."""
    found: uuid.UUID | None = db.scalar(select(users.id).where(users.email == email))
    return found


def open_sessions(viewer: Viewer) -> list[shapes.Session]:
    """Return one's own sessions, the last used first."""
    return [shapes.session(row, viewer.session_id) for row in sessions.of(viewer.id)]
