"""All counters against the rows that they count, some things at a time: what has drifted is reported, and repaired.

Whoever changes a row moves its counter in the same transaction, and so holds the lock of the row with the counter
until both are there for everybody. So whoever holds that lock and counts only then finds rows and counter as they
belong together: nobody's change is lost, nor counted twice. Things of one kind alone are locked at a time, the smaller
id before the larger, as everywhere.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, func, or_, select, update

from webapp.core import clock, db, ids, outbox
from webapp.core.outbox import Outbox
from webapp.models import Comment, CommentLike, Follow, Like, Post, Repost, User
from webapp.posts import queries as posts_queries
from webapp.visibility import STANDING

AT_ONCE = 100
EVERY = timedelta(days=1)  # a round begins this long after the one before
_SETTLE = "jobs.account.settle"
posts, comments, users = Post.__table__, Comment.__table__, User.__table__
likes, reposts, comment_likes, follows = Like.__table__, Repost.__table__, CommentLike.__table__, Follow.__table__
entries = Outbox.__table__.c
PARTS: dict[str, Any] = {"posts": posts, "comments": comments, "users": users}


@dataclass
class Round:
    """Where a round stands. `part` is empty while it rests; `began` is when it began, in ISO's form."""

    part: str = ""
    after: str = ""
    began: str = ""

    def due(self) -> bool:
        """Tell whether there is something to do: a round under way, or time for the next one."""
        return bool(self.part) or not self.began or datetime.fromisoformat(self.began) < clock.now() - EVERY


def resume(mark: Any) -> Round:
    """Return where the round stands that was written down."""
    return Round(**mark) if mark else Round()


def written(at: Round) -> dict[str, str]:
    """Write down where the round stands."""
    return asdict(at)


def step(at: Round, *, repair: bool = True) -> Counter[str]:
    """Count the next things of the round and move it on. Returns how many counters had drifted, by their names."""
    if not at.part:
        at.part, at.after, at.began = next(iter(PARTS)), "", clock.now().isoformat()
    table, after = PARTS[at.part], ids.parse(at.after) if at.after else None
    following = select(table.c.id).order_by(table.c.id).limit(AT_ONCE)
    found = [row.id for row in db.rows(following.where(table.c.id > after) if after else following)]
    drifted = check(at.part, found, repair=repair)
    if len(found) == AT_ONCE:
        at.after = str(found[-1])
    else:
        names = [*PARTS, ""]
        at.part, at.after = names[names.index(at.part) + 1], ""
    return drifted


def check(part: str, found: Sequence[uuid.UUID], *, repair: bool = True) -> Counter[str]:
    """Count these posts, comments or people anew. Returns how many counters had drifted; they are repaired."""
    drifted: Counter[str] = Counter()
    if not found:
        return drifted
    table, counted = PARTS[part], _COUNTED[part]()
    if repair:
        db.rows(select(table.c.id).where(table.c.id.in_(found)).order_by(table.c.id).with_for_update(**db.LOCK))
    # a statement of its own: it sees what was committed while the lock was waited for
    truth = select(table.c.id, *(value.label(name) for name, value in counted.items())).where(table.c.id.in_(found))
    true = truth.subquery("true")
    wrong = {name: _differs(table.c[name], true.c[name]) for name in counted}
    columns = [column.label(f"{name}_wrong") for name, column in wrong.items()]
    rows = db.rows(select(true, *columns).join(table, table.c.id == true.c.id).where(or_(*wrong.values())))
    for row in rows:
        drifted.update(f"{part}.{name}" for name in counted if getattr(row, f"{name}_wrong"))
    if repair and rows:
        values = {name: bindparam(f"true_{name}") for name in counted}
        repaired = update(table).where(table.c.id == bindparam("row_id")).values(values)
        fresh = [{"row_id": row.id, **{f"true_{name}": getattr(row, name) for name in counted}} for row in rows]
        db.session().connection().execute(repaired, fresh)
    if part == "users":
        drifted.update(_marks(found, repair))
    return drifted


