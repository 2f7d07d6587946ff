"""`python -m jobs.worker`: works on the queue until SIGTERM, then finishes the job in hand and goes.

A photo is decoded in a child of its own (webapp/media/sandbox.py), so the worker itself need not fork a job at a time.
"""

import sys

from rq import SimpleWorker
from rq.serializers import JSONSerializer
from rq.worker_pool import WorkerPool

import jobs
from webapp.core import cache, outbox
from webapp.settings import Settings


class Worker(SimpleWorker):
    """A worker that makes its app before the first job, not during it."""

    def work(self, *args, **kwargs):
        """Work with everything loaded; pictures' codecs too."""
        jobs.app()
        jobs.resolve("jobs.media.process")
        return super().work(*args, **kwargs)


def main() -> int:
    """Run as many workers as the settings say."""
    settings = Settings()
    jobs.app()
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
