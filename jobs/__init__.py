"""The job edge: claim, work, and write the effects in one transaction with the outcome.

RQ calls `run` with the id of an outbox row. The job's function does the slow work with no transaction open and
returns what is left to write as a callable; the edge runs it and marks the row done in one transaction, if the lease
is still its own. So a job that is delivered twice, or whose worker died half-way, has the effect of one.
"""

import errno
import functools
import importlib
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rq.timeouts import BaseTimeoutException

from webapp.core import db, gate, log, metrics, outbox, storage, traces
from webapp.core.errors import Unavailable

Effects = Callable[[], Any]
_PAUSE = 3.0  # seconds until a job that met a missing part is sent again

session_factory: list[Any] = [None]  # tests put every unit into one transaction


@functools.cache
def app() -> Any:
    """Make the app once a process: settings, connections, storage."""
    db.usual[:] = ["job"]
    return importlib.import_module("webapp").create_app()


def resolve(path: str) -> Callable[..., Effects | None]:
    """Return the function that a job's dotted path names."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def run(job_id: str) -> str:
    """Do the job of one outbox row. Raises what the job raised the last time, so that RQ keeps the failure."""
    app()
    try:
        entry = _claim(uuid.UUID(job_id))
    except Exception as error:
        if not db.lost(error):
            raise
        log.get().warning("job not begun", job_id=job_id, error=type(error).__name__)
        return "postponed"  # RQ forgets it, and so it is found lost and sent again
    if entry is None:
        return "nothing to do"
    log.clear()
    log.bind(request_id=entry.request_id, job=entry.job, job_id=job_id)
    started, units = time.perf_counter(), list[db.Unit]()
    waited = storage.here().waited
    try:
        if entry.attempts > len(outbox.RETRIES) + 1:
            raise WorkerLost("Whoever worked on this was killed, each time.")
        with _holding(entry):
            _work(entry, units)
    except Unavailable as error:
        return _postpone(entry, error, started, units)
    except Exception as error:
        if db.lost(error):
            _hand_back(entry)
            return _outcome(entry, "postponed", started, units, error)
        excuse = _excuse(error, storage.here().waited - waited, time.perf_counter() - started)
        if excuse is not None:
            return _postpone(entry, excuse, started, units)
        _fail(entry, error)
        if entry.attempts <= len(outbox.RETRIES):
            return _outcome(entry, "retrying", started, units, error)
        _outcome(entry, "failed", started, units, error)
        raise
    return _outcome(entry, "done", started, units)


class WorkerLost(RuntimeError):
    """A job that was begun as often as jobs are, and never ended: it may be what kills its workers."""


def _excuse(error: Exception, waited: float, seconds: float) -> Unavailable | None:
    """Return what was to blame instead of the job: a storage for which it `waited` most of its time, or a full disk."""
    if isinstance(error, BaseTimeoutException) and waited > seconds / 2:
        return Unavailable("storage is too slow")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable("the disk is full")
    return None


def _postpone(entry: outbox.Outbox, error: Unavailable, started: float, units: list[db.Unit]) -> str:
    """Send it again later: a part is away, which is not the job's fault and does not count as an attempt."""
    _settle(entry, "queued", str(error), due_in=max(_PAUSE, error.retry_after), attempts=-1)
    return _outcome(entry, "postponed", started, units, error)


def _hand_back(entry: outbox.Outbox) -> None:
    """Let others have it as soon as the database is back; until the lease ends there is nothing else to do."""
    until = time.monotonic() + outbox.lease()
    while time.monotonic() < until:
        try:
            return _settle(entry, "queued", "the database was away", due_in=0, attempts=-1)
        except Exception as error:
            if not db.lost(error):
                raise
            gate.found(error)
            time.sleep(0.5)


@contextmanager
def _holding(entry: outbox.Outbox) -> Iterator[None]:
    """Show from time to time that the job is still being worked on: leases are short, so that a killed one is taken."""
    done = threading.Event()
    holder = threading.Thread(target=_hold, args=(entry, done), name="lease", daemon=True)
    if session_factory[0] is None:
        holder.start()
    try:
        yield
    finally:
        done.set()


def _hold(entry: outbox.Outbox, done: threading.Event) -> None:
    while not done.wait(outbox.lease() / 4):
        try:
            with db.unit() as unit:
                kept = outbox.renew(entry)
                unit.transaction.commit()
        except Exception as error:  # the next sign may get through
            log.get().warning("lease not renewed", error=type(error).__name__)
            continue
        if not kept:
            return


