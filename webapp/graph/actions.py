"""Writes of the graph. Following twice is following; both counters change with the row.

A private account is asked first. Whatever touches two people locks the smaller id before the larger: no deadlocks.
"""

import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from webapp.core import cache, clock, db, outbox, sessions
from webapp.core.errors import NotFound, Refused
from webapp.models import Block, CloseFriend, Follow, FollowRequest, User
from webapp.users import queries
from webapp.users.shapes import User as UserShape
from webapp.visibility import STANDING, Viewer, counts, may

table = Follow.__table__
asked = FollowRequest.__table__
blocks = Block.__table__
close = CloseFriend.__table__
users = User.__table__
_AT_ONCE = 500
_FOLLOWER = bindparam("follower", type_=Uuid)
_FOLLOWEE = bindparam("followee", type_=Uuid)


def follow(viewer: Viewer, name: str) -> UserShape:
    """Follow a person, or ask a private one for it. Returns the person as seen now."""
    user = _followable(viewer, name)
    _lock(viewer.id, user.id)
    stands = _followable(viewer, str(user.id))  # once more: meanwhile it may have turned private, or one blocked
    if stands.relationship and stands.relationship.following == "requested" and not stands.is_private:
        _forget(viewer.id, user.id)  # a wish of before the account turned public
        _begin(viewer.id, user.id)
    elif stands.relationship and stands.relationship.following == "no":
        if stands.is_private:
            wish = insert(asked).values(requester_id=viewer.id, target_id=user.id, created_at=clock.now())
            db.execute(wish.on_conflict_do_nothing())
            outbox.enqueue("jobs.notifications.settle", "request", viewer.id, user.id)
        elif _begin(viewer.id, user.id):
            outbox.enqueue("jobs.notifications.settle", "follow", viewer.id, user.id)
    return queries.get(viewer, name)


def _followable(viewer: Viewer, name: str) -> UserShape:
    user = queries.get(viewer, name)
    if not may(viewer, "follow", "user", user):
        raise Refused("You can follow neither yourself nor somebody whom you blocked.")
    return user


def unfollow(viewer: Viewer, name: str) -> UserShape:
    """Stop following a person, or take the wish to back. Returns the person as seen now."""
    user = queries.get(viewer, name)
    _lock(viewer.id, user.id)
    _forget(viewer.id, user.id)
    _end(viewer.id, user.id)
    return queries.get(viewer, name)


def remove_follower(viewer: Viewer, name: str) -> UserShape:
    """Let a person follow one no longer; nobody is told. Returns the person as seen now."""
    user = queries.get(viewer, name)
    _lock(viewer.id, user.id)
    _end(user.id, viewer.id)
    return queries.get(viewer, name)


def block(viewer: Viewer, name: str) -> UserShape:
    """Have nothing to do with a person from now on, who is not told. Returns the person as seen now.

    Neither finds the other any more, and neither follows the other. The blocked person can block back.
    """
    user_id = queries.anybody(viewer, name)
    if user_id == viewer.id:
        raise Refused("You can't block yourself.")
    _lock(viewer.id, user_id)
    for one, other in ((viewer.id, user_id), (user_id, viewer.id)):
        _forget(one, other)
        _end(one, other)
        db.execute(delete(close).where(close.c.owner_id == one, close.c.friend_id == other))
    made = insert(blocks).values(blocker_id=viewer.id, blocked_id=user_id, created_at=clock.now())
    db.execute(made.on_conflict_do_nothing())
    sessions.refresh(viewer.id, user_id)  # the badge counts those alone who exist for each
    return queries.counterpart(viewer, str(user_id))


def unblock(viewer: Viewer, name: str) -> UserShape:
    """Take a block back; what it ended stays ended. Returns the person as seen before, without the block."""
    user = queries.counterpart(viewer, name)
    gone = delete(blocks).where(blocks.c.blocker_id == viewer.id, blocks.c.blocked_id == user.id)
    db.execute(gone)
    sessions.refresh(viewer.id, user.id)
    return replace(user, relationship=user.relationship and replace(user.relationship, blocking=False))


def accept(viewer: Viewer, name: str) -> UserShape:
    """Let a person follow who asked for it. NotFound if nobody of this name did. Returns the person as seen now."""
    user = queries.get(viewer, name)
    _lock(viewer.id, user.id)
    if _forget(user.id, viewer.id):
        _let_in(user.id, viewer.id)
    now = queries.get(viewer, name)
    if not (now.relationship and now.relationship.followed_by):  # accepting twice is accepting
        raise NotFound("This person does not ask to follow you any more.")
    return now


