"""Reads of notifications. People and things the viewer may no longer see are left out, whatever was told before."""

import uuid
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    func,
    lateral,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from webapp.core import db
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page, cut
from webapp.media import shapes as media_shapes
from webapp.models import Comment, Media, Notice, Notification, NotificationChoice, NotificationEvent, Post
from webapp.models.notification import UNPUSHED
from webapp.notifications import shapes
from webapp.users import queries as user_queries
from webapp.visibility import Viewer, stand_in, unread_notifications, visible_events, visible_notifications

notes = Notification.__table__.c
events = NotificationEvent.__table__.c
notices = Notice.__table__.c
choices = NotificationChoice.__table__.c
_UNCHOSEN = SimpleNamespace(unwanted=[], unpushed=list(UNPUSHED), push_content=False)
media = Media.__table__.c
posts = Post.__table__.c
about = Comment.__table__.alias("about")
said = Comment.__table__.alias("said")
_ALL = 2**63 - 1  # above every number
_LETTERS = 200  # of a text, from which the excerpt is cut


def listed(viewer: Viewer, ask: Ask, *, unread: bool = False) -> Page[shapes.Notification]:
    """Return what the viewer is told, the newest first: all of it, or what is `unread`."""
    name = "unread" if unread else "told"
    after = ask.after(name, (int,))
    wanted = {"viewer_id": viewer.id, "below": after[0] if after else _ALL, "count": ask.limit + 1}
    page = cut(db.rows(_newest(unread), wanted), ask, name, lambda row: (row.seq,))
    return page.map(lambda rows: _shaped(viewer, rows))


def get(viewer: Viewer, notification_id: uuid.UUID) -> shapes.Notification:
    """Return one of the viewer's notifications. NotFound if nothing of it is left to see."""
    found = db.rows(_one(), {"viewer_id": viewer.id, "notification_id": notification_id})
    if not found:
        raise NotFound
    return _shaped(viewer, found)[0]


def _shaped(viewer: Viewer, rows: Sequence[Any]) -> list[shapes.Notification]:
    people = user_queries.several(viewer, list({person for row in rows for person in shapes.named(row)}))
    return [shapes.of(row, people) for row in rows]


@db.prepared
def _newest(unread: bool) -> Select[Any]:
    lines = _lines(stand_in("user"))
    if unread:
        lines = lines.where(notes.read_at.is_(None))
    lines = lines.where(notes.seq < bindparam("below", type_=BigInteger))
    return lines.order_by(notes.seq.desc()).limit(bindparam("count", type_=Integer))


@db.prepared
def _one() -> Select[Any]:
    return _lines(stand_in("user")).where(notes.id == bindparam("notification_id", type_=Uuid))


def _lines(asks: Viewer) -> Select[Any]:
    """Refine the visible notifications to what their shapes need: who is named, what was said, the photo."""
    causes = visible_events(asks).where(events.notification_id == notes.id).correlate(Notification.__table__)
    last = func.array_agg(aggregate_order_by(events.actor_id, events.created_at.desc()), type_=ARRAY(Uuid))
    total = func.count(events.actor_id.distinct()).label("total")
    people = lateral(causes.with_only_columns(total, last[1:20].label("actors")), "people")
    words = (
        causes.with_only_columns(said.c.id.label("said_id"), func.left(said.c.content, _LETTERS).label("said"))
        .join(said, said.c.id == events.comment_id)
        .order_by(said.c.seq.desc())
        .limit(1)
    )
    newest = lateral(words, "newest")
    told = func.json_build_array(notices.id, notices.words, notices.path, notices.created_at)
    site = func.json_agg(aggregate_order_by(told, notices.created_at.desc()))
    said_by_site = select(site).where(notices.notification_id == notes.id).correlate(Notification.__table__)
    photos = select(*media_shapes.COLUMNS).where(media.post_id == notes.post_id).order_by(media.position).limit(1)
    photo = lateral(photos.correlate(Notification.__table__), "photo")
    return (
        visible_notifications(asks)
        .with_only_columns(
            *(notes[name] for name in ("id", "seq", "type", "recipient_id", "post_id", "read_at", "latest_at")),
            notes.comment_id, people.c.total, people.c.actors, newest.c.said_id, newest.c.said,
            func.left(about.c.content, _LETTERS).label("content"), func.left(posts.caption, _LETTERS).label("caption"),
            said_by_site.scalar_subquery().label("notices"), *photo.c,
            and_(posts.sensitive, posts.author_id != asks.id).label("covered"),
        )
        .select_from(Notification.__table__)
        .join(people, true())
        .outerjoin(newest, true())
        .outerjoin(about, about.c.id == notes.comment_id)
        .outerjoin(Post.__table__, posts.id == notes.post_id)
        .outerjoin(photo, true())
    )  # fmt: skip


def count(viewer: Viewer) -> shapes.NotificationCount:
    """Return how many notifications the viewer has not read."""
    return shapes.NotificationCount(db.row(_count(), {"viewer_id": viewer.id}).total)


@db.prepared
def _count() -> Select[Any]:
    return unread_notifications(stand_in("user"))


def settings(viewer: Viewer) -> shapes.NotificationSettings:
    """Return what the viewer wants to be told, and to be pushed."""
    row = chosen(viewer.id)
    return shapes.settings(row.unwanted, row.unpushed, content=row.push_content)


def unwanted(user_id: uuid.UUID) -> list[str]:
    """Return the types of which a person does not want to be told."""
    found: list[str] = chosen(user_id).unwanted
    return found


def chosen(user_id: uuid.UUID) -> Any:
    """Return a person's choices: `unwanted`, `unpushed` and `push_content`."""
    return db.row(select(*choices).where(choices.user_id == user_id)) or _UNCHOSEN