def _differs(stored: ColumnElement[Any], true: ColumnElement[Any]) -> ColumnElement[bool]:
    if stored.name == "last_activity_seq":  # too high costs a look in vain; too low hides people
        return func.coalesce(stored, 0) < func.coalesce(true, 0)
    return stored.is_distinct_from(true)


def _many(table: Any, *which: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(table).where(*which).scalar_subquery()


def _known(table: Any) -> ColumnElement[bool]:
    """Condition on a comment: counters know it, unless it is deleted (`comments.actions.known`)."""
    return and_(table.c.counted, table.c.held_for.is_(None), table.c.moderated.is_(None))


def _of_posts() -> dict[str, Any]:
    there = and_(_known(comments), comments.c.deleted_at.is_(None))
    return {
        "like_count": _many(likes, likes.c.post_id == posts.c.id, likes.c.counted),
        "repost_count": _many(reposts, reposts.c.post_id == posts.c.id, reposts.c.counted),
        "comment_count": _many(comments, comments.c.post_id == posts.c.id, there),
    }


def _of_comments() -> dict[str, Any]:
    reply = comments.alias("reply")
    # a thread keeps the number of its replies when it is deleted with them
    together = reply.c.deleted_at.is_not_distinct_from(comments.c.deleted_at)
    return {
        "like_count": _many(comment_likes, comment_likes.c.comment_id == comments.c.id, comment_likes.c.counted),
        "reply_count": _many(reply, reply.c.parent_id == comments.c.id, _known(reply), together),
    }


def _of_users() -> dict[str, Any]:
    shown = and_(posts.c.status == "published", ~posts.c.concealed)
    return {
        "post_count": _many(posts, posts.c.author_id == users.c.id, shown),
        "follower_count": _many(follows, follows.c.followee_id == users.c.id, follows.c.counted),
        "following_count": _many(follows, follows.c.follower_id == users.c.id, follows.c.counted),
        "last_activity_seq": posts_queries.newest_activity(users.c.id),
    }


_COUNTED = {"posts": _of_posts, "comments": _of_comments, "users": _of_users}


def _marks(found: Iterable[uuid.UUID], repair: bool) -> dict[str, int]:
    """Look for people with rows that are marked as counted and should not be, or the other way round.

    Jobs bring them into line; people for whom such a job waits are on their way.
    """
    coming = entries.arguments.contains(func.jsonb_build_array(cast(users.c.id, Text)))
    waits = select(entries.id).where(entries.job == _SETTLE, entries.status.in_(("queued", "running")), coming)
    amiss = or_(*(_amiss(table, column) for table, column in _OWNERS), _amiss_follows())
    people = select(users.c.id).where(users.c.id.in_(list(found)), amiss, ~waits.correlate(users).exists())
    wrong = [row.id for row in db.rows(people)]
    if repair:
        for person in wrong:
            outbox.enqueue(_SETTLE, person)
    return {"marks": len(wrong)}


_OWNERS = (
    (likes, likes.c.user_id), (reposts, reposts.c.user_id), (comment_likes, comment_likes.c.user_id),
    (comments, comments.c.author_id),
)  # fmt: skip


def _amiss(table: Any, owner: Any) -> ColumnElement[bool]:
    wrong = select(owner).where(owner == users.c.id, table.c.counted != STANDING)
    return wrong.correlate(users).exists()


def _amiss_follows() -> ColumnElement[bool]:
    hidden = User.__table__.alias("hidden")
    bad = or_(hidden.c.status != "active", hidden.c.shadowbanned)
    some = select(hidden.c.id).where(hidden.c.id.in_((follows.c.follower_id, follows.c.followee_id)), bad)
    wrong = select(follows.c.follower_id).where(
        follows.c.follower_id == users.c.id, follows.c.counted == some.correlate(follows).exists()
    )
    return wrong.correlate(users).exists()
