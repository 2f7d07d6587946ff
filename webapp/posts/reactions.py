"""Like, save and repost: toggles that say which way they go. Twice is once."""

import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, live, outbox
from webapp.core.errors import NotFound, Refused
from webapp.models import Like, Post, Repost, Save, User
from webapp.posts import folders, queries, shapes
from webapp.posts.schemas import SaveChoice
from webapp.users import queries as user_queries
from webapp.visibility import Viewer, counts, may


def like(viewer: Viewer, post_id: uuid.UUID) -> shapes.Post:
    """Like a post."""
    return _set(viewer, post_id, "like", Like.__table__, Post.__table__.c.like_count)


def unlike(viewer: Viewer, post_id: uuid.UUID) -> shapes.Post:
    """Take a like back."""
    return _unset(viewer, post_id, "like", Like.__table__, Post.__table__.c.like_count)


def save(viewer: Viewer, post_id: uuid.UUID, choice: SaveChoice) -> shapes.Post:
    """Keep a post for later, in a folder if one is named; once more moves it."""
    folder = folders.get(viewer, choice.folder_id).id if choice.folder_id else None
    post = _set(viewer, post_id, "save", Save.__table__, None)
    if "folder_id" in choice.model_fields_set:
        mine = Save.__table__.c.user_id == viewer.id, Save.__table__.c.post_id == post.id
        db.execute(update(Save.__table__).where(*mine).values(folder_id=folder))
    return post


def unsave(viewer: Viewer, post_id: uuid.UUID) -> shapes.Post:
    """Keep a post no longer."""
    return _unset(viewer, post_id, "save", Save.__table__, None)


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


def _set(viewer: Viewer, post_id: uuid.UUID, verb: str, table: Any, counter: Any) -> shapes.Post:
    post = queries.get(viewer, post_id)
    if not may(viewer, verb, "post", post):
        raise Refused("This post is not published yet.")
    made = insert(table).values(user_id=viewer.id, post_id=post.id, created_at=clock.now(), **_mark(viewer, table))
    # RETURNING tells whether there is a new row; the rowcount of ON CONFLICT does not
    row = db.row(made.on_conflict_do_nothing().returning(*table.c))
    if row is not None and verb == "like" and post.author_id != viewer.id:
        outbox.enqueue("jobs.notifications.settle", verb, viewer.id, post.id)
    counted = int(getattr(row, "counted", True))
    return _seen(post, verb, True, _count(post, counter, counted) + 1 - counted if row else post.counts.likes)


def _mark(viewer: Viewer, table: Any) -> dict[str, Any]:
    return {"counted": counts(viewer.id)} if "counted" in table.c else {}


def _unset(viewer: Viewer, post_id: uuid.UUID, verb: str, table: Any, counter: Any) -> shapes.Post:
    post = queries.get(viewer, post_id)
    gone = delete(table).where(table.c.user_id == viewer.id, table.c.post_id == post.id)
    row = db.row(gone.returning(*table.c))
    if row is not None and verb == "like" and post.author_id != viewer.id:
        outbox.enqueue("jobs.notifications.withdraw", verb, viewer.id, post.id)
    # somebody who came back a moment ago is not counted again yet, who is shadowbanned not at all
    counted = int(getattr(row, "counted", True))
    return _seen(post, verb, False, _count(post, counter, -counted) if row else post.counts.likes)


def _count(post: shapes.Post, counter: Any, step: int) -> int:
    """Move the post's counter in the same transaction; return how many likes there are now."""
    if counter is None:
        return post.counts.likes
    moved = update(Post.__table__).where(Post.__table__.c.id == post.id).values({counter: counter + step})
    return int(db.scalar(moved.returning(counter)))


def _seen(post: shapes.Post, verb: str, done: bool, likes: int) -> shapes.Post:
    """Return the post as the viewer sees it now, without reading it again."""
    assert post.viewer is not None
    flags = replace(post.viewer, liked=done) if verb == "like" else replace(post.viewer, saved=done)
    return replace(post, viewer=flags, counts=replace(post.counts, likes=likes))
