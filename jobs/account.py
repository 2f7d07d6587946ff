"""Accounts that left or came back: bring counters into line. Suspensions end, accounts are erased, counters checked."""

import time
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial

import jobs
from webapp.account import counters, erasure, sanctions, standing
from webapp.core import db, erased, log, metrics, outbox, runs
from webapp.core.errors import NotFound, Unavailable

_SECONDS, _COUNTING = 15, 4


def settle(user_id: str) -> Callable[[], None]:
    """Move counters, some at a time."""
    return partial(_settle, uuid.UUID(user_id))


def _settle(person: uuid.UUID) -> None:
    if standing.settle(person):
        outbox.enqueue("jobs.account.settle", person)


def end_suspensions() -> int:
    """End the suspensions whose time is over. Returns how many."""
    return sum(jobs.now(partial(sanctions.end, person)) for person in jobs.now(sanctions.over))


def end_suspension(user_id: str) -> Callable[[], object]:
    """End one at once, because its person is here."""
    return partial(sanctions.end, uuid.UUID(user_id))


def erase() -> int:
    """Erase accounts whose days are over, for some seconds: the next call goes on. Returns how many are done.

    One that can't be erased holds no other up; its error is raised in the end.
    """
    until, done, wrong = time.monotonic() + _SECONDS, 0, None
    for person in jobs.now(erasure.due):
        try:
            done += _erased(person, until)
        except NotFound:
            continue  # another worker was quicker
        except Unavailable:
            raise
        except Exception as error:
            wrong = error
    if wrong is not None:
        raise wrong
    return done


def _erased(person: uuid.UUID, until: float) -> bool:
    """Take steps until a person is gone, or the time is over."""
    if not jobs.now(partial(erasure.begin, person)):
        return False
    erased.remember("user", person)
    while time.monotonic() < until:
        if not step(person):
            return True
    return False


def step(person: uuid.UUID) -> bool:
    """Erase one piece of a person: photos with their objects first, then rows. False once nothing is left."""
    with db.unit(reading=True, make=jobs.session_factory[0]):
        found = erasure.photos(person)
        erasure.empty(found)
    if found:
        jobs.now(partial(erasure.forget_photos, found))
        return True
    return bool(jobs.now(partial(erasure.forget, person)))


def count() -> dict[str, int]:
    """Count some things anew, for some seconds: the next call goes on. Returns which counters had drifted."""
    until, drifted = time.monotonic() + _COUNTING, Counter[str]()
    at = counters.resume(jobs.now(partial(runs.mark, "count")))
    while at.due() and time.monotonic() < until:
        drifted += jobs.now(partial(_count, at))
    for name, number in drifted.items():
        metrics.drift.labels(name).inc(number)
        log.get().warning("counter drifted", counter=name, number=number)
    return dict(drifted)


def _count(at: counters.Round) -> Counter[str]:
    drifted = counters.step(at)
    runs.keep("count", counters.written(at))
    return drifted
