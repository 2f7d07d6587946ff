"""`python -m jobs.cron`: what happens by the clock. One such process; RQ's scheduler puts the jobs on the queue."""

import sys
import time
from collections.abc import Callable
from typing import Any

from redis import RedisError
from rq.cron import CronJob, CronScheduler
from rq.exceptions import SchedulerNotFound
from rq.job import Job

import jobs
from jobs import account, admin, media, stories, sweeps
from webapp.core import cache, log, outbox

_PAUSE = 2.0  # seconds

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
    while True:
        scheduler = Scheduler(connection=cache.client(), logging_level="WARNING", name="tintype")
        for function, seconds in SCHEDULE:
            scheduler.every(seconds, function)
        try:
            scheduler.start()
        except (RedisError, SchedulerNotFound) as error:  # it begins anew once Redis is back
            log.get().warning("cron waits for redis", error=type(error).__name__)
            time.sleep(_PAUSE)
        else:
            return 0


if __name__ == "__main__":
    sys.exit(main())
