"""Reads for open pages: the numbers on the frame, and what a process asks for all of its streams at once."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from webapp.auth import tokens
from webapp.core import db, sessions
from webapp.models import Follow
from webapp.visibility import Viewer, stand_in, unread_notifications

follows = Follow.__table__.c


@dataclass(frozen=True, slots=True)
class Counts:
    """What has not been read: the numbers on the frame."""

    notifications: int


def counts(viewer: Viewer) -> Counts:
    """Return how much the viewer has not read."""
    return Counts(notifications=db.row(_unread(), {"viewer_id": viewer.id}).total)


@db.prepared
def _unread() -> Any:
    return unread_notifications(stand_in("user"))


def followers(authors: Collection[uuid.UUID], people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the people who follow one of the authors."""
    found = select(follows.follower_id).where(follows.followee_id.in_(authors), follows.follower_id.in_(people))
    return {row.follower_id for row in db.rows(found.distinct())}


def standing(grants: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of these sessions and access tokens that are still good."""
    return sessions.alive(grants) | tokens.alive(grants)
