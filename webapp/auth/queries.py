"""Reads of accounts and sessions."""

import uuid
from dataclasses import fields

from webapp.auth import keys, passkeys, shapes, totp
from webapp.core import db, sessions
from webapp.core.errors import NotFound
from webapp.models import User
from webapp.users import queries as user_queries
from webapp.visibility import Viewer, accounts

users = User.__table__.c


def account(name: str) -> User | None:
    """Return the row that a user name or an e-mail address names, or None."""
    folded = name.strip().lower()
    column = users.email if "@" in folded else users.username
    found: User | None = db.session().scalars(accounts().where(column == folded)).first()
    return found


def me(viewer: Viewer) -> shapes.Account:
    """Return oneself, with what nobody else sees."""
    user = user_queries.get(viewer, "me")
    row = user_queries.row(viewer.id)
    shown = {field.name: getattr(user, field.name) for field in fields(user)}
    pending = keys.pending(viewer.id)
    return shapes.Account(
        **shown, status=row.status, own_status=row.own_status, suspended_until=row.suspended_until,
        delete_at=row.delete_at,
        email=row.email, email_confirmed=row.email_confirmed_at is not None,
        pending_email=pending if pending != row.email else None,
        two_step=totp.active(viewer.id), recovery_codes_left=totp.left(viewer.id), passkeys=passkeys.count(viewer.id),
    )  # fmt: skip


def own_passkeys(viewer: Viewer) -> list[shapes.Passkey]:
    """Return one's own passkeys, the newest first."""
    return passkeys.of(viewer.id)


def own_passkey(viewer: Viewer, passkey_id: uuid.UUID) -> shapes.Passkey:
    """Return one of one's own passkeys. NotFound if there is none."""
    for passkey in passkeys.of(viewer.id):
        if passkey.id == passkey_id:
            return passkey
    raise NotFound


def came_just_now(viewer: Viewer) -> bool:
    """Tell whether one has signed in just now, and need not say the password again."""
    return sessions.fresh(viewer.session_id)


def key_is_good(key: str, purpose: str) -> bool:
    """Tell whether the key of a mailed link can still be used."""
    return keys.good(key, purpose)


def open_sessions(viewer: Viewer) -> list[shapes.Session]:
    """Return one's own sessions, the last used first."""
    return [shapes.session(row, viewer.session_id) for row in sessions.of(viewer.id)]
