"""Storage against rows: a slice at a time, mended a little at a time."""

import time
from collections import Counter
from functools import partial

import jobs
from webapp.core import db, metrics, runs
from webapp.media import strays

_SECONDS = 8.0


def compare() -> dict[str, int]:
    """Look at some slices, write down what they found, mend some of what was found before."""
    until, done = time.monotonic() + _SECONDS, Counter[str]()
    at = strays.resume(jobs.now(partial(runs.mark, "storage")))
    going_on = at.due()
    while going_on:
        rounds = at.rounds
        done += _slice(at)
        going_on = at.rounds == rounds and time.monotonic() < until
    done["remade"] = _mend()
    _tell()
    done["deleted"] = jobs.now(partial(strays.clear, at))
    return done


def _slice(at: strays.Round) -> Counter[str]:
    with db.unit(reading=True, make=jobs.session_factory[0]):
        found = strays.look(at)
    return jobs.now(partial(_keep, at, found))


def _mend() -> int:
    with db.unit(reading=True, make=jobs.session_factory[0]):
        over, whole = strays.lacking()
    return jobs.now(partial(strays.mend, over, whole))


def _keep(at: strays.Round, found: strays.Found) -> Counter[str]:
    runs.keep("storage", strays.written(at))
    return Counter(strays.write_down(found))


def _tell() -> None:
    for kind, (total, _, _) in jobs.now(strays.counted).items():
        metrics.strays.labels(kind).set(total)
