"""The edge of what happens by the clock: one at a time, written down, and whatever one does holds no other up.

`cron.py` calls these by name. Each does a bounded piece in at most some twenty seconds, because photos wait for the
same worker, and returns how much it did.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial

import cron
import jobs
from jobs import account, admin, media, stories, strays, sweeps
from webapp.core import db, log, metrics, runs, traces
from webapp.core.errors import NotFound, Unavailable

Done = Mapping[str, int] | int | None

JOBS: dict[str, Callable[[], Done]] = {
    "resend": sweeps.resend,
    "measure": sweeps.measure,
    "count": account.count,
    "count_tags": sweeps.count_tags,
    "end_suspensions": account.end_suspensions,
    "rank": sweeps.rank,
    "compare_photos": media.compare_old,
    "digests": sweeps.digest,
    "erase": account.erase,
    "tidy": sweeps.tidy,
    "stories": stories.sweep,
    "storage": strays.compare,
    "figures": admin.measure,
    "fill_search": sweeps.find_missing,
}


def run(name: str) -> str:
    """Do a piece of what is called by this name, unless somebody does it already. Returns what came of it."""
    jobs.app()
    if name not in JOBS:
        log.get().warning("unknown to the clock", name=name[:50])
        return "unknown"
    with runs.turn(name) as ours:
        return _run(name) if ours else "busy"


def at_once(name: str) -> None:
    """Do a piece now, because somebody asked for it."""
    if run(name) == "unknown":
        raise NotFound("Nothing of this name is done by the clock.")


def nothing() -> None:
    """Do nothing: the doctor asks whether a worker is there."""


def _run(name: str) -> str:
    log.bind(job=f"clock.{name}")
    began = time.perf_counter()
    started = jobs.now(partial(runs.begin, name, cron.SCHEDULE[name]))
    outcome, done, error = _work(name)
    jobs.now(partial(runs.finish, name, started, outcome, done, error))
    metrics.jobs.labels(f"clock.{name}", outcome).inc()
    duration_ms = round((time.perf_counter() - began) * 1000, 1)
    if outcome != "done" or any(done.values()):
        log.get().info(
            "clock",
            outcome=outcome,
            duration_ms=duration_ms,
            **{f"did_{what}": number for what, number in done.items()},
        )
    return outcome


def _work(name: str) -> tuple[str, dict[str, int], str | None]:
    try:
        return "done", _counted(JOBS[name]()), None
    except sweeps.Incomplete as error:
        return "failed", error.done, str(error)
    except Unavailable as error:  # a part is away: the next call goes on
        return "waits", {}, str(error)
    except Exception as error:
        if db.lost(error):
            return "waits", {}, "PostgreSQL did not answer."
        log.get().exception("clock failed")
        return "failed", {}, traces.said(error)


def _counted(done: Done) -> dict[str, int]:
    if isinstance(done, Mapping):
        return dict(done)
    return {"done": done or 0}
