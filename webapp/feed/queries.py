"""Reads of the feed.

The newest posts of n followed people lie with the few among them whose newest post is newest. So: find these authors
(by users.last_post_seq on page one, by a probe of each one's index after a cursor), take a page of ids from each by an
index-only scan, and join only the rows that are shown. 0.4 to 0.6 ms where a plain join takes 1.4 to 9.
Blocks, mutes and account states belong *inside* the first step, before its LIMIT, or pages come out short.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Integer,
    Select,
    any_,
    bindparam,
    cast,
    func,
    lateral,
    null,
    select,
    true,
    union_all,
)

from webapp.comments import queries as comment_queries
from webapp.comments import shapes as comment_shapes
from webapp.comments.shapes import Preview
from webapp.core import db
from webapp.core.page import Ask, Page, cut
from webapp.models import Follow, Post, User
from webapp.posts import queries as post_queries
from webapp.posts import shapes
from webapp.visibility import PUBLISHED, Viewer, stand_in, visible_posts

posts = Post.__table__.c
follows = Follow.__table__.c
users = User.__table__.c
_BELOW = bindparam("below", type_=BigInteger)
_COUNT = bindparam("count", type_=Integer)


@dataclass(frozen=True, slots=True)
class Front:
    """What the front page shows: a page of a feed, the newest comments of each post, one's own posts on their way."""

    page: Page[shapes.Activity]
    previews: dict[uuid.UUID, list[Preview]]
    pending: list[shapes.Post]


def following(viewer: Viewer, ask: Ask) -> Page[shapes.Activity]:
    """Return posts by the viewer and whom it follows, the newest first: exact, no gaps, no repeats."""
    statement = _following(viewer.role, first=ask.cursor is None)
    page = post_queries.newest(statement, viewer, ask, "following")
    return page.map(lambda found: [shapes.activity(post) for post in found])


def front(viewer: Viewer, view: str, ask: Ask) -> Front:
    """Return a page of the feed `view` (following, public) with all that the front page shows, by one statement."""
    after = ask.after(view, (int,))
    values = {"viewer_id": viewer.id, "count": ask.limit + 1, "below": after[0] if after else post_queries.ALL}
    rows = db.rows(_front(viewer.role, view, first=after is None), values)
    # a UNION promises no order
    shown = sorted((row for row in rows if row.post_status == "published"), key=_number, reverse=True)
    page = cut(shown, ask, view, lambda row: (_number(row),))
    pending = sorted((row for row in rows if row.post_status != "published"), key=_age, reverse=True)
    return Front(
        page.map(lambda found: [shapes.activity(post) for post in post_queries.shaped(found, viewer)]),
        {row.post_id: comment_shapes.previews(row.talk) for row in page.items},
        post_queries.shaped(pending[:20], viewer),
    )


def _number(row: Any) -> int:
    number: int = row.post_published_seq
    return number


def _age(row: Any) -> datetime:
    created: datetime = row.post_created_at
    return created


@cache
def _front(role: str, view: str, first: bool) -> Any:
    asks = stand_in(role)
    feed = _following(role, first) if view == "following" else post_queries.everybody(role)
    feed = feed.add_columns(comment_queries.newest_two(asks, posts.id).label("talk"))
    if role == "visitor" or not first:
        return feed
    return union_all(feed, post_queries.unfinished(asks).add_columns(cast(null(), JSON).label("talk")))


@cache
def _following(role: str, first: bool) -> Select[Any]:
    asks = stand_in(role)
    shown = func.array(_numbers(_authors(asks, first)).scalar_subquery())
    seen = visible_posts(asks).where(posts.published_seq == any_(shown))
    return post_queries.cards(seen, asks).order_by(posts.published_seq.desc())


def _numbers(authors: Any) -> Select[Any]:
    """Take a page of numbers from each of these authors, from the index alone, then the newest among them."""
    newest = post_queries.pages(
        select(posts.published_seq).where(posts.author_id == authors.c.id, posts.status == PUBLISHED).correlate(authors)
    )
    each = lateral(newest, "newest")
    statement = select(each.c.published_seq).select_from(authors).join(each, true())
    return statement.order_by(each.c.published_seq.desc()).limit(_COUNT)


def _authors(asks: Viewer, first: bool) -> Any:
    """Return those followed people (and oneself) who have the newest posts below the cursor."""
    sources = union_all(
        select(follows.followee_id.label("id")).where(follows.follower_id == asks.id),
        select(users.id.label("id")).where(users.id == asks.id),
    ).subquery("sources")
    if first:
        statement: Select[Any] = (
            select(sources.c.id)
            .join(User.__table__, users.id == sources.c.id)
            .where(users.last_post_seq.is_not(None))
            .order_by(users.last_post_seq.desc())
        )
    else:
        probe = (
            select(posts.published_seq)
            .where(posts.author_id == sources.c.id, posts.status == PUBLISHED, posts.published_seq < _BELOW)
            .order_by(posts.published_seq.desc())
            .limit(1)
            .correlate(sources)
        )
        newest = lateral(probe, "probe")
        statement = select(sources.c.id).select_from(sources).join(newest, true())
        statement = statement.order_by(newest.c.published_seq.desc())
    return statement.limit(_COUNT).subquery("authors")


def public(viewer: Viewer, ask: Ask) -> Page[shapes.Activity]:
    """Return the newest public posts of everybody."""
    return post_queries.public(viewer, ask).map(lambda found: [shapes.activity(post) for post in found])
