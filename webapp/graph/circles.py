"""What people arrange for themselves alone: whom they mute or restrict, who is a close friend. Nobody is told."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, retention, sessions
from webapp.core.errors import Refused
from webapp.graph.schemas import MuteChoice
from webapp.models import CloseFriend, Mute, Restriction
from webapp.users import queries
from webapp.users.shapes import User
from webapp.visibility import Viewer, may


def mute(viewer: Viewer, name: str, choice: MuteChoice) -> User:
    """Mute a person in feeds and notifications, until a time or for good. Returns the person as seen now."""
    until = choice.until or _in(choice.hours)
    return _arrange(viewer, name, Mute.__table__, until=until)


def _in(hours: int | None) -> datetime | None:
    return clock.now() + timedelta(hours=hours) if hours else None


def sweep() -> int:
    """Delete mutes whose time is over. Returns how many."""
    table = Mute.__table__
    return retention.delete_some(table, table.c.until < clock.now())


def unmute(viewer: Viewer, name: str) -> User:
    """Unmute a person. Returns the person as seen now."""
    return _give_up(viewer, name, Mute.__table__)


def restrict(viewer: Viewer, name: str) -> User:
    """Restrict a person: from now on their comments on one's posts wait. Returns the person as seen now."""
    return _arrange(viewer, name, Restriction.__table__)


def unrestrict(viewer: Viewer, name: str) -> User:
    """Lift a restriction; comments held back until now still wait. Returns the person as seen now."""
    return _give_up(viewer, name, Restriction.__table__)


def add_close_friend(viewer: Viewer, name: str) -> User:
    """Add a person to one's close friends. Returns the person as seen now."""
    return _arrange(viewer, name, CloseFriend.__table__)


def remove_close_friend(viewer: Viewer, name: str) -> User:
    """Remove a person from one's close friends. Returns the person as seen now."""
    return _give_up(viewer, name, CloseFriend.__table__)


def _arrange(viewer: Viewer, name: str, table: Any, **values: Any) -> User:
    """Write the row of the viewer and this person; done twice, the later values count."""
    user = queries.get(viewer, name)
    if not may(viewer, "arrange", "user", user):
        raise Refused("This is for other people, whom you have not blocked.")
    mine, theirs = table.primary_key.columns
    made = insert(table).values({mine: viewer.id, theirs: user.id, table.c.created_at: clock.now(), **values})
    pair = [mine, theirs]
    db.execute(
        made.on_conflict_do_update(index_elements=pair, set_=values) if values else made.on_conflict_do_nothing()
    )
    sessions.refresh(viewer.id)  # the unread notifications are counted without the muted
    return queries.get(viewer, name)


def _give_up(viewer: Viewer, name: str, table: Any) -> User:
    user = queries.get(viewer, name)
    mine, theirs = table.primary_key.columns
    db.execute(delete(table).where(mine == viewer.id, theirs == user.id))
    sessions.refresh(viewer.id)
    return queries.get(viewer, name)
