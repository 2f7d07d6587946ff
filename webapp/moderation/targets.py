"""What reports and cases are about: looked up for whoever reports by their own sight, for moderators without it."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, select

from webapp.comments import queries as comment_queries
from webapp.core import db, ids
from webapp.core.errors import NotFound, Refused
from webapp.media import queries as media_queries
from webapp.media import shapes as media_shapes
from webapp.messages import queries as message_queries
from webapp.models import Comment, Media, Message, Post, Story, User
from webapp.moderation.shapes import CaseTarget, excerpt
from webapp.posts import queries as post_queries
from webapp.stories import queries as story_queries
from webapp.users import queries as user_queries
from webapp.users import shapes as user_shapes
from webapp.visibility import (
    Viewer,
    may,
    review_comments,
    review_messages,
    review_posts,
    review_stories,
    review_users,
)

users = User.__table__.c
posts = Post.__table__.c
comments = Comment.__table__.c
stories = Story.__table__.c
messages = Message.__table__.c
avatars = Media.__table__.c
photo = Media.__table__.alias("photo")
Key = tuple[str, uuid.UUID]


@dataclass(frozen=True, slots=True)
class Target:
    """A thing and whose it is; `words` is all of its text, `owner` has id and role, as permissions ask for them."""

    type: str
    id: uuid.UUID
    owner: Any
    words: str
    shape: CaseTarget


@dataclass(frozen=True, slots=True)
class Reported:
    """What somebody wants to report, as far as they see it."""

    type: str
    id: uuid.UUID
    user_id: uuid.UUID
    username: str
    words: str


def known_kind(kind: str) -> str:
    """Return the kind of thing that an address names. NotFound if there is none."""
    if kind not in _KINDS:
        raise NotFound
    return kind


def reportable(viewer: Viewer, kind: str, name: str) -> Reported:
    """Find what an address says that the viewer wants to report, as `reported` does."""
    return reported(viewer, known_kind(kind), name)


def reported(viewer: Viewer, kind: str, name: str) -> Reported:
    """Find what the viewer wants to report. NotFound if they can't see it; Refused if it is their own."""
    if kind == "user":
        user = user_queries.counterpart(viewer, name)
        found = Reported(kind, user.id, user.id, user.username, "")
    else:
        found = _seen(viewer, kind, name)
    if not may(viewer, "report", "user", SimpleNamespace(id=found.user_id)):
        raise Refused("This is your own. You can delete or change it yourself.")
    return found


def _seen(viewer: Viewer, kind: str, name: str) -> Reported:
    thing_id = ids.parse(name)
    if thing_id is None:
        raise NotFound
    if kind == "message":
        said = message_queries.message(viewer, thing_id)
        return Reported(kind, said.id, said.sender.id, said.sender.username, said.content)
    if kind == "comment":
        remark = comment_queries.get(viewer, thing_id)
        return Reported(kind, remark.id, remark.author.id, remark.author.username, remark.content)
    find: Any = post_queries.get if kind == "post" else story_queries.get
    thing = find(viewer, thing_id)
    return Reported(kind, thing.id, thing.author.id, thing.author.username, thing.caption)


def owner_of(kind: str, thing_id: uuid.UUID) -> uuid.UUID | None:
    """Return whose a thing is, for what no person asks; None if it is gone."""
    columns: dict[str, tuple[Any, Any]] = {
        "user": (users.id, users.id), "post": (posts.id, posts.author_id),
        "comment": (comments.id, comments.author_id), "story": (stories.id, stories.author_id),
        "message": (messages.id, messages.sender_id),
    }  # fmt: skip
    which, whose = columns[kind]
    found: uuid.UUID | None = db.scalar(select(whose).where(which == thing_id))
    return found


def get(viewer: Viewer, kind: str, thing_id: uuid.UUID) -> Target:
    """Return a thing as moderators read it. NotFound if it is gone, or for anybody else."""
    found = several(viewer, [(kind, thing_id)])
    if not found:
        raise NotFound
    return found[kind, thing_id]


