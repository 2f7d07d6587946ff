"""How the site does, day by day (UTC).

What can be counted from rows is counted when it is asked for: who joined, what was posted and said, as far as it is
still there. What could not be known later is measured by the clock and kept a row a day: who was here, how much lies in
storage, how long photos took, how much waited.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Table, cast, func, select, union
from sqlalchemy.dialects.postgresql import insert

from webapp.admin import shapes
from webapp.core import clock, db, outbox, sessions
from webapp.core.outbox import Outbox
from webapp.core.sessions import UserSession
from webapp.media import queries as media_queries
from webapp.models import ApiToken, Comment, DayFigures, Message, Post, Story, User

_PROCESS = "jobs.media.process"
_KEPT = ("active", "storage_bytes", "processed", "processing_p50", "processing_p95", "queue_most")
logins = UserSession.__table__.c
tokens = ApiToken.__table__.c
entries = Outbox.__table__.c
kept = DayFigures.__table__

# What is counted from rows: which, and when they came. Sent and deleted messages alike: who wrote them was here.
_COUNTED: dict[str, tuple[Table, ColumnElement[Any]]] = {
    "registrations": (User.__table__, User.__table__.c.created_at),
    "posts": (Post.__table__, Post.__table__.c.published_at),
    "comments": (Comment.__table__, Comment.__table__.c.created_at),
    "messages": (Message.__table__, Message.__table__.c.created_at),
}


def measure() -> None:
    """Write down what is so today; what took place yesterday, too, of which the last minutes may be missing.

    Twice is once: the largest number of people and of waiting jobs stays, the rest is replaced.
    """
    today = clock.now().date()
    waiting = outbox.depth()
    now = {
        "active": _active(today),
        "storage_bytes": media_queries.kept_bytes(),
        "queue_most": waiting["queued"] + waiting["running"],
    }
    write(today, **now, **_processing(today))
    write(today - timedelta(days=1), **_processing(today - timedelta(days=1)))


def write(day: date, **values: Any) -> None:
    """Keep figures of a day."""
    fresh = insert(kept).values(day=day, **values)
    most = {"active", "queue_most"}
    changed = {
        name: func.greatest(kept.c[name], fresh.excluded[name]) if name in most else fresh.excluded[name]
        for name in values
    }
    if changed:
        db.execute(fresh.on_conflict_do_update(index_elements=["day"], set_=changed))


def _bounds(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), UTC)
    return start, start + timedelta(days=1)


def _active(day: date) -> int:
    """Count people who were here: by a sign-in that has not ended, or by a program that renewed its token."""
    start, _ = _bounds(day)
    came = union(
        select(logins.user_id).where(logins.last_seen_at >= start),
        select(tokens.user_id).where(tokens.created_at >= start),
    ).subquery()
    return int(db.scalar(select(func.count()).select_from(came)) or 0)


def _processing(day: date) -> dict[str, Any]:
    """Tell how long photos took, from when they had arrived to when they were ready, waiting in the queue included.

    That is what the rows of the queue say, which are kept for a day after they are done; without any, nothing is said.
    """
    start, end = _bounds(day)
    seconds = func.extract("epoch", entries.finished_at - entries.created_at)
    done = select(
        func.count().label("processed"),
        func.percentile_cont(0.5).within_group(seconds).label("processing_p50"),
        func.percentile_cont(0.95).within_group(seconds).label("processing_p95"),
    ).where(entries.job == _PROCESS, entries.status == "done", entries.finished_at >= start, entries.finished_at < end)
    row = db.row(done)
    return dict(row._mapping) if row.processed else {}


def stats(days: int) -> shapes.AdminStats:
    """Return the figures of the last days, today included, and what there is in all."""
    today = clock.now().date()
    first = today - timedelta(days=days - 1)
    counted = {name: _a_day(column, first) for name, (_, column) in _COUNTED.items()}
    measured = {row.day: row for row in db.rows(select(*kept.c).where(kept.c.day >= first))}
    found = []
    for number in range(days):
        day = first + timedelta(days=number)
        row = measured.get(day)
        rest = {name: getattr(row, name) if row else None for name in _KEPT}
        found.append(shapes.DayStats(day=day, **{name: at.get(day, 0) for name, at in counted.items()}, **rest))
    return shapes.AdminStats(found, _totals(), outbox.depth())


def _a_day(column: ColumnElement[Any], first: date) -> dict[date, int]:
    day = cast(column, Date).label("day")
    found = select(day, func.count().label("total")).where(column >= _bounds(first)[0]).group_by(day)
    return {row.day: row.total for row in db.rows(found)}


def _totals() -> shapes.Totals:
    here = clock.now() - timedelta(days=7)
    people = func.count(logins.user_id.distinct())
    users, posts = User.__table__, Post.__table__
    return shapes.Totals(
        people=_count(users),
        active_week=int(db.scalar(select(people).where(logins.last_seen_at >= here)) or 0),
        posts=_count(posts, posts.c.status == "published"),
        comments=_count(Comment.__table__),
        messages=_count(Message.__table__),
        stories=_count(Story.__table__),
        storage_bytes=media_queries.kept_bytes(),
        sessions=sessions.count(),
    )


def _count(table: Table, *which: ColumnElement[bool]) -> int:
    return int(db.scalar(select(func.count()).select_from(table).where(*which)) or 0)


def lately(found: Sequence[shapes.DayStats], name: str) -> list[tuple[date, float | None]]:
    """Return one figure of each day, for drawing."""
    return [(day.day, getattr(day, name)) for day in found]
