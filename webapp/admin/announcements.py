"""What everybody is told on top of every page. Each process keeps it for some seconds, so no page asks for it."""

import time
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select

from webapp.admin import shapes
from webapp.core import cache, clock, db
from webapp.core.page import Ask, Page, cut
from webapp.models import Announcement

_CACHED = "announcements"
_SECONDS = 5.0
table = Announcement.__table__.c
_COLUMNS = [table[name] for name in shapes.Announcement.__slots__]
_known: list[tuple[list[shapes.Announcement], float]] = []


def running() -> list[shapes.Announcement]:
    """Return what is told now, the newest first; as it was some seconds ago."""
    now = clock.now()
    return [one for one in _all() if one.starts_at <= now and (one.ends_at is None or one.ends_at > now)]


def _all() -> list[shapes.Announcement]:
    if _known and time.monotonic() < _known[0][1]:
        return _known[0][0]
    found = cache.get(_CACHED)
    if found is None:
        found = [_packed(row) for row in db.rows(_open().order_by(table.starts_at.desc(), table.id.desc()).limit(20))]
        cache.put(_CACHED, found, 60)
    return hold([_unpacked(*one) for one in found])


def _open() -> Select[Any]:
    return select(*_COLUMNS).where(or_(table.ends_at.is_(None), table.ends_at > clock.now()))


def _packed(row: Any) -> list[Any]:
    return [str(row.id), row.text, row.level, row.starts_at.isoformat(), row.ends_at and row.ends_at.isoformat()]


def _unpacked(known_as: str, text: str, level: str, starts: str, ends: str | None) -> shapes.Announcement:
    end = datetime.fromisoformat(ends) if ends else None
    return shapes.Announcement(uuid.UUID(known_as), text, level, datetime.fromisoformat(starts), end)


def hold(found: list[shapes.Announcement]) -> list[shapes.Announcement]:
    """Let these count in this process for the next seconds."""
    _known[:] = [(found, time.monotonic() + _SECONDS)]
    return found


def forget() -> None:
    """Read anew at the next question, here at once and elsewhere some seconds later."""
    cache.drop(_CACHED)
    _known.clear()


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
