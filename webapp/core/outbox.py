"""The queue of record. What must happen after a commit is a row of the same transaction; RQ only carries the message.

A row is relayed to RQ after the commit, and again by the sweeper if Redis was away or a worker died. The job edge
(`jobs/__init__.py`) claims it, works, and marks it done in the transaction of its effects: a job may be delivered
often and still has the effect of one.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson
from redis import Redis, RedisError
from rq import Queue
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import Index, Text, and_, bindparam, case, cast, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import cache, clock, db, ids, log, retention
from webapp.core.wire import Command

PHOTOS = ("jobs.media.process", "jobs.posts.publish", "jobs.users.show_avatar")  # what people wait for
QUEUES = ("photos", "default", "clock")  # RQ's; workers take from each in turn, so none waits for another's end
MOST_SENT = 10_000  # that one of them holds, 6 to 20 MB of Redis' memory: other things need room, too
EDGE = "jobs.run"  # the one function that RQ calls
RETRIES = [1, 2, 4]  # seconds
FAILED_KEPT = timedelta(days=90)
_GRACE = timedelta(seconds=1)  # in which a row that is due is on its way to RQ
_LOOKED_AT = 2000
_SLOWEST = 20  # jobs a second that workers do at least: photos on one core are fewer, and then some are sent twice
TRACE = "\n\n"  # stands between what was said when a job failed, and where


class Outbox(db.Base):
    """One thing to do after a commit. `status`: queued, running, done, failed.

    `due_at` is when it should be done; while it runs, when its lease ends.
    """

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


_queues: dict[str, Queue] = {}
_lengths: dict[str, tuple[float, int]] = {}  # of the queues: when it was asked for, and what it was
_settings: dict[str, Any] = {"seconds": 25, "lease": 8, "relay": True}


def configure(*, seconds: int, lease: int) -> None:
    """Set how long a job may take, and after how many seconds without a sign of its worker another one gets it."""
    _settings.update(seconds=seconds, lease=lease)


def lease() -> int:
    """Return after how many seconds without a sign of its worker a job is given to another one."""
    return int(_settings["lease"])


def hold_back() -> None:
    """Hand nothing to RQ from this process: its caller does the jobs, or leaves them to the sweeper."""
    _settings["relay"] = False


def enqueue(job: str, *arguments: Any, wait: float = 0) -> uuid.UUID:
    """Have `job` (a dotted path below jobs/) done with these ids after this unit's commit. Returns the job's id.

    With `wait` (seconds) the sweeper sends it when its time has come.
    """
    job_id, now = ids.new(), clock.now()
    said = orjson.dumps([str(value) for value in arguments]).decode()
    times = {"due_at": now + timedelta(seconds=wait), "created_at": now}
    asked_by = log.context().get("request_id")
    db.along(_entered(), {"id": job_id, "job": job, "arguments": said, "request_id": asked_by, **times})
    if not wait:
        db.after_commit(partial(relay, job_id, job))
    return job_id


@db.prepared
def _entered() -> Any:
    told: dict[str, Any] = {name: bindparam(name) for name in ("id", "job", "request_id", "due_at", "created_at")}
    arguments = cast(bindparam("arguments", type_=Text), JSONB)
    return insert(Outbox.__table__).values(**told, arguments=arguments, status="queued", attempts=0)


def relay(job_id: uuid.UUID, job: str) -> bool:
    """Hand the row's id to RQ. False if Redis is away or has enough of them: the sweeper will do it."""
    name = _carrier(job)
    if not _settings["relay"] or cache.silent() or _length(name) >= MOST_SENT:
        return False
    said = _Said()
    try:
        queue(name).enqueue(
            EDGE, str(job_id), job_id=str(job_id), job_timeout=_settings["seconds"], result_ttl=0,
            failure_ttl=14 * 86400, pipeline=said,
        )  # fmt: skip
    except RedisError:  # it asks once a process which Redis this is
        cache.missed()
    if cache.tell(("MULTI",), *said.commands, ("EXEC",)):
        return True
    log.get().warning("job not relayed", job_id=str(job_id))  # the row stays, the sweeper comes
    return False


def _length(name: str) -> int:
    """Return how many jobs lay in a queue of RQ's a second ago or later; 0 if Redis did not say."""
    asked, length = _lengths.get(name, (0.0, 0))
    if time.monotonic() - asked >= 1:
        found = cache.ask(("LLEN", queue(name).key))
        length = found[0] if found else 0
        _lengths[name] = time.monotonic(), length
    return length


