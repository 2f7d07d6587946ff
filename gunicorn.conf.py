"""Gunicorn reads this by itself: what happens around its processes. Bind, workers and class come from the command."""

import gc
import os
import resource

from prometheus_client.multiprocess import mark_process_dead

# A request's head: more is refused before the application hears of it. Bodies: web/edge.py.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

_most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _most))  # every open page holds a connection


def child_exit(_server: object, worker: object) -> None:
    """Forget the gauges of a web process that is gone."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(worker.pid)  # type: ignore[attr-defined]


def post_worker_init(worker: object) -> None:
    """Take what the application made at its start out of the collector's sight: it never becomes garbage."""
    from webapp.core import live  # noqa: PLC0415 (a worker makes threads greenlets before anything of ours is read)

    live.until(lambda: worker.alive)  # type: ignore[attr-defined]
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # a page makes some 10,000 objects, nearly all of them gone without the collector
