"""Accounts that left or came back: bring counters into line; erase those whose days are over."""

import time
import uuid
from collections.abc import Callable
from functools import partial

import jobs
from webapp.account import erasure, standing
from webapp.core import db, outbox

_SECONDS = 60


def settle(user_id: str) -> Callable[[], None]:
    """Move counters, some at a time."""
    return partial(_settle, uuid.UUID(user_id))


def _settle(person: uuid.UUID) -> None:
    if standing.settle(person):
        outbox.enqueue("jobs.account.settle", person)


def erase() -> int:
    """Erase accounts whose days are over, for a minute at most: the next call goes on. Returns how many are done."""
    until, done = time.monotonic() + _SECONDS, 0
    for person in jobs.now(erasure.due):
        if jobs.now(partial(erasure.begin, person)):
            while step(person):
                if time.monotonic() > until:
                    return done
            done += 1
    return done


def step(person: uuid.UUID) -> bool:
    """Erase one piece of a person: photos with their objects first, then rows. False once nothing is left."""
    with db.unit(reading=True, make=jobs.session_factory[0]):
        found = erasure.photos(person)
        erasure.empty(found)
    if found:
        jobs.now(partial(erasure.forget_photos, found))
        return True
    return bool(jobs.now(partial(erasure.forget, person)))
