"""Writes of comments. Counters change with their cause."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Uuid, and_, bindparam, cast, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.dialects.postgresql import insert

from webapp.comments import queries, shapes
from webapp.comments.schemas import NewComment
from webapp.core import clock, db, ids, outbox, retention
from webapp.core.errors import NotFound, Refused
from webapp.graph import queries as graph_queries
from webapp.models import Case, Comment, CommentLike, Post
from webapp.notifications import actions as notifications
from webapp.policy import screening
from webapp.posts import queries as post_queries
from webapp.visibility import Viewer, confirmed_first, counts, may

table = Comment.__table__
likes = CommentLike.__table__
cases = Case.__table__.c
posts = Post.__table__
_MARKS = (table.c.held_for, table.c.moderated, table.c.counted)  # by which `known` decides


def create(viewer: Viewer, post_id: uuid.UUID, asked: NewComment) -> uuid.UUID:
    """Comment on a post, or reply to a comment. A reply to a reply joins the same thread. Returns the comment's id."""
    confirmed_first(viewer)
    post = post_queries.get(viewer, post_id)
    if not may(viewer, "comment", "post", post):
        raise Refused("Comments are turned off for this post.")
    verdict = screening.review(viewer, content=asked.content)
    thread = _thread(viewer, post.id, asked.parent_id) if asked.parent_id else None
    held = graph_queries.restricts(post.author.id, viewer.id) or (thread and thread.held_for)
    made = {
        "comment_id": ids.new(), "post_id": post.id, "parent_id": thread and thread.id, "viewer_id": viewer.id,
        "content": asked.content, "held_for": post.author.id if held else None, "moderated": verdict.state,
        "now": clock.now(),
    }  # fmt: skip
    db.along(_written(), made)
    if verdict.action == "hold":
        outbox.enqueue("jobs.moderation.open", "comment", made["comment_id"], "filter", verdict.phrase)
    outbox.enqueue("jobs.notifications.settle", "comment", viewer.id, made["comment_id"])
    return made["comment_id"]


@db.prepared
def _written() -> Any:
    """Write a comment and move the counters of its post and thread, in one statement (see `known` and `recount`)."""
    names = ("post_id", "parent_id", "content", "held_for", "moderated")
    me = bindparam("viewer_id", type_=Uuid)
    own = {"id": bindparam("comment_id"), "author_id": me, "created_at": bindparam("now"), "counted": counts(me)}
    none = {"like_count": 0, "reply_count": 0}
    written = insert(table).values(own | none | {name: bindparam(name, type_=table.c[name].type) for name in names})
    is_known = and_(table.c.counted, table.c.held_for.is_(None), table.c.moderated.is_(None))
    made = written.returning(table.c.post_id, table.c.parent_id, cast(is_known, Integer).label("step")).cte("made")
    thread = update(table).where(table.c.id == made.c.parent_id)
    replies = thread.values(reply_count=table.c.reply_count + made.c.step).cte("replies")
    moved = update(posts).where(posts.c.id == made.c.post_id)
    return moved.values(comment_count=posts.c.comment_count + made.c.step).add_cte(replies)


def _thread(viewer: Viewer, post_id: uuid.UUID, parent_id: uuid.UUID) -> Comment:
    """Return the comment that a reply belongs below, locked. Threads are one level deep."""
    parent = queries.get(viewer, parent_id)
    thread = _locked(post_id, parent.parent_id or parent.id)
    if parent.post_id != post_id or thread is None or thread.deleted_at is not None:
        raise NotFound("The comment that you reply to is not there any more.")
    if thread.held_for == viewer.id:
        raise Refused("Approve this comment first, then reply to it.")
    return thread


def approve(viewer: Viewer, comment_id: uuid.UUID) -> shapes.Comment:
    """Let everybody see a comment that was held back, and the one it replies to. Twice is once."""
    shape = queries.get(viewer, comment_id)
    if "approve" not in shape.can:
        raise Refused("Only the post's author may approve comments.")
    post_queries.locked(shape.post_id)
    for one in (shape.parent_id, shape.id):
        comment = queries.locked(one) if one else None
        if comment is not None and comment.held_for is not None and comment.deleted_at is None:
            comment.held_for = None
            db.session().flush()
            recount(comment, known(comment))
            outbox.enqueue("jobs.notifications.settle", "approved", comment.author_id, comment.id)
    return queries.get(viewer, comment_id)


def known(comment: Comment) -> int:
    """Return by how much counters know a comment: what waits, is moderated or of a hidden account they do not."""
    return int(comment.counted and comment.held_for is None and comment.moderated is None)