def person(viewer: Viewer, name: str) -> Target:
    """Return a person by user name or id, as moderators read them."""
    user_id = viewer.id if name == "me" else ids.parse(name)
    which = users.id == user_id if user_id else users.username == name.lower()
    row = db.row(review_users(viewer).with_only_columns(users.id).where(which))
    if row is None:
        raise NotFound
    return get(viewer, "user", row.id)


def several(viewer: Viewer, keys: Iterable[Key]) -> dict[Key, Target]:
    """Return those of these things that are there: one query for each kind."""
    wanted: dict[str, set[uuid.UUID]] = defaultdict(set)
    for kind, thing_id in keys:
        wanted[kind].add(thing_id)
    found: dict[Key, Target] = {}
    for kind, some in sorted(wanted.items()):
        select_of, column = _KINDS[kind]
        statement = select_of(viewer).outerjoin(Media.__table__, avatars.id == users.avatar_id)
        for row in db.rows(statement.where(column.in_(some))):
            found[kind, row.thing_id] = _target(kind, row)
    return found


def _columns(thing: Any, words: Any, status: Any, photos: Any, more: Any = None) -> tuple[Any, ...]:
    return (
        thing.label("thing_id"), words.label("words"), status.label("thing_status"), photos.label("photos"),
        (literal(None) if more is None else more).label("more"),
        users.role, *user_shapes.COLUMNS, *media_shapes.COLUMNS,
    )  # fmt: skip


def _users(viewer: Viewer) -> Select[Any]:
    status = case((and_(users.status == "active", users.shadowbanned), "shadowbanned"), else_=users.status)
    return review_users(viewer).with_only_columns(*_columns(users.id, users.bio, status, literal(None)))


def _posts(viewer: Viewer) -> Select[Any]:
    status = case((and_(posts.status == "published", posts.concealed), "concealed"), else_=posts.status)
    return review_posts(viewer).with_only_columns(
        *_columns(posts.id, posts.caption, status, media_queries.photos(posts.id))
    )


def _comments(viewer: Viewer) -> Select[Any]:
    gone = comments.deleted_at.is_not(None)
    status = case((gone, "deleted"), else_=func.coalesce(comments.moderated, "published"))
    return review_comments(viewer).with_only_columns(
        *_columns(comments.id, comments.content, status, literal(None), comments.post_id)
    )


def _one_photo() -> Any:
    return func.json_build_array(func.json_build_array(*(photo.c[name] for name in media_shapes.FIELDS)))


def _stories(viewer: Viewer) -> Select[Any]:
    over = case((stories.expires_at <= func.now(), "over"), else_=stories.status)
    status = case((stories.deleted_at.is_not(None), "deleted"), else_=func.coalesce(stories.moderated, over))
    seen = review_stories(viewer).join(photo, photo.c.id == stories.media_id)
    return seen.with_only_columns(*_columns(stories.id, stories.caption, status, _one_photo()))


def _messages(viewer: Viewer) -> Select[Any]:
    status = case((messages.deleted_at.is_not(None), "deleted"), else_=literal("sent"))
    shown = case((photo.c.id.is_not(None), _one_photo()))
    seen = review_messages(viewer).outerjoin(photo, photo.c.id == messages.media_id)
    return seen.with_only_columns(*_columns(messages.id, messages.content, status, shown))


_KINDS: dict[str, tuple[Any, Any]] = {
    "user": (_users, users.id), "post": (_posts, posts.id), "comment": (_comments, comments.id),
    "story": (_stories, stories.id), "message": (_messages, messages.id),
}  # fmt: skip


def _target(kind: str, row: Any) -> Target:
    author = user_shapes.short(row)
    media = [author.avatar] if kind == "user" and author.avatar else media_shapes.listed(row.photos)
    shape = CaseTarget(
        kind, row.thing_id, excerpt(row.words), media, author, row.thing_status, _url(kind, row)
    )  # fmt: skip
    return Target(kind, row.thing_id, SimpleNamespace(id=row.user_id, role=row.role), row.words, shape)


def _url(kind: str, row: Any) -> str | None:
    match kind:
        case "user":
            return f"/@{row.username}"
        case "post":
            return f"/p/{row.thing_id}"
        case "comment":
            return f"/p/{row.more}#comment-{row.thing_id}"
        case "story":
            return f"/stories/{row.username}/{row.thing_id}"
        case _:
            return None
