"""What moderators do to comments: the row and the counters that know it. The post is locked before its comment."""

import uuid
from typing import Any

from sqlalchemy import select

from webapp.comments import actions, queries
from webapp.core import db, outbox
from webapp.models import Comment
from webapp.notifications import actions as notifications
from webapp.posts import queries as post_queries

comments = Comment.__table__.c
SHOWN = "published"  # how a comment is called that nothing was done to


def take_down(comment_id: uuid.UUID) -> str | None:
    """Take a comment from everybody but its author. Returns its state before, None if there is no such comment."""
    return _turn(comment_id, "taken_down")


def hold(comment_id: uuid.UUID) -> str | None:
    """Hold a comment for review. Returns its state before, None if there is no such comment."""
    return _turn(comment_id, "held")


def conceal(comment_id: uuid.UUID) -> str | None:
    """Let nobody but its author see a comment, who is not told. Returns its state before."""
    return _turn(comment_id, "concealed")


def put_back(comment_id: uuid.UUID, to: str = SHOWN) -> None:
    """Bring a comment back into the state that it had before."""
    _turn(comment_id, None if to == SHOWN else to)


def approve(comment_id: uuid.UUID) -> str | None:
    """Let everybody see a comment that was held or concealed. Returns its state before, None if it was neither."""
    found = db.scalar(select(comments.moderated).where(comments.id == comment_id))
    return _turn(comment_id, None) if found in ("held", "concealed") else None


def _turn(comment_id: uuid.UUID, to: Any) -> str | None:
    post_id = db.scalar(select(comments.post_id).where(comments.id == comment_id))
    if post_id is None:
        return None
    post_queries.locked(post_id)
    comment = queries.locked(comment_id)
    if comment is None:
        return None
    before = comment.moderated
    if before != to:
        _set(comment, to)
    return before or SHOWN


def _set(comment: Comment, to: str | None) -> None:
    before = actions.known(comment)
    comment.moderated = to
    db.session().flush()
    if comment.deleted_at is not None:
        return
    actions.recount(comment, actions.known(comment) - before)
    verb = "settle" if to is None else "withdraw"
    outbox.enqueue(f"jobs.notifications.{verb}", "comment", comment.author_id, comment.id)
    notifications.recall(comment.post_id)