def recount(comment: Comment, step: int) -> None:
    """Move the post's counter, and the parent's; by 0, too: how long it takes must not tell that nobody counts one."""
    moved = update(posts).where(posts.c.id == comment.post_id)
    db.execute(moved.values(comment_count=posts.c.comment_count + step))
    if comment.parent_id is not None:
        parent = update(table).where(table.c.id == comment.parent_id)
        db.execute(parent.values(reply_count=table.c.reply_count + step))


def delete(viewer: Viewer, post_id: uuid.UUID, comment_id: uuid.UUID) -> shapes.Comment:
    """Delete a comment and the replies to it: its author may, and the author of the post. Returns what it was."""
    shape = queries.get(viewer, comment_id)
    if shape.post_id != post_id:
        raise NotFound
    if "delete" not in shape.can:
        raise Refused("Only its author and the post's author may delete this comment.")
    comment = _locked(post_id, comment_id)
    if comment is None or comment.deleted_at is not None:
        raise NotFound
    comment.deleted_at, comment.deleted_by = clock.now(), viewer.id
    db.session().flush()
    with_it = update(table).where(table.c.parent_id == comment.id, table.c.deleted_at.is_(None))
    values = {"deleted_at": comment.deleted_at, "deleted_by": viewer.id}
    gone = db.rows(with_it.values(values).returning(*_MARKS))
    recount(comment, -_counted(comment, gone))
    outbox.enqueue("jobs.notifications.withdraw", "comment", comment.author_id, comment.id)
    notifications.recall(post_id)
    return shape


def _counted(comment: Comment, replies: Sequence[Any]) -> int:
    """Return how many of these counters know."""
    return known(comment) + sum(known(reply) for reply in replies)


def _locked(post_id: uuid.UUID, comment_id: uuid.UUID) -> Comment | None:
    """Lock the post, then the comment: always in this order, so that two deletions don't wait for each other."""
    post_queries.locked(post_id)
    return queries.locked(comment_id)


def restore(viewer: Viewer, comment_id: uuid.UUID) -> shapes.Comment:
    """Take the deletion of a comment, and of the replies that went with it, back, within 30 seconds."""
    found = queries.deleted(viewer, comment_id)
    comment = _locked(found.post_id, comment_id)
    parent = queries.locked(found.parent_id) if found.parent_id else None
    if comment is None or comment.deleted_at is None or (parent is not None and parent.deleted_at is not None):
        raise NotFound
    went = comment.deleted_at
    comment.deleted_at = comment.deleted_by = None
    db.session().flush()
    with_it = update(table).where(table.c.parent_id == comment.id, table.c.deleted_at == went)
    back = db.rows(with_it.values(deleted_at=None, deleted_by=None).returning(*_MARKS))
    recount(comment, _counted(comment, back))
    outbox.enqueue("jobs.notifications.settle", "comment", comment.author_id, comment.id)
    return queries.get(viewer, comment_id)


def sweep() -> int:
    """Remove some of the comments that were deleted 30 days ago, with their replies. Returns how many.

    One that moderators look at stays until they have decided. Counters knew them no longer.
    """
    looked_at = select(cases.id).where(cases.target_type == "comment", cases.target_id == table.c.id)
    free = ~looked_at.where(cases.closed_at.is_(None)).correlate(table).exists()
    old = table.c.deleted_at < clock.now() - post_queries.UNDO
    return retention.delete_some(table, old, free, limit=500)


def like(viewer: Viewer, comment_id: uuid.UUID) -> shapes.Comment:
    """Like a comment. Twice is once."""
    comment = queries.get(viewer, comment_id)
    mine = {"user_id": viewer.id, "comment_id": comment.id, "counted": counts(viewer.id)}
    made = insert(likes).values(**mine, created_at=clock.now())
    row = db.row(made.on_conflict_do_nothing().returning(likes.c.counted))
    if row is not None:
        _count_like(comment.id, int(row.counted))
        outbox.enqueue("jobs.notifications.settle", "comment_like", viewer.id, comment.id)
    return queries.get(viewer, comment_id)


def unlike(viewer: Viewer, comment_id: uuid.UUID) -> shapes.Comment:
    """Take a like back."""
    comment = queries.get(viewer, comment_id)
    gone = sql_delete(likes).where(likes.c.user_id == viewer.id, likes.c.comment_id == comment.id)
    row = db.row(gone.returning(likes.c.counted))
    if row is not None:
        _count_like(comment.id, -int(row.counted))
        outbox.enqueue("jobs.notifications.withdraw", "comment_like", viewer.id, comment.id)
    return queries.get(viewer, comment_id)


def _count_like(comment_id: uuid.UUID, step: int) -> None:
    moved = update(table).where(table.c.id == comment_id)
    db.execute(moved.values(like_count=table.c.like_count + step))
