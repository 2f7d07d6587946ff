"""`python -m jobs.cron`: what happens by the clock. One such process; RQ's scheduler puts the jobs on the queue."""

import sys
from collections.abc import Callable
from typing import Any

from rq.cron import CronJob, CronScheduler
from rq.job import Job

import jobs
from jobs import account, admin, media, stories, sweeps
from webapp.core import cache, log, outbox

SCHEDULE: tuple[tuple[Callable[[], Any], int], ...] = (
    (sweeps.resend, 10),
    (sweeps.measure, 60),
    (sweeps.recount, 60),
    (account.end_suspensions, 60),
    (sweeps.rank, 60),
    (media.compare_old, 60),
    (sweeps.digest, 300),
    (sweeps.erase, 300),
    (admin.measure, 600),
    (sweeps.tidy, 3600),
    (stories.sweep, 3600),
    (sweeps.find_missing, 86400),
)


class JsonCronJob(CronJob):
    """A job by the clock, put on our queue: RQ's own would write it as a pickle, which our workers refuse to read."""

    def enqueue(self, connection: Any) -> Job:
        """Put the job on the queue."""
        return outbox.queue().enqueue(self.func, result_ttl=0, job_timeout=300, failure_ttl=86400)


class Scheduler(CronScheduler):
    """RQ's scheduler with jobs in JSON."""

    def every(self, seconds: int, function: Callable[[], Any]) -> None:
        """Have a function called at this interval."""
        self._cron_jobs.append(JsonCronJob(queue_name=outbox.QUEUE, func=function, interval=seconds))


def main() -> int:
    """Put the schedule on the queue, for ever."""
    jobs.app()
    log.catch_all()
    scheduler = Scheduler(connection=cache.client(), logging_level="WARNING", name="tintype")
    for function, seconds in SCHEDULE:
        scheduler.every(seconds, function)
    scheduler.start()
    return 0


if __name__ == "__main__":
    sys.exit(main())
