"""Writes of notifications: what jobs tell, what people read and choose."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, sessions
from webapp.models import Notification, NotificationChoice, NotificationEvent
from webapp.models.notification import TYPES, notification_seq
from webapp.notifications import push, queries, shapes
from webapp.notifications.causes import KINDS, Cause
from webapp.visibility import Viewer, unmuted, visible_comments, visible_posts, visible_users

notes = Notification.__table__.c
events = NotificationEvent.__table__.c
choices = NotificationChoice.__table__
KEPT = timedelta(days=90)
MOST = 500  # notifications of one person
_TELLING = 7421  # the advisory locks under which causes are looked up, one for each subject


def settle(kind: str, actor_id: uuid.UUID, subject_id: uuid.UUID, *, renew: bool = True) -> None:
    """Bring what is told of one cause into line with what is true now. Twice, late or in another order is the same.

    Without `renew` it only takes back what is not true any more.
    """
    types, find = KINDS[kind]
    db.execute(text("SELECT pg_advisory_xact_lock(:lock, hashtext(:of))"), {"lock": _TELLING, "of": str(subject_id)})
    causes = [cause for cause in find(actor_id, subject_id) if cause.recipient_id != actor_id]
    known = _correct(types, actor_id, subject_id, {(cause.type, cause.recipient_id) for cause in causes})
    if renew:
        for person, reasons in _by_person(causes):
            if person not in known:
                _tell(actor_id, subject_id, reasons)


def _by_person(causes: list[Cause]) -> list[tuple[uuid.UUID, list[Cause]]]:
    """Gather the reasons to tell each person, in one order for everybody: jobs don't wait for each other crosswise."""
    people = sorted({cause.recipient_id for cause in causes})
    return [(person, [cause for cause in causes if cause.recipient_id == person]) for person in people]


def _correct(
    types: Iterable[str], actor_id: uuid.UUID, subject_id: uuid.UUID, standing: set[tuple[str, uuid.UUID]]
) -> set[uuid.UUID]:
    """Withdraw what was told and does not stand, bring back what stands again. Returns who was told ever."""
    told = (events.actor_id == actor_id, events.type.in_(types), events.subject_id == subject_id)
    columns = (events.type, events.recipient_id, events.withdrawn)
    found = db.rows(select(*columns).where(*told).order_by(events.recipient_id))
    for row in found:
        gone = (row.type, row.recipient_id) not in standing
        if row.withdrawn != gone:
            which = (*told, events.type == row.type, events.recipient_id == row.recipient_id)
            db.execute(update(NotificationEvent.__table__).where(*which).values(withdrawn=gone))
            sessions.refresh(row.recipient_id)
    return {row.recipient_id for row in found}


def _tell(actor_id: uuid.UUID, subject_id: uuid.UUID, reasons: list[Cause]) -> None:
    """Tell a person for the first of these reasons that it wants to know, if it may see who and what."""
    unwanted = queries.unwanted(reasons[0].recipient_id)
    cause = next((cause for cause in reasons if cause.type not in unwanted), None)
    if cause is None or not _in_sight(cause, actor_id):
        return
    notification_id = open_line(cause.recipient_id, cause.type, cause.at, cause.post_id, cause.comment_id)
    made = insert(NotificationEvent).values(
        actor_id=actor_id, type=cause.type, subject_id=subject_id, recipient_id=cause.recipient_id,
        notification_id=notification_id, comment_id=cause.said_id, created_at=cause.at,
    )  # fmt: skip
    db.execute(made.on_conflict_do_nothing())
    sessions.refresh(cause.recipient_id)
    push.told(cause.recipient_id, cause.type, notification_id)


