"""Who has stories: the ring row. One's own first, then what one has not seen, then the newest.

It begins at the people whom one follows, as an array that is looked up in one walk over the index of stories by author
and end: what it costs depends on how many of them have a story today, not on how many there are.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    or_,
    select,
    true,
    union_all,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import aggregate_order_by

from webapp.core import db
from webapp.core.page import Ask, Page, cut
from webapp.media import shapes as media_shapes
from webapp.models import Follow, Media, Story, StoryView, User
from webapp.stories import shapes
from webapp.users import queries as user_queries
from webapp.users import shapes as user_shapes
from webapp.visibility import Viewer, own_stories, present, stand_in, unmuted, visible_stories

stories = Story.__table__.c
users = User.__table__.c
follows = Follow.__table__.c
avatars = Media.__table__.c
views = StoryView.__table__.c
ROW = 10
_TOP = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Front:
    """The ring row of the front page: one's own ring, how one's newest unfinished story stands, the others'."""

    own: shapes.Ring | None
    waiting: str | None
    others: list[shapes.Ring]
    more: bool


def front(viewer: Viewer) -> Callable[[], Front]:
    """Ask for the row above a feed along with what is read next; the returned call gives it."""
    asked = db.soon(_front(), {**_from_the_top(viewer), "count": ROW + 2})
    return lambda: _shaped(asked.rows)


def _shaped(rows: Sequence[Any]) -> Front:
    found = [row for row in rows if row.user_id is not None]
    own = next((row for row in found if row.own), None)
    others = [row for row in found if not row.own]
    return Front(
        own and shapes.ring(own), rows[0].waiting, [shapes.ring(row) for row in others[:ROW]], len(others) > ROW
    )


def page(viewer: Viewer, ask: Ask) -> Page[shapes.Ring]:
    """Return the rings of all whom the viewer follows, one's own first."""
    after = ask.after("rings", (bool, bool, int))
    values = {**_from_the_top(viewer), "count": ask.limit + 1}
    if after:
        values |= {"own": after[0], "seen": after[1], "below": after[2]}
    found = cut(db.rows(_page(), values), ask, "rings", lambda row: (row.own, row.seen, row.latest))
    return found.map(lambda rows: [shapes.ring(row) for row in rows])


def whole(viewer: Viewer, found: Sequence[shapes.Ring]) -> list[shapes.WholeRing]:
    """Return these rings as JSON shows them."""
    people = user_queries.several(viewer, [ring.user.id for ring in found])
    there = [(people[ring.user.id], ring) for ring in found if ring.user.id in people]
    return [shapes.WholeRing(user, ring.seen, ring.latest_at, ring.story_ids) for user, ring in there]


def _from_the_top(viewer: Viewer) -> dict[str, Any]:
    return {"viewer_id": viewer.id, "own": True, "seen": False, "below": _TOP}


@db.prepared
def _page() -> Select[Any]:
    return _shown(_rings(stand_in("user")))


@db.prepared
def _front() -> Select[Any]:
    """Select the rings beside how one's newest unfinished story stands, so that there is always a row."""
    asks = stand_in("user")
    newest = func.array_agg(aggregate_order_by(stories.status, stories.seq.desc()))[1]
    unfinished = own_stories(asks, "processing", "failed").where(stories.deleted_at.is_(None))
    waiting = unfinished.with_only_columns(newest.label("waiting")).subquery("waiting")
    shown = _shown(_rings(asks)).subquery("shown")
    joined = waiting.join(shown, true(), isouter=True)
    place = (shown.c.own.desc(), shown.c.seen, shown.c.latest.desc())
    return select(waiting.c.waiting, *shown.c).select_from(joined).order_by(*place)


def _rings(asks: Viewer) -> Any:
    """Gather the stories of whom the viewer follows and has not muted, and its own, by their authors."""
    there = and_(unmuted(asks, follows.followee_id), present(asks, follows.followee_id))
    them = select(follows.followee_id).where(follows.follower_id == asks.id, there)
    array = func.array_append(func.array(them.scalar_subquery()), asks.id, type_=ARRAY(Uuid))
    me = select(array.label("people")).cte("me")
    among = stories.author_id == any_(cast(select(me.c.people).scalar_subquery(), ARRAY(Uuid)))
    own = stories.author_id == asks.id
    return (
        visible_stories(asks)
        .where(among)
        .outerjoin(StoryView.__table__, and_(views.story_id == stories.id, views.viewer_id == asks.id))
        .with_only_columns(
            stories.author_id,
            func.bool_or(own).label("own"),
            func.bool_and(or_(own, views.viewer_id.is_not(None))).label("seen"),
            func.max(stories.seq).label("latest"),
            func.max(stories.published_at).label("latest_at"),
            func.array_agg(aggregate_order_by(stories.id, stories.seq)).label("story_ids"),
        )
        .group_by(stories.author_id)
        .subquery("ring")
    )


def _shown(ring: Any) -> Select[Any]:
    """Put rings in their order, take some below a place in it, and join the people of these alone."""
    own, seen = bindparam("own", type_=Boolean), bindparam("seen", type_=Boolean)
    below, count = bindparam("below", type_=BigInteger), bindparam("count", type_=Integer)
    later = or_(
        and_(own, ~ring.c.own),
        and_(own == ring.c.own, or_(ring.c.seen > seen, and_(ring.c.seen == seen, ring.c.latest < below))),
    )
    order = (ring.c.own.desc(), ring.c.seen, ring.c.latest.desc())
    some = select(ring).where(later).order_by(*order).limit(count).subquery("some")
    return (
        select(
            *user_shapes.COLUMNS, *media_shapes.COLUMNS,
            some.c.own, some.c.seen, some.c.latest, some.c.latest_at, some.c.story_ids,
        )
        .select_from(some.join(User.__table__, users.id == some.c.author_id))
        .outerjoin(Media.__table__, avatars.id == users.avatar_id)
        .order_by(some.c.own.desc(), some.c.seen, some.c.latest.desc())
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Whose stories come before and after somebody's: user names."""

    before: str | None
    after: str | None


def neighbours(viewer: Viewer, author_id: uuid.UUID) -> Neighbours:
    """Return whose stories to go on with: the next older ring, one that has not been seen first; and the next newer.

    They are found by time alone: a ring that has just been seen keeps its place, and the walk comes to an end.
    """
    rows = db.rows(_neighbours(), {"viewer_id": viewer.id, "author_id": author_id})
    names = {row.side: row.username for row in rows}
    return Neighbours(names.get("before"), names.get("after"))


@db.prepared
def _neighbours() -> Select[Any]:
    asks = stand_in("user")
    every = select(_rings(asks)).cte("every")
    author = bindparam("author_id", type_=Uuid)
    here = select(every.c.latest).where(every.c.author_id == author, ~every.c.own).scalar_subquery()
    others = select(every.c.author_id, every.c.latest, every.c.seen).where(every.c.author_id != author, ~every.c.own)
    after = others.where(or_(here.is_(None), every.c.latest < here)).order_by(every.c.seen, every.c.latest.desc())
    before = others.where(every.c.latest > here).order_by(every.c.latest)
    sides = [(after.limit(1).subquery("after"), "after"), (before.limit(1).subquery("before"), "before")]
    named = [
        select(users.username, cast(side, Text).label("side")).join(found, found.c.author_id == users.id)
        for found, side in sides
    ]
    return union_all(*named)  # type: ignore[return-value]
