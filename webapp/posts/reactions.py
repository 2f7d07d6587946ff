"""Like, save and repost: toggles that say which way they go. Twice is once."""

import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import Integer, Uuid, bindparam, cast, delete, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, live, outbox
from webapp.core.errors import NotFound, Refused
from webapp.models import Like, Post, Repost, Save, User
from webapp.posts import folders, queries, shapes
from webapp.posts.schemas import SaveChoice
from webapp.users import queries as user_queries
from webapp.visibility import Viewer, counts, may

_ME = bindparam("viewer_id", type_=Uuid)
_POST = bindparam("post_id", type_=Uuid)


def like(viewer: Viewer, post_id: uuid.UUID) -> shapes.Post:
    """Like a post."""
    return _set(viewer, post_id, "like")


def unlike(viewer: Viewer, post_id: uuid.UUID) -> shapes.Post:
    """Take a like back."""
    return _unset(viewer, post_id, "like")


def save(viewer: Viewer, post_id: uuid.UUID, choice: SaveChoice) -> shapes.Post:
    """Keep a post for later, in a folder if one is named; once more moves it."""
    folder = folders.get(viewer, choice.folder_id).id if choice.folder_id else None
    post = _set(viewer, post_id, "save")
    if "folder_id" in choice.model_fields_set:
        mine = Save.__table__.c.user_id == viewer.id, Save.__table__.c.post_id == post.id
        db.execute(update(Save.__table__).where(*mine).values(folder_id=folder))
    return post


def unsave(viewer: Viewer, post_id: uuid.UUID) -> shapes.Post:
    """Unsave a post."""
    return _unset(viewer, post_id, "save")


def repost(viewer: Viewer, post_id: uuid.UUID) -> shapes.Post:
    """Pass a post on to one's followers: it stands in their feeds as the newest thing one did."""
    if not may(viewer, "repost", "post", queries.get(viewer, post_id)):
        raise Refused("This post is not published yet.")
    row = _both(viewer, post_id)
    stands = queries.get(viewer, post_id).viewer  # once more, now that nobody else writes
    if stands and not stands.reposted:
        number = queries.next_number()
        values = {"post_id": post_id, "user_id": viewer.id, "seq": number, "post_seq": row.published_seq}
        made = insert(Repost.__table__).values(**values, created_at=clock.now(), counted=counts(viewer.id))
        _recount(viewer, post_id, int(db.scalar(made.returning(Repost.__table__.c.counted))))
        outbox.enqueue("jobs.notifications.settle", "repost", viewer.id, post_id)
        live.tell("posts", [], author=viewer.id)
    return queries.get(viewer, post_id)


def unrepost(viewer: Viewer, post_id: uuid.UUID) -> shapes.Post:
    """Take a repost back."""
    queries.get(viewer, post_id)
    _both(viewer, post_id)
    table = Repost.__table__
    gone = delete(table).where(table.c.user_id == viewer.id, table.c.post_id == post_id)
    row = db.row(gone.returning(table.c.counted))
    if row is not None:
        _recount(viewer, post_id, -int(row.counted))
        outbox.enqueue("jobs.notifications.withdraw", "repost", viewer.id, post_id)
    return queries.get(viewer, post_id)


def _both(viewer: Viewer, post_id: uuid.UUID) -> Post:
    """Lock the post, then the person: as everywhere, before a number is taken."""
    row = queries.locked(post_id)
    if row is None or row.status != "published":
        raise NotFound
    user_queries.row(viewer.id, lock=True)
    return row


def _recount(viewer: Viewer, post_id: uuid.UUID, step: int) -> None:
    posts, users = Post.__table__, User.__table__
    counted = {"repost_count": posts.c.repost_count + step}
    db.execute(update(posts).where(posts.c.id == post_id).values(counted))
    newest = {"last_activity_seq": queries.newest_activity(viewer.id)}
    db.execute(update(users).where(users.c.id == viewer.id).values(newest))


def _set(viewer: Viewer, post_id: uuid.UUID, verb: str) -> shapes.Post:
    post = queries.get(viewer, post_id)
    if not may(viewer, verb, "post", post):
        raise Refused("This post is not published yet.")
    # RETURNING tells whether there is a new row; the rowcount of ON CONFLICT does not
    row = db.row(_made(verb), {"viewer_id": viewer.id, "post_id": post.id, "now": clock.now()})
    if row is not None and verb == "like" and post.author_id != viewer.id:
        outbox.enqueue("jobs.notifications.settle", verb, viewer.id, post.id)
    return _seen(post, verb, True, row.likes + 1 - int(row.counted) if row and verb == "like" else post.counts.likes)


def _unset(viewer: Viewer, post_id: uuid.UUID, verb: str) -> shapes.Post:
    post = queries.get(viewer, post_id)
    row = db.row(_taken_back(verb), {"viewer_id": viewer.id, "post_id": post.id})
    if row is not None and verb == "like" and post.author_id != viewer.id:
        outbox.enqueue("jobs.notifications.withdraw", verb, viewer.id, post.id)
    return _seen(post, verb, False, row.likes if row and verb == "like" else post.counts.likes)


@db.prepared
def _made(verb: str) -> Any:
    """Write the row and move the counter, in one statement. No row: it was there already."""
    own = {"user_id": _ME, "post_id": _POST, "created_at": bindparam("now")}
    if verb == "save":
        return insert(Save.__table__).values(own).on_conflict_do_nothing().returning(Save.__table__.c.post_id)
    table = Like.__table__
    made = insert(table).values(own | {"counted": counts(_ME)}).on_conflict_do_nothing()
    return _moved(made.returning(table.c.counted).cte("made"), 1)


@db.prepared
def _taken_back(verb: str) -> Any:
    """Delete the row and move the counter, in one statement. No row: there was none."""
    table = Save.__table__ if verb == "save" else Like.__table__
    gone = delete(table).where(table.c.user_id == _ME, table.c.post_id == _POST)
    if verb == "save":
        return gone.returning(table.c.post_id)
    return _moved(gone.returning(table.c.counted).cte("gone"), -1)


def _moved(likes: Any, step: int) -> Any:
    """Move the counter by what `likes` wrote, and return how many there are now.

    Somebody who came back a moment ago is not counted again yet, who is shadowbanned not at all.
    """
    table = Post.__table__
    count = table.c.like_count + step * cast(likes.c.counted, Integer)
    moved = update(table).where(table.c.id == _POST, likes.c.counted.is_not(None)).values(like_count=count)
    return moved.returning(table.c.like_count.label("likes"), likes.c.counted)


def _seen(post: shapes.Post, verb: str, done: bool, likes: int) -> shapes.Post:
    """Return the post as the viewer sees it now, without reading it again."""
    assert post.viewer is not None
    flags = replace(post.viewer, liked=done) if verb == "like" else replace(post.viewer, saved=done)
    return replace(post, viewer=flags, counts=replace(post.counts, likes=likes))
