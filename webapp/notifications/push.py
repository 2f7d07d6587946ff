"""Pushes: which devices a person has, what is worth one, and what became of it. Jobs send them (`jobs/push.py`).

Each device gets a job of its own, so that one whose service hangs holds up no other. A job brings ids, no words: what
is pushed is looked up, and its sight asked, at the moment of sending.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.auth import shapes as auth_shapes
from webapp.core import clock, crypto, db, ids, outbox, retention
from webapp.core import push as service
from webapp.core.errors import Conflict, NotFound
from webapp.models import ApiToken, Notification, PushSubscription, User, UserSession
from webapp.notifications import queries, shapes
from webapp.notifications.schemas import NewPushSubscription
from webapp.visibility import Viewer

table = PushSubscription.__table__
subs = table.c
notes = Notification.__table__.c
users = User.__table__.c
sessions = UserSession.__table__.c
tokens = ApiToken.__table__.c
MOST = 10  # devices of one person
TRIED = timedelta(hours=6)  # how long a push is tried
_GIVEN_UP = 20  # failures in a row, with growing pauses in between: the device is gone
_PAUSE, _LONGEST = 30.0, 3600.0  # seconds
_MANY = timedelta(hours=1)
# A line that is still unread and gets longer is pushed again after this time.
_GAPS = {"like": _MANY, "repost": _MANY, "follow": _MANY}
_GAP = timedelta(minutes=1)


def subscribe(viewer: Viewer, asked: NewPushSubscription, device: str) -> shapes.PushSubscription:
    """Push to a browser from now on. The same address again replaces its keys, whoever had it before."""
    if not service.public_key():
        raise Conflict("This site sends no pushes.")
    values = {
        "user_id": viewer.id, "session_id": viewer.session_id, "endpoint": asked.endpoint, "key": asked.keys.p256dh,
        "auth": asked.keys.auth, "device": device[:300],
    }  # fmt: skip
    first = {"id": ids.new(), "endpoint_hash": crypto.digest(asked.endpoint), "created_at": clock.now()}
    made = insert(table).values(**values, **first)
    anew = {**values, "failures": 0, "paused_until": None}
    row = db.row(made.on_conflict_do_update(index_elements=[subs.endpoint_hash], set_=anew).returning(*table.c))
    oldest = select(subs.id).where(subs.user_id == viewer.id).order_by(subs.created_at.desc()).offset(MOST)
    db.execute(delete(table).where(subs.id.in_(oldest)))
    return _shape(row, viewer)


def unsubscribe(viewer: Viewer, endpoint: str) -> None:
    """Push to this browser no more. Twice is once."""
    db.execute(delete(table).where(subs.user_id == viewer.id, subs.endpoint_hash == crypto.digest(endpoint)))


def remove(viewer: Viewer, subscription_id: uuid.UUID) -> None:
    """Push to one of one's devices no more, named from another one."""
    gone = delete(table).where(subs.user_id == viewer.id, subs.id == subscription_id)
    if db.row(gone.returning(subs.id)) is None:
        raise NotFound


def mine(viewer: Viewer) -> list[shapes.PushSubscription]:
    """Return the devices to which is pushed, the newest first."""
    rows = db.rows(select(table).where(subs.user_id == viewer.id, _alive()).order_by(subs.created_at.desc()))
    return [_shape(row, viewer) for row in rows]


def _shape(row: Any, viewer: Viewer) -> shapes.PushSubscription:
    here = row.session_id is not None and row.session_id == viewer.session_id
    device = auth_shapes.device(row.device)
    return shapes.PushSubscription(row.id, row.endpoint, device, here, row.last_ok_at, row.created_at)


def _alive() -> Any:
    """Condition on a subscription: the sign-in that it was made in has not ended."""
    now = clock.now()
    session = exists().where(sessions.id == subs.session_id, sessions.expires_at > now)
    valid = and_(tokens.user_id == subs.user_id, tokens.revoked_at.is_(None), tokens.refresh_expires_at > now)
    return or_(session, and_(subs.session_id.is_(None), exists().where(valid)))


