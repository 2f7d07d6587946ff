"""`python -m jobs.worker`: works on the queue until SIGTERM, then finishes the job in hand and goes.

A photo is decoded in a child of its own (webapp/media/sandbox.py), so the worker itself need not fork a job at a time.
"""

import sys
import time
from typing import Any

from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker_pool import WorkerPool

import jobs
from webapp.core import cache, crypto, log, metrics, outbox, traces
from webapp.settings import Settings


class Worker(SimpleWorker):
    """A worker that makes its app before the first job, not during it."""

    def work(self, *args, **kwargs):
        """Work with everything loaded; pictures' codecs too."""
        jobs.app()
        jobs.resolve("jobs.media.process")
        return super().work(*args, **kwargs)

    def perform_job(self, job: Job, queue: Any) -> bool:
        """Do a job. What the clock asks for gets a request id and a line in the log here, all else at the edge."""
        if job.func_name == outbox.EDGE:
            return super().perform_job(job, queue)
        log.clear()
        log.bind(request_id=crypto.token(12), job=job.func_name)
        started = time.perf_counter()
        done = super().perform_job(job, queue)
        metrics.jobs.labels(job.func_name, "done" if done else "failed").inc()
        if done:
            log.get().info("job", outcome="done", duration_ms=round((time.perf_counter() - started) * 1000, 1))
        log.clear()
        return done

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log where a job failed, unless the edge has: RQ's own words would hold what people wrote."""
        if not jobs.told(exc_info[1]):
            log.get().error("job", outcome="failed", job_id=job.id, exc_info=exc_info)

    def handle_job_failure(self, job: Job, *args: Any, **kwargs: Any) -> None:
        """Keep of the error in Redis what may be kept."""
        error = sys.exc_info()[1]
        if error is not None and "exc_string" in kwargs:
            kwargs["exc_string"] = traces.written(error)
        super().handle_job_failure(job, *args, **kwargs)


def main() -> int:
    """Run as many workers as the settings say."""
    settings = Settings()
    jobs.app()
    log.catch_all()
    queue = outbox.queue()
    if settings.worker_processes == 1:
        Worker([queue], connection=cache.client(), serializer=JSONSerializer).work(
            with_scheduler=True, logging_level="WARNING"
        )
        return 0
    WorkerPool(
        [queue], connection=cache.client(), num_workers=settings.worker_processes, worker_class=Worker,
        serializer=JSONSerializer,
    ).start(logging_level="WARNING")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
