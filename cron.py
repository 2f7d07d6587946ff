"""`python -m cron`: what happens by the clock. It puts names on the queue, and knows nothing of the application.

So it needs 35 MB, not the whole app's 145. Workers do the work (`jobs/clock.py`); a second such process, on whichever
machine, does no harm: a job that runs already is not begun again.
"""

import json
import os
import sys
import time
from typing import Any

from redis import Redis, RedisError
from rq import Queue
from rq.cron import CronJob, CronScheduler
from rq.exceptions import SchedulerNotFound, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

# Name and seconds between two calls. A call does a bounded piece; where much is left to do, the next one goes on.
SCHEDULE = {
    "resend": 10,
    "measure": 60,
    "count_tags": 60,
    "count": 60,
    "end_suspensions": 60,
    "rank": 60,
    "compare_photos": 60,
    "digests": 300,
    "erase": 300,
    "tidy": 300,
    "stories": 300,
    "storage": 300,
    "figures": 600,
    "fill_search": 86400,
}
_QUEUE, _CALL = "clock", "jobs.clock.run"
_LONGEST = 120  # seconds; all jobs stop themselves long before
_PAUSE = 2.0  # seconds before Redis is asked again after it did not answer


class Name(CronJob):
    """A name, put on the queue as JSON: RQ's own would write a pickle, which our workers refuse to read."""

    def enqueue(self, connection: Redis) -> Job:
        """Put the name on the queue. Nobody who comes to it late does it: the next call is on its way by then."""
        queue = Queue(_QUEUE, connection=connection, serializer=JSONSerializer)
        wait = max(self.interval or 0, 30)
        return queue.enqueue(_CALL, self.name, ttl=wait, job_timeout=_LONGEST, result_ttl=0, failure_ttl=86400)


def scheduler(connection: Redis) -> CronScheduler:
    """Make RQ's scheduler with our schedule."""
    made = CronScheduler(connection=connection, logging_level="WARNING", name="tintype")
    made.get_jobs().extend(
        Name(queue_name=_QUEUE, func_name=_CALL, name=name, interval=seconds) for name, seconds in SCHEDULE.items()
    )
    return made


def main() -> int:
    """Put names on the queue until SIGTERM; while Redis is away, try again."""
    made = scheduler(_connection())
    try:
        while True:
            try:
                made.start()
            except (RedisError, SchedulerNotFound) as error:  # away, or back without what it knew
                _say("redis does not answer", error=type(error).__name__)
                time.sleep(_PAUSE)
            else:
                return 0
    except (StopRequested, KeyboardInterrupt):
        return 0


def _connection() -> Redis:
    url, wait = os.environ.get("REDIS_URL", ""), float(os.environ.get("REDIS_TIMEOUT") or 0.5)
    if not url:
        raise SystemExit("REDIS_URL must be set: it says where the queue is.")
    try:
        return Redis.from_url(url, socket_timeout=wait, socket_connect_timeout=wait)
    except ValueError as error:
        raise SystemExit(f"REDIS_URL is wrong: {error}") from error


def _say(event: str, **values: Any) -> None:
    line = {"event": event, **values, "level": "warning", "logger": "cron"}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
