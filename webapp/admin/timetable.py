"""What happens by the clock, as those who run the site see it: when, what came of it, and what was found amiss."""

from datetime import datetime, timedelta
from typing import Any

from webapp.admin import shapes
from webapp.core import clock, runs
from webapp.media import strays

_SHOWN = 5  # runs of each
_LATE = 3  # intervals without a run after which something is wrong


def report() -> list[shapes.ClockJob]:
    """Return all jobs of the clock with their last runs, those that need a look first."""
    latest: dict[str, list[shapes.ClockRun]] = {}
    for row in runs.latest(_SHOWN):
        latest.setdefault(row.name, []).append(_run(row))
    found = [_job(row, latest.get(row.name, [])) for row in runs.listed()]
    return sorted(found, key=lambda one: (one.state == "good", one.name))


def _job(row: Any, latest: list[shapes.ClockRun]) -> shapes.ClockJob:
    due = row.started_at + timedelta(seconds=row.seconds)
    return shapes.ClockJob(
        row.name, row.seconds, row.started_at, row.finished_at, row.succeeded_at, due, row.outcome, row.error,
        row.done, _state(row, clock.now()), latest,
    )  # fmt: skip


def _state(row: Any, now: datetime) -> str:
    """Tell whether a job does its work: good, failing, or late because nobody calls it or nobody is there to do it."""
    if now - row.started_at > timedelta(seconds=max(_LATE * row.seconds, 120)):
        return "late"
    return "failing" if row.outcome in ("failed", "lost") else "good"


def _run(row: Any) -> shapes.ClockRun:
    return shapes.ClockRun(row.started_at, row.finished_at, row.outcome, row.error, row.done)


def storage() -> shapes.StorageReport:
    """Return where rows and objects do not agree."""
    counted = strays.counted()
    return shapes.StorageReport(
        stray=shapes.Findings(*counted["stray"]),
        missing=shapes.Findings(*counted["missing"]),
        newest=[shapes.Finding(row.kind, row.bucket, row.key, row.bytes, row.found_at) for row in strays.newest(20)],
    )
