"""What the clock would have measured while the made-up community lived: as far as its rows still tell."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, cast, func, select, union, update

from webapp.admin import figures
from webapp.core import clock, db
from webapp.models import Comment, Like, Media, Message, Post, Repost, User


def count() -> None:
    """Write down for each day who did something on it, and how much lay in storage. Nothing else is known of it.

    People joined the day before they did something for the first time.
    """
    deeds = (select(who.label("who"), when.label("at")).where(when.is_not(None)) for who, when in _DEEDS)
    done = union(*deeds).subquery()
    first = select(func.min(done.c.at)).where(done.c.who == User.id).scalar_subquery() - timedelta(days=1)
    db.execute(update(User).where(first < User.created_at).values(created_at=first))
    traces = select(done.c.who, cast(done.c.at, Date).label("day")).distinct().subquery()
    days = select(traces.c.day, func.count(traces.c.who.distinct()).label("active")).group_by(traces.c.day)
    came = func.coalesce(Post.created_at, Media.created_at)
    stored = select(came.label("at"), Media.size).select_from(Media).outerjoin(Post, Post.id == Media.post_id)
    kept = [(row.at, row.size) for row in db.rows(stored)]
    for row in db.rows(days):
        if row.day < clock.now().date():
            figures.write(row.day, active=row.active, storage_bytes=_before(kept, row.day))


_DEEDS: tuple[tuple[Any, Any], ...] = (
    (Post.author_id, Post.published_at), (Comment.author_id, Comment.created_at), (Like.user_id, Like.created_at),
    (Repost.user_id, Repost.created_at), (Message.sender_id, Message.created_at),
)  # fmt: skip


def _before(kept: list[tuple[datetime, int]], day: Any) -> int:
    return sum(size for at, size in kept if at.date() < day + timedelta(days=1))