def devices(people: Iterable[uuid.UUID]) -> Sequence[Any]:
    """Return to which devices (id, user_id) of these people is pushed."""
    return db.rows(select(subs.id, subs.user_id).where(subs.user_id.in_(list(people)), _alive()))


def told(person: uuid.UUID, kind: str, notification_id: uuid.UUID) -> None:
    """Have a notification pushed, if the person has devices and wants it, and not at every turn of a growing line."""
    found = devices([person])
    if not found or kind in queries.chosen(person).unpushed:
        return
    before = clock.now() - _GAPS.get(kind, _GAP)
    due = update(Notification).where(
        notes.id == notification_id, or_(notes.pushed_at.is_(None), notes.pushed_at < before)
    )
    if db.row(due.values(pushed_at=clock.now()).returning(notes.id)) is not None:
        have_sent([row.id for row in found], "notification", notification_id)


def have_sent(subscriptions: Iterable[uuid.UUID], what: str, *things: uuid.UUID) -> None:
    """Have something pushed to these devices, one job for each."""
    until = (clock.now() + TRIED).isoformat()
    for subscription_id in subscriptions:
        outbox.enqueue("jobs.push.send", subscription_id, until, what, *things)


def target(subscription_id: uuid.UUID) -> Any:
    """Return a device and whose it is; None once its sign-in has ended or its owner is hidden."""
    statement = (
        select(*table.c, users.username, users.role)
        .join(User.__table__, users.id == subs.user_id)
        .where(subs.id == subscription_id, users.status == "active", _alive())
    )
    return db.row(statement)


def arrived(subscription_id: uuid.UUID) -> None:
    """Note that a push was taken."""
    values = {"failures": 0, "paused_until": None, "last_ok_at": clock.now()}
    db.execute(update(table).where(subs.id == subscription_id).values(values))


def gone(subscription_id: uuid.UUID) -> None:
    """Forget a device that its service does not know any more."""
    db.execute(delete(table).where(subs.id == subscription_id))


def postpone(subscription_id: uuid.UUID, until: datetime, arguments: Sequence[Any], wait: float = 0.0) -> None:
    """Note a failure, leave the device alone for longer each time, and try again then if it is not too late."""
    pause = func.least(_PAUSE * func.power(2, func.least(subs.failures, 10)), _LONGEST)
    seconds = func.greatest(pause, min(wait, 6 * _LONGEST))
    later = literal(clock.now()) + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    values = {"failures": subs.failures + 1, "paused_until": later}
    row = db.row(
        update(table).where(subs.id == subscription_id).values(values).returning(subs.failures, subs.paused_until)
    )
    if row is not None and row.failures >= _GIVEN_UP:
        gone(subscription_id)
    elif row is not None:
        again(subscription_id, until, arguments, row.paused_until)


def again(subscription_id: uuid.UUID, until: datetime, arguments: Sequence[Any], at: datetime) -> None:
    """Have it tried at a time, unless that is too late."""
    if at < until:
        wait = (at - clock.now()).total_seconds()
        outbox.enqueue("jobs.push.send", subscription_id, until.isoformat(), *arguments, wait=max(1.0, wait))


def sweep() -> int:
    """Forget devices whose program can't come back. Returns how many; those of sessions go with them."""
    return retention.delete_some(table, ~_alive())


def words(viewer: Viewer, notification_id: uuid.UUID) -> dict[str, Any] | None:
    """Return what a notification's push says; None if it is read, gone, out of sight or unwanted by now."""
    try:
        told = queries.get(viewer, notification_id)
    except NotFound:
        return None
    if told.read_at is not None or told.type in queries.chosen(viewer.id).unpushed:
        return None
    said = told.target.excerpt if told.target.type == "comment" else ""
    return {
        "title": shapes.sentence(told), "body": said, "url": told.path, "tag": f"told-{told.id}",
        "read": f"/api/v1/notifications/{told.id}/read",
    }  # fmt: skip