class _Said:
    """What RQ says to Redis about a new job: gathered here, as its own way of sending it costs more than the job."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def __getattr__(self, command: str) -> Callable[..., None]:
        """Take any command with plain arguments."""
        return lambda *arguments: self.commands.append((command.upper(), *arguments))

    def hset(self, key: str, *pair: Any, mapping: Mapping[str, Any] | None = None) -> None:
        """Take a hash, or one field of it."""
        self.commands.append(("HSET", key, *pair, *(part for field in (mapping or {}).items() for part in field)))


def retry(job_id: uuid.UUID) -> str | None:
    """Retry a failed row, after this unit's commit. Returns the job's name; None if it is not failed."""
    again = (
        update(Outbox)
        .where(Outbox.id == job_id, Outbox.status == "failed")
        .values(status="queued", attempts=0, finished_at=None, due_at=clock.now())
        .returning(Outbox.job)
    )
    name: str | None = db.execute(again).scalar_one_or_none()
    if name is not None:
        db.after_commit(partial(unlist, job_id, name))
        db.after_commit(partial(relay, job_id, name))
    return name


def unlist(job_id: uuid.UUID, job: str) -> None:
    """Let RQ forget a job that failed. Without Redis it does so by itself in two weeks."""
    try:
        FailedJobRegistry(queue=queue(_carrier(job))).remove(str(job_id), delete_job=True)
    except Exception as error:  # Redis is away, or RQ knows nothing of it
        log.get().info("job not unlisted", job_id=str(job_id), error=type(error).__name__)


def queues(connection: Redis | None = None) -> list[Queue]:
    """Return RQ's queues."""
    return [queue(name, connection) for name in QUEUES]


def queue(name: str, connection: Redis | None = None) -> Queue:
    """Return one of RQ's queues. JSON, because a pickle in Redis would be code."""
    asked = connection or cache.client()
    found = _queues.get(name)
    if found is None or found.connection is not asked:
        found = Queue(name, connection=asked, serializer=JSONSerializer)
        _queues[name] = found  # kept, as a new one asks Redis for its version before its first job
    return found


def _carrier(job: str) -> str:
    """Return the name of the queue for a job: what people wait for does not stand behind thousands of likes."""
    return "photos" if job in PHOTOS else "default"


def claim(job_id: uuid.UUID) -> Outbox | None:
    """Take the lease of an open row and count the attempt. None if it is done, failed or somebody else's for now."""
    now = clock.now()
    taken = (
        db.session()
        .execute(
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
        )
        .scalar_one_or_none()
    )
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


def renew(entry: Outbox) -> bool:
    """Hold a running row's lease for longer. False if it is somebody else's by now."""
    later = clock.now() + timedelta(seconds=_settings["lease"])
    mine = (Outbox.id == entry.id) & (Outbox.lease == entry.lease) & (Outbox.status == "running")
    return bool(db.rows(update(Outbox).where(mine).values(due_at=later).returning(Outbox.id)))


def overdue(limit: int = 200) -> list[tuple[uuid.UUID, str]]:
    """Return rows that nobody works on although they should be: RQ knows nothing of them, or their worker died.

    What RQ holds waits for its turn, so it is sent again only if that lasts longer than a lease and than its queues are
    long: a queue in Redis may have lost what is still described there.
    """
    now = clock.now()
    table = Outbox.__table__
    due = table.c.due_at <= now - _GRACE
    expired = (table.c.status == "running") & (table.c.due_at <= now)
    found = db.rows(
        select(table.c.id, table.c.status, table.c.due_at)
        .where(expired | ((table.c.status == "queued") & due))
        .order_by(table.c.job.in_(PHOTOS).desc(), table.c.due_at)  # else a lost photo stood behind likes that only wait
        .limit(_LOOKED_AT)
    )
    long_ago = now - timedelta(seconds=2 * _settings["lease"] + sum(map(_length, QUEUES)) / _SLOWEST)
    held = _held_by_rq([row.id for row in found if row.status == "queued" and row.due_at > long_ago])
    lost = [row.id for row in found if row.id not in held][:limit]
    free = select(table.c.id).where(table.c.id.in_(lost), expired | (table.c.status == "queued"))
    again = update(table).where(table.c.id.in_(free.with_for_update(skip_locked=True)))
    sent = again.values(status="queued", due_at=now).returning(table.c.id, table.c.job)
    return [(row.id, row.job) for row in db.rows(sent)] if lost else []


def _held_by_rq(job_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of these rows that RQ knows. Without Redis all of them: nothing can be sent anyway."""
    if not job_ids:
        return set()
    try:
        with cache.client().pipeline(transaction=False) as asked:
            for job_id in job_ids:
                asked.exists(Job.key_for(str(job_id)))
            there = asked.execute()
    except RedisError:
        return set(job_ids)
    return {job_id for job_id, known in zip(job_ids, there, strict=True) if known}


def depth() -> dict[str, int]:
    """Return how many rows wait, run and have failed."""
    statement = (
        select(Outbox.status, func.count().label("total")).where(Outbox.status != "done").group_by(Outbox.status)
    )
    return {"queued": 0, "running": 0, "failed": 0, **{row.status: row.total for row in db.rows(statement)}}


def waiting() -> dict[str, float]:
    """Return for how many seconds the oldest job waits, of photos and of all others, and how late the latest one is."""
    open_now = Outbox.status.in_(("queued", "running"))
    since = func.extract("epoch", func.now() - func.min(Outbox.created_at))
    late = func.extract("epoch", func.now() - func.min(Outbox.due_at))
    of = case((Outbox.job.in_(PHOTOS), "photos"), else_="other").label("kind")
    found = db.rows(select(of, since.label("since"), late.label("late")).where(open_now).group_by(of))
    ages = {row.kind: max(0.0, float(row.since)) for row in found}
    return {"photos": 0.0, "other": 0.0, **ages, "late": max([0.0, *(float(row.late) for row in found)])}


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
