"""Reads of posts."""

import unicodedata
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    select,
    text,
    tuple_,
)

from webapp.core import clock, columns, db
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page, cut
from webapp.media import queries as media_queries
from webapp.models import Like, Media, Post, PostPerson, PostTag, Repost, Save, User
from webapp.models.post import published_seq
from webapp.posts import shapes
from webapp.users import queries as user_queries
from webapp.users import shapes as user_shapes
from webapp.visibility import (
    UNFINISHED,
    Viewer,
    in_sight,
    overseen_posts,
    own_held,
    own_one,
    own_posts,
    stand_in,
    unmuted,
    verdict,
    visible_authors,
    visible_posts,
    visible_users,
)

posts = Post.__table__.c
users = User.__table__.c
avatars = Media.__table__.c
likes = Like.__table__.c
saves = Save.__table__.c
reposts = Repost.__table__.c
tags = PostTag.__table__.c
passed = Repost.__table__.alias("passed_on")
people = PostPerson.__table__.c
UNDO = timedelta(days=30)
ALL = 2**63 - 1  # above every number
_PUBLISHING = 7420  # the advisory lock under which numbers are given
Refine = Callable[[Select[Any], Viewer], Select[Any]]  # `cards`, `tiles`, `glances`, `named`


def cards(seen: Select[Any], viewer: Viewer) -> Select[Any]:
    """Refine a Select of visible posts to what their shapes need, the viewer's flags included.

    The flags come by LEFT JOIN on primary keys: a generic plan of EXISTS would read all of the viewer's likes.
    """
    return (
        seen.with_only_columns(
            *shapes.COLUMNS,
            likes.user_id.is_not(None).label("liked"),
            saves.user_id.is_not(None).label("saved"),
            reposts.user_id.is_not(None).label("reposted"),
            media_queries.photos(posts.id).label("photos"),
            tagged_in(viewer).label("tagged"),
            user_queries.called(viewer, posts.mentions).label("mentioned"),
            own_held(viewer, post_id=posts.id).label("own_held"),
            own_one(likes).label("own_like"),
            own_one(reposts).label("own_repost"),
        )
        .outerjoin(Media.__table__, avatars.id == users.avatar_id)
        .outerjoin(Like.__table__, and_(likes.user_id == viewer.id, likes.post_id == posts.id))
        .outerjoin(Save.__table__, and_(saves.user_id == viewer.id, saves.post_id == posts.id))
        .outerjoin(Repost.__table__, and_(reposts.user_id == viewer.id, reposts.post_id == posts.id))
    )


def tagged_in(viewer: Viewer) -> Any:
    """Select whom the author tagged in a post and who exists for the viewer, as one value of its row."""
    seen = visible_users(viewer).join(PostPerson.__table__, people.user_id == users.id)
    seen = seen.where(people.post_id == posts.id, ~people.declined)
    return user_queries.listed(seen).correlate(Post.__table__).scalar_subquery()


def glances(seen: Select[Any], viewer: Viewer) -> Select[Any]:
    """Refine a Select of visible posts to their place in a list and what their cards are known by (see `cards`)."""
    return (
        seen.with_only_columns(
            posts.id,
            posts.status,
            posts.published_seq.label("post_published_seq"),
            columns.version(Post.__table__).label("version"),
            columns.version(User.__table__).label("author_version"),
            likes.user_id.is_not(None).label("liked"),
            saves.user_id.is_not(None).label("saved"),
            reposts.user_id.is_not(None).label("reposted"),
            (posts.author_id == viewer.id).label("own"),
            own_held(viewer, post_id=posts.id).label("own_held"),
            (own_one(likes) + 2 * own_one(reposts)).label("own_ones"),
        )
        .outerjoin(Like.__table__, and_(likes.user_id == viewer.id, likes.post_id == posts.id))
        .outerjoin(Save.__table__, and_(saves.user_id == viewer.id, saves.post_id == posts.id))
        .outerjoin(Repost.__table__, and_(reposts.user_id == viewer.id, reposts.post_id == posts.id))
    )