def _in_sight(cause: Cause, actor_id: uuid.UUID) -> bool:
    recipient = Viewer(cause.recipient_id, role="user")
    things: list[tuple[Any, str, uuid.UUID | None]] = [
        (visible_users(recipient).where(unmuted(recipient)), "users", actor_id),
        (visible_posts(recipient), "posts", cause.post_id),
        (visible_comments(recipient), "comments", cause.comment_id),
        (visible_comments(recipient), "comments", cause.said_id),
    ]
    return all(_exists(seen, table, thing) for seen, table, thing in things if thing is not None)


def _exists(seen: Any, table: str, thing: uuid.UUID) -> bool:
    column = db.Base.metadata.tables[table].c.id
    return db.row(seen.with_only_columns(column).where(column == thing)) is not None


def open_line(
    person: uuid.UUID, kind: str, at: datetime, post_id: uuid.UUID | None = None, comment_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Return the unread notification that gathers what is of this kind, now on top of the list; begin it if need be."""
    begun = insert(Notification).values(
        recipient_id=person, type=kind, post_id=post_id, comment_id=comment_id, seq=notification_seq.next_value(),
        latest_at=at,
    )  # fmt: skip
    newer = {"seq": begun.excluded.seq, "latest_at": func.greatest(notes.latest_at, begun.excluded.latest_at)}
    key = [notes.recipient_id, notes.type, notes.post_id, notes.comment_id]
    found = begun.on_conflict_do_update(index_elements=key, index_where=notes.read_at.is_(None), set_=newer)
    opened: uuid.UUID = db.execute(found.returning(notes.id)).scalar_one()
    _trim(person)
    return opened


def _trim(person: uuid.UUID) -> None:
    """Let a person's oldest notifications go: nobody reads the five-hundredth."""
    oldest = select(notes.id).where(notes.recipient_id == person).order_by(notes.seq.desc()).offset(MOST).limit(100)
    db.execute(delete(Notification).where(notes.id.in_(oldest)))


def read(viewer: Viewer, notification_id: uuid.UUID) -> shapes.Notification:
    """Note that the viewer has read one notification; twice is once. Returns it."""
    queries.get(viewer, notification_id)
    _read(viewer, notes.id == notification_id)
    return queries.get(viewer, notification_id)


def read_all(viewer: Viewer) -> shapes.NotificationCount:
    """Note that the viewer has read everything. Returns what is left unread: nothing."""
    _read(viewer)
    return queries.count(viewer)


def _read(viewer: Viewer, *which: Any) -> None:
    mine = update(Notification).where(notes.recipient_id == viewer.id, notes.read_at.is_(None), *which)
    db.execute(mine.values(read_at=clock.now()))
    sessions.refresh(viewer.id)


def recall(post_id: uuid.UUID) -> None:
    """Have the badges of all who were told of something around a post counted anew: some of it is hidden now."""
    told = select(notes.recipient_id).where(notes.post_id == post_id, notes.read_at.is_(None)).distinct()
    sessions.refresh(*(row.recipient_id for row in db.rows(told)))


def choose(
    viewer: Viewer, wanted: Mapping[str, bool], pushed: Mapping[str, bool], *, content: bool | None = None
) -> shapes.NotificationSettings:
    """Switch types on or off, in the app and as pushes; what is not named stays. Returns what the viewer wants."""
    db.execute(insert(choices).values(user_id=viewer.id, unwanted=[]).on_conflict_do_nothing())
    row = choices.c.user_id == viewer.id
    before = db.row(select(choices).where(row).with_for_update())
    values = {
        "unwanted": [name for name in TYPES if not wanted.get(name, name not in before.unwanted)],
        "unpushed": [name for name in (*TYPES, "message") if not pushed.get(name, name not in before.unpushed)],
        "push_content": before.push_content if content is None else content,
    }
    db.execute(update(choices).where(row).values(values))
    return queries.settings(viewer)


def sweep() -> int:
    """Delete notifications that are older than 90 days. Returns how many."""
    old = select(notes.id).where(notes.latest_at < clock.now() - KEPT).limit(5000)
    return len(db.rows(delete(Notification).where(notes.id.in_(old)).returning(notes.id)))
