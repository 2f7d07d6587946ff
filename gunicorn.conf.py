"""Gunicorn reads this by itself: what happens around its processes. Bind, workers and class come from the command."""

import os

from prometheus_client.multiprocess import mark_process_dead


def child_exit(_server: object, worker: object) -> None:
    """Forget the gauges of a web process that is gone."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(worker.pid)  # type: ignore[attr-defined]
