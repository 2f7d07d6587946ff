"""Reads of the graph: lists of followers, of the followed and of those who ask, how two people stand."""

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, Uuid, bindparam, func, select

from webapp.core import db
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page
from webapp.models import Block, CloseFriend, Follow, FollowRequest, Mute, Restriction, User
from webapp.users import queries as user_queries
from webapp.users import shapes
from webapp.visibility import Viewer, in_sight, silent, stand_in, visible_users

follows = Follow.__table__.c
wishes = FollowRequest.__table__.c
users = User.__table__.c
limits = Restriction.__table__.c
CIRCLES = {
    "blocks": Block.__table__,
    "mutes": Mute.__table__,
    "restricted": Restriction.__table__,
    "close-friends": CloseFriend.__table__,
}


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
    statement = user_queries.profiles(viewer).join(Follow.__table__, theirs == users.id).where(mine == user.id)
    return user_queries.related(statement, viewer, ask, which, since=follows.created_at, person=theirs)


def requests(viewer: Viewer, ask: Ask) -> Page[shapes.User]:
    """Return who asks to follow the viewer, the newest first."""
    theirs = wishes.requester_id
    statement = user_queries.profiles(viewer).join(FollowRequest.__table__, theirs == users.id)
    statement = statement.where(wishes.target_id == viewer.id)
    return user_queries.related(statement, viewer, ask, "requests", since=wishes.created_at, person=theirs)


def circle(viewer: Viewer, which: str, ask: Ask) -> Page[shapes.User]:
    """Return whom the viewer blocked, muted, restricted or befriended (`which` of CIRCLES), the last first."""
    table = CIRCLES[which]
    mine, theirs = table.primary_key.columns
    seen = user_queries.answerable if which == "blocks" else user_queries.reachable
    statement = seen(viewer).join(table, theirs == users.id).where(mine == viewer.id)
    if which == "mutes":
        statement = statement.where(silent(table.c.until))
    return user_queries.related(statement, viewer, ask, which, since=table.c.created_at, person=theirs)


def restricts(host_id: uuid.UUID, guest_id: uuid.UUID) -> bool:
    """Tell whether one person holds the other's comments back."""
    return db.row(_restriction(), {"host_id": host_id, "guest_id": guest_id}) is not None


@db.prepared
def _restriction() -> Select[Any]:
    mine, theirs = limits.restricter_id, limits.restricted_id
    return select(mine).where(mine == bindparam("host_id", type_=Uuid), theirs == bindparam("guest_id", type_=Uuid))


def asking(viewer: Viewer) -> Callable[[], int]:
    """Ask how many people ask to follow the viewer, along with what is read next; a hundred stands for all beyond."""
    asked = db.soon(_asking(), {"viewer_id": viewer.id})
    return lambda: int(asked.row.waiting)


@db.prepared
def _asking() -> Select[Any]:
    asks = stand_in("user")
    seen = visible_users(asks).join(FollowRequest.__table__, wishes.requester_id == users.id)
    some = seen.with_only_columns(users.id).where(wishes.target_id == asks.id).limit(100).subquery()
    return select(func.count().label("waiting")).select_from(some)


def relationship(viewer: Viewer, name: str) -> shapes.Relationship:
    """Return how the viewer stands to a person; to oneself one stands in no relation."""
    return user_queries.counterpart(viewer, name).relationship or shapes.Relationship()
