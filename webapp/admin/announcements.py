"""What everybody is told on top of every page. Each process keeps it for some seconds, so no page asks for it."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from webapp.admin import shapes
from webapp.core import cache, clock, db, replica
from webapp.core.page import Ask, Page, cut
from webapp.models import Announcement

table = Announcement.__table__.c
_COLUMNS = [table[name] for name in shapes.Announcement.__slots__]


def running() -> list[shapes.Announcement]:
    """Return what is told now, the newest first; as it was some seconds ago."""
    now = clock.now()
    return [one for one in kept.get() if one.starts_at <= now and (one.ends_at is None or one.ends_at > now)]


@replica.from_primary
def _read() -> list[list[Any]]:
    found = select(*_COLUMNS).where(or_(table.ends_at.is_(None), table.ends_at > clock.now()))
    return [_packed(row) for row in db.rows(found.order_by(table.starts_at.desc(), table.id.desc()).limit(20))]


def _packed(row: Any) -> list[Any]:
    return [str(row.id), row.text, row.level, row.starts_at.isoformat(), row.ends_at and row.ends_at.isoformat()]


def _unpacked(known_as: str, text: str, level: str, starts: str, ends: str | None) -> shapes.Announcement:
    end = datetime.fromisoformat(ends) if ends else None
    return shapes.Announcement(uuid.UUID(known_as), text, level, datetime.fromisoformat(starts), end)


kept = cache.Copy("announcements", _read, lambda rows: [_unpacked(*one) for one in rows])


def listed(ask: Ask) -> Page[shapes.AdminAnnouncement]:
    """Return all that was ever announced, the newest first."""
    after = ask.after("announcements", (datetime, uuid.UUID))
    found = select(*_COLUMNS, table.created_at).order_by(table.created_at.desc(), table.id.desc())
    if after:
        found = found.where((table.created_at < after[0]) | ((table.created_at == after[0]) & (table.id < after[1])))
    page = cut(db.rows(found.limit(ask.limit + 1)), ask, "announcements", lambda row: (row.created_at, row.id))
    return page.map(lambda rows: [shape(row) for row in rows])


def shape(row: Any) -> shapes.AdminAnnouncement:
    """Make the shape of a row, with whether it is shown now."""
    now = clock.now()
    over = row.ends_at is not None and row.ends_at <= now
    state = "over" if over else "coming" if row.starts_at > now else "running"
    return shapes.AdminAnnouncement(row.id, row.text, row.level, row.starts_at, row.ends_at, state, row.created_at)
