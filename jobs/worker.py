"""`python -m jobs.worker`: works on the queue until SIGTERM, then finishes the job in hand and goes.

A photo is decoded in a child of its own (webapp/media/sandbox.py), so the worker itself need not fork a job at a time.
It outlives a Redis that goes away, and looks every two seconds for rows that nobody works on: jobs of a worker that was
killed, jobs that Redis forgot, and those that are due for another try.
"""

import contextlib
import gc
import sys
import time
import uuid
from typing import Any

import redis
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import DequeueStrategy
from rq.worker_pool import WorkerPool

import jobs
from jobs import sweeps
from webapp.core import cache, crypto, log, metrics, outbox, traces
from webapp.settings import Settings

_PACE = 2  # seconds: of looking for lost rows, and the longest wait for a job


class Worker(SimpleWorker):
    """A worker that makes its app before the first job, not during it, and begins anew when Redis has been away."""

    max_connection_wait_time = 2.0
    stopping = False
    _looked_at = 0.0

    @property
    def dequeue_timeout(self) -> int:
        """Wait so long for a job: a Redis that hangs is noticed soon after."""
        return _PACE

    @property
    def connection_timeout(self) -> int:
        """Wait so long for an answer of Redis."""
        return _PACE + 3

    def work(self, *args: Any, **named: Any) -> bool:
        """Work with everything loaded, pictures' codecs too, until somebody asks to stop."""
        jobs.app()
        jobs.resolve("jobs.media.process")
        gc.freeze()  # what is loaded is never garbage: not looked at again, nor copied where a decoder is forked
        named["with_scheduler"] = False  # what is to be tried again stands in the outbox
        named["dequeue_strategy"] = DequeueStrategy.ROUND_ROBIN
        try:
            while not self._worked(*args, **named):
                time.sleep(1)
                self.name = uuid.uuid4().hex  # the old one may still be registered
        except StopRequested:
            pass
        return True

    def _worked(self, *args: Any, **named: Any) -> bool:
        """Work until asked to stop (true), or until Redis goes away."""
        with contextlib.suppress(redis.RedisError, ValueError):
            super().work(*args, **named)
        return self.stopping or bool(named.get("burst"))

    def request_stop(self, signum: int, frame: Any) -> None:
        """Finish the job in hand, then go."""
        self.stopping = True
        super().request_stop(signum, frame)

    def set_shutdown_requested_date(self) -> None:
        """Write down that this worker is going, where somebody reads it."""
        with contextlib.suppress(redis.RedisError):
            super().set_shutdown_requested_date()

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Show that this worker lives; between jobs, look for lost ones."""
        super().heartbeat(timeout, pipeline)
        if pipeline is None and time.monotonic() - self._looked_at >= _PACE:
            self._looked_at = time.monotonic()
            try:
                sweeps.resend()
            except Exception as error:  # PostgreSQL is away; so are the jobs
                log.get().warning("not looked for lost jobs", error=type(error).__name__)

    def perform_job(self, job: Job, queue: Any) -> bool:
        """Do a job. What no request asked for gets a request id here; edge and clock write its line."""
        if job.func_name == outbox.EDGE:
            return super().perform_job(job, queue)
        log.clear()
        log.bind(request_id=crypto.token(12), job=job.func_name)
        done = super().perform_job(job, queue)
        if not done:
            metrics.jobs.labels(jobs.label(job.func_name), "failed").inc()
        log.clear()
        return done

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log where a job failed, unless the edge has: RQ's own words would hold what people wrote."""
        if not jobs.already_logged(exc_info[1]):
            log.get().error("job", outcome="failed", job_id=job.id, exc_info=exc_info)

    def handle_job_failure(self, job: Job, *args: Any, **kwargs: Any) -> None:
        """Keep of the error in Redis what may be kept."""
        error = sys.exc_info()[1]
        if error is not None and "exc_string" in kwargs:
            kwargs["exc_string"] = traces.written(error)
        super().handle_job_failure(job, *args, **kwargs)


def main() -> int:
    """Run as many workers as the settings say."""
    settings = Settings.read()
    jobs.app()
    log.catch_all()
    if settings.worker_processes == 1:
        line = cache.line()
        Worker(outbox.queues(line), connection=line, serializer=JSONSerializer).work(logging_level="WARNING")
        return 0
    WorkerPool(
        outbox.queues(), connection=cache.client(), num_workers=settings.worker_processes, worker_class=Worker,
        serializer=JSONSerializer,
    ).start(logging_level="WARNING")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
