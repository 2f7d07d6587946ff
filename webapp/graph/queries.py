"""Reads of the graph: lists of followers, of the followed and of those who ask, how two people stand."""

import uuid
from collections.abc import Callable
from functools import partial
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
    build = _following if which == "following" else _followers
    return user_queries.related(build, viewer, ask, which, user.id)


@db.prepared
def _followers(role: str) -> Select[Any]:
    return _follows(role, follows.followee_id, follows.follower_id)


@db.prepared
def _following(role: str) -> Select[Any]:
    return _follows(role, follows.follower_id, follows.followee_id)


def _follows(role: str, mine: Any, theirs: Any) -> Select[Any]:
    seen = user_queries.profiles(stand_in(role)).join(Follow.__table__, theirs == users.id)
    return user_queries.relation(seen.where(mine == user_queries.OF), follows.created_at, theirs)


def requests(viewer: Viewer, ask: Ask) -> Page[shapes.User]:
    """Return who asks to follow the viewer, the newest first."""
    return user_queries.related(_requests, viewer, ask, "requests")


@db.prepared
def _requests(role: str) -> Select[Any]:
    asks, theirs = stand_in(role), wishes.requester_id
    seen = user_queries.profiles(asks).join(FollowRequest.__table__, theirs == users.id)
    return user_queries.relation(seen.where(wishes.target_id == asks.id), wishes.created_at, theirs)


def circle(viewer: Viewer, which: str, ask: Ask) -> Page[shapes.User]:
    """Return whom the viewer blocked, muted, restricted or befriended (`which` of CIRCLES), the last first."""
    return user_queries.related(partial(_circle, which), viewer, ask, which)


@db.prepared
def _circle(which: str, role: str) -> Select[Any]:
    asks, table = stand_in(role), CIRCLES[which]
    mine, theirs = table.primary_key.columns
    people = user_queries.answerable if which == "blocks" else user_queries.reachable
    seen = people(asks).join(table, theirs == users.id).where(mine == asks.id)
    if which == "mutes":
        seen = seen.where(silent(table.c.until))
    return user_queries.relation(seen, table.c.created_at, theirs)


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