def _claim(job_id: uuid.UUID) -> outbox.Outbox | None:
    with db.unit(make=session_factory[0]) as unit:
        entry = outbox.claim(job_id)
        unit.transaction.commit()
        return entry


def _work(entry: outbox.Outbox, units: list[db.Unit]) -> None:
    """Do the job; `units` gets what it cost."""
    with db.unit(reading=True, make=session_factory[0]) as unit:
        units.append(unit)
        effects = resolve(entry.job)(*entry.arguments)
    with db.unit(make=session_factory[0]) as unit:
        units.append(unit)
        if not outbox.settle(entry, "done"):
            return  # the lease ran out and somebody else has the job: these effects are theirs
        if effects is not None:
            effects()
        else:
            unit.concerns = ""  # nothing but the job's own row
        unit.transaction.commit()
        db.run_after_commit()


def _fail(entry: outbox.Outbox, error: Exception) -> None:
    """Write the failure down; after the last attempt also what it means for people (`on_failure`)."""
    last = entry.attempts > len(outbox.RETRIES)
    try:
        _write_failure(entry, error, last=last, say=last)
    except Exception as another:
        if db.lost(another) or not last:
            raise
        # what kills a job may kill its last words, too: without them it is over at least
        log.get().error("failure not told", exc_info=another)
        _write_failure(entry, error, last=True, say=False)


def _write_failure(entry: outbox.Outbox, error: Exception, *, last: bool, say: bool) -> None:
    pause = outbox.RETRIES[min(entry.attempts, len(outbox.RETRIES)) - 1]
    with db.unit(make=session_factory[0]) as unit:
        kept = outbox.settle(entry, "failed" if last else "queued", _written(error), due_in=pause)
        if kept and say:
            _give_up(entry)
        unit.transaction.commit()
        db.run_after_commit()


def _written(error: Exception) -> str:
    """Write an error down for those who run the site: what was said first, and below it where.

    The first line alone, because those that follow may hold what people wrote (the values of a statement).
    """
    trace = "".join(traceback.format_tb(error.__traceback__))
    return traces.said(error) + outbox.TRACE + trace[-6000:]


def _give_up(entry: outbox.Outbox) -> None:
    """Let a job that failed for good say what that means for people. A job that no longer exists has nothing to say."""
    try:
        say = getattr(resolve(entry.job), "on_failure", None)
    except (ImportError, AttributeError):
        return
    if say is not None:
        say(*entry.arguments)


def _settle(entry: outbox.Outbox, status: str, error: str, *, due_in: float, attempts: int) -> None:
    with db.unit(make=session_factory[0]) as unit:
        outbox.settle(entry, status, error, due_in=due_in, attempts=attempts)
        unit.transaction.commit()


def _outcome(
    entry: outbox.Outbox, outcome: str, started: float, units: list[db.Unit], error: Exception | None = None
) -> str:
    """Count the job and log its one line: with where it failed, or in a word why it waits."""
    metrics.jobs.labels(label(entry.job), outcome).inc()
    line: dict[str, Any] = {
        "outcome": outcome, "attempt": entry.attempts,
        "duration_ms": round((time.perf_counter() - started) * 1000, 1),
        "db_ms": round(sum(unit.seconds for unit in units) * 1000, 2), "queries": sum(unit.queries for unit in units),
    }  # fmt: skip
    if outcome in ("failed", "retrying"):
        log.get().error("job", exc_info=error, **line)
        already_logged(error)
    elif error is not None:
        log.get().warning("job", reason=traces.said(error), **line)
    else:
        log.get().info("job", **line)
    log.clear()
    return outcome


def label(path: str) -> str:
    """Return the name under which a job is counted: one that there is, or `unknown`."""
    try:
        resolve(path)
    except (ImportError, AttributeError, ValueError):
        return "unknown"
    return path


def already_logged(error: BaseException | None) -> bool:
    """Tell whether this error is in the log already, and mark it: from now on it is."""
    before = getattr(error, "logged", False)
    error.logged = True  # type: ignore[union-attr]
    return before


def now(effects: Effects) -> Any:
    """Run effects in a transaction of their own: for commands and for what cron calls."""
    app()
    with db.unit(make=session_factory[0]) as unit:
        result = effects()
        unit.transaction.commit()
        db.run_after_commit()
        return result
