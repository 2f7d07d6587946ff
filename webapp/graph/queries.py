"""Reads of the graph: lists of followers, of the followed and of those who ask, how two people stand."""

import uuid
from datetime import datetime

from sqlalchemy import select, tuple_

from webapp.core import db
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page, cut
from webapp.models import Block, Follow, FollowRequest, User
from webapp.users import queries as user_queries
from webapp.users import shapes
from webapp.visibility import Viewer, in_sight

follows = Follow.__table__.c
wishes = FollowRequest.__table__.c
walls = Block.__table__.c
users = User.__table__.c


def people(viewer: Viewer, name: str, which: str, ask: Ask) -> Page[shapes.User]:
    """Return followers or followed (`which`: followers, following) of a person, the newest first.

    NotFound for a private account that the viewer does not follow: its lists are for its followers alone.
    """
    user = user_queries.get(viewer, name)
    if db.row(in_sight(viewer, user.id).with_only_columns(users.id)) is None:
        raise NotFound
    mine, theirs = follows.followee_id, follows.follower_id
    if which == "following":
        mine, theirs = theirs, mine
    after = ask.after(which, (datetime, uuid.UUID))
    statement = (
        user_queries.profiles(viewer)
        .add_columns(follows.created_at.label("followed_at"))
        .join(Follow.__table__, theirs == users.id)
        .where(mine == user.id)
        .order_by(follows.created_at.desc(), theirs.desc())
        .limit(ask.limit + 1)
    )
    if after:
        statement = statement.where(tuple_(follows.created_at, theirs) < after)
    page = cut(db.rows(statement), ask, which, lambda row: (row.followed_at, row.user_id))
    return page.map(lambda rows: [user_queries.shape(viewer, row) for row in rows])


def requests(viewer: Viewer, ask: Ask) -> Page[shapes.User]:
    """Return who asks to follow the viewer, the newest first."""
    after = ask.after("requests", (datetime, uuid.UUID))
    statement = (
        user_queries.profiles(viewer)
        .add_columns(wishes.created_at.label("asked_at"))
        .join(FollowRequest.__table__, wishes.requester_id == users.id)
        .where(wishes.target_id == viewer.id)
        .order_by(wishes.created_at.desc(), wishes.requester_id.desc())
        .limit(ask.limit + 1)
    )
    if after:
        statement = statement.where(tuple_(wishes.created_at, wishes.requester_id) < after)
    page = cut(db.rows(statement), ask, "requests", lambda row: (row.asked_at, row.user_id))
    return page.map(lambda rows: [user_queries.shape(viewer, row) for row in rows])


def blocked(viewer: Viewer, ask: Ask) -> Page[shapes.User]:
    """Return whom the viewer blocked, the last blocked first."""
    after = ask.after("blocked", (datetime, uuid.UUID))
    statement = (
        user_queries.reachable(viewer)
        .add_columns(walls.created_at.label("blocked_at"))
        .join(Block.__table__, walls.blocked_id == users.id)
        .where(walls.blocker_id == viewer.id)
        .order_by(walls.created_at.desc(), walls.blocked_id.desc())
        .limit(ask.limit + 1)
    )
    if after:
        statement = statement.where(tuple_(walls.created_at, walls.blocked_id) < after)
    page = cut(db.rows(statement), ask, "blocked", lambda row: (row.blocked_at, row.user_id))
    return page.map(lambda rows: [user_queries.shape(viewer, row) for row in rows])


def relationship(viewer: Viewer, name: str) -> shapes.Relationship:
    """Return how the viewer stands to a person; to oneself one stands in no relation."""
    return user_queries.get(viewer, name).relationship or shapes.Relationship()


def follows_anybody(viewer: Viewer) -> bool:
    """Tell whether the viewer follows somebody."""
    return db.row(select(follows.followee_id).where(follows.follower_id == viewer.id).limit(1)) is not None
