"""Posts and reposts of some people as one list: each post once, at the newest thing that one of them did with it.

The newest doings of n people lie with the few among them whose newest one is newest. So: find these people (by
users.last_activity_seq on page one, by probes of each one's indexes after a cursor), take a page of numbers from each
by index-only scans, and join only the posts that are shown: 0.4 to 0.6 ms where a plain join takes 1.4 to 9.
Whatever hides people belongs *inside* the first step.

On page one, as many people as a page has numbers have done something since what the last of them did last: nothing
older is among the page's numbers, so no older ones are taken from anybody (`floor`).

A number (posts.published_seq, reposts.seq) is a place in one order. A cursor holds two: how far one has read, and where
the list began. What was done after that does not move a post up any more: it would be missed on its old place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    lateral,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on

from webapp.core import db
from webapp.core.page import Ask, Page, cut, encode
from webapp.models import Follow, Post, Repost, User
from webapp.posts import queries as post_queries
from webapp.visibility import PUBLISHED, Viewer, present, unmuted, visible_posts

posts = Post.__table__.c
reposts = Repost.__table__.c
follows = Follow.__table__.c
users = User.__table__.c
_BELOW = bindparam("below", type_=BigInteger)
_TOP = bindparam("top", type_=BigInteger)
_COUNT = bindparam("count", type_=Integer)
_SPARE = 4  # numbers taken beyond a page: a post that stands twice among them, or is hidden, costs no second statement


@dataclass(frozen=True)
class People:
    """Whose doings are gathered: a CTE of one row, an array of ids."""

    cte: Any

    def among(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Condition: this is one of them. An array is looked up in one walk over an index, a join descends for each."""
        return column == any_(cast(select(self.cte.c.people).scalar_subquery(), ARRAY(Uuid)))


def followed(asks: Viewer) -> People:
    """Gather whom the viewer follows and has not muted, as far as they are not hidden, and the viewer."""
    there = and_(unmuted(asks, follows.followee_id), present(asks, follows.followee_id))
    them = select(follows.followee_id).where(follows.follower_id == asks.id, there)
    array = func.array_append(func.array(them.scalar_subquery()), asks.id, type_=ARRAY(Uuid))
    return People(select(array.label("people")).cte("me"))


def one(user_id: ColumnElement[Any]) -> People:
    """Gather a single person."""
    return People(select(func.array_append(cast([], ARRAY(Uuid)), user_id).label("people")).cte("me"))


def newest(
    people: People, asks: Viewer, refine: post_queries.Refine, first: bool, *rules: ColumnElement[bool]
) -> Select[Any]:
    """Select what these people did last with posts that the viewer sees and that keep to the `rules`.

    To the columns of `refine` (`posts.queries.cards` or `glances`) come activity_seq, actor_id and `reposter` (see
    `shapes.reposter`), and for `collect` how many numbers were `taken`, the `lowest` among them, and the `floor` below
    which none were. There is always a row; where no post is found its other columns are null.
    """
    some = _somebody(people, first)
    floor = _floor(some) if first else literal(0)
    doings = _doings(some, floor).cte("doings")
    last = select(doings).ext(distinct_on(doings.c.number)).order_by(doings.c.number, doings.c.seq.desc())
    shown = last.subquery("shown")
    numbers = func.array(select(doings.c.number).scalar_subquery())
    seen = visible_posts(asks).where(posts.published_seq == any_(numbers), *rules)
    if not first:
        seen = seen.where(~_newer(people))
    found = refine(seen, asks).join(shown, shown.c.number == posts.published_seq)
    found = found.add_columns(
        shown.c.seq.label("activity_seq"), shown.c.actor_id, _reposter(people, shown).label("reposter")
    )
    inside = found.subquery("found")
    taken, lowest = func.count().label("taken"), func.min(doings.c.seq).label("lowest")
    bounds = select(taken, lowest, cast(floor, BigInteger).label("floor")).subquery("bounds")
    return select(*inside.c, *bounds.c).select_from(bounds.join(inside, true(), isouter=True))


def _floor(some: Any) -> ColumnElement[int]:
    """Select what the last of a page of people did last; 0 if they are fewer, of whom all has to be taken."""
    last = case((func.count() == _COUNT, func.min(some.c.last)), else_=0)
    return select(last).select_from(some).scalar_subquery()