def tiles(seen: Select[Any], _viewer: Viewer) -> Select[Any]:
    """Refine a Select of visible posts to what a grid shows of them."""
    shown = ("id", "status", "sensitive", "published_seq")
    return seen.with_only_columns(
        *(posts[name].label(f"post_{name}") for name in shown),
        users.username,
        media_queries.photos(posts.id).label("photos"),
    )


def named(seen: Select[Any], viewer: Viewer) -> Select[Any]:
    """Refine a Select of visible posts to glances with whom the author tagged and named, the key to their JSON."""
    people = func.json_build_array(tagged_in(viewer), user_queries.called(viewer, posts.mentions))
    return glances(seen, viewer).add_columns(cast(people, Text).label("people"))


def shaped(rows: Sequence[Any], viewer: Viewer) -> list[shapes.Post]:
    """Make the shapes of rows that `cards` selected."""
    return [shapes.of(row, viewer) for row in rows]


@dataclass(frozen=True, slots=True)
class Look:
    """How much of its posts a list shows: what it reads of them, and the shapes that it makes of that."""

    refine: Refine
    shapes: Callable[[Sequence[Any], Viewer], list[Any]]


WHOLE = Look(cards, shaped)
GRID = Look(tiles, lambda rows, _viewer: [shapes.tile(row) for row in rows])
NAMED = Look(named, lambda rows, _viewer: list(rows))  # glances


def get(viewer: Viewer, post_id: uuid.UUID) -> shapes.Post:
    """Return a post. NotFound if there is none for this viewer; its author sees it in every state but deleted.

    Moderators see what they took down or hold, and what nobody sees because of how its author's account stands.
    """
    return soon(viewer, post_id)()


def soon(viewer: Viewer, post_id: uuid.UUID) -> Callable[[], shapes.Post]:
    """Ask for a post along with what is read next; the returned call does what `get` does."""
    wanted = {"viewer_id": viewer.id, "post_id": post_id}
    asked = db.soon(_one(viewer.role), wanted)

    def found() -> shapes.Post:
        row = asked.row
        if row is None and viewer.is_authenticated:
            row = db.row(_overseen(viewer.role), wanted)
        if row is None:
            raise NotFound
        return shaped([row], viewer)[0]

    return found


@db.prepared
def _one(role: str) -> Select[Any]:
    asks = stand_in(role)
    return cards(visible_posts(asks), asks).where(posts.id == bindparam("post_id", type_=Uuid))


@db.prepared
def _overseen(role: str) -> Select[Any]:
    asks = stand_in(role)
    seen = _decided(cards(overseen_posts(asks), asks))
    return seen.where(posts.id == bindparam("post_id", type_=Uuid))


def _decided(seen: Select[Any]) -> Select[Any]:
    return seen.add_columns(verdict("post", posts.id).label("verdict"))


def several(viewer: Viewer, post_ids: Sequence[uuid.UUID]) -> list[shapes.Post]:
    """Return those of these published posts that there are for the viewer, in no order."""
    return _several(_many(viewer.role), viewer, post_ids)


def unfinished(viewer: Viewer, post_ids: Sequence[uuid.UUID]) -> list[shapes.Post]:
    """Return those of one's own posts that are on their way, failed, held or taken down, the newest first."""
    found = _several(_many_own(), viewer, post_ids)
    return sorted(found, key=lambda post: post.created_at, reverse=True)


def _several(statement: db.Prepared, viewer: Viewer, post_ids: Sequence[uuid.UUID]) -> list[shapes.Post]:
    return shaped(db.rows(statement, {"viewer_id": viewer.id, "post_ids": list(post_ids)}), viewer) if post_ids else []


_AMONG = posts.id == any_(bindparam("post_ids", type_=ARRAY(Uuid)))


@db.prepared
def _many(role: str) -> Select[Any]:
    asks = stand_in(role)
    return cards(visible_posts(asks), asks).where(_AMONG)


@db.prepared
def _many_own() -> Select[Any]:
    asks = stand_in("user")
    return _decided(cards(own_posts(asks, *UNFINISHED), asks)).where(_AMONG)


