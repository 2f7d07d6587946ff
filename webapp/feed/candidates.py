"""Which posts are ranked for a viewer, and what ties the viewer to people: a bounded piece of each, by indexes."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    lateral,
    literal_column,
    select,
    true,
    union_all,
)  # fmt: skip

from webapp.core import db
from webapp.feed import ranking
from webapp.feed.ranking import COMMENT, Ties
from webapp.models import Comment, Follow, Like, Post, PostTag, TagFollow, User
from webapp.visibility import PUBLISHED, Viewer, present, stand_in, unmuted, visible_posts

posts = Post.__table__.c
users = User.__table__.c
likes = Like.__table__.c
comments = Comment.__table__.c
follows = Follow.__table__.c
uses = PostTag.__table__.c
tag_follows = TagFollow.__table__.c
their = Follow.__table__.alias("their")
_LIKES, _COMMENTS = 300, 100  # of the viewer's own, the last ones
_PEOPLE = 60  # of each kind: most reacted to, followed with the newest posts, followed by friends
_CIRCLE, _EACH = 40, 60  # so many of the followed are asked whom they follow, so many of each
_TAGS = 20
_NEWEST = {"for_you": 300, "explore": 1500}  # posts of everybody
_BEST = 400  # of these, by what they are worth to everybody
_OF_PERSON, _OF_TAG = 4, 20
_AT = bindparam("at", type_=DateTime(timezone=True))
_TAGS_FOLLOWED = bindparam("tags", type_=ARRAY(Text))
_READ = (
    posts.published_seq.label("number"), posts.author_id, users.username, posts.published_at, posts.hashtags,
    posts.like_count, posts.comment_count, posts.repost_count,
)  # fmt: skip


def ties(viewer: Viewer) -> Ties:
    """Return what ties the viewer to people and hashtags."""
    if viewer.is_visitor:
        return Ties()
    asks = {"viewer_id": viewer.id}
    often = {row.id: row.total for row in db.rows(_often(), asks)}
    friends = {row.id: row.total for row in db.rows(_friends(), asks)}
    return Ties(often, friends, frozenset(row.tag for row in db.rows(_tags(), asks)))


@db.prepared
def _often() -> Select[Any]:
    me = stand_in("user").id
    liked = select(likes.post_id, literal_column("1").label("weight")).where(likes.user_id == me)
    said = select(comments.post_id, literal_column(str(COMMENT + 1)).label("weight"))
    said = said.where(comments.author_id == me, comments.deleted_at.is_(None))
    done = union_all(
        liked.order_by(likes.created_at.desc()).limit(_LIKES), said.order_by(comments.seq.desc()).limit(_COMMENTS)
    ).subquery("done")
    total = func.sum(done.c.weight).label("total")
    statement = select(posts.author_id.label("id"), total).join(done, done.c.post_id == posts.id)
    statement = statement.where(posts.author_id != me).group_by(posts.author_id)
    return statement.order_by(total.desc(), posts.author_id).limit(_PEOPLE)


@db.prepared
def _friends() -> Select[Any]:
    """Select whom those follow whom the viewer followed last and has not muted, and how many of these do."""
    me = stand_in("user")
    there = and_(unmuted(me, follows.followee_id), present(me, follows.followee_id))
    last = select(follows.followee_id.label("id")).where(follows.follower_id == me.id, there)
    circle = last.order_by(follows.created_at.desc()).limit(_CIRCLE).subquery("circle")
    each = select(their.c.followee_id).where(their.c.follower_id == circle.c.id).correlate(circle)
    some = lateral(each.order_by(their.c.created_at.desc()).limit(_EACH), "some")
    statement = select(some.c.followee_id.label("id"), func.count().label("total")).select_from(circle)
    statement = statement.join(some, true()).where(some.c.followee_id != me.id).group_by(some.c.followee_id)
    return statement.order_by(func.count().desc(), some.c.followee_id).limit(_PEOPLE)


@db.prepared
def _tags() -> Select[Any]:
    statement = select(tag_follows.tag).where(tag_follows.user_id == stand_in("user").id)
    return statement.order_by(tag_follows.created_at.desc()).limit(_TAGS)


@db.prepared
def _followed() -> Select[Any]:
    statement = select(users.id).join(Follow.__table__, follows.followee_id == users.id)
    statement = statement.where(follows.follower_id == stand_in("user").id, users.last_activity_seq.is_not(None))
    return statement.order_by(users.last_activity_seq.desc()).limit(_PEOPLE)


def found(viewer: Viewer, view: str, known: Ties, at: datetime) -> Sequence[Any]:
    """Return what is to be ranked, as `ranking.ranked` wants it: others' posts that the viewer may see, until `at`."""
    people: set[uuid.UUID] = {*known.often, *known.friends}
    if view == "for_you":
        people |= {row.id for row in db.rows(_followed(), {"viewer_id": viewer.id})}
    values = {"viewer_id": viewer.id, "people": list(people), "tags": list(known.tags), "at": at}
    return db.rows(_found(viewer.role, view), values)


@db.prepared
def _found(role: str, view: str) -> Any:
    """Select the best of the newest, and the newest of the near; a post may be among both."""
    asks = stand_in(role)
    newest = visible_posts(asks).where(~users.is_private, posts.published_at <= _AT).with_only_columns(*_READ)
    newest = newest.order_by(posts.published_seq.desc()).limit(_NEWEST[view])
    near = visible_posts(asks).where(posts.published_seq == any_(func.array(_near().scalar_subquery())))
    near = near.where(posts.published_at <= _AT).with_only_columns(*_READ)
    if view == "explore":
        near = near.where(~users.is_private)
    best = _judged(newest.subquery("newest"), asks, view).order_by(literal_column("worth").desc()).limit(_BEST)
    return union_all(best, _judged(near.subquery("near"), asks, view))


def _judged(found: Any, asks: Viewer, view: str) -> Select[Any]:
    """Select what a post is worth to everybody, and what may tie it to the viewer, of people who are not muted."""
    mine = Follow.__table__.alias("mine")
    followed = mine.c.followee_id.is_not(None)
    statement = (
        select(
            found.c.number, found.c.author_id, found.c.username, followed.label("followed"),
            case((found.c.hashtags.overlap(_TAGS_FOLLOWED), found.c.hashtags)).label("hashtags"),
            ranking.worth(found.c, _AT).label("worth"), ranking.said(found.c, _AT).label("said"),
        )
        .select_from(found)
        .outerjoin(mine, and_(mine.c.follower_id == asks.id, mine.c.followee_id == found.c.author_id))
        .where(found.c.author_id != asks.id, unmuted(asks, found.c.author_id))
    )  # fmt: skip
    return statement.where(~followed) if view == "explore" else statement


def _near() -> Any:
    """Select the numbers of the newest posts of people and of hashtags."""
    person = func.unnest(bindparam("people", type_=ARRAY(Uuid))).table_valued("id", name="person").render_derived()
    own = select(posts.published_seq).where(posts.author_id == person.c.id, posts.status == PUBLISHED)
    by = lateral(own.order_by(posts.published_seq.desc()).limit(_OF_PERSON).correlate(person), "by_person")
    tag = func.unnest(_TAGS_FOLLOWED).table_valued("name", name="followed_tag").render_derived()
    use = select(uses.published_seq).where(uses.tag == tag.c.name, uses.published_seq.is_not(None))
    under = lateral(use.order_by(uses.published_seq.desc()).limit(_OF_TAG).correlate(tag), "with_tag")
    return union_all(
        select(by.c.published_seq).select_from(person).join(by, true()),
        select(under.c.published_seq).select_from(tag).join(under, true()),
    )
