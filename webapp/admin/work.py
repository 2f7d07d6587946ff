"""The queue as those who run the site see it. PostgreSQL has all of it; Redis only knows which workers are alive."""

import uuid
from datetime import UTC, datetime

from rq import Worker
from sqlalchemy import func, select

from webapp.admin import shapes, timetable
from webapp.core import db, log, outbox
from webapp.core.errors import NotFound
from webapp.core.outbox import Outbox
from webapp.core.page import Ask, Page, cut

table = Outbox.__table__.c
_COLUMNS = [table[name] for name in shapes.AdminJob.__slots__ if name != "trace"]


def report(status: str, ask: Ask) -> shapes.JobsReport:
    """Return how deep the queue is, who works on it, and a page of the jobs in one state."""
    page = _jobs(status, ask)
    counted = select(table.job, table.status, func.count().label("total")).where(table.status != "done")
    counts = db.rows(counted.group_by(table.job, table.status).order_by(func.count().desc(), table.job))
    oldest = db.scalar(select(func.min(table.created_at)).where(table.status.in_(("queued", "running"))))
    return shapes.JobsReport(
        outbox.depth(), [shapes.JobCount(*row) for row in counts], oldest, workers(), page.items, page.next_cursor,
        timetable.report(), timetable.storage(),
    )  # fmt: skip


def _jobs(status: str, ask: Ask) -> Page[shapes.AdminJob]:
    after = ask.after("admin-jobs", (datetime, uuid.UUID))
    found = select(*_COLUMNS).where(table.status == status).order_by(table.created_at.desc(), table.id.desc())
    if after:
        found = found.where((table.created_at < after[0]) | ((table.created_at == after[0]) & (table.id < after[1])))
    page = cut(db.rows(found.limit(ask.limit + 1)), ask, "admin-jobs", lambda row: (row.created_at, row.id))
    return page.map(lambda rows: [_job(row) for row in rows])


def job(job_id: uuid.UUID) -> shapes.AdminJob:
    """Return one job. NotFound if there is none, or it was done more than a day ago."""
    row = db.row(select(*_COLUMNS).where(table.id == job_id))
    if row is None:
        raise NotFound("This job is not there any more.")
    return _job(row)


def _job(row: object) -> shapes.AdminJob:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    error, _, trace = (values.pop("error") or "").partition(outbox.TRACE)
    return shapes.AdminJob(**values, error=error or None, trace=trace or None)


def workers() -> list[shapes.Worker] | None:
    """Return the workers that are alive; None if Redis does not say."""
    try:
        found = Worker.all(queue=outbox.queue("photos"))  # all of them serve all queues
        return [shapes.Worker(one.name, str(one.get_state()), _aware(one.last_heartbeat)) for one in found]
    except Exception as error:  # Redis is away: what matters here stands in PostgreSQL
        log.get().info("workers unknown", error=type(error).__name__)
        return None


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
