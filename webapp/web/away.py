"""What people and operators are told while a part is away: a quiet line on pages, gauges for Prometheus.

The line costs a page nothing: whether Redis and storage answer is known from asking them for something else, and how
long photos wait is looked up by the site every ten seconds, not by every page.
"""

from flask import Flask

from webapp.core import cache, db, gate, metrics, outbox, replica, runs, storage
from webapp.web.viewer import viewer

_PATIENCE = 20.0  # seconds that a photo may wait before people are told
_LATE = 20.0  # seconds that jobs may be overdue before nobody seems to work

_NO_STORAGE = "Photos may be missing right now, and new ones can't be taken in. Please try again in a few minutes."
_NO_REDIS = "New photos wait a little, and pages don't change by themselves right now. Nothing is lost."
_WAITING = "New photos wait a little. They are kept, and appear by themselves."

waiting = cache.Copy("photos-wait", replica.from_primary(lambda: outbox.waiting()["photos"]), float, shared=10)


def install(app: Flask) -> None:
    """Hand the line to templates."""
    app.jinja_env.globals["notice"] = said


def said() -> str:
    """Return what people who are signed in should know on this page; mostly nothing."""
    if viewer().is_visitor:
        return ""
    if storage.here().breaker.broken:
        return _NO_STORAGE
    if cache.silent():
        return _NO_REDIS
    return _WAITING if _photos_wait() > _PATIENCE else ""


def _photos_wait() -> float:
    try:
        return waiting.get()
    except Exception as error:
        if not db.lost(error):
            raise
        gate.found(error)
        return waiting.hold(0.0)


def measure() -> None:
    """Bring the gauges of parts and of the queue up to date. A database that is away is one of the things they say."""
    parts = {"redis": cache.alive(), "storage": storage.here().alive(), "database": True}
    try:
        for status, count in outbox.depth().items():
            metrics.queue_depth.labels(status).set(count)
        ages = outbox.waiting()
        for name, moment in runs.successes().items():
            metrics.clock_success.labels(name).set(moment)
    except Exception as error:
        if not db.lost(error):
            raise
        gate.found(error)
        parts["database"] = False
    else:
        parts["worker"] = ages["late"] < _LATE
        for kind in ("photos", "other"):
            metrics.queue_oldest.labels(kind).set(ages[kind])
    for part, up in parts.items():
        metrics.part_away.labels(part).set(0 if up else 1)
