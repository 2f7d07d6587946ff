"""Writes of the graph. Following twice is following; both counters change with the row."""

import uuid

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db
from webapp.core.errors import NotFound, Refused
from webapp.models import Follow, User
from webapp.users import queries
from webapp.users.shapes import User as UserShape
from webapp.visibility import Viewer, may

table = Follow.__table__
users = User.__table__


def follow(viewer: Viewer, name: str) -> UserShape:
    """Follow a person. Returns the person as seen now."""
    user = queries.get(viewer, name)
    if not may(viewer, "follow", "user", user):
        raise Refused("You can't follow yourself.")
    if user.is_private and user.relationship and user.relationship.following == "no":
        raise NotFound("This account is private and takes no new followers yet.")
    made = insert(table).values(follower_id=viewer.id, followee_id=user.id, created_at=clock.now())
    if db.row(made.on_conflict_do_nothing().returning(table.c.followee_id)) is not None:
        _count(viewer.id, user.id, 1)
    return queries.get(viewer, name)


def unfollow(viewer: Viewer, name: str) -> UserShape:
    """Stop following a person. Returns the person as seen now."""
    user = queries.get(viewer, name)
    gone = delete(table).where(table.c.follower_id == viewer.id, table.c.followee_id == user.id)
    if db.row(gone.returning(table.c.followee_id)) is not None:
        _count(viewer.id, user.id, -1)
    return queries.get(viewer, name)


def _count(follower: uuid.UUID, followee: uuid.UUID, step: int) -> None:
    """Move both counters. Always the smaller id first, so that two who follow each other at once don't deadlock."""
    for user_id in sorted((follower, followee)):
        column = users.c.following_count if user_id == follower else users.c.follower_count
        db.execute(update(users).where(users.c.id == user_id).values({column: column + step}))
