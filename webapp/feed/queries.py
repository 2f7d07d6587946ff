"""Reads of the feed: what the followed posted and reposted, what everybody posted, what one person did."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import ARRAY, Select, Uuid, and_, bindparam, column, func, null, union_all

from webapp.comments import queries as comment_queries
from webapp.core import db
from webapp.core.page import Ask, Page, cut, decode, encode
from webapp.feed import activities, snapshots
from webapp.media import shapes as media_shapes
from webapp.models import Media, Post, Repost
from webapp.models import User as UserRow
from webapp.posts import queries as post_queries
from webapp.posts import shapes
from webapp.stories import rings
from webapp.users import shapes as user_shapes
from webapp.users.shapes import User
from webapp.visibility import UNFINISHED, Viewer, own_posts, stand_in, unmuted, visible_users

posts = Post.__table__.c
reposts = Repost.__table__.c
users = UserRow.__table__.c
avatars = Media.__table__.c


@dataclass(frozen=True, slots=True)
class Front:
    """What the front page shows: glances at a page of a feed (see `posts.cards`), one's own posts on their way.

    Above the beginning of what one follows stands the `row` of stories.
    """

    page: Page[Any]
    pending: list[shapes.Post]
    newest: str = ""  # a cursor at the top of what the viewer follows, for `news`
    row: rings.Front | None = None


def following(viewer: Viewer, ask: Ask) -> Page[Any]:
    """Return glances at posts and reposts by the viewer and whom it follows, the newest first, for `entries`.

    Exact, no gaps, no repeats.
    """
    values = {"viewer_id": viewer.id}
    return activities.collect(lambda first: _following(viewer.role, first), ask, "following", values)[0]


@db.prepared
def _following(role: str, first: bool) -> Select[Any]:
    asks = stand_in(role)
    return activities.newest(activities.followed(asks), asks, post_queries.named, first, unmuted(asks))


def timeline(viewer: Viewer, actor: User, ask: Ask, refine: post_queries.Refine) -> Page[Any]:
    """Return glances at a person's posts and reposts, the last done first. NotFound as `posts.queries.check_open`.

    `refine` is `glances` for cards, `posts.queries.named` for `entries`.
    """
    post_queries.check_open(viewer, actor)
    values = {"viewer_id": viewer.id, "actor": actor.id}
    page, _ = activities.collect(lambda first: _timeline(viewer.role, refine, first), ask, "timeline", values)
    return page


@db.prepared
def _timeline(role: str, refine: post_queries.Refine, first: bool) -> Select[Any]:
    asks, person = stand_in(role), activities.one(bindparam("actor", type_=Uuid))
    return activities.newest(person, asks, refine, first)


def reposters(viewer: Viewer, pairs: list[tuple[uuid.UUID, uuid.UUID]]) -> Sequence[Any]:
    """Return who reposted and when, of these pairs of a post and a person, those who are there for the viewer."""
    if not pairs:
        return ()
    post_ids, people = zip(*pairs, strict=True)
    wanted = {"viewer_id": viewer.id, "post_ids": list(post_ids), "people": list(people)}
    return db.rows(_reposters(viewer.role), wanted)


@db.prepared
def _reposters(role: str) -> Select[Any]:
    pairs = func.unnest(bindparam("post_ids", type_=ARRAY(Uuid)), bindparam("people", type_=ARRAY(Uuid)))
    wanted = pairs.table_valued(column("post_id", Uuid), column("user_id", Uuid), name="wanted").render_derived()
    return (
        visible_users(stand_in(role))
        .with_only_columns(
            reposts.post_id, reposts.created_at.label("reposted_at"), *user_shapes.COLUMNS, *media_shapes.COLUMNS
        )
        .join(wanted, wanted.c.user_id == users.id)
        .join(Repost.__table__, and_(reposts.post_id == wanted.c.post_id, reposts.user_id == wanted.c.user_id))
        .outerjoin(Media.__table__, avatars.id == users.avatar_id)
    )


def front(viewer: Viewer, view: str, ask: Ask) -> Front:
    """Return a page of the feed `view` (following, public), by one statement if nothing of one's own is on its way.

    The row of stories is another, sent along with it.
    """
    row = rings.front(viewer) if view == "following" and ask.cursor is None else None
    if view == "following":
        page, others = activities.collect(
            lambda first: _front(viewer.role, view, first), ask, view, {"viewer_id": viewer.id}
        )
    else:
        page, others = _everybody(viewer, ask)
    newest = encode("newest", page.items[0].activity_seq) if page.items and view == "following" else ""
    return Front(page, post_queries.unfinished(viewer, [other.id for other in others]), newest, row and row())


def news(viewer: Viewer, newest: str) -> int:
    """Return how many posts and reposts of others have come since `newest`, up to a page of them."""
    (seen,) = decode("newest", newest, (int,))
    page, _ = activities.collect(
        lambda first: _front(viewer.role, "following", first), Ask(), "following", {"viewer_id": viewer.id}
    )
    return sum(row.activity_seq > seen and row.actor_id != viewer.id for row in page.items)


def _everybody(viewer: Viewer, ask: Ask) -> tuple[Page[Any], list[Any]]:
    after = ask.after("public", (int,))
    values = {"viewer_id": viewer.id, "count": ask.limit + 1, "below": after[0] if after else post_queries.ALL}
    rows = db.rows(_front(viewer.role, "public", after is None), values)
    shown = sorted(
        (row for row in rows if row.status == "published"), key=attrgetter("post_published_seq"), reverse=True
    )
    page = cut(shown, ask, "public", lambda row: (row.post_published_seq,))
    return page, [row for row in rows if row.status != "published"]


@db.prepared
def _front(role: str, view: str, first: bool) -> Any:
    """Select glances at a page of a feed, and on its first page those of one's own posts that are on their way."""
    asks = stand_in(role)
    if view == "following":
        feed = activities.newest(activities.followed(asks), asks, glances, first, unmuted(asks))
    else:
        feed = post_queries.newest_of_all(role, glances)
    if role == "visitor" or not first:
        return feed
    mine = post_queries.glances(own_posts(asks, *UNFINISHED), asks)
    blanks = [null() for _ in feed.selected_columns][len(mine.selected_columns) :]
    return union_all(feed, mine.add_columns(*blanks).order_by(posts.created_at.desc()).limit(20))


def glances(seen: Select[Any], asks: Viewer) -> Select[Any]:
    """Refine to glances for drawn cards (see `posts.cards`)."""
    talk = comment_queries.newest_two(asks, posts.id).label("talk")
    return post_queries.glances(seen, asks).add_columns(talk)


def explore(viewer: Viewer, ask: Ask, look: post_queries.Look) -> Page[Any]:
    """Return the public posts of people whom the viewer does not follow, the highest ranked first."""
    page = snapshots.page(viewer, "explore", ask, look.refine)
    return page.map(lambda shown: look.shapes([one.row for one in shown], viewer))
