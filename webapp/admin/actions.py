"""Writes of those who run the site. Each writes what was done into the record, in the same transaction."""

import uuid
from functools import partial

from sqlalchemy import delete, insert

from webapp.account import sanctions as accounts
from webapp.admin import announcements, queries, shapes, work
from webapp.admin.schemas import NewAnnouncement, Rejection, Removal, RoleChange
from webapp.auth import tokens
from webapp.core import clock, db, ids, mailer, outbox, runs, sessions
from webapp.core.errors import Conflict, NotFound
from webapp.core.outbox import Outbox
from webapp.models import Announcement
from webapp.moderation import cases, sanctions, targets
from webapp.policy import audit
from webapp.policy import queries as policy
from webapp.policy.shapes import RegistrationRequest
from webapp.visibility import Viewer

_BROKEN = "It goes against the rules of this site."  # the reason of whoever gives none
entries = Outbox.__table__.c


def change_role(viewer: Viewer, name: str, asked: RoleChange) -> shapes.AdminPerson:
    """Give somebody another role. Nobody changes their own, so there is always an admin left."""
    target = targets.person(viewer, name)
    sanctions.alone(viewer, target.id)
    sanctions.change_role(viewer, str(target.id), asked.role, asked.reason)
    return queries.person(viewer, str(target.id))


def delete_user(viewer: Viewer, name: str, asked: Removal) -> None:
    """Have an account deleted: hidden at once, erased in 30 days unless it is taken back before. Twice is once."""
    target = targets.person(viewer, name)
    sanctions.delete_user(viewer, str(target.id), asked.reason or _BROKEN)


def remove_post(viewer: Viewer, post_id: uuid.UUID, asked: Removal) -> uuid.UUID:
    """Take a post down: its author alone sees it, with the reason. Twice is once. Returns the sanction's id."""
    target = targets.get(viewer, "post", post_id)
    made = sanctions.impose(viewer, "takedown", target, asked.reason or _BROKEN)
    cases.close_about(viewer, "post", post_id, "takedown")
    return made


def end_sessions(viewer: Viewer, name: str, *, only: uuid.UUID | None = None) -> None:
    """End somebody's sign-ins, or `only` one; with all of them their programs end, too."""
    target = targets.person(viewer, name)
    sanctions.check(viewer, target.owner, "delete")
    if only is None:
        tokens.end(target.id)  # first: it holds the person's row, as a new password does before it ends sign-ins
    ended = sessions.end(target.id, only=only)
    if only is not None and not ended:
        raise NotFound("This sign-in has ended already.")
    audit.write(viewer, "end_sessions", "user", target.id, user_id=target.id, ended=ended)


def retry_job(viewer: Viewer, job_id: uuid.UUID) -> shapes.AdminJob:
    """Retry a failed job."""
    name = outbox.retry(job_id)
    if name is None:
        found = work.job(job_id)
        raise Conflict(f"Only failed jobs are started again. This one is {found.status}.")
    audit.write(viewer, "retry_job", "job", job_id, job=name)
    return work.job(job_id)


def retry_jobs(viewer: Viewer, job_ids: list[uuid.UUID]) -> int:
    """Retry several failed jobs; those that are not failed any more are left alone. Returns how many."""
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
    db.after_commit(partial(outbox.unlist, job_id, row.job))
    audit.write(viewer, "discard_job", "job", job_id, job=row.job, status=row.status)


def run_now(viewer: Viewer, name: str) -> None:
    """Let what happens by the clock happen now, too. Whoever does it already goes on alone."""
    if not runs.known(name):
        raise NotFound("Nothing of this name has been done by the clock yet.")
    outbox.enqueue("jobs.clock.at_once", name)
    audit.write(viewer, "run_clock_job", "clock_job", name)


def announce(viewer: Viewer, asked: NewAnnouncement) -> shapes.AdminAnnouncement:
    """Tell everybody something, from one moment to another."""
    now = clock.now()
    values = {
        "id": ids.new(), "text": asked.text, "level": asked.level, "starts_at": asked.starts_at or now,
        "ends_at": asked.ends_at, "created_by": viewer.id, "created_at": now,
    }  # fmt: skip
    made = db.row(insert(Announcement).values(values).returning(*Announcement.__table__.c))
    audit.write(viewer, "announce", "announcement", made.id, level=asked.level)
    db.after_commit(announcements.kept.changed)
    return announcements.shape(made)


def withdraw_announcement(viewer: Viewer, announcement_id: uuid.UUID) -> None:
    """Take an announcement off every page and out of the list."""
    table = Announcement.__table__.c
    gone = delete(Announcement).where(table.id == announcement_id).returning(table.id)
    if db.row(gone) is None:
        raise NotFound("This announcement is not there any more.")
    audit.write(viewer, "withdraw_announcement", "announcement", announcement_id)
    db.after_commit(announcements.kept.changed)


def approve_registration(viewer: Viewer, user_id: uuid.UUID) -> None:
    """Let somebody in who waits for approval, and mail them. Conflict if somebody else has decided meanwhile."""
    person = _undecided(user_id)
    accounts.approve_account(user_id)
    audit.write(viewer, "approve_registration", "user", user_id, user_id=user_id)
    mailer.post("registration-approved", person.email, user_id, username=person.username)


def reject_registration(viewer: Viewer, user_id: uuid.UUID, asked: Rejection) -> None:
    """Turn somebody away who waits for approval, and mail them why: what they gave is erased within minutes."""
    person = _undecided(user_id)
    accounts.reject_account(user_id)
    audit.write(viewer, "reject_registration", "user", user_id, user_id=user_id, reason=asked.reason)
    mailer.post("registration-rejected", person.email, username=person.username, reason=asked.reason)


def _undecided(user_id: uuid.UUID) -> RegistrationRequest:
    found = policy.waiting(user_id)
    if found is None and queries.named(str(user_id)) is None:
        raise NotFound("Nobody here has this name.")
    if found is None:
        raise Conflict("Nobody waits here any more: somebody else has decided, or they have left.")
    return found
