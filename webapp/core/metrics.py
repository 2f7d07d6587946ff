"""What Prometheus may ask. Label values are bounded: routes and states, never paths, names or ids."""

import os

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from webapp.core import multiprocess

multiprocess.begin()
disable_created_metrics()  # when each label was first seen: nobody asks, and figures of several processes leave it out

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

requests = Counter("http_requests_total", "Requests answered", ["method", "route", "status"])
request_seconds = Histogram("http_request_duration_seconds", "Time to answer", ["route"], buckets=_FAST)
query_seconds = Histogram(
    "db_query_duration_seconds", "Time of a statement, or of several sent together", buckets=_FAST
)
slow_queries = Counter("db_slow_queries_total", "Statements that took longer than SLOW_QUERY_MS")
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
disk_free = Gauge("disk_free_bytes", "Room left on the disk of this site", multiprocess_mode="livemostrecent")
disk_size = Gauge("disk_size_bytes", "Size of the disk of this site", multiprocess_mode="livemostrecent")
open_streams = Gauge("open_streams", "Pages that are told what happens as it happens", multiprocess_mode="livesum")
snapshot_hits = Counter("feed_cache_hits_total", "Ranked lists and, as `public`, pages that were kept", ["view"])
snapshot_misses = Counter("feed_cache_misses_total", "Those that were asked for and not kept", ["view"])
part_away = Gauge("part_away", "Whether a part does not answer", ["part"], multiprocess_mode="livemostrecent")
queue_oldest = Gauge(
    "queue_oldest_seconds", "For how long the oldest job waits", ["kind"], multiprocess_mode="livemostrecent"
)
storage_breaker = Gauge("storage_breaker_open", "Whether storage is left alone", multiprocess_mode="livemax")
database_gate = Gauge("database_gate_shut", "Whether nobody is let to the database", multiprocess_mode="livemax")

replica_reads = Counter("replica_reads_total", "Reads that a replica might answer, by who did and why", ["answer"])
replica_lag = Gauge("replica_lag_seconds", "How far the replica is behind", multiprocess_mode="livemostrecent")

# Figures with labels are there before the first event, too: an alert on what is missing would never end.
for _figure, _label in [
    (image_errors, "fault"),
    *((figure, view) for figure in (snapshot_hits, snapshot_misses) for view in ("for_you", "explore", "public")),
]:
    _figure.labels(_label)

_answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}  # to look a label up each time costs more


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request."""
    found = _answered.get((method, route, status))
    if found is None:
        found = _answered[method, route, status] = (
            requests.labels(method, route, status), request_seconds.labels(route),
        )  # fmt: skip
    found[0].inc()
    found[1].observe(seconds)


def render() -> bytes:
    """Return all figures in Prometheus' text format, summed over this machine's processes."""
    disk = os.statvfs(__file__)  # in a container, too, this is the disk on which all volumes are
    disk_free.set(disk.f_bavail * disk.f_frsize)
    disk_size.set(disk.f_blocks * disk.f_frsize)
    return generate_latest(REGISTRY) if multiprocess.folder() is None else multiprocess.render()