def locked(post_id: uuid.UUID) -> Post | None:
    """Return a post's row, locked, for an action that has found it visible, or for a job."""
    return db.session().get(Post, post_id, with_for_update=db.LOCK, populate_existing=True)


def deleted(viewer: Viewer, post_id: uuid.UUID) -> Post:
    """Return one's own deleted post that may still be taken back, locked."""
    statement = own_posts(viewer, "deleted").where(posts.id == post_id, posts.deleted_at > clock.now() - UNDO)
    found = db.session().scalars(statement.with_for_update(of=Post, **db.LOCK)).first()
    if found is None:
        raise NotFound
    return found


def newest(
    build: Callable[[str, Refine], db.Prepared], viewer: Viewer, ask: Ask, name: str, look: Look, **values: Any
) -> Page[Any]:
    """Return a page of posts in the order of their publication, the newest first.

    `build` makes the statement, with the parameters of `pages` and those in `values`.
    """
    after = ask.after(name, (int,))
    values |= {"viewer_id": viewer.id, "count": ask.limit + 1, "below": after[0] if after else ALL}
    rows = db.rows(build(viewer.role, look.refine), values)
    return cut(rows, ask, name, lambda row: (row.post_published_seq,)).map(lambda shown: look.shapes(shown, viewer))


def pages(statement: Select[Any]) -> Select[Any]:
    """Order posts the newest first, below the number `below`, `count` of them."""
    below, count = bindparam("below", type_=BigInteger), bindparam("count", type_=Integer)
    return statement.where(posts.published_seq < below).order_by(posts.published_seq.desc()).limit(count)


def public(viewer: Viewer, ask: Ask, look: Look = WHOLE) -> Page[Any]:
    """Return the newest public posts of everybody."""
    return newest(_everybody, viewer, ask, "public", look)


@db.prepared
def _everybody(role: str, refine: Refine) -> Select[Any]:
    return newest_of_all(role, refine)


def newest_of_all(role: str, refine: Refine) -> Select[Any]:
    """Select the public posts of everybody but the muted, with the parameters of `pages`."""
    asks = stand_in(role)
    return pages(refine(visible_posts(asks).where(~users.is_private, unmuted(asks)), asks))


def by(viewer: Viewer, author: user_shapes.User, ask: Ask, look: Look = WHOLE) -> Page[Any]:
    """Return a person's posts. NotFound as `check_open` says."""
    check_open(viewer, author)
    return newest(_by, viewer, ask, "by", look, author_id=author.id)


def withheld(viewer: Viewer) -> list[shapes.Post]:
    """Return one's own posts that moderators hold or took down, the newest first, for one's own page."""
    return shaped(db.rows(_withheld(), {"viewer_id": viewer.id}), viewer)


@db.prepared
def _withheld() -> Select[Any]:
    asks = stand_in("user")
    seen = _decided(cards(own_posts(asks, "held", "taken_down"), asks))
    return seen.order_by(posts.created_at.desc()).limit(20)


def check_open(viewer: Viewer, author: user_shapes.User) -> None:
    """Raise NotFound for a private account that the viewer does not follow, and for one that it blocked."""
    blocking = author.relationship is not None and author.relationship.blocking
    if (author.is_private or blocking) and db.row(in_sight(viewer, author.id).with_only_columns(users.id)) is None:
        raise NotFound


@db.prepared
def _by(role: str, refine: Refine) -> Select[Any]:
    asks = stand_in(role)
    return pages(refine(visible_posts(asks), asks)).where(posts.author_id == bindparam("author_id", type_=Uuid))


def showing(viewer: Viewer, person: user_shapes.User, ask: Ask, look: Look = WHOLE) -> Page[Any]:
    """Return the posts in which a person is tagged. NotFound as `check_open` says."""
    check_open(viewer, person)
    return newest(_showing, viewer, ask, "showing", look, person_id=person.id)


@db.prepared
def _showing(role: str, refine: Refine) -> Select[Any]:
    asks = stand_in(role)
    shown = and_(people.post_id == posts.id, people.user_id == bindparam("person_id", type_=Uuid), ~people.declined)
    return pages(refine(visible_posts(asks), asks).join(PostPerson.__table__, shown))


