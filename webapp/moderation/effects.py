"""What an action of moderators does to its target, and how it goes back. Neither asks who may, nor tells anybody."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import update

from webapp.account import sanctions as accounts
from webapp.comments import takedowns as comments
from webapp.core import db, sessions
from webapp.core.errors import Conflict, NotFound
from webapp.models import User
from webapp.policy import hashes
from webapp.posts import takedowns as posts
from webapp.stories import takedowns as stories
from webapp.visibility import Viewer

CONTENT: dict[str, Any] = {"post": posts, "comment": comments, "story": stories}
COVERED: dict[str, Any] = {"post": posts, "story": stories}
# of which kind of thing what may be done
ALLOWED = {
    "post": {"takedown", "restore", "approve", "sensitive", "warn", "suspend", "shadowban"},
    "story": {"takedown", "restore", "approve", "sensitive", "warn", "suspend", "shadowban"},
    "comment": {"takedown", "restore", "approve", "warn", "suspend", "shadowban"},
    "message": {"warn", "suspend", "shadowban"},
    "user": {"warn", "suspend", "unsuspend", "shadowban", "unshadowban", "role", "delete"},
}
LIFTS = {"restore": "takedown", "unsuspend": "suspend", "unshadowban": "shadowban"}
ACCOUNT = ("suspend", "unsuspend", "shadowban", "unshadowban", "role", "delete")  # these are done to the account itself
QUIET = ("shadowban", "unshadowban")
Before = dict[str, Any]


def do(kind: str, target_type: str, target_id: uuid.UUID, user_id: uuid.UUID, **how: Any) -> Before:
    """Do it. Returns what it goes back to."""
    match kind:
        case "takedown":
            return _take_down(target_type, target_id)
        case "approve":
            return _approve(target_type, target_id)
        case "sensitive":
            return {"sensitive": _found(COVERED[target_type].mark_sensitive(target_id, True))}
        case "role":
            return {"role": _give_role(user_id, how["role"]), "to": how["role"]}
        case _:
            _to_account(kind, user_id, how.get("until"))
            return {}


def _found(before: Any) -> Any:
    if before is None:
        raise NotFound("This is not there any more.")
    return before


def _take_down(target_type: str, target_id: uuid.UUID) -> Before:
    before = _found(CONTENT[target_type].take_down(target_id))
    return {"status": "published" if before == "taken_down" else before}


def _approve(target_type: str, target_id: uuid.UUID) -> Before:
    before = CONTENT[target_type].approve(target_id)
    if before is None:
        raise Conflict("This does not wait for review any more.")
    return {"status": before}


def _to_account(kind: str, user_id: uuid.UUID, until: datetime | None) -> None:
    match kind:
        case "suspend":
            accounts.suspend(user_id, until)
        case "shadowban":
            accounts.shadowban(user_id)
        case "delete":
            accounts.expel(user_id)


def _give_role(user_id: uuid.UUID, role: str) -> str:
    users = User.__table__
    before = db.row(users.select().with_only_columns(users.c.role).where(users.c.id == user_id).with_for_update())
    db.execute(update(users).where(users.c.id == user_id).values(role=role))
    sessions.refresh(user_id)
    return str(_found(before).role)


def block(viewer: Viewer, kind: str, media_ids: Iterable[uuid.UUID]) -> Before:
    """Have the photos of what is taken down held when they come again. Returns what lets them go."""
    if kind != "takedown":
        return {}
    made = hashes.block(viewer, media_ids, "Taken down")
    return {"blocked": [str(one) for one in made]} if made else {}


def unblock(viewer: Viewer, kind: str, before: Before) -> None:
    """Let photos come again that were blocked by a takedown."""
    if kind == "takedown" and before.get("blocked"):
        hashes.let_go(viewer, [uuid.UUID(one) for one in before["blocked"]])


def back(kind: str, target_type: str, target_id: uuid.UUID, user_id: uuid.UUID, before: Before) -> None:
    """Bring its target back to what it was before."""
    match kind:
        case "takedown":
            CONTENT[target_type].put_back(target_id, before.get("status", "published"))
        case "approve":
            again = CONTENT[target_type].conceal if before.get("status") == "concealed" else CONTENT[target_type].hold
            again(target_id)
        case "sensitive":
            _uncover(target_type, target_id, bool(before.get("sensitive")))
        case "role":
            _give_role(user_id, before["role"])
        case "suspend":
            accounts.unsuspend(user_id)
        case "shadowban":
            accounts.unshadowban(user_id)
        case "delete":
            accounts.readmit(user_id)


def _uncover(target_type: str, target_id: uuid.UUID, was: bool) -> None:
    if target_type == "post":
        posts.mark_sensitive(target_id, False, otherwise=was)
    else:
        stories.mark_sensitive(target_id, was)
