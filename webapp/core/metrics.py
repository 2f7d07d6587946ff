"""What Prometheus may ask. Label values are bounded: routes and states, never paths, names or ids."""

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

requests = Counter("http_requests_total", "Requests answered", ["method", "route", "status"])
request_seconds = Histogram("http_request_duration_seconds", "Time to answer", ["route"], buckets=_FAST)
query_seconds = Histogram("db_query_duration_seconds", "Time a statement takes", buckets=_FAST)
image_seconds = Histogram(
    "image_processing_duration_seconds",
    "Time to process a photo",
    buckets=(0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32),
)
image_errors = Counter("image_processing_errors_total", "Photos that could not be processed", ["reason"])
jobs = Counter("jobs_total", "Jobs finished", ["job", "outcome"])
clock_success = Gauge(
    "cron_last_success_timestamp_seconds", "When a job of the clock did its work", ["job"],
    multiprocess_mode="livemostrecent",
)  # fmt: skip
drift = Counter("counter_drift_total", "Counters that were not what their rows say, and were repaired", ["counter"])
strays = Gauge(
    "storage_findings", "Objects without rows, photos without objects", ["kind"], multiprocess_mode="livemostrecent"
)
queue_depth = Gauge("queue_depth", "Jobs that wait or run", ["status"], multiprocess_mode="livemostrecent")
active_sessions = Gauge("active_sessions", "Sessions that have not ended", multiprocess_mode="livemostrecent")
storage_bytes = Gauge("storage_bytes_total", "Bytes of photos kept", multiprocess_mode="livemostrecent")
open_streams = Gauge("open_streams", "Pages that are told what happens as it happens", multiprocess_mode="livesum")
snapshot_hits = Counter("feed_cache_hits_total", "Ranked lists read from a snapshot that was kept", ["view"])
snapshot_misses = Counter("feed_cache_misses_total", "Ranked lists that had to be ranked anew", ["view"])


def render() -> bytes:
    """Return all figures in Prometheus' text format, summed over this machine's processes."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)
