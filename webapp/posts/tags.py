"""Hashtags: what there is of one for a viewer, which ones begin like what is typed, and following them.

A count is of posts that the viewer may see, and ends at MOST: it is made while one waits, and tells of nothing else.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, cast, delete, func, select, true, tuple_
from sqlalchemy.dialects.postgresql import insert

from webapp.core import cache, clock, columns, db, folding
from webapp.core import text as texts
from webapp.core.errors import Conflict, Invalid
from webapp.core.page import Ask, Page, cut
from webapp.models import Post, PostTag, TagFollow, User
from webapp.models import Tag as TagRow
from webapp.visibility import Viewer, stand_in, visible_posts

posts = Post.__table__.c
uses = PostTag.__table__.c
follows = TagFollow.__table__.c
tags = TagRow.__table__.c
users = User.__table__.c
MOST = 100
MOST_FOLLOWED = 200
_LOOKED_AT = 200  # tags with one beginning, at most, are checked for a post that the viewer may see


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag. `post_count` is of what the viewer may see; 100 stands for 100 and more."""

    tag: str
    post_count: int
    following: bool


def name(tag: str) -> str:
    """Return a hashtag as it is kept, however it was typed."""
    return unicodedata.normalize("NFC", tag.removeprefix("#").casefold())


def get(viewer: Viewer, tag: str) -> Tag:
    """Return what there is of a hashtag for the viewer, be it nothing."""
    found = name(tag)
    row = db.row(_one(viewer.role), {"viewer_id": viewer.id, "tag": found})
    return Tag(found, row.total, row.following)


@db.prepared
def _one(role: str) -> Select[Any]:
    asks, tag = stand_in(role), bindparam("tag")
    mine = select(follows.tag).where(follows.user_id == asks.id, follows.tag == tag).exists()
    return select(_seen(asks, tag).label("total"), mine.label("following"))


def _seen(asks: Viewer, tag: Any, *around: Any) -> Any:
    """Count the posts of a tag that there are for the viewer, up to MOST."""
    seen = visible_posts(asks).with_only_columns(posts.id).join(PostTag.__table__, uses.post_id == posts.id)
    some = seen.where(uses.tag == tag).limit(MOST).correlate(*around).subquery("some")
    return select(func.count()).select_from(some).scalar_subquery()


def beginning(viewer: Viewer, typed: str, ask: Ask) -> Page[Tag]:
    """Return tags that begin like this: the very one first, then by how much is posted, as last counted."""
    low = "".join(folding.fold(typed.removeprefix("#")).split())
    after = ask.after("tags", (int, str))
    values = {"viewer_id": viewer.id, "low": low, "high": f"{low}\U0010ffff", "count": ask.limit + 1}
    values |= {"rank": after[0] if after else -1, "name": after[1] if after else ""}
    page = cut(db.rows(_beginning(viewer.role), values), ask, "tags", lambda row: (row.rank, row.name))
    return page.map(_shapes)


@db.prepared
def _beginning(role: str) -> Select[Any]:
    asks, low, high = stand_in(role), bindparam("low"), bindparam("high")
    rank = cast(tags.folded != low, Integer) * (100 - columns.magnitude(tags.post_count))
    candidates = (
        select(tags.name, rank.label("rank"))
        # bytes are compared, as in the index: a parameter of LIKE could not use it
        .where(tags.folded.op("~>=~")(low), tags.folded.op("~<~")(high))
        .where(tuple_(rank, tags.name) > tuple_(bindparam("rank", type_=Integer), bindparam("name")))
        .order_by(rank, tags.name)
        .limit(_LOOKED_AT)
        .subquery("candidates")
    )
    one = candidates.c
    counted = select(_seen(asks, one.name, candidates).label("total")).lateral("counted")
    return (
        select(one.name, one.rank, counted.c.total, follows.user_id.is_not(None).label("following"))
        .select_from(candidates)
        .join(counted, true())
        .outerjoin(TagFollow.__table__, and_(follows.user_id == asks.id, follows.tag == one.name))
        .where(counted.c.total > 0)
        .order_by(one.rank, one.name)
        .limit(bindparam("count", type_=Integer))
    )


def followed(viewer: Viewer, ask: Ask) -> Page[Tag]:
    """Return the tags that the viewer follows, the last followed first."""
    after = ask.after("followed", (datetime, str))
    seen = _seen(viewer, follows.tag, TagFollow.__table__)
    statement = select(follows.tag.label("name"), follows.created_at, seen.label("total"), true().label("following"))
    statement = statement.where(follows.user_id == viewer.id)
    if after:
        statement = statement.where(tuple_(follows.created_at, follows.tag) < after)
    ordered = statement.order_by(follows.created_at.desc(), follows.tag.desc()).limit(ask.limit + 1)
    return cut(db.rows(ordered), ask, "followed", lambda row: (row.created_at, row.name)).map(_shapes)


def _shapes(rows: Sequence[Any]) -> list[Tag]:
    return [Tag(row.name, row.total, row.following) for row in rows]


def follow(viewer: Viewer, tag: str) -> Tag:
    """Follow a hashtag, to see more of it; twice is once. Invalid for what can't be one."""
    found = name(tag)
    if not texts.TAG.fullmatch(f"#{found}") or found.isdigit():
        raise Invalid({"tag": ["A hashtag is made of letters, digits and underscores, and is not a number."]})
    _lock(viewer)
    if db.scalar(select(func.count()).where(follows.user_id == viewer.id, follows.tag != found)) >= MOST_FOLLOWED:
        raise Conflict(f"You follow {MOST_FOLLOWED} hashtags, which is the most. Let one go first.")
    made = insert(TagFollow.__table__).values(user_id=viewer.id, tag=found, created_at=clock.now())
    db.execute(made.on_conflict_do_nothing())
    db.after_commit(lambda: cache.drop(*cache.rankings(viewer.id)))
    return get(viewer, found)


def unfollow(viewer: Viewer, tag: str) -> Tag:
    """Unfollow a hashtag."""
    found = name(tag)
    db.execute(delete(TagFollow.__table__).where(follows.user_id == viewer.id, follows.tag == found))
    db.after_commit(lambda: cache.drop(*cache.rankings(viewer.id)))
    return get(viewer, found)


def _lock(viewer: Viewer) -> None:
    """Let one who follows tags from many places at once do it one after the other."""
    db.rows(select(users.id).where(users.id == viewer.id).with_for_update(**db.LOCK))
