"""Why people are told: looked up where it stands, at the moment of telling.

A job brings no news, only the question “is it so?”. So jobs may come late, twice or in another order than what they are
about: the last one finds what is true.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from webapp.core import db, text
from webapp.models import Comment, CommentLike, Follow, FollowRequest, Like, Post, PostPerson, Repost, User
from webapp.users import queries as user_queries
from webapp.visibility import Viewer

posts = Post.__table__.c
comments = Comment.__table__.c
users = User.__table__.c
MOST_MENTIONED = 20  # in one comment; captions have this limit already


@dataclass(frozen=True, slots=True)
class Cause:
    """Somebody is to be told of something, with what it is about; `said_id` is the comment that says it."""

    type: str
    recipient_id: uuid.UUID
    at: datetime
    post_id: uuid.UUID | None = None
    comment_id: uuid.UUID | None = None
    said_id: uuid.UUID | None = None


Find = Callable[[uuid.UUID, uuid.UUID], list[Cause]]


def _of_post(kind: str, table: Any) -> Find:
    """Make what finds what `table` (user_id, post_id, created_at) says that somebody did to a post."""

    def find(actor_id: uuid.UUID, post_id: uuid.UUID) -> list[Cause]:
        statement = (
            select(posts.author_id, table.c.created_at)
            .join(table, table.c.post_id == posts.id)
            .where(table.c.user_id == actor_id, table.c.post_id == post_id)
        )
        return [Cause(kind, row.author_id, row.created_at, post_id) for row in db.rows(statement)]

    return find


def _comment_like(actor_id: uuid.UUID, comment_id: uuid.UUID) -> list[Cause]:
    likes = CommentLike.__table__
    statement = (
        select(comments.author_id, comments.post_id, likes.c.created_at)
        .join(likes, likes.c.comment_id == comments.id)
        .where(likes.c.user_id == actor_id, likes.c.comment_id == comment_id, comments.deleted_at.is_(None))
    )
    return [Cause("like", row.author_id, row.created_at, row.post_id, comment_id) for row in db.rows(statement)]


def _of_person(kind: str, table: Any, actor: ColumnElement[Any], subject: ColumnElement[Any]) -> Find:
    """Find a relation between two people, of which the `subject` is told."""

    def find(actor_id: uuid.UUID, person_id: uuid.UUID) -> list[Cause]:
        statement = select(table.c.created_at).where(actor == actor_id, subject == person_id)
        return [Cause(kind, person_id, row.created_at) for row in db.rows(statement)]

    return find


def _comment(actor_id: uuid.UUID, comment_id: uuid.UUID) -> list[Cause]:
    """Find whom a comment speaks to: who is answered, whose post it is, who is named. The first reason counts."""
    above = Comment.__table__.alias("above")
    statement = (
        select(
            comments.content, comments.created_at, comments.post_id, comments.parent_id,
            posts.author_id.label("host_id"), above.c.author_id.label("answered_id"), users.username, users.role,
        )
        .join(Post.__table__, posts.id == comments.post_id)
        .join(User.__table__, users.id == comments.author_id)
        .outerjoin(above, and_(above.c.id == comments.parent_id, above.c.deleted_at.is_(None)))
        .where(comments.id == comment_id, comments.author_id == actor_id, comments.deleted_at.is_(None))
        .where(comments.held_for.is_(None))
    )  # fmt: skip
    found = db.row(statement)
    if found is None:
        return []
    at, post_id = found.created_at, found.post_id
    causes = [Cause("comment", found.host_id, at, post_id, said_id=comment_id)]
    if found.answered_id is not None:
        causes.insert(0, Cause("reply", found.answered_id, at, post_id, found.parent_id, comment_id))
    author = Viewer(actor_id, found.username, role=found.role)
    named = user_queries.named(author, text.mentions(found.content)[:MOST_MENTIONED])
    return [*causes, *(Cause("mention", person, at, post_id, comment_id) for person in _people(named))]


def _approved(actor_id: uuid.UUID, comment_id: uuid.UUID) -> list[Cause]:
    """Find whom a comment speaks to but the host, who let it in and knows it."""
    return [cause for cause in _comment(actor_id, comment_id) if cause.type != "comment"]


def _mentions(actor_id: uuid.UUID, post_id: uuid.UUID) -> list[Cause]:
    statement = select(posts.mentions, posts.published_at, posts.edited_at).where(
        posts.id == post_id, posts.author_id == actor_id, posts.status == "published"
    )
    found = db.row(statement)
    if found is None:
        return []
    at = found.edited_at or found.published_at
    return [Cause("mention", person, at, post_id) for person in _people(found.mentions)]


def _tags(actor_id: uuid.UUID, post_id: uuid.UUID) -> list[Cause]:
    tagged = PostPerson.__table__.c
    statement = (
        select(tagged.user_id, tagged.created_at)
        .join(Post.__table__, posts.id == tagged.post_id)
        .where(posts.id == post_id, posts.author_id == actor_id, posts.status == "published", ~tagged.declined)
    )
    return [Cause("tag", row.user_id, row.created_at, post_id) for row in db.rows(statement)]


def _people(usernames: list[str]) -> list[uuid.UUID]:
    """Return the ids of the people of these names."""
    if not usernames:
        return []
    return [row.id for row in db.rows(select(users.id).where(users.username.in_(usernames)))]


_follow = Follow.__table__
_wish = FollowRequest.__table__

# kind of cause: (the types of which it may tell, how to look it up by actor and subject)
KINDS: dict[str, tuple[tuple[str, ...], Find]] = {
    "like": (("like",), _of_post("like", Like.__table__)),
    "repost": (("repost",), _of_post("repost", Repost.__table__)),
    "comment_like": (("like",), _comment_like),
    "comment": (("reply", "comment", "mention"), _comment),
    "approved": (("reply", "mention"), _approved),
    "mentions": (("mention",), _mentions),
    "tags": (("tag",), _tags),
    "follow": (("follow",), _of_person("follow", _follow, _follow.c.follower_id, _follow.c.followee_id)),
    "accepted": (("accepted",), _of_person("accepted", _follow, _follow.c.followee_id, _follow.c.follower_id)),
    "request": (("request",), _of_person("request", _wish, _wish.c.requester_id, _wish.c.target_id)),
}
