"""What the processes of a site write down and count.

Lines are JSON, joined by the request's id, without anything secret. Figures are all that the specification names, of
all processes, with labels that nobody adds to. In one file, so that the site is started once.
"""

import json
import os
import random
import re
import signal
import string
from pathlib import Path

import pytest
import requests

from jobs import clock
from tests import make
from tests.observe.conftest import PASSWORD, folder
from tests.waiting import until
from webapp.core import metrics

APPS = ("web", "worker", "cron")
# Spec, section 8: what moves it, and by how much at least.
NAMED = (
    "http_requests_total", "http_request_duration_seconds_count", "image_processing_duration_seconds_count",
    "image_processing_errors_total", "active_sessions", "feed_cache_hits_total", "feed_cache_misses_total",
    "queue_depth", "storage_bytes_total", "db_query_duration_seconds_count", "jobs_total", "db_slow_queries_total",
)  # fmt: skip
PATHS = ("/{}", "/@{}", "/p/{}", "/tags/{}", "/api/v1/posts/{}", "/static/{}", "/?{}=1", "/reset/{}", "/api/v1/{}/{}")


def test_whatever_a_process_writes_is_json(day):
    for name in APPS:
        for line in day.logs()[f"{name}.log"].splitlines():
            written = json.loads(line)
            assert {"event", "level", "timestamp"} <= set(written), line
            assert written["timestamp"].endswith("Z")


def test_no_log_holds_what_is_secret_or_what_people_wrote(day):
    until(lambda: [line for line in day.lines("worker") if "nothing_like_that" in str(line)])
    logs = day.logs()
    assert {f"{name}.log" for name in (*APPS, "postgres", "redis")} <= set(logs)
    assert len(day.secrets) > 20
    found = [f"{what} in {name}" for what, text in day.secrets.items() for name, log in logs.items() if text in log]
    assert found == []
    assert not [name for name, log in logs.items() if re.search(r"[\w.+-]+@[\w-]+\.org", log)]


def test_a_request_is_one_line_with_all_that_the_specification_names(day):
    found = [line for line in day.lines("web") if line["event"] == "request"]
    names = {"request_id", "method", "route", "user_id", "status", "duration_ms", "db_ms", "queries"}
    assert all(names <= set(line) for line in found)
    mine = [line for line in found if line["request_id"] == "ben-writes-a-comment"]
    assert len(mine) == 1, "gunicorn must not add a line of its own"
    line = mine[0]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/api/v1/posts/<post_id>/comments", 201)
    assert line["queries"] > 1
    assert 0 < line["db_ms"] < line["duration_ms"]
    assert re.fullmatch(r"[0-9a-f-]{36}", line["user_id"])


@pytest.mark.parametrize(
    ("request_id", "jobs"),
    [
        ("ana-shares-a-photo", {"jobs.media.process", "jobs.posts.publish"}),
        ("ben-writes-a-comment", {"jobs.notifications.settle", "jobs.push.send"}),
        ("ben-answers-a-message", {"jobs.push.message", "jobs.push.send"}),
        ("ana-lost-a-password", {"jobs.auth.forgot", "jobs.mail.send"}),
    ],
)
def test_a_request_is_found_again_in_all_jobs_that_follow_from_it(day, request_id, jobs):
    done = {"event": "job", "outcome": "done"}
    names = lambda: {line["job"] for line in day.joined(request_id) if done.items() <= line.items()}  # noqa: E731
    until(lambda: jobs <= names() or None)
    line = next(line for line in day.joined(request_id) if line["event"] == "job")
    assert {"job_id", "attempt", "duration_ms", "db_ms", "queries"} <= set(line)


def test_a_failing_statement_leaves_a_trace_with_its_place_and_without_its_values(day):
    (line,) = [one for one in day.lines("web") if one["event"] == "unexpected error"]
    assert line["request_id"] == "ben-meets-an-error"
    assert line["route"] == "/api/v1/posts/<post_id>/comments"
    assert "IntegrityError" in line["exception"]
    assert "no_such_words" in line["exception"]
    assert "webapp/comments/actions.py" in line["exception"]
    assert "INSERT INTO comments" in line["exception"]
    assert "Failing row" not in line["exception"]


def test_a_failing_job_is_one_line_with_its_trace(day):
    tries = [line for line in day.joined("ben-meets-a-failing-job") if line.get("outcome") == "retrying"]
    assert len({line["attempt"] for line in tries}) == len(tries)
    assert "not_published" in tries[0]["exception"]
    assert "webapp/posts/actions.py" in tries[0]["exception"]
    said_again = [line for line in day.lines("worker") if "exception raised while executing" in str(line)]
    assert said_again == []


def test_a_slow_statement_is_told_with_its_route_or_job(day):
    slow = {name: [line for line in day.lines(name) if line["event"] == "slow statement"] for name in ("web", "worker")}
    assert all({"statement", "fingerprint", "duration_ms", "outcome"} <= set(line) for line in slow["web"])
    assert any(line.get("route", "").startswith("/api/v1/") for line in slow["web"])
    assert any(line.get("job") == "jobs.media.process" for line in slow["worker"])
    assert min(line["duration_ms"] for line in slow["web"]) >= 1


def test_a_request_that_makes_no_sense_is_told_without_its_words(day):
    assert [line for line in day.lines("web") if line["event"] == "Invalid request"]


def test_every_figure_of_the_specification_moves(day):
    before = {name: day.total(name) for name in NAMED}
    cara = day.site.person("cara")
    asked = {"username": "cara", "password": PASSWORD}
    assert requests.post(f"{day.site.url}/api/v1/auth/login", json=asked, timeout=60).ok
    cara.post(make.photo(320, 240, "#0a0b0c"))
    cara.upload(b"\xff\xd8\xff\xe0 this is no photo either")
    for _ in range(2):
        assert cara.call("GET", "/feed?view=for_you").status_code == 200
    day.sql("INSERT INTO outbox (id, job, arguments, status, attempts, due_at, created_at)"
            " VALUES (gen_random_uuid(), 'jobs.mail.send', '[]', 'failed', 4, now(), now())")  # fmt: skip
    day.clock("jobs.sweeps.measure")
    until(lambda: not [name for name in NAMED if day.total(name) <= before[name]])


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
    known = {line["job"] for line in day.lines("worker") if "job" in line} | set(clock.JOBS) | {"unknown"}
    assert labels["job"] <= known
    assert "unknown" in labels["job"], "what there is no function for"
    assert "jobs.sweeps.nothing_like_that" not in labels["job"]
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
            person.request(method, url, headers={"Host": host}, allow_redirects=False, timeout=60)


def test_processes_that_go_leave_their_figures_and_no_files(day):
    asked = day.total("http_requests_total")
    done = day.total("image_processing_duration_seconds_count")
    web, worker = (int((day.site.data / "run" / f"{name}.pid").read_text().split()[0]) for name in ("web", "worker"))
    before = _alive(day)
    one_of_the_web = int(Path(f"/proc/{web}/task/{web}/children").read_text().split()[0])
    os.kill(worker, signal.SIGKILL)
    os.kill(one_of_the_web, signal.SIGKILL)
    until(lambda: len(_alive(day) - before) >= 2 and len(_alive(day)) <= len(before))
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