def decline(viewer: Viewer, name: str) -> None:
    """Turn a wish to follow down; nobody is told. Declining what is not there any more changes nothing."""
    user = queries.get(viewer, name)
    _lock(viewer.id, user.id)
    _forget(user.id, viewer.id)


def accept_all(viewer: Viewer) -> int:
    """Let everybody follow who asked for it, up to 500 at once. Returns how many."""
    return _admit(viewer.id, _waiting(viewer.id, STANDING))


def settle(user_id: uuid.UUID) -> int:
    """Let everybody follow who asked an account that is public now. Returns how many; again until none is left.

    The shadowbanned, too: they would notice.
    """
    waiting = _waiting(user_id, users.c.status == "active")
    return 0 if queries.row(user_id, lock=True).is_private else _admit(user_id, waiting)


def _waiting(user_id: uuid.UUID, which: ColumnElement[bool]) -> list[uuid.UUID]:
    """Return who of these people asks to follow a person, all of them locked."""
    requesters = asked.join(users, users.c.id == asked.c.requester_id).select().with_only_columns(asked.c.requester_id)
    requesters = requesters.where(asked.c.target_id == user_id, which)
    people = [row.requester_id for row in db.rows(requesters.order_by(asked.c.requester_id).limit(_AT_ONCE))]
    _lock(user_id, *people)
    return people


def _admit(user_id: uuid.UUID, people: list[uuid.UUID]) -> int:
    admitted = [requester for requester in people if _forget(requester, user_id)]
    for requester in admitted:
        _let_in(requester, user_id)
    return len(admitted)


def _let_in(requester: uuid.UUID, user_id: uuid.UUID) -> None:
    if _begin(requester, user_id):
        outbox.enqueue("jobs.notifications.settle", "accepted", user_id, requester)


def _lock(*people: uuid.UUID) -> None:
    db.along(_locked(), {"people": list(people)})


@db.prepared
def _locked() -> Any:
    these = users.c.id == any_(bindparam("people", type_=ARRAY(Uuid)))
    return select(users.c.id).where(these).order_by(users.c.id).with_for_update(**db.LOCK)


def _begin(follower: uuid.UUID, followee: uuid.UUID) -> bool:
    return _moved(follower, _followed(), {"follower": follower, "followee": followee, "now": clock.now()})


def _end(follower: uuid.UUID, followee: uuid.UUID) -> None:
    if _moved(follower, _unfollowed(), {"follower": follower, "followee": followee}):
        outbox.enqueue("jobs.notifications.withdraw", "follow", follower, followee)
        outbox.enqueue("jobs.notifications.withdraw", "accepted", followee, follower)


def _moved(follower: uuid.UUID, statement: db.Prepared, values: dict[str, Any]) -> bool:
    """Write a follow or its end. Tells whether anything changed."""
    changed = bool(db.rows(statement, values))
    if changed:
        db.after_commit(lambda: cache.drop(*cache.rankings(follower)))
    return changed


@db.prepared
def _followed() -> Any:
    both = {"follower_id": _FOLLOWER, "followee_id": _FOLLOWEE}
    made = insert(table).values(**both, created_at=bindparam("now"), counted=counts(_FOLLOWER, _FOLLOWEE))
    return _counted(made.on_conflict_do_nothing().returning(table.c.counted).cte("made"), 1)


@db.prepared
def _unfollowed() -> Any:
    gone = delete(table).where(table.c.follower_id == _FOLLOWER, table.c.followee_id == _FOLLOWEE)
    return _counted(gone.returning(table.c.counted).cte("gone"), -1)


def _counted(follows: Any, step: int) -> Any:
    """Move both people's counters by what `follows` wrote, in the same statement."""
    moved = step * cast(follows.c.counted, Integer)
    values = {
        name: users.c[name] + case((users.c.id == person, moved), else_=0)
        for name, person in (("following_count", _FOLLOWER), ("follower_count", _FOLLOWEE))
    }
    both = update(users).where(users.c.id.in_((_FOLLOWER, _FOLLOWEE)), follows.c.counted.is_not(None))
    return both.values(values).returning(users.c.id)


def _forget(requester: uuid.UUID, target: uuid.UUID) -> bool:
    found = bool(db.rows(_forgotten(), {"requester": requester, "target": target}))
    if found:
        outbox.enqueue("jobs.notifications.withdraw", "request", requester, target)
    return found


@db.prepared
def _forgotten() -> Any:
    mine = asked.c.requester_id == bindparam("requester", type_=Uuid)
    return delete(asked).where(mine, asked.c.target_id == bindparam("target", type_=Uuid)).returning(asked.c.target_id)
