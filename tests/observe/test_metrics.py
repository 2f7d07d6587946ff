"""The figures of a whole site: all that the specification names, of all processes, with labels that nobody adds to."""

import os
import random
import re
import signal
import string

import requests

from tests import make
from tests.observe.conftest import PASSWORD, folder, until
from webapp.core import metrics

# Spec, section 8: what moves it, and by how much at least.
NAMED = (
    "http_requests_total", "http_request_duration_seconds_count", "image_processing_duration_seconds_count",
    "image_processing_errors_total", "active_sessions", "feed_cache_hits_total", "feed_cache_misses_total",
    "queue_depth", "storage_bytes_total", "db_query_duration_seconds_count", "jobs_total", "db_slow_queries_total",
)  # fmt: skip
PATHS = ("/{}", "/@{}", "/p/{}", "/tags/{}", "/api/v1/posts/{}", "/static/{}", "/?{}=1", "/reset/{}", "/api/v1/{}/{}")


def test_every_figure_of_the_specification_moves(day):
    before = {name: day.total(name) for name in NAMED}
    cara = day.site.person("cara")
    asked = {"username": "cara", "password": PASSWORD}
    assert requests.post(f"{day.site.url}/api/v1/auth/login", json=asked, timeout=10).ok
    cara.post(make.photo(320, 240, "#0a0b0c"))
    cara.upload(b"\xff\xd8\xff\xe0 this is no photo either")
    for _ in range(2):
        assert cara.call("GET", "/feed?view=for_you").status_code == 200
    day.sql("INSERT INTO outbox (id, job, arguments, status, attempts, due_at, created_at)"
            " VALUES (gen_random_uuid(), 'jobs.mail.send', '[]', 'failed', 4, now(), now())")  # fmt: skip
    day.clock("jobs.sweeps.measure")
    until(lambda: not [name for name in NAMED if day.total(name) <= before[name]], 20)


def test_nobody_adds_a_label_by_asking(day, app):
    ask(day, 300)
    labels: dict[str, set[str]] = {}
    for key in day.figures():
        for name, value in re.findall(r'(\w+)="([^"]*)"', key):
            labels.setdefault(name, set()).add(value)
    assert labels["route"] <= {rule.rule for rule in app.url_map.iter_rules()} | {"none"}
    assert {"none", "/@<username>", "/reset/<token>"} <= labels["route"]
    assert labels["method"] <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}
    assert {"GET", "HEAD", "OPTIONS", "other"} <= labels["method"]
    assert all(re.fullmatch(r"[1-5]\d\d|queued|running|failed", status) for status in labels["status"])
    assert labels["job"] <= {line["job"] for line in day.lines("worker") if "job" in line}
    assert not [value for values in labels.values() for value in values if "zz-" in value.lower()]


def ask(day, times: int) -> None:
    """Ask for addresses, by methods and of hosts, that nobody could foresee."""
    chance = random.Random(times)
    word = lambda: "zz-" + "".join(chance.choices(string.ascii_letters, k=8))  # noqa: E731
    with requests.Session() as person:
        for _ in range(times):
            path = chance.choice(PATHS)
            method = chance.choice(("GET", "GET", "HEAD", "OPTIONS", "DELETE", word().upper()))
            host = chance.choice(("localhost", f"{word()}.example", "[::1]"))
            url = f"{day.site.url}{path.format(word(), word())}"
            person.request(method, url, headers={"Host": host}, allow_redirects=False, timeout=10)


def test_processes_that_go_leave_their_figures_and_no_files(day):
    asked = day.total("http_requests_total")
    done = day.total("image_processing_duration_seconds_count")
    web, worker = (int((day.site.data / "run" / f"{name}.pid").read_text().split()[0]) for name in ("web", "worker"))
    before = _alive(day)
    os.kill(worker, signal.SIGKILL)
    os.kill(web, signal.SIGHUP)
    until(lambda: len(_alive(day) - before) >= 3 and len(_alive(day)) <= len(before), 40)
    assert day.total("http_requests_total") > asked
    assert day.total("image_processing_duration_seconds_count") >= done > 0
    assert len(list(folder(day).glob("counter_*.db"))) <= len(_alive(day)) + 1


def _alive(day) -> set[str]:
    """Return the names of the processes that count; two of the web, the worker and the clock."""
    day.figures()  # whoever asks tidies
    return {path.stem for path in folder(day).glob("*.alive")}


def test_figures_are_told_by_a_process_that_counts_alone(app, visitor):
    metrics.answered("GET", "/", 200, 0.01)
    text = visitor.get("/metrics").text
    for name in ("queue_depth", "disk_free_bytes", "disk_size_bytes", "db_query_duration_seconds_bucket"):
        assert f"\n{name}" in text