def tagged(viewer: Viewer, tag: str, ask: Ask, look: Look = WHOLE) -> Page[Any]:
    """Return the posts with a hashtag."""
    return newest(_tagged, viewer, ask, "tag", look, tag=unicodedata.normalize("NFC", tag.casefold()))


@db.prepared
def _tagged(role: str, refine: Refine) -> Select[Any]:
    asks = stand_in(role)
    seen = visible_posts(asks).join(PostTag.__table__, tags.post_id == posts.id)
    return pages(refine(seen, asks)).where(tags.tag == bindparam("tag"))


def _reacted(viewer: Viewer, table: Any, ask: Ask, name: str, look: Look, folder: uuid.UUID | None = None) -> Page[Any]:
    after = ask.after(name, (datetime, uuid.UUID))
    mine = table.alias("mine")
    statement = (
        look.refine(visible_posts(viewer), viewer)
        .add_columns(mine.c.created_at.label("reacted_at"))
        .join(mine, and_(mine.c.user_id == viewer.id, mine.c.post_id == posts.id))
        .order_by(mine.c.created_at.desc(), mine.c.post_id.desc())
        .limit(ask.limit + 1)
    )
    if folder:
        statement = statement.where(mine.c.folder_id == folder)
    if after:
        statement = statement.where(tuple_(mine.c.created_at, mine.c.post_id) < after)
    page = cut(db.rows(statement), ask, name, lambda row: (row.reacted_at, row.post_id))
    return page.map(lambda rows: look.shapes(rows, viewer))


def saved(viewer: Viewer, ask: Ask, folder: uuid.UUID | None = None, look: Look = WHOLE) -> Page[Any]:
    """Return what the viewer saved (into this folder), the last saved first."""
    return _reacted(viewer, Save.__table__, ask, "saved", look, folder)


def folder_of(viewer: Viewer, post_id: uuid.UUID) -> uuid.UUID | None:
    """Return the folder into which the viewer saved a post."""
    found: uuid.UUID | None = db.scalar(
        select(saves.folder_id).where(saves.user_id == viewer.id, saves.post_id == post_id)
    )
    return found


def liked(viewer: Viewer, ask: Ask, look: Look = WHOLE) -> Page[Any]:
    """Return what the viewer likes, the last liked first."""
    return _reacted(viewer, Like.__table__, ask, "liked", look)


def likers(viewer: Viewer, post_id: uuid.UUID, ask: Ask) -> Page[user_shapes.User]:
    """Return who likes a post, the newest first."""
    return user_queries.related(_likers, viewer, ask, "likers", get(viewer, post_id).id)


@db.prepared
def _likers(role: str) -> Select[Any]:
    seen = user_queries.profiles(stand_in(role)).join(Like.__table__, likes.user_id == users.id)
    return user_queries.relation(seen.where(likes.post_id == user_queries.OF), likes.created_at, likes.user_id)


def reposters(viewer: Viewer, post_id: uuid.UUID, ask: Ask) -> Page[user_shapes.User]:
    """Return who reposted a post, the newest first: of private accounts those alone whose posts the viewer sees."""
    return user_queries.related(_reposters, viewer, ask, "reposters", get(viewer, post_id).id)


@db.prepared
def _reposters(role: str) -> Select[Any]:
    asks = stand_in(role)
    seen = user_queries.profiles(asks).join(passed, passed.c.user_id == users.id).where(visible_authors(asks))
    return user_queries.relation(seen.where(passed.c.post_id == user_queries.OF), passed.c.created_at, passed.c.user_id)


def newest_activity(user_id: uuid.UUID) -> Any:
    """Select the number of somebody's newest post or repost, by which feeds find them."""
    own = select(func.max(posts.published_seq)).where(posts.author_id == user_id, posts.status == "published")
    passed_on = select(func.max(reposts.seq)).where(reposts.user_id == user_id)
    return func.greatest(own.scalar_subquery(), passed_on.scalar_subquery())


def next_number() -> int:
    """Take the next number in the order of posts and reposts. Who gets one commits before the next is given."""
    db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _PUBLISHING})
    return int(db.scalar(select(published_seq.next_value())))
