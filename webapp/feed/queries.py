"""Reads of the feed.

The newest posts of n followed people lie with the few among them whose newest post is newest. So: find these authors
(by users.last_post_seq on page one, by a probe of each one's index after a cursor), take a page of ids from each by an
index-only scan, and join only the rows that are shown. 0.4 to 0.6 ms where a plain join takes 1.4 to 9.
Blocks, mutes and account states belong *inside* the first step, before its LIMIT, or pages come out short.
"""

from typing import Any

from sqlalchemy import CTE, Select, lateral, select, true, union_all

from webapp.core import db
from webapp.core.page import Ask, Page, cut
from webapp.models import Follow, Post, User
from webapp.posts import queries as post_queries
from webapp.posts import shapes
from webapp.visibility import Viewer, visible_posts

posts = Post.__table__.c
follows = Follow.__table__.c
users = User.__table__.c


def following(viewer: Viewer, ask: Ask) -> Page[shapes.Activity]:
    """Return posts by the viewer and whom it follows, the newest first: exact, no gaps, no repeats."""
    after = ask.after("following", (int,))
    below = after[0] if after else None
    chosen = _ids(viewer, ask.limit + 1, below)
    seen = visible_posts(viewer).where(posts.id.in_(select(chosen.c.id)))
    statement = post_queries.cards(seen, viewer).order_by(posts.published_seq.desc())
    page = cut(db.rows(statement), ask, "following", lambda row: (row.post_published_seq,))
    return page.map(lambda rows: [shapes.activity(post) for post in post_queries.shaped(rows, viewer)])


def _ids(viewer: Viewer, count: int, below: int | None) -> CTE:
    authors = _authors(viewer, count, below)
    newest = (
        select(posts.id, posts.published_seq)
        .where(posts.author_id == authors.c.id, posts.status == "published", *_before(below))
        .order_by(posts.published_seq.desc())
        .limit(count)
        .correlate(authors)
    )
    each = lateral(newest, "newest")
    statement = select(each.c.id).select_from(authors).join(each, true())
    return statement.order_by(each.c.published_seq.desc()).limit(count).cte("shown")


def _authors(viewer: Viewer, count: int, below: int | None) -> Any:
    """Return those followed people (and oneself) who have the newest posts below the cursor."""
    sources = union_all(
        select(follows.followee_id.label("id")).where(follows.follower_id == viewer.id),
        select(users.id.label("id")).where(users.id == viewer.id),
    ).subquery("sources")
    if below is None:
        statement: Select[Any] = (
            select(sources.c.id)
            .join(User.__table__, users.id == sources.c.id)
            .where(users.last_post_seq.is_not(None))
            .order_by(users.last_post_seq.desc())
        )
    else:
        probe = (
            select(posts.published_seq)
            .where(posts.author_id == sources.c.id, posts.status == "published", *_before(below))
            .order_by(posts.published_seq.desc())
            .limit(1)
            .correlate(sources)
        )
        newest = lateral(probe, "probe")
        statement = (
            select(sources.c.id).select_from(sources).join(newest, true()).order_by(newest.c.published_seq.desc())
        )
    return statement.limit(count).subquery("authors")


def _before(below: int | None) -> tuple[Any, ...]:
    return () if below is None else (posts.published_seq < below,)


def public(viewer: Viewer, ask: Ask) -> Page[shapes.Activity]:
    """Return the newest public posts of everybody."""
    return post_queries.public(viewer, ask).map(lambda found: [shapes.activity(post) for post in found])
