"""The daily mail of whoever asked for it: what is new and unread, in a few lines without anybody's words."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select, update

from webapp.core import clock, db, mailer
from webapp.core.page import Ask
from webapp.models import User, UserSettings
from webapp.notifications import queries, shapes
from webapp.users import actions as user_actions
from webapp.visibility import Viewer

users = User.__table__.c
chosen = UserSettings.__table__.c
_DAY = timedelta(days=1)
_AT_ONCE = 100
_LINES = 10


def send() -> int:
    """Mail those whose day is over, a hundred at a time; those with nothing new get none. Returns how many were due.

    Their next time is written with their mail: two who send at once share the work, and nobody gets it twice.
    """
    now = clock.now()
    due = (
        select(
            users.id, users.username, users.email, users.role, chosen.digest_due_at,
            and_(users.status == "active", users.email_confirmed_at.is_not(None)).label("reachable"),
        )
        .join(UserSettings.__table__, chosen.user_id == users.id)
        .where(chosen.digest_due_at <= now)
        .order_by(chosen.digest_due_at)
        .limit(_AT_ONCE)
        .with_for_update(of=UserSettings.__table__, skip_locked=True)
    )  # fmt: skip
    people = db.rows(due)
    for person in people:
        # at the same time of the day; after a long pause, in a day
        after = max(person.digest_due_at, now - _DAY) + _DAY
        if person.reachable:
            _mail(person, person.digest_due_at - _DAY, after - _DAY)
        db.execute(update(UserSettings).where(chosen.user_id == person.id).values(digest_due_at=after))
    return len(people)


def _mail(person: Any, since: datetime, until: datetime) -> None:
    viewer = Viewer(person.id, person.username, role=person.role)
    unread = queries.listed(viewer, Ask(_LINES + 1), unread=True).items
    lines = [
        shapes.sentence(told) for told in unread if since < told.created_at <= until and (told.actors or told.notices)
    ]
    if lines:
        mailer.post(
            "digest", person.email, person.id, username=person.username, lines=lines[:_LINES],
            more=len(lines) > _LINES, unsubscribe=f"/unsubscribe/{user_actions.unsubscribe_key(person.id)}",
        )  # fmt: skip
