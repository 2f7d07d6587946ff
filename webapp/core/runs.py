"""What happens by the clock: when each job ran last, what came of it, and where it goes on.

A job of the clock runs once at a time on all machines together: whoever runs it holds an advisory lock of PostgreSQL
on a connection of its own, so the lock ends with its process, however that ends. Where it goes on (`mark`) is written
in the transaction of the piece before, so a job that is killed half-way repeats nothing and leaves nothing out.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock, db, ids

OUTCOMES = ("running", "done", "failed", "waits", "lost")
_LOCK = 0x71C0  # the first half of the advisory locks' names; the second is made of the job's
_KEPT = 20  # runs of each job
_MOST_ERROR = 300  # characters


class ClockJob(db.Base):
    """A job of the clock, as it ran last. `waits`: a part was away; `lost`: its process ended half-way."""

    __tablename__ = "clock_jobs"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    seconds: Mapped[int]  # how often it is called
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    done: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default="{}")
    mark: Mapped[Any | None] = mapped_column(JSONB)

    __table_args__ = (CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome_known"),)


class ClockRun(db.Base):
    """A run that did something or failed. Those that found nothing to do leave no line."""

    __tablename__ = "clock_runs"

    id: Mapped[db.Id]
    name: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    done: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default="{}")

    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome_known"),
        Index("ix_clock_runs_name", "name", "started_at"),
    )


jobs = ClockJob.__table__
runs = ClockRun.__table__


@contextmanager
def turn(name: str) -> Iterator[bool]:
    """Hold the job's lock meanwhile; gives False if somebody else holds it, on whichever machine."""
    with db.engine().connect() as connection:
        connection.detach()  # closed in the end, not given back: so the lock is gone, whatever happened
        which = {"room": _LOCK, "name": name}
        ours = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:room, hashtext(:name))"), which))
        yield ours
        if ours:  # PostgreSQL notices the end of a connection a moment later: whoever comes next would find it held
            with suppress(DBAPIError):
                connection.execute(text("SELECT pg_advisory_unlock(:room, hashtext(:name))"), which)


def begin(name: str, seconds: int) -> datetime:
    """Write down that a run begins. One that still counts as running was lost: nobody else has the lock."""
    before = db.row(select(jobs).where(jobs.c.name == name, jobs.c.outcome == "running"))
    if before is not None:
        _remember(name, before.started_at, None, "lost", None, {})
    now = clock.now()
    values = {"seconds": seconds, "started_at": now, "finished_at": None, "outcome": "running", "error": None}
    made = insert(jobs).values(name=name, done={}, **values)
    db.execute(made.on_conflict_do_update(index_elements=["name"], set_={**values, "done": made.excluded.done}))
    return now


def finish(name: str, started: datetime, outcome: str, done: dict[str, int], error: str | None = None) -> None:
    """Write down what came of a run."""
    now, error = clock.now(), error and first_line(error)
    done = {what: number for what, number in done.items() if number}
    values: dict[str, Any] = {"finished_at": now, "outcome": outcome, "error": error, "done": done}
    if outcome == "done":
        values["succeeded_at"] = now
    db.execute(update(jobs).where(jobs.c.name == name).values(values))
    if done or outcome != "done":
        _remember(name, started, now, outcome, error, done)


def _remember(
    name: str, started: datetime, finished: datetime | None, outcome: str, error: str | None, done: dict[str, int]
) -> None:
    values = {"id": ids.new(), "name": name, "started_at": started, "finished_at": finished}
    db.execute(insert(runs).values(**values, outcome=outcome, error=error, done=done))
    old = select(runs.c.id).where(runs.c.name == name).order_by(runs.c.started_at.desc()).offset(_KEPT)
    db.execute(delete(runs).where(runs.c.id.in_(old)))


def first_line(words: str) -> str:
    """Return the first line of what was said: those that follow may hold what people wrote."""
    return next(iter(words.splitlines()), "")[:_MOST_ERROR]


def mark(name: str) -> Any:
    """Return where a job goes on; None: at the beginning."""
    return db.scalar(select(jobs.c.mark).where(jobs.c.name == name))


def keep(name: str, where: Any) -> None:
    """Write down where a job goes on, with the transaction of the piece before."""
    db.execute(update(jobs).where(jobs.c.name == name).values(mark=where))


def listed() -> Sequence[Any]:
    """Return all jobs as they ran last, by name."""
    return db.rows(select(*jobs.c).order_by(jobs.c.name))


def latest(limit: int) -> Sequence[Any]:
    """Return the last runs of each job that did something or failed, the newest first."""
    place = func.row_number().over(partition_by=runs.c.name, order_by=runs.c.started_at.desc()).label("place")
    found = select(*runs.c, place).subquery()
    return db.rows(select(found).where(found.c.place <= limit).order_by(found.c.started_at.desc()))


def known(name: str) -> bool:
    """Tell whether a job of this name has ever run."""
    return db.scalar(select(jobs.c.name).where(jobs.c.name == name)) is not None


def successes() -> dict[str, float]:
    """Return when each job did its work last, in seconds of the epoch."""
    found = db.rows(select(jobs.c.name, jobs.c.succeeded_at).where(jobs.c.succeeded_at.is_not(None)))
    return {row.name: row.succeeded_at.timestamp() for row in found}
