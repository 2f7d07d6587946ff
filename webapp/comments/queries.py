"""Reads of comments."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, column, lateral, select, true, values
from sqlalchemy import Uuid as UuidType

from webapp.comments import shapes
from webapp.core import clock, db
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page, cut
from webapp.models import Comment, CommentLike, Media, Post, User
from webapp.posts import queries as post_queries
from webapp.visibility import Viewer, own_comments, visible_comments

comments = Comment.__table__.c
likes = CommentLike.__table__.c
posts = Post.__table__.c
users = User.__table__.c
avatars = Media.__table__.c
UNDO = timedelta(seconds=30)


def lines(seen: Select[Any], viewer: Viewer) -> Select[Any]:
    """Refine a Select of visible comments to what their shapes need."""
    return (
        seen.with_only_columns(
            *shapes.COLUMNS,
            posts.author_id.label("post_author_id"),
            likes.user_id.is_not(None).label("liked"),
        )
        .join(User.__table__, users.id == comments.author_id)
        .join(Post.__table__, posts.id == comments.post_id)
        .outerjoin(Media.__table__, avatars.id == users.avatar_id)
        .outerjoin(CommentLike.__table__, and_(likes.user_id == viewer.id, likes.comment_id == comments.id))
    )


def get(viewer: Viewer, comment_id: uuid.UUID) -> shapes.Comment:
    """Return a comment. NotFound if there is none for this viewer."""
    row = db.row(lines(visible_comments(viewer), viewer).where(comments.id == comment_id))
    if row is None:
        raise NotFound
    return shapes.of(row, viewer)


def deleted(viewer: Viewer, comment_id: uuid.UUID) -> Comment:
    """Return a comment that the viewer deleted within the last 30 seconds, locked."""
    statement = own_comments(viewer).where(comments.id == comment_id, comments.deleted_at > clock.now() - UNDO)
    found = db.session().scalars(statement.with_for_update()).first()
    if found is None:
        raise NotFound("It is too late to take this back: comments can be restored for 30 seconds.")
    return found


def locked(comment_id: uuid.UUID) -> Comment | None:
    """Return a comment's row, locked, for an action that has found it visible."""
    return db.session().get(Comment, comment_id, with_for_update=True)


def _page(statement: Select[Any], viewer: Viewer, ask: Ask, name: str) -> Page[shapes.Comment]:
    """Return a page of comments, the oldest first: a talk is read from its beginning."""
    after = ask.after(name, (int,))
    if after:
        statement = statement.where(comments.seq > after[0])
    rows = db.rows(statement.order_by(comments.seq).limit(ask.limit + 1))
    page = cut(rows, ask, name, lambda row: (row.comment_seq,))
    return page.map(lambda found: [shapes.of(row, viewer) for row in found])


def thread(viewer: Viewer, post_id: uuid.UUID, ask: Ask) -> Page[shapes.Comment]:
    """Return the top-level comments of a post. NotFound if the viewer may not see it."""
    post = post_queries.get(viewer, post_id)
    statement = lines(visible_comments(viewer), viewer)
    return _page(statement.where(comments.post_id == post.id, comments.parent_id.is_(None)), viewer, ask, "comments")


def replies(viewer: Viewer, comment_id: uuid.UUID, ask: Ask) -> Page[shapes.Comment]:
    """Return the replies to a comment. NotFound if the viewer may not see it."""
    parent = get(viewer, comment_id)
    statement = lines(visible_comments(viewer), viewer)
    return _page(statement.where(comments.parent_id == parent.id), viewer, ask, "replies")


def first_replies(viewer: Viewer, parents: Sequence[shapes.Comment]) -> dict[uuid.UUID, list[shapes.Comment]]:
    """Return the first two replies to each of these comments: one query for all."""
    return _few(
        viewer,
        [parent.id for parent in parents if parent.counts.replies],
        comments.parent_id,
        comments.seq.asc(),
        True,
    )


def previews(viewer: Viewer, shown: Sequence[Any]) -> dict[uuid.UUID, list[shapes.Comment]]:
    """Return the two newest comments of each of these posts, which the viewer sees: one query for all."""
    few = _few(
        viewer,
        [post.id for post in shown if post.counts.comments],
        comments.post_id,
        comments.seq.desc(),
        False,
    )
    return {post_id: found[::-1] for post_id, found in few.items()}


def _few(
    viewer: Viewer, ids: list[uuid.UUID], group: Any, order: Any, replying: bool
) -> dict[uuid.UUID, list[shapes.Comment]]:
    """Return two comments for each id, by one LATERAL step over an index each."""
    found: dict[uuid.UUID, list[shapes.Comment]] = defaultdict(list)
    if not ids:
        return found
    wanted = values(column("id", UuidType), name="wanted").data([(value,) for value in ids])
    few = (
        select(comments.id)
        .where(group == wanted.c.id, comments.deleted_at.is_(None))
        .order_by(order)
        .limit(2)
        .correlate(wanted)
    )
    picked = lateral(few, "few")
    inside = select(picked.c.id).select_from(wanted).join(picked, true())
    statement = lines(visible_comments(viewer), viewer).where(comments.id.in_(inside)).order_by(order)
    for row in db.rows(statement):
        shape = shapes.of(row, viewer)
        found[shape.parent_id if replying and shape.parent_id else shape.post_id].append(shape)
    return found
