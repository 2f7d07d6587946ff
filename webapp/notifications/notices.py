"""What the site itself tells a person: what was done about them, what became of a report. Nobody can switch it off."""

import uuid

from sqlalchemy import insert

from webapp.core import clock, db, ids, retention, sessions
from webapp.models import Notice
from webapp.models.notification import NOTICE
from webapp.notifications import actions, push

notices = Notice.__table__


def tell(user_id: uuid.UUID, words: str, path: str, subject_id: uuid.UUID) -> None:
    """Tell a person something, in the open transaction; it gathers with what else is unread. `path`: where it leads."""
    now = clock.now()
    line = actions.open_line(user_id, NOTICE, now)
    db.execute(
        insert(notices).values(
            id=ids.new(), user_id=user_id, notification_id=line, words=words, path=path, subject_id=subject_id,
            created_at=now,
        )
    )  # fmt: skip
    sessions.refresh(user_id)
    push.told(user_id, NOTICE, line)


def sweep() -> int:
    """Delete notices that are older than notifications are kept. Returns how many."""
    return retention.delete_some(notices, notices.c.created_at < clock.now() - actions.KEPT)
