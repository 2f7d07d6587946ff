"""Whom one might follow: people followed by those one follows, the most shared first; then those with many followers.

Bounded work: the last 100 people one followed, and the last 100 whom each of these followed.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Integer, Select, Uuid, all_, any_, bindparam, func, lateral, select, true

from webapp.core import db
from webapp.graph.shapes import Suggestion, suggestion
from webapp.models import Follow, FollowRequest, User
from webapp.users import queries as user_queries
from webapp.visibility import Viewer, present, stand_in, unmuted, visible_users

users = User.__table__.c
follows = Follow.__table__.c
wishes = FollowRequest.__table__.c
mine = Follow.__table__.alias("mine")
theirs = Follow.__table__.alias("theirs")
_REACH = 100
_SPARE = 50  # more than are wanted: some may be hidden from the viewer, muted, or asked already
_COUNT = bindparam("count", type_=Integer)


def find(viewer: Viewer, limit: int) -> list[Suggestion]:
    """Return up to `limit` people whom the viewer neither follows nor asked, each with the reason."""
    found = db.rows(_near(viewer.role), {"viewer_id": viewer.id, "count": limit, "most": 2 * limit + _SPARE})
    names = _names(viewer, {friend for row in found for friend in row.through[:2]})
    suggested = [
        suggestion(user_queries.shape(viewer, row), [names[one] for one in row.through[:2] if one in names], row.number)
        for row in found
    ]
    popular = _popular(viewer, [row.user_id for row in found], limit - len(found))
    return suggested + [suggestion(user_queries.shape(viewer, row), [], 0) for row in popular]


@db.prepared
def _near(role: str) -> Select[Any]:
    asks = stand_in(role)
    shared = _shared(asks)
    near = _strangers(asks).join(shared, shared.c.id == users.id).add_columns(shared.c.number, shared.c.through)
    return near.order_by(shared.c.number.desc(), users.id.desc()).limit(_COUNT)


def _strangers(viewer: Viewer) -> Select[Any]:
    """Select people whom one could follow, as rows of PROFILE."""
    known = select(follows.followee_id).where(follows.follower_id == viewer.id, follows.followee_id == users.id)
    asked = select(wishes.target_id).where(wishes.requester_id == viewer.id, wishes.target_id == users.id)
    return user_queries.profiles(viewer).where(
        users.id != viewer.id,
        ~known.correlate(User.__table__).exists(),
        ~asked.correlate(User.__table__).exists(),
        unmuted(viewer),
    )


def _shared(viewer: Viewer) -> Any:
    """Count for everybody near how many of the viewer's people follow them, and gather who these are."""
    friends = select(mine.c.followee_id.label("id")).where(
        mine.c.follower_id == viewer.id, present(viewer, mine.c.followee_id)
    )
    some = friends.order_by(mine.c.created_at.desc()).limit(_REACH).subquery("friends")
    last = select(theirs.c.followee_id.label("id")).where(theirs.c.follower_id == some.c.id)
    each = lateral(last.order_by(theirs.c.created_at.desc()).limit(_REACH).correlate(some), "each")
    known = select(follows.followee_id).where(follows.follower_id == viewer.id, follows.followee_id == each.c.id)
    number = func.count().label("number")
    counted = select(each.c.id, number, func.array_agg(some.c.id).label("through"))
    counted = counted.select_from(some).join(each, true())
    counted = counted.where(each.c.id != viewer.id, ~known.correlate(each).exists()).group_by(each.c.id)
    most = bindparam("most", type_=Integer)
    return counted.order_by(number.desc(), each.c.id.desc()).limit(most).subquery("shared")


def _popular(viewer: Viewer, but: Sequence[uuid.UUID], limit: int) -> Sequence[Any]:
    if limit <= 0:
        return ()
    return db.rows(_well_known(viewer.role), {"viewer_id": viewer.id, "but": list(but), "count": limit})


@db.prepared
def _well_known(role: str) -> Select[Any]:
    others = users.id != all_(bindparam("but", type_=ARRAY(Uuid)))
    some = _strangers(stand_in(role)).where(others, users.post_count > 0, ~users.is_private)
    return some.order_by(users.follower_count.desc(), users.id.desc()).limit(_COUNT)


def _names(viewer: Viewer, people: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    if not people:
        return {}
    return {
        row.id: row.username for row in db.rows(_called(viewer.role), {"viewer_id": viewer.id, "ids": list(people)})
    }


@db.prepared
def _called(role: str) -> Select[Any]:
    seen = visible_users(stand_in(role)).with_only_columns(users.id, users.username)
    return seen.where(users.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
