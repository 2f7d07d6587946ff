"""Tokens of programs: a short access token and a refresh token that is good once.

A refresh token that comes a second time was stolen, by one side or the other: its whole family ends.

Whoever ends tokens, or makes new ones of old ones, holds the person's row first: what ends them all, a new password or
a deletion, would not see the one that is just being made. Always the person before the tokens, so nobody waits in vain.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from webapp.auth.shapes import Tokens
from webapp.core import clock, crypto, db, ids, live, retention, sessions
from webapp.core.errors import Invalid, Refused
from webapp.models import ApiToken, User

ACCESS = timedelta(hours=1)
REFRESH = timedelta(days=30)
table = ApiToken.__table__.c


def issue(user_id: uuid.UUID, *, name: str, scopes: list[str], after: ApiToken | None = None) -> Tokens:
    """Make a pair of tokens, the next of the same family `after` another. This is the only time they are seen."""
    access, refresh, now = crypto.token(), crypto.token(), clock.now()
    proved_at = (after.proved_at or after.created_at) if after else now
    until = min(now + REFRESH, proved_at + sessions.most())
    row = ApiToken(
        family_id=after.family_id if after else ids.new(), user_id=user_id, name=name, scopes=sorted(set(scopes)),
        access_hash=crypto.digest(access), refresh_hash=crypto.digest(refresh),
        access_expires_at=now + ACCESS, refresh_expires_at=until, proved_at=proved_at,
    )  # fmt: skip
    db.add(row)
    return Tokens(access, refresh, int(ACCESS.total_seconds()))


def refresh(token: str) -> Tokens:
    """Change a refresh token for the next pair. Reuse of an old one ends the family, and that stays."""
    hashed = crypto.digest(token)
    _hold(table.refresh_hash == hashed)
    statement = select(ApiToken).where(table.refresh_hash == hashed).with_for_update()
    row = db.session().scalars(statement).first()
    now = clock.now()
    if row is None or row.revoked_at is not None or row.refresh_expires_at <= now:
        raise Refused("This refresh token is not valid any more. Sign in again.", status=401)
    if row.refreshed_at is not None:
        _end(table.family_id == row.family_id)
        raise Refused(
            "This refresh token was used before, so all tokens of its family have ended.",
            status=401,
            keep=True,
        )
    row.refreshed_at = now
    row.access_expires_at = min(row.access_expires_at, now)
    db.session().flush()
    return issue(row.user_id, name=row.name, scopes=row.scopes, after=row)


def proved(token_id: uuid.UUID) -> datetime:
    """Write down that the password was given for a token's family. Returns until when staff may go on with it."""
    family = select(table.family_id).where(table.id == token_id).scalar_subquery()
    now = clock.now()
    db.execute(update(ApiToken).where(table.family_id == family).values(proved_at=now))
    return now + sessions.trust()


def permitted(role: str, scopes: Sequence[str]) -> list[str]:
    """Return the scopes that a program may have. Refused if it asks for more than the person may do."""
    if "admin" in scopes and role not in ("moderator", "admin"):
        raise Invalid({"scopes": ["Only moderators and admins of this site can have the scope admin."]})
    return list(scopes)


def revoke(token: str) -> None:
    """End the family of a token, access or refresh. An unknown one is fine: it is not valid either."""
    hashed = crypto.digest(token)
    family = db.scalar(select(table.family_id).where(or_(table.access_hash == hashed, table.refresh_hash == hashed)))
    if family is not None:
        _end(table.family_id == family)


def end_family(token_id: uuid.UUID) -> None:
    """End a token and its family."""
    _end(table.family_id == db.scalar(select(table.family_id).where(table.id == token_id)))


def end(user_id: uuid.UUID) -> None:
    """End all tokens of a person."""
    _end(table.user_id == user_id)


def _hold(which: Any) -> None:
    """Lock the row of the person whose tokens these are."""
    whose = select(table.user_id).where(which)
    db.execute(select(User.id).where(User.id.in_(whose)).with_for_update(**db.LOCK))


def _end(which: Any) -> None:
    _hold(which)
    now = clock.now()
    gone = update(ApiToken).where(which, table.revoked_at.is_(None)).values(revoked_at=now)
    ended = [row for row in db.rows(gone.returning(*table)) if row.access_expires_at > now]
    if ended:
        live.tell("end", {row.user_id for row in ended}, grants=" ".join(str(row.id) for row in ended))


def sweep() -> int:
    """Delete tokens that can't be refreshed any more. Returns how many."""
    return retention.delete_some(ApiToken.__table__, table.refresh_expires_at < clock.now())
