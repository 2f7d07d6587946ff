"""Counters count rows of accounts in good standing: what follows when somebody hides an account, or comes back.

Each row that a counter knows carries a mark, `counted`. A step takes some rows whose mark is wrong, turns it and moves
the counter by as much, in one transaction: it may run at any time, twice, and half-way, and the sum is right.
Locks are taken as everywhere: posts before comments before people, the smaller id before the larger.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, bindparam, not_, or_, select, update

from webapp.core import db
from webapp.models import Comment, CommentLike, Follow, Like, Post, Repost, User
from webapp.users import queries
from webapp.visibility import STANDING

_AT_ONCE = 200
follows = Follow.__table__
likes = Like.__table__
reposts = Repost.__table__
comment_likes = CommentLike.__table__
comments = Comment.__table__
posts = Post.__table__
users = User.__table__


def settle(user_id: uuid.UUID) -> int:
    """Bring some of a person's marks and their counters into line. Returns how many; again until none is left."""
    return _likes(user_id) or _reposts(user_id) or _comment_likes(user_id) or _comments(user_id) or _follows(user_id)


def _counts(user_id: uuid.UUID, *, lock: bool = False) -> bool:
    return queries.row(user_id, lock=lock).in_good_standing


def _likes(user_id: uuid.UUID) -> int:
    mine = and_(likes.c.user_id == user_id, likes.c.counted != _counts(user_id))
    found = [row.post_id for row in db.rows(select(likes.c.post_id).where(mine).limit(_AT_ONCE))]
    _lock(posts, found)
    return _turn(user_id, likes, likes.c.post_id, posts.c.like_count, found)


def _reposts(user_id: uuid.UUID) -> int:
    mine = and_(reposts.c.user_id == user_id, reposts.c.counted != _counts(user_id))
    found = [row.post_id for row in db.rows(select(reposts.c.post_id).where(mine).limit(_AT_ONCE))]
    _lock(posts, found)
    return _turn(user_id, reposts, reposts.c.post_id, posts.c.repost_count, found)


def _comment_likes(user_id: uuid.UUID) -> int:
    mine = and_(comment_likes.c.user_id == user_id, comment_likes.c.counted != _counts(user_id))
    found = [row.comment_id for row in db.rows(select(comment_likes.c.comment_id).where(mine).limit(_AT_ONCE))]
    _lock(comments, found)
    return _turn(user_id, comment_likes, comment_likes.c.comment_id, comments.c.like_count, found)


def _turn(user_id: uuid.UUID, table: Any, what: Any, counter: Any, found: list[uuid.UUID]) -> int:
    """Turn the marks of a person's likes of these things, and move their counters."""
    if not found:  # the person is locked after the things, never before the next ones
        return 0
    counts = _counts(user_id, lock=True)
    wrong = and_(table.c.user_id == user_id, what.in_(found), table.c.counted != counts)
    turned = db.rows(update(table).where(wrong).values(counted=counts).returning(what.label("id")))
    _move(counter, Counter({row.id: 1 if counts else -1 for row in turned}))
    return len(turned)


def _comments(user_id: uuid.UUID) -> int:
    columns = (comments.c.id, comments.c.post_id, comments.c.parent_id)
    mine = and_(comments.c.author_id == user_id, comments.c.counted != _counts(user_id))
    found = db.rows(select(*columns).where(mine).limit(_AT_ONCE))
    if not found:
        return 0
    _lock(posts, {row.post_id for row in found})
    above = {row.parent_id for row in found if row.parent_id}
    _lock(comments, {row.id for row in found} | above)
    went = {row.id: row.deleted_at for row in db.rows(select(comments).where(comments.c.id.in_(above)))}
    counts = _counts(user_id, lock=True)
    wrong = and_(comments.c.id.in_([row.id for row in found]), comments.c.counted != counts)
    turned = db.rows(
        update(comments)
        .where(wrong)
        .values(counted=counts)
        .returning(*columns, comments.c.deleted_at, comments.c.held_for, comments.c.moderated)
    )
    known = [row for row in turned if row.held_for is None and row.moderated is None]
    step = 1 if counts else -1
    _move(posts.c.comment_count, _sums((row.post_id for row in known if row.deleted_at is None), step))
    # a thread keeps the number of its replies when it is deleted with them, for the case that it is taken back
    replies = (row.parent_id for row in known if row.parent_id and row.deleted_at == went[row.parent_id])
    _move(comments.c.reply_count, _sums(replies, step))
    return len(turned)


def _follows(user_id: uuid.UUID) -> int:
    """A follow counts while both are in good standing, whoever of them left or came back."""
    counts = select(users.c.id).where(users.c.id.in_((follows.c.follower_id, follows.c.followee_id)), not_(STANDING))
    wrong = follows.c.counted == counts.correlate(follows).exists()
    mine = or_(follows.c.follower_id == user_id, follows.c.followee_id == user_id)
    pair = (follows.c.follower_id, follows.c.followee_id)
    found = db.rows(select(*pair).where(mine, wrong).limit(_AT_ONCE))
    if not found:
        return 0
    _lock(users, {one for row in found for one in row})
    chosen = or_(*(and_(pair[0] == row.follower_id, pair[1] == row.followee_id) for row in found))
    change = update(follows).where(chosen, wrong).values(counted=not_(follows.c.counted))
    turned = db.rows(change.returning(*pair, follows.c.counted))
    for column, which in ((users.c.following_count, 0), (users.c.follower_count, 1)):
        steps: Counter[uuid.UUID] = Counter()
        for row in turned:
            steps[row[which]] += 1 if row.counted else -1
        _move(column, steps)
    return len(turned)


def _sums(ids: Iterable[uuid.UUID], step: int) -> Counter[uuid.UUID]:
    return Counter({one: number * step for one, number in Counter(ids).items()})


def _lock(table: Any, ids: Iterable[uuid.UUID]) -> None:
    chosen = select(table.c.id).where(table.c.id.in_(list(ids)))
    db.rows(chosen.order_by(table.c.id).with_for_update(**db.LOCK))


def _move(counter: Any, steps: Counter[uuid.UUID]) -> None:
    """Move a counter of several rows, of each by its own step."""
    if steps:
        table = counter.table
        moved = update(table).where(table.c.id == bindparam("row_id")).values({counter: counter + bindparam("step")})
        db.session().connection().execute(moved, [{"row_id": one, "step": step} for one, step in steps.items()])
