"""Writes of those who run the site. Each writes what was done into the record, in the same transaction."""

import uuid
from typing import Any

from sqlalchemy import delete, insert, select, update

from webapp.admin import announcements, queries, shapes, work
from webapp.admin.schemas import NewAnnouncement, RoleChange
from webapp.auth import tokens
from webapp.core import clock, db, ids, outbox, sessions
from webapp.core.errors import Conflict, NotFound, Refused
from webapp.core.outbox import Outbox
from webapp.models import Announcement, User
from webapp.policy import audit
from webapp.visibility import Viewer
from webapp.visibility.viewer import ROLES

users = User.__table__.c
entries = Outbox.__table__.c


def change_role(viewer: Viewer, name: str, asked: RoleChange) -> shapes.AdminPerson:
    """Give somebody another role. Nobody changes their own, so there is always an admin left."""
    user = _locked(viewer, name)
    if user.role != asked.role:
        db.execute(update(User).where(users.id == user.id).values(role=asked.role))
        sessions.refresh(user.id)
        audit.write(
            viewer, "role", "user", user.id, user_id=user.id, reason=asked.reason, before=user.role, after=asked.role
        )
    return queries.person(str(user.id))


def _locked(viewer: Viewer, name: str) -> Any:
    """Lock somebody's row and one's own, the smaller id first, and look whether one is an admin still."""
    user_id = queries.named(name)
    if user_id is None:
        raise NotFound("Nobody here has this name.")
    if user_id == viewer.id:
        raise Refused("This is your own account. Ask another admin to do this.")
    both = select(users.id, users.role, users.username).where(users.id.in_((user_id, viewer.id)))
    rows = {row.id: row for row in db.rows(both.order_by(users.id).with_for_update(**db.LOCK))}
    if viewer.id not in rows or rows[viewer.id].role != "admin":
        raise Refused("You are not an admin any more.")
    if user_id not in rows:
        raise NotFound("Nobody here has this name.")
    return rows[user_id]


def _below(viewer: Viewer, name: str) -> Any:
    """Lock somebody of a lower role than one's own."""
    user = _locked(viewer, name)
    if ROLES.index(user.role) >= ROLES.index(viewer.role):
        raise Refused("This is an admin, too. Give them another role first.")
    return user


def end_sessions(viewer: Viewer, name: str, *, only: uuid.UUID | None = None) -> str:
    """End somebody's sign-ins, or `only` one; with all of them their programs end, too. Returns their name."""
    user = _below(viewer, name)
    ended = sessions.end(user.id, only=only)
    if only is not None and not ended:
        raise NotFound("This sign-in has ended already.")
    if only is None:
        tokens.end(user.id)
    audit.write(viewer, "end_sessions", "user", user.id, user_id=user.id, ended=ended)
    return str(user.username)


def retry_job(viewer: Viewer, job_id: uuid.UUID) -> shapes.AdminJob:
    """Let a failed job begin anew."""
    name = outbox.retry(job_id)
    if name is None:
        found = work.job(job_id)
        raise Conflict(f"Only failed jobs are started again. This one is {found.status}.")
    audit.write(viewer, "retry_job", "job", job_id, job=name)
    return work.job(job_id)


def retry_jobs(viewer: Viewer, job_ids: list[uuid.UUID]) -> int:
    """Let several failed jobs begin anew; those that are not failed any more are left alone. Returns how many."""
    done = 0
    for job_id in dict.fromkeys(job_ids):
        name = outbox.retry(job_id)
        if name is not None:
            audit.write(viewer, "retry_job", "job", job_id, job=name)
            done += 1
    return done


def discard_job(viewer: Viewer, job_id: uuid.UUID) -> None:
    """Throw a job away that failed or waits. One that runs is left alone."""
    gone = delete(Outbox).where(entries.id == job_id, entries.status.in_(("failed", "queued")))
    row = db.row(gone.returning(entries.job, entries.status))
    if row is None:
        found = work.job(job_id)
        raise Conflict(f"Only jobs that failed or wait can be thrown away. This one is {found.status}.")
    db.after_commit(lambda: outbox.unlist(job_id))
    audit.write(viewer, "discard_job", "job", job_id, job=row.job, status=row.status)


def announce(viewer: Viewer, asked: NewAnnouncement) -> shapes.AdminAnnouncement:
    """Tell everybody something, from one moment to another."""
    now = clock.now()
    values = {
        "id": ids.new(), "text": asked.text, "level": asked.level, "starts_at": asked.starts_at or now,
        "ends_at": asked.ends_at, "created_by": viewer.id, "created_at": now,
    }  # fmt: skip
    made = db.row(insert(Announcement).values(values).returning(*Announcement.__table__.c))
    audit.write(viewer, "announce", "announcement", made.id, level=asked.level)
    db.after_commit(announcements.forget)
    return announcements.shape(made)


def withdraw_announcement(viewer: Viewer, announcement_id: uuid.UUID) -> None:
    """Take an announcement off every page and out of the list."""
    table = Announcement.__table__.c
    gone = delete(Announcement).where(table.id == announcement_id).returning(table.id)
    if db.row(gone) is None:
        raise NotFound("This announcement is not there any more.")
    audit.write(viewer, "withdraw_announcement", "announcement", announcement_id)
    db.after_commit(announcements.forget)