def _doings(some: Any, floor: ColumnElement[int]) -> Select[Any]:
    """Take a page of numbers, not below the floor, from each of these people, then the newest among them.

    `number` is the post's own; `seq` is the same for a post, the repost's for a repost.
    """
    own = select(posts.published_seq.label("seq"), posts.published_seq.label("number"))
    own = own.where(posts.author_id == some.c.id, posts.status == PUBLISHED)
    own = own.where(posts.published_seq < _BELOW, posts.published_seq >= floor)
    passed_on = select(reposts.seq, reposts.post_seq).where(reposts.user_id == some.c.id)
    passed_on = passed_on.where(reposts.seq < _BELOW, reposts.seq >= floor)
    each = lateral(
        union_all(
            own.order_by(posts.published_seq.desc()).limit(_COUNT).correlate(some),
            passed_on.order_by(reposts.seq.desc()).limit(_COUNT).correlate(some),
        ),
        "each",
    )
    statement = select(each.c.seq, each.c.number, some.c.id.label("actor_id")).select_from(some).join(each, true())
    return statement.order_by(each.c.seq.desc()).limit(_COUNT)


def _somebody(people: People, first: bool) -> Any:
    """Return those of the people who did the newest things below the cursor."""
    statement = select(users.id).where(people.among(users.id), users.last_activity_seq.is_not(None))
    if first:
        newest_first = statement.add_columns(users.last_activity_seq.label("last")).order_by(
            users.last_activity_seq.desc()
        )
        return newest_first.limit(_COUNT).cte("somebody")
    own = select(func.max(posts.published_seq)).where(
        posts.author_id == users.id, posts.status == PUBLISHED, posts.published_seq < _BELOW
    )
    passed_on = select(func.max(reposts.seq)).where(reposts.user_id == users.id, reposts.seq < _BELOW)
    last = func.greatest(
        own.correlate(User.__table__).scalar_subquery(), passed_on.correlate(User.__table__).scalar_subquery()
    )
    # LIMIT keeps it apart: pulled up, it would be asked once for WHERE and once more for ORDER BY
    probe = lateral(select(last.label("seq")).limit(1).correlate(User.__table__), "probe")
    statement = statement.join(probe, true()).where(probe.c.seq.is_not(None))
    return statement.order_by(probe.c.seq.desc()).limit(_COUNT).subquery("somebody")


def _newer(people: People) -> ColumnElement[bool]:
    """Whether the post has been shown further up already: reposted between where the list began and the cursor."""
    above = and_(reposts.seq >= _BELOW, reposts.seq <= _TOP)
    found = select(reposts.seq).where(reposts.post_id == posts.id, people.among(reposts.user_id), above)
    return found.correlate(Post.__table__).exists()


def _reposter(people: People, shown: Any) -> ColumnElement[Any]:
    actor = User.__table__.alias("actor")
    others = select(func.count() - 1).where(reposts.post_id == posts.id, people.among(reposts.user_id))
    named = func.json_build_array(
        actor.c.username, actor.c.display_name, others.correlate(Post.__table__).scalar_subquery()
    )
    text = select(cast(named, Text)).where(actor.c.id == shown.c.actor_id).correlate(shown, Post.__table__)
    return case((shown.c.seq != posts.published_seq, text.scalar_subquery()))


def collect(
    build: Callable[[bool], db.Prepared], ask: Ask, name: str, values: dict[str, Any]
) -> tuple[Page[Any], list[Any]]:
    """Return a page of rows of `newest`, and whatever other rows the first statement brought (`activity_seq` is null).

    `build` gives the statement of a first page, or of what follows a cursor. One statement is enough, unless many
    of the newest doings are with the same posts or with hidden ones.
    """
    after = ask.after(name, (int, int))
    below, top = after or (post_queries.ALL, post_queries.ALL)
    found: list[Any] = []
    others: list[Any] = []
    for count in _steps(ask.limit + 1):
        rows = db.rows(build(after is None), {**values, "below": below, "top": top, "count": count})
        found += sorted((row for row in rows if row.activity_seq is not None), key=_place, reverse=True)
        others += [row for row in rows if row.taken is None]
        taken, lowest, floor = next((row.taken, row.lowest, row.floor) for row in rows if row.taken is not None)
        if top == post_queries.ALL and found:
            top = found[0].activity_seq
        if len(found) > ask.limit or (taken < count and not floor):
            return cut(found[: ask.limit + 1], ask, name, lambda row, top=top: (row.activity_seq, top)), others
        below = floor if lowest is None else lowest
        after = (below, top)
    return Page(found, encode(name, below, top)), others


def _steps(least: int) -> list[int]:
    """Return how many numbers each statement takes. After the last one the page stays short, and leads on."""
    return [least + _SPARE, 100, 400, 1000, 1000, 1000]


def _place(row: Any) -> int:
    number: int = row.activity_seq
    return number
