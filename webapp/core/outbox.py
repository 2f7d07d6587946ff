"""The queue of record. What must happen after a commit is a row of the same transaction; RQ only carries the message.

A row is relayed to RQ after the commit, and again by the sweeper if Redis was away or a worker died. The job edge
(`jobs/__init__.py`) claims it, works, and marks it done in the transaction of its effects: a job may be delivered
often and still has the effect of one.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from rq import Queue, Retry
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import Index, Text, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import cache, clock, db, log, retention

QUEUE = "default"
EDGE = "jobs.run"  # the one function that RQ calls
RETRIES = [1, 2, 4]  # seconds
FAILED_KEPT = timedelta(days=90)
TRACE = "\n\n"  # stands between what was said when a job failed, and where


class Outbox(db.Base):
    """One thing to do after a commit. `status`: queued, running, done, failed."""

    __tablename__ = "outbox"

    id: Mapped[db.Id]
    job: Mapped[str] = mapped_column(Text)
    arguments: Mapped[list[str]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(Text, default="queued", server_default="queued")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    request_id: Mapped[str | None] = mapped_column(Text)
    lease: Mapped[uuid.UUID | None]
    due_at: Mapped[db.Time]
    created_at: Mapped[db.Time]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_outbox_open", "due_at", postgresql_where="status IN ('queued', 'running')"),
        Index("ix_outbox_failed", "created_at", postgresql_where="status = 'failed'"),
    )


_settings: dict[str, Any] = {"seconds": 25, "lease": 30, "relay": True}


def configure(*, seconds: int, lease: int) -> None:
    """Set how long a job may take and after how many seconds an unfinished one is given to another."""
    _settings.update(seconds=seconds, lease=lease)


def hold_back() -> None:
    """Hand nothing to RQ from this process: its caller does the jobs, or leaves them to the sweeper."""
    _settings["relay"] = False


def enqueue(job: str, *arguments: Any, wait: float = 0) -> uuid.UUID:
    """Have `job` (a dotted path below jobs/) done with these ids after this unit's commit. Returns the job's id.

    With `wait` (seconds) the sweeper sends it when its time has come.
    """
    entry = Outbox(
        job=job,
        arguments=[str(value) for value in arguments],
        request_id=log.context().get("request_id"),
        due_at=clock.now() + timedelta(seconds=wait or _settings["lease"]),
    )
    db.add(entry)
    if not wait:
        db.after_commit(partial(relay, entry.id))
    return entry.id


def relay(job_id: uuid.UUID) -> bool:
    """Hand the row's id to RQ. False if Redis is away: the sweeper will do it."""
    if not _settings["relay"]:
        return False
    try:
        queue().enqueue(
            EDGE,
            str(job_id),
            job_id=f"{job_id}",
            job_timeout=_settings["seconds"],
            retry=Retry(max=len(RETRIES), interval=RETRIES),
            result_ttl=0,
            failure_ttl=14 * 86400,
        )
    except Exception as error:  # Redis refused, hung or full: the row stays, the sweeper comes
        log.get().warning("job not relayed", job_id=str(job_id), error=str(error))
        return False
    return True


def retry(job_id: uuid.UUID) -> str | None:
    """Let a failed row begin anew, after this unit's commit. Returns the job's name; None if it is not failed."""
    again = (
        update(Outbox)
        .where(Outbox.id == job_id, Outbox.status == "failed")
        .values(
            status="queued", attempts=0, finished_at=None, due_at=clock.now() + timedelta(seconds=_settings["lease"])
        )
        .returning(Outbox.job)
    )
    name: str | None = db.execute(again).scalar_one_or_none()
    if name is not None:
        db.after_commit(partial(unlist, job_id))
        db.after_commit(partial(relay, job_id))
    return name


def unlist(job_id: uuid.UUID) -> None:
    """Let RQ forget a job that failed. Without Redis it does so by itself in two weeks."""
    try:
        FailedJobRegistry(queue=queue()).remove(str(job_id), delete_job=True)
    except Exception as error:  # Redis is away, or RQ knows nothing of it
        log.get().info("job not unlisted", job_id=str(job_id), error=type(error).__name__)


def queue() -> Queue:
    """Return RQ's queue. JSON, because a pickle in Redis would be code."""
    return Queue(QUEUE, connection=cache.client(), serializer=JSONSerializer)


def claim(job_id: uuid.UUID) -> Outbox | None:
    """Take the lease of an open row and count the attempt. None if it is done, failed or somebody else's for now."""
    now = clock.now()
    taken = db.execute(
        update(Outbox)
        .where(
            Outbox.id == job_id,
            (Outbox.status == "queued") | ((Outbox.status == "running") & (Outbox.due_at <= now)),
        )
        .values(
            status="running",
            attempts=Outbox.attempts + 1,
            lease=uuid.uuid4(),
            due_at=now + timedelta(seconds=_settings["lease"]),
        )
        .returning(Outbox)
    ).scalar_one_or_none()
    return taken


def settle(
    entry: Outbox, status: str, error: str | None = None, *, due_in: float | None = None, attempts: int = 0
) -> bool:
    """Write the outcome, if the lease is still ours. `attempts` is added (-1: that one did not count)."""
    values: dict[str, Any] = {"status": status, "error": error, "attempts": Outbox.attempts + attempts}
    if status in ("done", "failed"):
        values["finished_at"] = clock.now()
    if due_in is not None:
        values["due_at"] = clock.now() + timedelta(seconds=due_in)
    kept = db.execute(
        update(Outbox).where(Outbox.id == entry.id, Outbox.lease == entry.lease).values(values).returning(Outbox.id)
    )
    return kept.scalar_one_or_none() is not None


def overdue(limit: int = 200) -> list[uuid.UUID]:
    """Return rows that nobody works on although they should be: not relayed, or their worker died."""
    statement = (
        select(Outbox.id)
        .where(Outbox.status.in_(("queued", "running")), Outbox.due_at <= clock.now())
        .order_by(Outbox.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [row.id for row in db.rows(statement)]
    if found:
        later = clock.now() + timedelta(seconds=_settings["lease"])
        db.execute(update(Outbox).where(Outbox.id.in_(found)).values(status="queued", due_at=later))
    return found


def depth() -> dict[str, int]:
    """Return how many rows wait, run and have failed."""
    statement = (
        select(Outbox.status, func.count().label("total")).where(Outbox.status != "done").group_by(Outbox.status)
    )
    return {"queued": 0, "running": 0, "failed": 0, **{row.status: row.total for row in db.rows(statement)}}


def forget(names: Sequence[str]) -> None:
    """Delete rows about these ids or keys, whatever their state: what they name is erased."""
    if names:
        db.execute(delete(Outbox).where(Outbox.arguments.has_any(array(names))))


def sweep() -> int:
    """Delete rows that were done a day ago, some at a time. Returns how many; failed ones stay for inspection."""
    now, table = clock.now(), Outbox.__table__.c
    done = and_(table.status == "done", table.finished_at < now - timedelta(days=1))
    failed = and_(table.status == "failed", table.created_at < now - FAILED_KEPT)
    return retention.delete_some(Outbox.__table__, or_(done, failed), limit=5000)
